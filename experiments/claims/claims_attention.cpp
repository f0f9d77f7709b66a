// C15. The predictions are the arithmetic of docs/theory.md §3 on the sizes of each setting: d_model = 6, d_head = 2.
#include "experiments/claims/claims_attention.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "core/parallel.h"
#include "experiments/claims/claim_nets.h"

namespace basin::experiments {
namespace {

constexpr std::int64_t d = 6, m = 2, positions = 5, sequences = 40;

struct Setting {
  std::string title;
  AttentionPlan plan;
  std::int64_t predicted;
  std::string arithmetic;
};

std::vector<Setting> all_settings() {
  const std::string own = "2 H d_head^2", shared = "H d_head^2 + (H d_head)^2";
  std::vector<Setting> all;
  const auto add = [&](const std::string& title, const AttentionPlan& plan, std::int64_t predicted,
                       const std::string& arithmetic) {
    all.push_back({title, plan, predicted, arithmetic});
  };
  add("2 heads", {{1, 1}}, 2 * 2 * m * m, own);
  add("2 heads that share a pattern", {{2}}, 2 * m * m + 2 * m * 2 * m, shared);
  add("3 heads that share a pattern", {{3}}, 3 * m * m + 3 * m * 3 * m, shared);
  add("4 heads that share a pattern, H d_head > d_model", {{4}}, 4 * m * m + 2 * d * 4 * m - d * d,
      "H d_head^2 + 2 d_model H d_head - d_model^2");
  add("3 heads, 2 share a pattern", {{2, 1}}, 3 * m * m + 2 * m * 2 * m + m * m,
      "H d_head^2 + (2 d_head)^2 + d_head^2");
  add("2 heads, key and value biases", {{1, 1}, true}, 2 * 2 * m * m + 2 * m, own + " + H d_head");
  add("2 heads, a constant input coordinate", {{1, 1}, false, true}, 2 * 2 * m * m + 2 * m, own + " + H d_head");
  add("2 heads, both: each bias repeats weights", {{1, 1}, true, true}, 2 * 2 * m * m + 3 * 2 * m,
      own + " + 3 H d_head");
  return all;
}

Tensor<double> normal(const Shape& shape, double scale, Rng& rng) {
  Tensor<double> numbers(shape);
  rng.fill_normal(std::span(numbers.data), scale);
  return numbers;
}

Matrix head_of(const Tensor<double>& weights, std::int64_t head) {
  const auto from = weights.data.begin() + head * d * m;
  return {{d, m}, {from, from + d * m}};
}

void set_head(Tensor<double>& weights, std::int64_t head, const Matrix& value) {
  std::ranges::copy(value.data, weights.data.begin() + head * d * m);
}

Matrix near_identity(Rng& rng) {
  Matrix a = normal({m, m}, 0.3, rng);
  for (std::int64_t i = 0; i < m; ++i) a(i, i) += 1;
  return a;
}

void share_pattern(interp::AttentionLayer& layer, std::int64_t first, std::int64_t count, Rng& rng) {
  const Matrix identity{{m, m}, {1, 0, 0, 1}};
  for (std::int64_t head = first + 1; head < first + count; ++head) {
    const Matrix a = near_identity(rng), inverse = solve(a, identity);
    set_head(layer.W_Q, head, matmul(head_of(layer.W_Q, first), a));
    set_head(layer.W_K, head, matmul(head_of(layer.W_K, first), inverse, false, true));
  }
}

struct Measured {
  std::int64_t free, expected;  // N - rank J, and the closed form on the groups that were found
  bool groups_found;
  double gap;
};

std::vector<Measured> measure(const Setting& setting, const ClaimSettings& settings) {
  std::vector<Measured> all(settings.nets);
  const Rng rng(settings.seed, "claims/C15/" + setting.title);
  parallel_for(settings.threads, settings.nets, [&](std::int64_t i, int) {
    const auto draw = [&](int again) {
      const AttentionNet net = attention_net(setting.plan, rng.stream(draw_name(i, again)));
      const auto found = interp::attention_degeneracy(net.layer, net.x, claim_options(settings));
      return Measured{found.free_directions(), interp::attention_free_directions(found.shape),
                      found.shape.sharing == setting.plan.sharing, found.jacobian.gap};
    };
    all[i] = clear_draw(draw, std::mem_fn(&Measured::gap));
  });
  return all;
}

Claim judge_setting(const Setting& setting, const std::vector<Measured>& nets, const ClaimSettings& settings) {
  std::vector<std::int64_t> counts;
  for (const Measured& net : nets) counts.push_back(net.free);
  const double gap = std::ranges::min(nets, {}, &Measured::gap).gap;
  const std::string list = fmt::format("{}", fmt::join(counts, ", "));
  ClaimValue measured = double(counts.front());
  if (std::ranges::count(counts, counts.front()) != std::int64_t(counts.size())) measured = list;
  if (gap < settings.min_gap) measured = fmt::format("{} with a spectral gap of {:.1g}", list, gap);
  return judged("C15", setting.title, double(setting.predicted), measured, 0,
                fmt::format("{}; N - rank J of {} random layers, smallest spectral gap {:.1g}", setting.arithmetic,
                            nets.size(), gap));
}

}  // namespace

AttentionNet attention_net(const AttentionPlan& plan, Rng rng) {
  const std::int64_t heads = std::accumulate(plan.sharing.begin(), plan.sharing.end(), std::int64_t(0));
  const double scale = 1.5 / std::sqrt(double(d));
  AttentionNet net{{.W_Q = normal({heads, d, m}, scale, rng),
                    .W_K = normal({heads, d, m}, scale, rng),
                    .W_V = normal({heads, d, m}, 1, rng),
                    .W_O = normal({heads, m, d}, 1, rng)},
                   normal({sequences, positions, d}, 1, rng)};
  if (plan.key_value_bias) net.layer.b_K = normal({heads, m}, 1, rng), net.layer.b_V = normal({heads, m}, 1, rng);
  std::int64_t first = 0;
  for (const std::int64_t count : plan.sharing) {
    share_pattern(net.layer, first, count, rng);
    first += count;
  }
  for (std::int64_t i = 0; plan.constant_input && i < net.x.rows(); ++i) net.x(i, 0) = 1;
  return net;
}

std::vector<Claim> claim_attention(const ClaimSettings& settings) {
  std::vector<Claim> claims;
  std::int64_t nets = 0, as_found = 0;
  for (const Setting& setting : all_settings()) {
    const std::vector<Measured> measured = measure(setting, settings);
    claims.push_back(judge_setting(setting, measured, settings));
    nets += std::int64_t(measured.size());
    as_found +=
        std::ranges::count_if(measured, [](const Measured& n) { return n.groups_found && n.free == n.expected; });
  }
  claims.push_back(judged("C15", "layers whose heads are grouped as planted and counted in closed form", double(nets),
                          double(as_found), 0, "attention_free_directions on the groups found by comparing patterns"));
  return claims;
}

}  // namespace basin::experiments
