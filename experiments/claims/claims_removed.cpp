// C41: which free directions the local interaction basis removes (docs/theory.md §5.7).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/lapack.h"
#include "core/matrix.h"
#include "experiments/claims/basis_claims.h"
#include "experiments/claims/removed_kinds.h"
#include "interp/layers/plain_loops.h"
#include "nn/data/planted/patterns.h"

namespace basin::experiments {
namespace {

using interp::BasisKind;

// A kind of network, how many directions are free, and how many of them the local basis should not see.
struct RemovedSetting {
  std::string title;
  std::function<ClaimNet(Rng)> make;
  std::int64_t free, removed;
  std::string arithmetic;
  bool predicted = true;
};

// Whether neurons of both hidden layers fire and rest, any two of them in all four joint states but for the pair that
// is meant to miss one: accidents would make more directions free.
bool all_states(const std::vector<Matrix>& p) {
  constexpr std::int64_t often = 5;
  const auto fires = [&](std::int64_t s, std::int64_t i) { return p[i / 4](s, i % 4) > 0; };
  for (std::int64_t i = 0; i < 8; ++i)
    for (std::int64_t j = 0; j < i; ++j) {
      std::array<std::int64_t, 4> states{};
      for (std::int64_t s = 0; s < p[0].rows(); ++s) ++states[2 * fires(s, i) + fires(s, j)];
      if (j == 0 && i == 4) states[3] = often;
      if (std::ranges::min(states) < often) return false;
    }
  return true;
}

// 3-4-4-2, 200 samples: neuron 0 of the first hidden layer is read by neuron 0 of the second alone, which it keeps from
// firing; samples on which both would fire are left out, and those near to where any neuron begins to.
ClaimNet blind_net(Rng rng) {
  constexpr std::int64_t samples = 200;
  constexpr double margin = 0.02;
  const auto near = [](double v) { return std::abs(v) < margin; };
  for (;;) {
    ClaimNet net = random_claim_net({3, 4, 4, 2}, rng);
    Matrix& readers = net.net.weights[1];
    readers(0, 0) = -3;
    for (std::int64_t i = 1; i < 4; ++i) readers(i, 0) = 0;
    const Matrix x = normal_matrix(3 * samples / 2, 3, rng);
    const std::vector<Matrix> p = interp::plain_pre_activations(net.net, x);
    net.x = Matrix({0, 3});
    for (std::int64_t s = 0; s < x.rows() && net.x.rows() < samples; ++s) {
      const bool both = p[0](s, 0) > 0 && p[1](s, 0) > 0;
      if (both || std::ranges::any_of(p[0].row(s), near) || std::ranges::any_of(p[1].row(s), near)) continue;
      net.x.data.insert(net.x.data.end(), x.row(s).begin(), x.row(s).end());
      ++net.x.shape[0];
    }
    if (net.x.rows() == samples && all_states(interp::plain_pre_activations(net.net, net.x))) return net;
  }
}

std::function<ClaimNet(Rng)> planted_net(nn::Plan plan) {
  return [plan](Rng rng) { return claim_net(nn::plant(plan, rng.next_u64())); };
}

const std::vector<RemovedSetting>& settings_list() {
  using nn::blocks, nn::with, nn::PlantKind;
  const std::vector<nn::Plant> dead = with({.size = 1, .kind = PlantKind::dead}, blocks({1, 2}));
  static const std::vector<RemovedSetting> list{
      {"blocks 3, 2, 1", planted_net({{blocks({3, 2, 1})}}), 14, 14, "(c) alone: sum of k^2, T1"},
      {"inputs of rank 3 of 5, four neurons", planted_net({.hidden = {blocks({1, 1, 1, 1})}, .input_rank = 3}), 12, 12,
       "(a) 2 times 4, and four rescalings: T2, T1"},
      {"block of 4 of which one direction is read, and one neuron",
       planted_net({{with({.size = 4, .readers = 1}, blocks({1}))}}), 23, 23, "(b) with u W~_out = 0, and (c): T2, T1"},
      {"two dead neurons, blocks 1, 2", planted_net({{with({.size = 1, .kind = PlantKind::dead}, dead)}}), 25, 25,
       "dead neurons 2 times 10, blocks 1 + 4: neither x nor slopes change"},
      {"one neuron fires on 3 of 300", [](Rng rng) { return claim_net(nn::rarely_firing(3, 3, rng)); }, 7, 5,
       "five rescalings; conditional low rank, 5 - 3, moves the layer before"},
      {"3-4-4-2, one neuron in the blind spot", blind_net, 12, 8,
       "(8 - 1) rescalings and 4 + 1 weights into and out of the neuron; K holds its direction as fed, so 4 are seen"},
      {"complementary patterns, 1 output", [](Rng rng) { return claim_net(nn::complementary(1, false, rng)); }, 0, 0,
       "", false},
      {"nested patterns", [](Rng rng) { return claim_net(nn::nested(1, true, rng)); }, 0, 0, "", false},
  };
  return list;
}

// Of several networks of one kind.
struct Measured {
  std::vector<std::int64_t> free, removed;
  double seen = std::numeric_limits<double>::infinity(), unseen = 0;  // the faintest change that is, the strongest not
  std::string kinds;                                                  // of the first network
};

Measured measure(const std::vector<ClaimNet>& nets, BasisKind kind, int threads) {
  Measured m;
  const auto found = parallel_results(threads, std::int64_t(nets.size()), [&](std::int64_t i) {
    return removed_kinds(nets[i].net, nets[i].x, {.kind = kind});
  });
  for (const std::vector<RemovedKind>& kinds : found) {
    const interp::SeenDirections& all = kinds.back().seen;
    m.free.push_back(all.directions), m.removed.push_back(all.removed());
    if (all.rank.rank > 0) m.seen = std::min(m.seen, all.rank.smallest_kept);
    m.unseen = std::max(m.unseen, all.rank.largest_dropped);
  }
  m.kinds = removed_text(found.front());
  return m;
}

std::string changes_text(const Measured& m) {
  const std::string unseen = fmt::format("R changes by less than {:.0e} along what is not seen", m.unseen);
  return std::isinf(m.seen) ? unseen : fmt::format("{}, by more than {:.0e} along the rest", unseen, m.seen);
}

void write_rows(ClaimTable& table, const RemovedSetting& s, const Measured& lib, const Measured& ib) {
  const std::string how = fmt::format("arithmetic: {}; {} networks", s.arithmetic, lib.free.size());
  if (s.predicted) {
    table.expect(s.title + ": N - rank J", s.free, common_value(lib.free)).because(how);
    table.expect(s.title + ": of these removed, N - N_rep", s.removed, common_value(lib.removed))
        .because(how + "; " + changes_text(lib));
  }
  table.report(s.title + ": removed by the local basis, by kind", lib.kinds)
      .because("of one network, each kind of what those before it left; " + changes_text(lib));
  table.report(s.title + ": removed by the global basis, by kind", ib.kinds).because("the same network");
}

void removed(ClaimTable& table, const ClaimSettings& settings) {
  for (const RemovedSetting& s : settings_list()) {
    const Rng rng(settings.seed, "claims/" + table.id() + "/" + s.title);
    const auto nets =
        parallel_results(settings.threads, settings.nets, [&](std::int64_t i) { return with_room(s.make, rng, i); });
    write_rows(table, s, measure(nets, BasisKind::lib, settings.threads),
               measure({nets.front()}, BasisKind::ib, settings.threads));
  }
}

const ClaimEntry c41{"C41",
                     "interaction bases remove the kinds of freedom that theory says, and no others",
                     {.fixed = 4.6, .net = 2.7},
                     removed};

}  // namespace
}  // namespace basin::experiments
