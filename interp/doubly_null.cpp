#include "interp/doubly_null.h"

#include <fmt/format.h>

#include <algorithm>

#include "autodiff/ops.h"
#include "interp/exact_count.h"
#include "interp/exact_llc.h"
#include "interp/parameter_moves.h"

namespace basin::interp {
namespace {

void check(const LinearNet& net, const Matrix& x) {
  const bool tables = net.w_in.shape.rank() == 2 && net.w_out.shape.rank() == 2 && x.shape.rank() == 2;
  if (!tables || x.shape[1] != net.w_in.shape[1] || net.w_in.shape[0] != net.w_out.shape[1])
    throw ShapeError(
        fmt::format("doubly_null: w_in {}, w_out {} and x {} given; wanted [k, d_in], [d_out, k], [samples, d_in]",
                    net.w_in.shape.str(), net.w_out.shape.str(), x.shape.str()));
}

std::int64_t rank_of(const Matrix& a, double tolerance) { return decide_rank(singular_values(a), tolerance).rank; }

// Of w_out w_in x: how many directions the ranges of `hidden` [any, k] and w_out^T share, by the cosines between them.
// The product itself may be rounding and nothing else.
std::int64_t product_rank(const Matrix& hidden, const Matrix& w_out, double tolerance) {
  const Matrix a = range_basis(transpose(hidden), tolerance), b = range_basis(transpose(w_out), tolerance);
  const std::vector<double> cosines = singular_values(matmul(a, b, true));
  return std::ranges::count_if(cosines, [&](double c) { return c > tolerance; });
}

DenseNetwork linear_network(const LinearNet& net) {
  const std::int64_t in = net.w_in.cols(), k = net.w_in.rows(), out = net.w_out.rows();
  TracedModel model{
      .trace =
          [=](Graph& graph, std::int64_t rows) {
            const Var x = graph.input("x", {rows, in});
            const Var hidden = graph.name(matmul(x, graph.input("layers.0.weight", {in, k})), "layers.0.pre");
            graph.name(matmul(hidden, graph.input("layers.1.weight", {k, out})), "layers.1.pre");
          },
      .parameters = {{"layers.0.weight", transpose(net.w_in)}, {"layers.1.weight", transpose(net.w_out)}}};
  return dense_network(std::move(model), "layers.1.pre");
}

// The rows of x on which the block fires, with a constant if there is a bias; if the constant joins the block all rows,
// without the constant that is in them.
Matrix block_inputs(const ReluNet& net, const Matrix& x, const FiringBlock& block, const FiringMasks& masks) {
  const std::int64_t n = x.rows(), d = x.cols(), neuron = block.neurons.front();
  const bool on = joined_by_constant(net, block);
  Matrix out({masks.count(neuron), on ? d : net.inputs(0)}, 1.0);
  for (std::int64_t s = 0, row = 0; s < n; ++s)
    if (masks.fires(s, neuron)) std::ranges::copy(x.row(s), out.row(row++).begin());
  for (std::int64_t j = 0; on && j < d; ++j) {
    double mean = 0;
    for (std::int64_t s = 0; s < n; ++s) mean += x(s, j) / double(n);
    for (std::int64_t s = 0; s < n; ++s) out(s, j) -= mean;
  }
  return out;
}

// The block as a linear network on those inputs.
LinearNet block_net(const ReluNet& net, const FiringBlock& block) {
  const bool bias = net.has_bias(0) && !joined_by_constant(net, block);
  const std::int64_t k = std::int64_t(block.neurons.size()), d = net.weights[0].cols(), out = net.weights[1].rows();
  LinearNet part{Matrix({k, d + bias}), Matrix({out, k})};
  for (std::int64_t i = 0; i < k; ++i) {
    const std::int64_t neuron = block.neurons[i];
    std::ranges::copy(net.weights[0].row(neuron), part.w_in.row(i).begin());
    if (bias) part.w_in(i, d) = net.biases[0][neuron];
    for (std::int64_t o = 0; o < out; ++o) part.w_out(o, i) = net.weights[1](o, neuron);
  }
  return part;
}

}  // namespace

DoublyNull doubly_null(const LinearNet& net, const Matrix& x, double tolerance) {
  check(net, x);
  const Matrix seen = qr_r(x);  // the data as far as ranks are concerned
  const Matrix hidden = matmul(seen, net.w_in, false, true);
  DoublyNull d{.inputs = rank_of(seen, tolerance),
               .activations = rank_of(hidden, tolerance),
               .gradients = rank_of(net.w_out, tolerance),
               .product = product_rank(hidden, net.w_out, tolerance),
               .directions = 0,
               .interaction = 0};
  d.directions = net.w_in.rows() - d.activations - d.gradients + d.product;
  d.interaction =
      2 * reduced_rank_regression_lambda(d.inputs - d.activations, d.directions, net.w_out.rows() - d.gradients, 0);
  return d;
}

CorrectedCount corrected_count(const LinearNet& net, const Matrix& x, const DegeneracyOptions& options) {
  const DoublyNull d = doubly_null(net, x, options.tolerance);
  const std::int64_t rank =
      jacobian_spectrum(linear_network(net), {{"x", x}}, options.sweep, options.tolerance).rank.rank;
  return {.jacobian_rank = rank, .doubly_null = d.directions, .n_eff = double(rank) + d.interaction};
}

std::optional<CorrectedCount> corrected_count(const ReluNet& net, const Matrix& x, const DegeneracyOptions& options) {
  net.validate("corrected_count");
  if (net.layers() != 2) return std::nullopt;
  const ExactCount exact = exact_one_hidden(net, x, options);
  if (!exact.condition) return std::nullopt;
  const NetworkFactors factors = network_factors(net, x, options.sweep);
  CorrectedCount count{.jacobian_rank = net.parameters() - exact.free_directions};
  count.n_eff = double(count.jacobian_rank);
  for (const FiringBlock& block : hidden_blocks(net, factors)) {
    if (block.kind == BlockKind::dead) continue;
    const Matrix inputs = block_inputs(net, x, block, factors.layers[0].firing);
    const DoublyNull d = doubly_null(block_net(net, block), inputs, options.tolerance);
    count.doubly_null += d.directions;
    count.n_eff += d.interaction;
  }
  return count;
}

}  // namespace basin::interp
