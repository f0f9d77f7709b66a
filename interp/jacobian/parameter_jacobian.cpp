#include "interp/jacobian/parameter_jacobian.h"

#include <algorithm>

#include "core/matrix.h"
#include "core/streaming_qr.h"
#include "interp/jacobian/jacobian_products.h"
#include "interp/jacobian/model_jacobian.h"

namespace basin::interp {
namespace {

// Row `row` of J from f~ and B of one layer: for a weight f_i B_j at place (i, j), for the bias B_j.
void fill_row(const DenseLayer& layer, std::span<const double> f, std::span<const double> B, double* row) {
  for (std::int64_t i = 0; i < layer.d_in; ++i) {
    double* to = row + layer.weight_offset + i * layer.d_out;
    for (std::int64_t j = 0; j < layer.d_out; ++j) to[j] = f[i] * B[j];
  }
  if (!layer.bias.empty()) std::copy(B.begin(), B.end(), row + layer.bias_offset);
}

// Writes the rows of a chunk, [rows k, N], from `to` on.
void fill_rows(const DenseNetwork& network, const Chunk& chunk, double* to) {
  const std::int64_t N = network.model.parameter_count(), k = network.outputs;
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    const Matrix f = chunk.table(l), B = output_gradients(network, chunk, l);
    for (std::int64_t r = 0; r < chunk.rows * k; ++r) fill_row(network.layers[l], f.row(r / k), B.row(r), to + r * N);
  }
}

struct Factor {
  StreamingQr qr;
  template <class Each>
  void fields(Each& each) {
    each(qr);
  }
  void merge(const Factor& other) { qr.merge(other.qr); }
};

// Chunks of at most some 32 MB of Jacobian, and so many blocks that their own work outweighs merging them.
SweepOptions for_streaming(SweepOptions options, std::int64_t rows, std::int64_t outputs, std::int64_t parameters) {
  const std::int64_t numbers = std::int64_t(1) << 22;
  options.chunk = std::clamp<std::int64_t>(numbers / std::max<std::int64_t>(1, outputs * parameters), 1, options.chunk);
  options.blocks = std::clamp<std::int64_t>(rows / (2 * parameters), 1, 4);
  return options;
}

// From the rows of J themselves.
std::vector<double> direct_values(const DenseNetwork& network, const Inputs& inputs, const SweepOptions& options) {
  const std::int64_t N = network.model.parameter_count(), k = network.outputs;
  const std::int64_t rows = plan_sweep(inputs, options).samples * k;
  if (rows <= 2 * N)  // LAPACK does better on so few rows than a QR of ours in front of it
    return singular_values(parameter_jacobian(network, inputs, options));
  const auto add = [&](Factor& part, const Chunk& chunk) {
    Matrix J({chunk.rows * k, N});
    fill_rows(network, chunk, J.data.data());
    part.qr.append(J);
  };
  return sweep_reduce(network.model, inputs, layer_values(network), for_streaming(options, rows, k, N),
                      Factor{StreamingQr(N)}, add)
      .qr.singular_values();
}

// The zero columns of J leave zeros behind.
std::vector<double> values_by_products(const DenseNetwork& network, const Inputs& inputs, const SweepOptions& options,
                                       double relative_tolerance) {
  const JacobianTables tables = jacobian_tables(network, inputs, options);
  std::vector<double> values = singular_values(tables, relative_tolerance, options.threads);
  values.resize(std::min(tables.rows(), network.model.parameter_count()));
  return values;
}

}  // namespace

Matrix parameter_jacobian(const DenseNetwork& network, const Inputs& inputs, const SweepOptions& options) {
  const std::int64_t N = network.model.parameter_count(), k = network.outputs;
  Matrix J({plan_sweep(inputs, options).samples * k, N});
  sweep(network.model, inputs, layer_values(network), options,
        [&](const Chunk& chunk) { fill_rows(network, chunk, J.data.data() + chunk.first * k * N); });
  return J;
}

Matrix parameter_jacobian_by_engine(const ModelPoint& model, const std::string& output, const Inputs& inputs,
                                    const SweepOptions& options) {
  return ModelJacobian(with_output(model, output), inputs, options).jacobian_at(model.parameters.flat());
}

JacobianSpectrum jacobian_spectrum(const DenseNetwork& network, const Inputs& inputs, const SweepOptions& options,
                                   double relative_tolerance) {
  const std::int64_t N = network.model.parameter_count();
  JacobianSpectrum spectrum{.rows = plan_sweep(inputs, options).samples * network.outputs, .parameters = N};
  spectrum.singular_values = std::min(spectrum.rows, N) < product_svd_order
                                 ? direct_values(network, inputs, options)
                                 : values_by_products(network, inputs, options, relative_tolerance);
  spectrum.rank = decide_rank(spectrum.singular_values, relative_tolerance);
  return spectrum;
}

std::vector<RankDecision> prefix_ranks(const DenseNetwork& network, const Matrix& x,
                                       std::span<const std::int64_t> samples, const SweepOptions& options) {
  std::vector<RankDecision> ranks;
  for (const std::int64_t n : samples)
    ranks.push_back(jacobian_spectrum(network, {{"x", rows_of(x, 0, n)}}, options).rank);
  return ranks;
}

// Of J or J^T, whichever has fewer columns.
std::vector<double> singular_values(const JacobianTables& J, double relative_tolerance, int threads) {
  if (J.columns() == 0) return {};
  const bool tall = J.columns() <= J.rows();
  return product_svd(tall ? jacobian_products(J, threads) : transposed_products(J, threads), relative_tolerance,
                     threads, false)
      .values;
}

JacobianSpectrum joint_spectrum(std::span<const JacobianSpectrum> spectra, double relative_tolerance) {
  JacobianSpectrum joint;
  for (const JacobianSpectrum& s : spectra) {
    joint.rows += s.rows;
    joint.parameters += s.parameters;
    joint.singular_values.insert(joint.singular_values.end(), s.singular_values.begin(), s.singular_values.end());
  }
  std::ranges::sort(joint.singular_values, std::greater{});
  joint.rank = decide_rank(joint.singular_values, relative_tolerance);
  return joint;
}

}  // namespace basin::interp
