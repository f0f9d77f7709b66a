#include "interp/degeneracy/subject.h"

#include <cmath>

#include "core/lapack.h"
#include "core/streaming_qr.h"
#include "interp/degeneracy/parameter_moves.h"

namespace basin::interp {
namespace {

Matrix over_scale(Matrix Q, const std::vector<double>& scale) {
  for (std::int64_t j = 0; j < Q.shape[0]; ++j)
    for (double& v : Q.row(j)) v = scale[j] > 0 ? v / scale[j] : 0;
  return Q;
}

// Functionals on changes that span the rows of a, whose columns were multiplied by scale: Q / scale, [columns, rank].
Matrix functionals(const Matrix& a, const std::vector<double>& scale, double tolerance) {
  return over_scale(range_basis(transpose(StreamingQr(a).r()), tolerance), scale);
}

}  // namespace

Subject subject(const ReluNet& net, const Matrix& x, const DegeneracyOptions& options) {
  OwnUnits own = own_units(net, x);
  std::vector<FullTable> tables = full_tables(dense_network(own.net), {{"x", own.x}}, options.sweep);
  NetworkFactors factors = network_factors(own.net, tables);
  ScaledJacobian jacobian = scaled_jacobian(own.net, std::move(tables));
  std::vector<FiringBlock> blocks = hidden_blocks(own.net, factors);
  Subject::Found found;
  found.layers.resize(std::size_t(net.layers()));
  std::vector<double> values = singular_values(jacobian, options.tolerance, options.sweep.threads, found.all);
  const double scale = values.empty() ? 0 : values.front();
  values.resize(net.parameters());
  return {.given = net,
          .x = x,
          .options = options,
          .own = std::move(own),
          .factors = std::move(factors),
          .blocks = std::move(blocks),
          .jacobian = std::move(jacobian),
          .singular_values = std::move(values),
          .ruler = {.tolerance = options.tolerance, .scale = scale},
          .found = std::move(found)};
}

LowSpace Subject::low_space() const {
  return interp::low_space(jacobian, ruler.tolerance * ruler.scale, threads(), found.all);
}

LowSpace Subject::low_space(std::int64_t layer, double cutoff) const {
  return interp::low_space(jacobian.layer(std::size_t(layer)), cutoff, threads(), found.layers[layer]);
}

const std::vector<FullTable>& Subject::given_tables() const {
  if (found.given.empty()) found.given = full_tables(dense_network(given), {{"x", x}}, options.sweep);
  return found.given;
}

std::vector<double> activation_values(const Subject& s, std::int64_t layer) {
  return StreamingQr(s.jacobian.activations[layer]).singular_values();
}

std::vector<double> gradient_values(const Subject& s, std::int64_t layer) {
  return StreamingQr(s.jacobian.gradients[layer]).singular_values();
}

std::vector<LayerRanges> layer_ranges(const Subject& s, double tolerance) {
  const ScaledJacobian& j = s.jacobian;
  std::vector<LayerRanges> ranges;
  for (std::size_t l = 0; l < j.activations.size(); ++l)
    ranges.push_back({functionals(j.activations[l], j.input_scale[l], tolerance),
                      functionals(j.gradients[l], j.output_scale[l], tolerance), j.center[l]});
  return ranges;
}

std::vector<LayerRanges> whole_ranges(const Subject& s) {
  const ScaledJacobian& j = s.jacobian;
  std::vector<LayerRanges> ranges;
  for (std::size_t l = 0; l < j.activations.size(); ++l)
    ranges.push_back({over_scale(identity(j.activations[l].cols()), j.input_scale[l]),
                      over_scale(identity(j.gradients[l].cols()), j.output_scale[l]), j.center[l]});
  return ranges;
}

Ruler shared_ruler(const Subject& s, double tolerance) {
  const std::int64_t layers = s.net().layers();
  const double share = layers > 1 ? std::sqrt(double(layers + 1)) : 1;
  return {tolerance / share, s.ruler.rounding / share, s.ruler.scale};
}

std::vector<std::int64_t> layer_starts(const ReluNet& net) {
  std::vector<std::int64_t> starts{0};
  for (std::int64_t l = 0; l < net.layers(); ++l) starts.push_back(starts.back() + net.parameters(l));
  return starts;
}

}  // namespace basin::interp
