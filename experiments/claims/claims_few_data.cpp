// C14: with few samples the data limit the rank. 4-5-3 with one block of 2: d~ = 5, d_out = 3, N = 43.
#include <fmt/format.h>

#include <array>

#include "core/lapack.h"
#include "core/matrix.h"
#include "experiments/claims/claim_nets.h"
#include "interp/jacobian/parameter_jacobian.h"
#include "interp/layers/plain_loops.h"

namespace basin::experiments {
namespace {

constexpr std::int64_t outputs = 3, parameters = 5 * 5 + 6 * 3, full_rank = parameters - (2 * 2 + 3);
constexpr std::array<std::int64_t, 5> sample_counts{3, 6, 10, 20, 300};

using Ranks = std::vector<RankDecision>;  // of J on the first samples, for each number of them

Ranks ranks_of(const ClaimNet& data, const ClaimSettings& settings) {
  return interp::prefix_ranks(interp::dense_network(data.net), data.x, sample_counts, claim_options(settings).sweep);
}

struct FoundCounts {
  Ranks jacobian;
  std::vector<std::int64_t> activations;  // ranks of the hidden activations with the constant
};

FoundCounts found(const ClaimNet& data, const ClaimSettings& settings) {
  FoundCounts f{.jacobian = ranks_of(data, settings), .activations = {}};
  const Matrix hidden = interp::plain_nodes(data.net, data.x)[1];
  for (const std::int64_t n : sample_counts)
    f.activations.push_back(decide_rank(singular_values(rows_of(hidden, 0, n))).rank);
  return f;
}

double narrowest_gap(const FoundCounts& f) { return std::ranges::min(f.jacobian, {}, &RankDecision::gap).gap; }

bool exceeds_limits(const FoundCounts& f) {
  for (std::size_t i = 0; i < sample_counts.size(); ++i)
    if (f.jacobian[i].rank > std::min(sample_counts[i] * outputs, full_rank)) return true;
  return false;
}

bool misses_outputs(const FoundCounts& f) {
  for (std::size_t i = 0; i < sample_counts.size(); ++i)
    if (f.jacobian[i].rank < outputs * f.activations[i]) return true;
  return false;
}

void few_data(ClaimTable& table, const ClaimSettings& settings) {
  const nn::Plan plan{.hidden = {nn::blocks({2, 1, 1, 1})}, .outputs = outputs, .inputs = 4};
  const auto nets = planted_draws(
      plan, 20 * settings.nets, Rng(settings.seed, "claims/C14"), settings.threads,
      [&](const ClaimNet& data) { return found(data, settings); }, narrowest_gap);
  const auto number = [&](auto holds) { return std::ranges::count_if(nets, holds); };
  const std::string how =
      fmt::format("arithmetic: {} planted 4-5-3 networks with one block of 2, smallest spectral gap {:.1g}",
                  nets.size(), narrowest_gap(std::ranges::min(nets, {}, narrowest_gap)));
  table.expect("networks where rank J exceeds min(n d_out, N - N_free)", 0, number(exceeds_limits))
      .because(how + "; rank J at n = 3, 6, 10, 20, 300");
  table
      .expect("networks of full rank N - N_free = 36 at n = 300, with a gap", nets.size(), number([&](auto& f) {
                return f.jacobian.back().rank == full_rank && narrowest_gap(f) >= settings.min_gap;
              }))
      .because(how);
  table.expect("networks where rank J is below d_out times the rank of the activations", 0, number(misses_outputs))
      .because(
          "theorem: weights of the output layer alone show d_out copies of the hidden activations and the constant, "
          "whose rank on the first samples is decided in plain loops");
  table
      .report("networks with rank J below both n d_out and N - N_free at n = 10",
              fmt::format("{} of {}", number([](auto& f) { return f.jacobian[2].rank < 10 * outputs; }), nets.size()),
              "most")
      .because(how + "; samples on which few neurons fire add fewer than d_out to the rank");
}

const ClaimEntry c14{"C14", "few data leave directions free", {.net = 0.06}, few_data};

}  // namespace
}  // namespace basin::experiments
