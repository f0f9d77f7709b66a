#include "interp/degeneracy/doubly_null.h"

#include <fmt/format.h>

#include <algorithm>

#include "autodiff/ops.h"
#include "core/lapack.h"
#include "core/matrix.h"
#include "interp/degeneracy/exact_count.h"
#include "interp/degeneracy/parameter_moves.h"
#include "interp/jacobian/parameter_jacobian.h"
#include "interp/llc/network_coefficient.h"

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
  return dense_network(ReluNet{.weights = {net.w_in, net.w_out}, .biases = {{}, {}}, .linear = true});
}

void take_means(Matrix& x) {
  for (std::int64_t j = 0; j < x.cols(); ++j) {
    double mean = 0;
    for (std::int64_t s = 0; s < x.rows(); ++s) mean += x(s, j) / double(x.rows());
    for (std::int64_t s = 0; s < x.rows(); ++s) x(s, j) -= mean;
  }
}

// The block as a linear network and its inputs. The constant that joins it leaves them: they lose their means.
std::pair<LinearNet, Matrix> block_net(const Subject& subject, const FiringBlock& block) {
  const ReluNet& net = subject.net();
  Matrix inputs = gated(subject.jacobian.activations[0], subject.factors.layers[0].firing, block);
  LinearNet part{block_weight(subject, block), Matrix({net.weights[1].rows(), std::ssize(block.neurons)})};
  for (std::int64_t o = 0; o < part.w_out.rows(); ++o)
    for (std::int64_t i = 0; i < part.w_out.cols(); ++i) part.w_out(o, i) = net.weights[1](o, block.neurons[i]);
  if (joined_by_constant(net, block)) {
    inputs = columns_of(inputs, 0, net.weights[0].cols());
    part.w_in = columns_of(part.w_in, 0, net.weights[0].cols());
    take_means(inputs);
  }
  return {std::move(part), std::move(inputs)};
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
      2 * reduced_rank_coefficient(d.inputs - d.activations, d.directions, net.w_out.rows() - d.gradients, 0).lambda;
  return d;
}

CorrectedCount corrected_count(const LinearNet& net, const Matrix& x, const DegeneracyOptions& options) {
  const DoublyNull d = doubly_null(net, x, options.tolerance);
  const std::int64_t rank =
      jacobian_spectrum(linear_network(net), {{"x", x}}, options.sweep, options.tolerance).rank.rank;
  return {.jacobian_rank = rank, .doubly_null = d.directions, .n_eff = double(rank) + d.interaction};
}

std::optional<CorrectedCount> corrected_count(const Subject& subject) {
  if (subject.net().layers() != 2) return std::nullopt;
  const ExactCount exact = exact_one_hidden(subject);
  if (!exact.condition) return std::nullopt;
  CorrectedCount count{.jacobian_rank = subject.net().parameters() - exact.free_directions};
  count.n_eff = double(count.jacobian_rank);
  for (const FiringBlock& block : subject.blocks) {
    if (block.kind == BlockKind::dead) continue;
    const auto [net, inputs] = block_net(subject, block);
    const DoublyNull d = doubly_null(net, inputs, subject.ruler.tolerance);
    count.doubly_null += d.directions;
    count.n_eff += d.interaction;
  }
  return count;
}

std::optional<CorrectedCount> corrected_count(const ReluNet& net, const Matrix& x, const DegeneracyOptions& options) {
  return corrected_count(subject(net, x, options));
}

}  // namespace basin::interp
