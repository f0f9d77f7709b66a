// C29 and C30: where the local basis is the global one, and where both are blind (docs/theory.md §5.3).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/lapack.h"
#include "core/matrix.h"
#include "core/statistics.h"
#include "experiments/claims/basis_claims.h"
#include "interp/layers/plain_loops.h"

namespace basin::experiments {
namespace {

using interp::BasisKind;
using interp::FoldedModel;
using interp::plain_nodes;
using interp::ReluNet;

double difference_at(const ClaimNet& net, std::int64_t layer, bool center) {
  const FoldedModel model = folded(net.net);
  const Matrix at = plain_nodes(net.net, net.x)[layer];
  return relative_difference(kernel(at, bases_of(model, net.x, BasisKind::lib, center)[layer].C),
                             kernel(at, bases_of(model, net.x, BasisKind::ib, center)[layer].C));
}

// Of a ReLU net with two hidden layers.
void expect_equal(ClaimTable& table, const ClaimNet& net, const std::string& which) {
  table.expect(which + ": at the last hidden layer", 0, difference_at(net, 2, false))
      .within(1e-9)
      .because("theorem: T4 (docs/theory.md §5.3), the step to the outputs is linear");
  table.expect(which + ": one nonlinearity below, not centred", 0, difference_at(net, 1, false))
      .within(1e-9)
      .because(
          "theorem: T4 (docs/theory.md §5.3), features of the next layer are an isometry of the outputs' rows there");
  table
      .expect(which + ": node layers, of this one and the inputs, that differ by more than 0.1 %, centred", 2,
              std::ranges::count_if(std::vector{difference_at(net, 0, true), difference_at(net, 1, true)},
                                    [](double d) { return d > 1e-3; }))
      .because("theorem: T4 fails, as the constant is exempt from the rotation of the next layer");
  table
      .expect(which + ": inputs that differ by more than 0.1 %, not centred", 1,
              std::int64_t(difference_at(net, 0, false) > 1e-3))
      .because("theorem: T4 fails at two nonlinearities, as products of masks are not masks of products");
}

void equal(ClaimTable& table, const ClaimSettings& settings) {
  Rng rng(settings.seed, "claims/C29");
  ClaimNet linear = random_claim_net({5, 7, 6, 4}, rng), net = random_claim_net({5, 7, 6, 4}, rng);
  linear.net.linear = true;
  for (std::int64_t l = 0; l < 3; ++l)
    table
        .expect(fmt::format("linear net: local against global features at node layer {}", l), 0,
                difference_at(linear, l, false))
        .within(1e-9)
        .because(
            "theorem: T4 (docs/theory.md §5.3); f^ f^^T with activations by plain loops, largest difference over "
            "largest "
            "entry");
  expect_equal(table, net, "random ReLU net");
  expect_equal(table, trained_claim_net(rng.next_u64() % 1000), "ReLU net trained on digits");
}

// Neuron 0 fires for x_0 > 0; its only reader fires for x_0 < 0 alone.
ReluNet blind_net(double scale) {
  ReluNet net;
  net.weights = {Matrix({3, 2}, {scale, 0, -1, 0, 0, 1}), Matrix({2, 3}, {-10, 1, 0, 0, 0.5, 1}),
                 Matrix({2, 2}, {1, 0.5, -0.5, 1})};
  net.biases = {{0, 0, 0.2}, {0, 0.1}, {0, 0}};
  return net;
}

// The same inside a trained network: a copy of a neuron, read by a new neuron alone that is silent where it fires, and
// that the outputs read. `scale` is of the copy's input weights.
ReluNet with_unheard(ReluNet net, const Matrix& x, double scale) {
  const Matrix first = plain_nodes(net, x)[1];
  const std::int64_t d = first.cols() - 1;
  std::int64_t copied = 0;  // fires on about half of the samples
  std::vector<double> fires(std::size_t(d), 0.0);
  for (std::int64_t s = 0; s < x.rows(); ++s)
    for (std::int64_t i = 0; i < d; ++i) fires[std::size_t(i)] += first(s, i) > 0;
  for (std::int64_t i = 0; i < d; ++i)
    if (std::abs(fires[std::size_t(i)] - double(x.rows()) / 2) <
        std::abs(fires[std::size_t(copied)] - double(x.rows()) / 2))
      copied = i;
  double faintest = std::numeric_limits<double>::infinity();
  for (std::int64_t s = 0; s < x.rows(); ++s)
    if (first(s, copied) > 0) faintest = std::min(faintest, first(s, copied));
  std::vector<Matrix>& w = net.weights;
  Matrix in({d + 1, w[0].cols()}), reads({w[1].rows() + 1, d + 1}), out({w[2].rows(), w[2].cols() + 1}, 0.3);
  for (std::int64_t i = 0; i < d; ++i) std::ranges::copy(w[0].row(i), in.row(i).begin());
  for (std::int64_t j = 0; j < in.cols(); ++j) in(d, j) = scale * w[0](copied, j);
  for (std::int64_t i = 0; i < w[1].rows(); ++i) std::ranges::copy(w[1].row(i), reads.row(i).begin());
  reads(w[1].rows(), d) = -2 / faintest;  // its own bias is 1
  for (std::int64_t o = 0; o < out.rows(); ++o) std::ranges::copy(w[2].row(o), out.row(o).begin());
  w = {std::move(in), std::move(reads), std::move(out)};
  net.biases[0].push_back(scale * net.biases[0][std::size_t(copied)]);
  net.biases[1].push_back(1);
  return net;
}

void expect_blind(ClaimTable& table, const ReluNet& once, const ReluNet& thrice, const Matrix& x,
                  const std::string& which) {
  table
      .expect(which + ": outputs when the input weights of the unheard neuron grow threefold", 0,
              relative_difference(plain_nodes(thrice, x).back(), plain_nodes(once, x).back()))
      .because("plain loops: outputs before; its reader is silent where it fires");
  for (const BasisKind kind : {BasisKind::ib, BasisKind::lib})
    table
        .expect(fmt::format("{}, {}: features of its layer change by more than 1 %", which, name_of(kind)), 1,
                std::int64_t(changes(once, thrice, x, kind)[1] > 0.01))
        .because(
            "theorem: G and M are averages over the data, and do not know that the neuron varies where nobody listens");
}

void blind(ClaimTable& table, const ClaimSettings& settings) {
  Rng rng(settings.seed, "claims/C30");
  expect_blind(table, blind_net(1), blind_net(3), normal_matrix(400, 2, rng), "made by hand");
  const ClaimNet trained = trained_claim_net(rng.next_u64() % 1000);
  expect_blind(table, with_unheard(trained.net, trained.x, 1), with_unheard(trained.net, trained.x, 3), trained.x,
               "in a trained net");
}

const ClaimEntry c29{
    "C29", "local and global basis are equal where theory says, and differ elsewhere", {.fixed = 0.035}, equal};
const ClaimEntry c30{"C30", "interaction bases do not see that a neuron is never heard", {.fixed = 0.027}, blind};

}  // namespace
}  // namespace basin::experiments
