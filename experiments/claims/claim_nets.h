// The networks that claims are checked on, as the analysis takes them, and what several of them have in common.
#pragma once
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "core/parallel.h"
#include "core/rng.h"
#include "experiments/claims/degeneracy_claims.h"
#include "interp/degeneracy/degeneracy.h"
#include "nn/data/planted/planted.h"

namespace basin::experiments {

struct ClaimNet {
  interp::ReluNet net;
  Matrix x;
};

ClaimNet claim_net(nn::PlantedNet planted);

interp::DegeneracyOptions claim_options(const ClaimSettings& settings);

// The first of draw(0), draw(1) and draw(2) whose ranks all have a clear gap, else the last. One random network in
// hundreds of thousands has a singular value between rounding and what matters; it says nothing of any claim. Where no
// network has a gap, neither has the result.
constexpr double clear_gap = 1e8;
template <class Draw, class GapOf>
auto clear_draw(const Draw& draw, const GapOf& gap_of) {
  auto got = draw(0);
  for (int again = 1; again < 3 && !(std::invoke(gap_of, got) >= clear_gap); ++again) got = draw(again);
  return got;
}

// clear_draw of draw(i, again) for all i below count, on threads.
template <class Draw, class GapOf>
auto clear_draws(std::int64_t count, int threads, const Draw& draw, const GapOf& gap_of) {
  std::vector<decltype(draw(count, 0))> all(count);
  parallel_for(threads, count,
               [&](std::int64_t i, int) { all[i] = clear_draw([&](int again) { return draw(i, again); }, gap_of); });
  return all;
}

// The name of the stream of network i, and of those drawn in its place.
std::string draw_name(std::int64_t i, int again);

// One count of several networks, and the smallest spectral gap behind it.
struct Counts {
  std::vector<std::int64_t> of_nets;
  double gap;
  std::string flaw = "";  // ", and …": why they count for nothing
};
template <class Net, class CountOf, class GapOf>
Counts counts_of(const std::vector<Net>& nets, const CountOf& count_of, const GapOf& gap_of) {
  Counts counts{{}, std::invoke(gap_of, std::ranges::min(nets, {}, gap_of))};
  for (const Net& net : nets) counts.of_nets.push_back(std::invoke(count_of, net));
  return counts;
}

// A row with their common count. It is a text that lists the counts if they differ, and that says so if they have a
// flaw or a gap that is too small. The smallest gap is added to `how`.
void expect_common(ClaimTable& table, const std::string& title, std::int64_t predicted, const Counts& counts,
                   const std::string& how, const ClaimSettings& settings);

// A setting of a claim: the plan, what theory predicts for N - rank J, and the arithmetic in words.
struct PlantedSetting {
  std::string title;
  nn::Plan plan;
  std::int64_t predicted;
  std::string arithmetic;
};

// A row for each: N - rank J of `settings.nets` networks of the plan. That bound (*) exceeds it is a flaw.
void expect_counts(ClaimTable& table, const std::vector<PlantedSetting>& list, const ClaimSettings& settings);

}  // namespace basin::experiments
