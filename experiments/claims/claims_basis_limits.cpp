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

using interp::Basis;
using interp::BasisKind;
using interp::fire_alike;
using interp::FoldedModel;
using interp::plain_jacobian;
using interp::plain_nodes;
using interp::ReluNet;

double difference_at(const ClaimNet& net, std::int64_t layer, bool center) {
  const FoldedModel model = folded(net.net);
  const Matrix at = plain_nodes(net.net, net.x)[layer];
  return relative_difference(kernel(at, bases_of(model, net.x, BasisKind::lib, center)[layer].C),
                             kernel(at, bases_of(model, net.x, BasisKind::ib, center)[layer].C));
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
        .because("f^ f^^T, largest difference over largest entry");
  table.expect("ReLU net with two hidden layers: at the last one", 0, difference_at(net, 2, false))
      .within(1e-9)
      .because("the step to the outputs is linear");
  table.expect("the same: one nonlinearity below, not centred", 0, difference_at(net, 1, false))
      .within(1e-9)
      .because("features of the next layer are an isometry of the outputs' rows there");
  table
      .expect("the same: node layers of these two and the input that differ by more than 0.1 %, centred", 2,
              std::ranges::count_if(std::vector{difference_at(net, 0, true), difference_at(net, 1, true)},
                                    [](double d) { return d > 1e-3; }))
      .because("predicted: input and first hidden layer; the constant is exempt from the rotation of the next layer");
  table
      .expect("the same: input layers that differ by more than 0.1 %, not centred", 1,
              std::int64_t(difference_at(net, 0, false) > 1e-3))
      .because("two nonlinearities: products of masks are not masks of products");
}

// Neuron 0 fires for x_0 > 0; its only reader fires for x_0 < 0 alone.
ReluNet blind_net(double scale) {
  ReluNet net;
  net.weights = {Matrix({3, 2}, {scale, 0, -1, 0, 0, 1}), Matrix({2, 3}, {-10, 1, 0, 0, 0.5, 1}),
                 Matrix({2, 2}, {1, 0.5, -0.5, 1})};
  net.biases = {{0, 0, 0.2}, {0, 0.1}, {0, 0}};
  return net;
}

void blind(ClaimTable& table, const ClaimSettings& settings) {
  Rng rng(settings.seed, "claims/C30");
  const Matrix x = normal_matrix(400, 2, rng);
  const ReluNet once = blind_net(1), thrice = blind_net(3);
  table
      .expect("outputs when the input weights of the unread neuron grow threefold", 0,
              relative_difference(plain_nodes(thrice, x).back(), plain_nodes(once, x).back()))
      .because("its reader is silent where it fires; in plain loops");
  for (const BasisKind kind : {BasisKind::ib, BasisKind::lib})
    table
        .expect(fmt::format("{}: features of its layer change by more than 1 %", name_of(kind)), 1,
                std::int64_t(changes(once, thrice, x, kind)[1] > 0.01))
        .because("G and M are averages over the data, and do not know that the neuron varies where nobody listens");
}

const ClaimEntry c29{"C29", "local and global basis are equal where theory says, and differ elsewhere", equal};
const ClaimEntry c30{"C30", "interaction bases do not see that a neuron is never heard", blind};

}  // namespace
}  // namespace basin::experiments
