// C26 and C27: the identities of interaction bases, and what they make of linear networks (docs/theory.md §5.3).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/lapack.h"
#include "core/matrix.h"
#include "core/statistics.h"
#include "experiments/claims/basis_claims.h"
#include "interp/layers/plain_loops.h"

namespace basin::experiments {
namespace {

using interp::Basis;
using interp::BasisKind;
using interp::FoldedModel;
using interp::plain_jacobian;
using interp::plain_nodes;

// (1/n) sum a_s^T a_s of matrices by sample.
Matrix mean_square(const std::vector<Matrix>& all) {
  Matrix sum({all.front().cols(), all.front().cols()});
  for (const Matrix& a : all) {
    const Matrix square = matmul(a, a, true, false);
    for (std::int64_t i = 0; i < sum.size(); ++i) sum[i] += square[i] / double(all.size());
  }
  return sum;
}

Matrix diagonal(const std::vector<double>& values) {
  Matrix d({std::ssize(values), std::ssize(values)});
  for (std::int64_t i = 0; i < d.rows(); ++i) d(i, i) = values[i];
  return d;
}

// Features are kept down to 1e-10 of the largest importance, which is the square of a singular value of X J^T.
constexpr double rank_ruler = 1e-5, clear_of_ruler = 100;

struct IdentityErrors {
  double gap = std::numeric_limits<double>::infinity();  // of the ranks
  double variances = 0, jacobians = 0, spectrum = 0;
  std::int64_t features = 0, rank = 0;
};

// All from plain loops but C itself.
IdentityErrors identity_errors(const ClaimNet& net, BasisKind kind) {
  const std::vector<Basis> bases = bases_of(folded(net.net), net.x, kind, false);
  const std::vector<Matrix> nodes = plain_nodes(net.net, net.x);
  const std::int64_t n = net.x.rows(), last = net.net.layers();
  IdentityErrors e;
  for (std::int64_t l = 0; l < last; ++l) {
    const Basis& b = bases[l];
    const std::int64_t to = kind == BasisKind::ib ? last : l + 1;
    const Matrix features = matmul(nodes[l], b.C);
    Matrix second = matmul(features, features, true, false);
    for (double& v : second.data) v /= double(n);
    std::vector<Matrix> J, hat;
    Matrix stacked({0, nodes[l].cols()});
    for (std::int64_t s = 0; s < n; ++s) {
      J.push_back(matmul(bases[to].C, plain_jacobian(net.net, nodes, s, l, to), true, false));
      hat.push_back(matmul(J.back(), b.C_pinv, false, true));
      stacked.data.insert(stacked.data.end(), J.back().data.begin(), J.back().data.end());
    }
    stacked.shape[0] = std::ssize(stacked.data) / nodes[l].cols();
    std::vector<double> overlap = singular_values(matmul(nodes[l], qr_r(stacked), false, true));
    const RankDecision rank = decide_rank(overlap, rank_ruler);
    e.rank += rank.rank;
    e.gap = std::min(e.gap, rank.gap);
    e.features += b.features();
    for (double& v : overlap) v *= v / double(n * n);
    overlap.resize(std::size_t(b.features()));
    e.spectrum = worse(e.spectrum, relative_difference(diagonal(overlap), diagonal(b.lambda)));
    e.variances = worse(e.variances, relative_difference(second, diagonal(b.lambda)));
    e.jacobians = worse(e.jacobians, relative_difference(mean_square(hat), identity(b.features())));
  }
  return e;
}

// The first trained network whose features are all well above or below where they are cut off.
ClaimNet clear_trained_net(std::uint64_t seed) {
  for (int again = 0;; ++again) {
    ClaimNet net = trained_claim_net(seed + std::uint64_t(again));
    if (again == 9 ||
        std::min(identity_errors(net, BasisKind::lib).gap, identity_errors(net, BasisKind::ib).gap) >= clear_of_ruler)
      return net;
  }
}

void expect_identities(ClaimTable& table, const ClaimNet& net, const std::string& which, double tolerance) {
  for (const BasisKind kind : {BasisKind::lib, BasisKind::ib}) {
    const IdentityErrors e = identity_errors(net, kind);
    const auto row = [&](const std::string& what, double error) {
      table.expect(fmt::format("{}, {}: {}", name_of(kind), which, what), 0, error)
          .within(tolerance)
          .because(
              "theorem: docs/theory.md §5.3; features and Jacobians by plain loops, only C by the sweeps; worst of all "
              "node "
              "layers, not centred");
    };
    row("E f^^T f^ against diag(lambda)", e.variances);
    row("E J^^T J^ against 1", e.jacobians);
    row("lambda against the spectrum of G M", e.spectrum);
    table.expect(fmt::format("{}, {}: features of all node layers", name_of(kind), which), e.rank, e.features)
        .because(
            "direct eigenvalues: LAPACK on X J^T in plain loops, whose rank is that of G M, from factors not squared");
  }
}

void identities(ClaimTable& table, const ClaimSettings& settings) {
  const std::uint64_t seed = Rng(settings.seed, "claims/C26").next_u64();
  expect_identities(table, claim_net(nn::plant(invariant_plan(), seed)), "planted", 1e-10);
  expect_identities(table, clear_trained_net(seed % 1000), "trained on digits",
                    1e-6);  // importances go down to 1e-10 of the largest
}

// C^+ W~ C' of each section of a linear network: the largest entry off the diagonal, and the largest distance of one on
// it to ±1.
std::pair<double, double> off_and_on(const ClaimNet& net, BasisKind kind) {
  const FoldedModel model = folded(net.net);
  const std::vector<Basis> bases = interp::interaction_bases(
      model, {{"x", net.x}},
      {.kind = kind, .truncation = {.threshold = 1e-10, .relative = true}, .rotate_last = kind == BasisKind::lib});
  double off = 0, on = 0;
  for (std::int64_t l = 0; l + 1 < model.sections(); ++l) {
    const Matrix J = matmul(matmul(bases[l].C_pinv, model.dense(l)->weight), bases[l + 1].C);
    for (std::int64_t i = 1; i < J.rows(); ++i)
      for (std::int64_t j = 1; j < J.cols(); ++j)
        if (i == j)
          on = worse(on, std::abs(std::abs(J(i, j)) - 1));
        else
          off = worse(off, std::abs(J(i, j)));
  }
  return {off, on};
}

void linear(ClaimTable& table, const ClaimSettings& settings) {
  Rng rng(settings.seed, "claims/C27");
  ClaimNet net = random_claim_net({6, 8, 7, 5, 4}, rng);
  net.net.linear = true;
  for (const BasisKind kind : {BasisKind::lib, BasisKind::ib}) {
    const auto [off, on] = off_and_on(net, kind);
    const std::string what = fmt::format("{}, linear 6-8-7-5-4: ", name_of(kind));
    table.expect(what + "largest interaction of different features", 0, off)
        .within(1e-10)
        .because(
            "closed form: zero (docs/theory.md §5.3); C^+ W~ C' between hidden node layers, the constant left out");
    table.expect(what + "largest distance of an interaction of equal features to ±1", 0, on)
        .within(1e-10)
        .because("closed form: one, as features are uncorrelated on both sides and the step is linear");
  }
}

const ClaimEntry c26{"C26",
                     "features have variances lambda and orthonormal Jacobians, as many as rank(G M)",
                     {.fixed = 0.23},
                     identities};
const ClaimEntry c27{"C27", "in a linear network features interact one to one", {.fixed = 0.0025}, linear};

}  // namespace
}  // namespace basin::experiments
