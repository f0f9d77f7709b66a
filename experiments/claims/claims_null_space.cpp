// C40: every labelled null vector is null, and labels are as many as the kinds that were planted (docs/theory.md §3.7).
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "core/lapack.h"
#include "core/matrix.h"
#include "core/statistics.h"
#include "experiments/claims/basis_claims.h"
#include "experiments/claims/compared_bases.h"
#include "experiments/claims/direct_jacobian.h"
#include "experiments/claims/removed_kinds.h"
#include "interp/layers/plain_loops.h"
#include "nn/data/planted/patterns.h"
#include "nn/data/registry.h"
#include "nn/supervised.h"

namespace basin::experiments {
namespace {

using interp::NullSpace;

double distance_to_orthonormal(const NullSpace& space) {
  double worst = 0;
  for (std::int64_t i = 0; i < space.basis.rows(); ++i)
    for (std::int64_t j = 0; j <= i; ++j)
      worst = worse(worst, std::abs(dot(space.basis.row(i), space.basis.row(j)) - double(i == j)));
  return worst;
}

// What is measured of one network and its labelled vectors.
struct Checked {
  double image = 0, distance = 0, slope = std::numeric_limits<double>::infinity();
};

class Checker {
 public:
  explicit Checker(const ClaimNet& net)
      : net_(net),
        target_(interp::plain_pre_activations(net.net, net.x).back()),
        scale_(singular_values(chain_rule_jacobian(net)).front()) {}

  Checked operator()(const NullSpace& space) const {
    Checked found{.distance = distance_to_orthonormal(space)};
    for (std::int64_t i = 0; i < space.basis.rows(); ++i) {
      const Matrix image = derivative_along(net_, space.basis.row(i));
      found.image = worse(found.image, std::sqrt(dot(image.data, image.data)) / scale_);
      found.slope = std::min(found.slope, slope_along(space.basis.row(i)));
    }
    return found;
  }

 private:
  // d log L / d log t along v, for the mean L of both senses, at the largest step below 1e-3 that switches no neuron;
  // infinite where the loss is not well above rounding, and above what |J v| = 1e-9 of the scale may cost.
  double slope_along(std::span<const double> v) const {
    constexpr double ratio = 8, well_above = 1e4;
    const auto at = [&](double t) { return interp::moved(net_.net, v, t); };
    const auto loss = [&](double t) {
      return (interp::plain_loss(at(t), net_.x, target_) + interp::plain_loss(at(-t), net_.x, target_)) / 2;
    };
    double step = 1e-3;
    while (!(fire_alike(at(step), net_.net, net_.x) && fire_alike(at(-step), net_.net, net_.x))) step /= 2;
    const double image = interp::null_residual * scale_ * step, rounding = 1e-28 * dot(target_.data, target_.data);
    const double far = loss(step);
    return far > well_above * (image * image + rounding) / double(net_.x.rows())
               ? std::log(far / loss(step / ratio)) / std::log(ratio)
               : std::numeric_limits<double>::infinity();
  }

