// The networks that claims are checked on: planted ones as the analysis takes them, and one way to measure a setting.
#pragma once
#include "experiments/claims/degeneracy_claims.h"
#include "interp/degeneracy/degeneracy.h"
#include "nn/data/planted.h"

namespace basin::experiments {

struct ClaimNet {
  interp::ReluNet net;
  Matrix x;
};

ClaimNet claim_net(nn::PlantedNet planted);

interp::DegeneracyOptions claim_options(const ClaimSettings& settings);

// A claim with its verdict (claims.h, compare).
Claim judged(std::string id, std::string title, ClaimValue predicted, ClaimValue measured, double tolerance,
             std::string how);

// A setting of a claim: the plan, what theory predicts for N - rank J, and the arithmetic in words.
struct PlantedSetting {
  std::string title;
  nn::Plan plan;
  std::int64_t predicted;
  std::string arithmetic;
};

// N - rank J of `settings.nets` networks of the plan. The measured value is their common count; a text that lists them
// if they differ, and that says so if a gap is too small or bound (*) exceeds the count.
Claim measure_setting(const std::string& id, const PlantedSetting& setting, const ClaimSettings& settings);

// The first of draw(0), draw(1) and draw(2) whose ranks all have a clear gap, else the last. One random network in
// hundreds of thousands has a singular value between rounding and what matters; it says nothing of any claim. Where no
// network has a gap, neither has the result.
constexpr double clear_gap = 1e8;
template <class Draw, class GapOf>
auto clear_draw(const Draw& draw, const GapOf& gap_of) {
  auto got = draw(0);
  for (int again = 1; again < 3 && !(gap_of(got) >= clear_gap); ++again) got = draw(again);
  return got;
}
// The name of the stream of network i, and of those drawn in its place.
std::string draw_name(std::int64_t i, int again);

// Blocks of a hidden layer.
std::vector<nn::Plant> blocks(std::initializer_list<std::int64_t> sizes);
std::vector<nn::Plant> with(nn::Plant first, std::vector<nn::Plant> rest);

}  // namespace basin::experiments
