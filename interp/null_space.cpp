#include "interp/null_space.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "core/npz.h"
#include "interp/jacobian_kernel.h"
#include "interp/parameter_moves.h"
#include "interp/pattern_moves.h"

namespace basin::interp {
namespace {

// Orthonormal columns that complete those of `part` [N, any], which lie in the span of `whole` [N, any], to that span.
Matrix complement(const Matrix& whole, const Matrix& part, double tolerance) {
  return matmul(whole, null_space(matmul(part, whole, true), tolerance));
}

void normalise(Matrix& rows) {
  for (std::int64_t i = 0; i < rows.shape[0]; ++i) {
    double square = 0;
    for (double v : rows.row(i)) square += v * v;
    for (double& v : rows.row(i)) v /= square > 0 ? std::sqrt(square) : 1;
  }
}

// Collects families of null directions, each orthogonal to those before.
class Families {
 public:
  Families(std::int64_t parameters, double tolerance) : N_(parameters), tolerance_(tolerance) {}

  // Rows that are orthonormal and orthogonal to all before.
  void append(const Matrix& rows, const std::string& label) {
    data_.insert(data_.end(), rows.data.begin(), rows.data.end());
    labels_.insert(labels_.end(), rows.shape[0], label);
  }

  // What rows [any, N] add to the span.
  void add(Matrix rows, const std::string& label) {
    normalise(rows);
    const Matrix known = basis();
    for (int twice = 0; twice < 2; ++twice) project_away(known, rows);
    Svd parts = svd(std::move(rows));
    const auto rank = std::ranges::count_if(parts.s, [&](double s) { return s > tolerance_; });
    parts.Vt.data.resize(rank * N_);
    append(Matrix({rank, N_}, std::move(parts.Vt.data)), label);
  }

  Matrix basis() const { return {{std::int64_t(labels_.size()), N_}, data_}; }
  NullSpace result() && { return {basis(), std::move(labels_)}; }

 private:
  std::int64_t N_;
  double tolerance_;
  std::vector<double> data_;
  std::vector<std::string> labels_;
};

// Rows over the parameters of one layer as rows over all.
Matrix in_all(const Matrix& rows, std::int64_t first, std::int64_t parameters) {
  Matrix out({rows.shape[0], parameters});
  for (std::int64_t i = 0; i < rows.shape[0]; ++i) std::ranges::copy(rows.row(i), out.row(i).begin() + first);
  return out;
}

std::vector<Matrix> low_rank_moves(const LayerFactors& factors, double tolerance) {
  const Matrix unseen = null_space(factors.activations.r(), tolerance);
  return {layer_moves(unseen, identity(factors.K.rows())),
          layer_moves(factors.activations.row_space(tolerance), null_space(factors.gradients.r(), tolerance))};
}

std::string label_of(const FiringBlock& block) {
  const bool on = block.kind == BlockKind::always_on;
  const char* kind = on ? "always_on" : block.neurons.size() > 1 ? "block" : "rescaling";
  return fmt::format("{} {} {}", layer_name(block.layer), kind, fmt::join(block.neurons, " "));
}

std::vector<std::int64_t> layer_starts(const ReluNet& net) {
  std::vector<std::int64_t> starts{0};
  for (std::int64_t l = 0; l < net.layers(); ++l) starts.push_back(starts.back() + net.parameters(l));
  return starts;
}

void add_low_ranks(Families& families, const ReluNet& net, const NetworkFactors& factors, double tolerance) {
  const std::vector<std::int64_t> starts = layer_starts(net);
  for (std::int64_t l = 0; l < net.layers(); ++l)
    for (const Matrix& moves : low_rank_moves(factors.layers[l], tolerance))
      families.append(in_all(moves, starts[l], starts.back()), layer_name(l) + " low rank");
}

void add_conditional(Families& families, const ReluNet& net, const NetworkFactors& factors,
                     const std::vector<JacobianKernel>& kernels, double tolerance) {
  const std::vector<std::int64_t> starts = layer_starts(net);
  for (std::int64_t l = 0; l < net.layers(); ++l) {
    Matrix null = transpose(kernels[l].basis);
    for (const Matrix& known : low_rank_moves(factors.layers[l], tolerance))
      null = complement(null, transpose(known), tolerance);
    families.add(in_all(transpose(null), starts[l], starts.back()), layer_name(l) + " conditional");
  }
}

void add_rest(Families& families, const JacobianKernel& kernel, double tolerance) {
  const Matrix null = transpose(kernel.basis), explained = families.basis();
  const Matrix rest = complement(null, transpose(explained), tolerance);
  if (explained.shape[0] + rest.shape[1] != null.shape[1])
    throw NumericalError(
        fmt::format("null space: {} directions are explained and {} are not, of {} in all; help: ranks have no gap at "
                    "the tolerance {:g}, choose another",
                    explained.shape[0], rest.shape[1], null.shape[1], tolerance));
  families.append(transpose(rest), "unexplained");
}

}  // namespace

NullSpace jacobian_null_space(const ReluNet& net, const Matrix& x, const DegeneracyOptions& options) {
  net.validate("null space");
  const DenseNetwork network = dense_network(net);
  const Inputs inputs{{"x", x}};
  const NetworkFactors factors = network_factors(net, x, options.sweep);
  Families families(net.parameters(), options.tolerance);
  add_low_ranks(families, net, factors, options.tolerance);
  for (const FiringBlock& block : hidden_blocks(net, factors))
    if (block.kind != BlockKind::dead) families.add(parameter_moves(net, {block}), label_of(block));
  add_conditional(families, net, factors, layer_kernels(network, inputs, options.tolerance, options.sweep),
                  options.tolerance);
  families.add(pattern_moves(net, factors, options.tolerance), "related patterns");
  add_rest(families, jacobian_kernel(network, inputs, options.tolerance, options.sweep), options.tolerance);
  return std::move(families).result();
}

void write_null_space(const std::string& path, const NullSpace& space) {
  std::vector<std::string> names;
  Tensor<std::int64_t> label({std::int64_t(space.labels.size())});
  std::size_t longest = 0;
  for (std::size_t i = 0; i < space.labels.size(); ++i) {
    if (names.empty() || names.back() != space.labels[i]) names.push_back(space.labels[i]);
    label[std::int64_t(i)] = std::int64_t(names.size()) - 1;
    longest = std::max(longest, space.labels[i].size());
  }
  Tensor<std::int64_t> codes({std::int64_t(names.size()), std::int64_t(longest)});
  for (std::size_t i = 0; i < names.size(); ++i) std::ranges::copy(names[i], codes.row(std::int64_t(i)).begin());
  NpzWriter out;
  out.add("basis", space.basis);
  out.add("label", label);
  out.add("names", codes);
  out.save(path);
}

}  // namespace basin::interp