  const ClaimNet& net_;
  Matrix target_;
  double scale_;
};

Checked worst_of(const std::vector<Checked>& all) {
  Checked worst;
  for (const Checked& c : all)
    worst = {worse(worst.image, c.image), worse(worst.distance, c.distance), std::min(worst.slope, c.slope)};
  return worst;
}

void expect_null(ClaimTable& table, const std::string& title, const Checked& c) {
  table.expect(title + ": largest |J v| over the largest singular value", 0, c.image)
      .within(interp::null_residual)
      .because("plain loops: J v by the chain rule, and the singular value by LAPACK on that J; every labelled vector");
  table.expect(title + ": largest distance of v_i · v_j to 1 and 0", 0, c.distance)
      .within(1e-11)
      .because("plain loops: all pairs of labelled vectors");
  table.expect(title + ": smallest power with which the loss grows", 4, c.slope)
      .within(0.1)
      .because(
          "finite differences: losses in plain loops at two steps along each vector; rescalings cost the fourth power");
}

// "low rank 12, rescaling 1, block 13": in the order of the labels.
std::string kinds_text(const NullSpace& space) {
  std::vector<std::pair<std::string, std::int64_t>> kinds;
  for (const std::string& label : space.labels) {
    const std::string kind = kind_of(label);
    const auto known = std::ranges::find(kinds, kind, [](const auto& pair) { return pair.first; });
    if (known == kinds.end())
      kinds.emplace_back(kind, 1);
    else
      ++known->second;
  }
  std::vector<std::string> parts;
  for (const auto& [kind, count] : kinds) parts.push_back(fmt::format("{} {}", kind, count));
  return fmt::format("{}", fmt::join(parts, ", "));
}

struct Setting {
  std::string title;
  std::function<ClaimNet(Rng)> make;
  std::string kinds, arithmetic;
};

std::function<ClaimNet(Rng)> planted(nn::Plan plan) {
  return [plan](Rng rng) { return claim_net(nn::plant(plan, rng.next_u64())); };
}

std::vector<Setting> planted_settings() {
  using nn::blocks, nn::with, nn::PlantKind;
  const nn::Plant one{.size = 1, .kind = PlantKind::dead}, two{.size = 2, .kind = PlantKind::dead},
      on{.size = 3, .kind = PlantKind::always_on};
  return {{"5-[1 dead, 2, 1, 1]-[2 dead, 2, 1, 1]-4",
           planted({{with(one, blocks({2, 1, 1})), with(two, blocks({2, 1, 1}))}}), "low rank 30, block 8, rescaling 4",
           "1 (6 + 6) + 2 (6 + 4) - 1 · 2 weights of the dead, 2² and 1 + 1 in each layer"},
          {"always-on block of 3, blocks 1, 2", planted({{with(on, blocks({1, 2}))}}),
           "always_on 12, rescaling 1, block 4", "3 (3 + 1), 1, 2²"},
          {"inputs of rank 3 of 5, blocks 3, 2, 1", planted({.hidden = {blocks({3, 2, 1})}, .input_rank = 3}),
           "low rank 12, block 13, rescaling 1", "6 (5 - 3), 3² + 2², 1"},
          {"one neuron fires on 3 of 300", [](Rng rng) { return claim_net(nn::rarely_firing(3, 3, rng)); },
           "rescaling 5, conditional 2", "five neurons; d~ - 3 = 2"},
          {"complementary and one always on", [](Rng rng) { return claim_net(nn::complementary(2, true, rng)); },
           "rescaling 4, always_on 2, related patterns 1", "4, 1 (1 + 1), and one by g_1 + g_2 = 1"},
          {"nested reader of a block of 2", [](Rng rng) { return claim_net(nn::nested(2, true, rng)); },
           "block 4, rescaling 6, related patterns 1", "2², 6, and one for the nesting"}};
}

void expect_planted(ClaimTable& table, const ClaimSettings& settings, const Setting& s) {
  const Rng rng(settings.seed, "claims/C40/" + s.title);
  const std::vector<Checked> all = parallel_results(settings.threads, settings.nets, [&](std::int64_t i) {
    const ClaimNet net = with_room(s.make, rng, i);
    return Checker(net)(interp::jacobian_null_space(net.net, net.x));
  });
  const ClaimNet net = with_room(s.make, rng, 0);
  table.expect(s.title + ": labels", s.kinds, kinds_text(interp::jacobian_null_space(net.net, net.x)))
      .because("arithmetic: " + s.arithmetic + ", on planted sizes");
  expect_null(table, s.title, worst_of(all));
}

// A network in which something is repeated up to `apart`: where that is between rounding and the tolerance, what is
// null is undecided, and what is labelled must be null all the same.
struct NearlyDegenerate {
  std::string title;
  std::function<void(ClaimNet&, double apart, Rng&)> repeat;
};

std::vector<NearlyDegenerate> nearly_degenerate() {
  return {{"an input repeated",
           [](ClaimNet& n, double apart, Rng& rng) {
             for (std::int64_t s = 0; s < n.x.rows(); ++s) n.x(s, 1) = n.x(s, 0) + apart * rng.normal();
           }},
          {"a neuron's weights repeated",
           [](ClaimNet& n, double apart, Rng& rng) {
             Matrix& w = n.net.weights[0];
             for (std::int64_t j = 0; j < w.cols(); ++j) w(1, j) = 2 * w(0, j) + apart * rng.normal();
             n.net.biases[0][1] = 2 * n.net.biases[0][0];
           }},
          {"two neurons read alike", [](ClaimNet& n, double apart, Rng& rng) {
             Matrix& w = n.net.weights[1];
             for (std::int64_t i = 0; i < w.rows(); ++i) w(i, 1) = w(i, 0) + apart * rng.normal();
           }}};
}

void expect_nearly_degenerate(ClaimTable& table, const ClaimSettings& settings, const NearlyDegenerate& kind) {
  const std::vector<double> all_apart{1e-5, 1e-7, 1e-8, 3e-9, 1e-10, 1e-12, 1e-14};
  const Rng rng(settings.seed, "claims/C40/" + kind.title);
  const std::vector<Checked> all = parallel_results(settings.threads, std::ssize(all_apart), [&](std::int64_t i) {
    Rng own = rng.stream(std::to_string(i));
    ClaimNet net = random_claim_net({4, 6, 5, 3}, own);
    kind.repeat(net, all_apart[std::size_t(i)], own);
    net = far_from_kinks(std::move(net), 1e-3);
    const NullSpace space = interp::jacobian_null_space(net.net, net.x);
    return Checker(net)(space);
  });
  expect_null(table, kind.title + " up to 1e-5 … 1e-14", worst_of(all));
}

void expect_trained(ClaimTable& table, const ClaimSettings& settings) {
  const nn::Dataset data = nn::load_data("digits", {}).train;
  const interp::ReluNet trained = trained_nets(data, {.hidden = {8}, .epochs = {5}, .seed = settings.seed}).back();
  const ClaimNet net = far_from_kinks({.net = trained, .x = nn::analysis_inputs(data, 150)}, 1e-3);
  const NullSpace space = interp::jacobian_null_space(net.net, net.x);
  expect_null(table, "64-8-10 trained on digits", Checker(net)(space));
}

void null_vectors(ClaimTable& table, const ClaimSettings& settings) {
  for (const Setting& s : planted_settings()) expect_planted(table, settings, s);
  for (const NearlyDegenerate& kind : nearly_degenerate()) expect_nearly_degenerate(table, settings, kind);
  expect_trained(table, settings);
}

const ClaimEntry c40{"C40", "every labelled null vector is null, and labels are as planted", null_vectors};

}  // namespace
}  // namespace basin::experiments
