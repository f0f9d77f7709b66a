// C40: every labelled null vector is null, and labels are as many as the kinds that were planted (docs/theory.md §3.7).
#include <fmt/format.h>

#include <algorithm>

#include "core/lapack.h"
#include "core/matrix.h"
#include "experiments/claims/basis_claims.h"
#include "experiments/claims/compared_bases.h"
#include "experiments/claims/direct_jacobian.h"
#include "experiments/claims/nearly_degenerate.h"
#include "experiments/claims/null_vectors.h"
#include "experiments/claims/removed_kinds.h"
#include "interp/layers/plain_loops.h"
#include "nn/data/planted/patterns.h"
#include "nn/data/registry.h"
#include "nn/supervised.h"

namespace basin::experiments {
namespace {

using interp::NullSpace;

void expect_null(ClaimTable& table, const std::string& title, const Checked& c) {
  table.expect(title + ": largest |J v| over the largest singular value", 0, c.image)
      .within(interp::null_residual)
      .because("plain loops: J v by the chain rule, and the singular value by LAPACK on that J; every labelled vector");
  table.expect(title + ": largest distance of v_i · v_j to 1 and 0", 0, c.distance)
      .within(1e-11)
      .because("plain loops: all pairs of labelled vectors");
}

void expect_growth(ClaimTable& table, const std::string& title, const Checked& c) {
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
    return checked(net, interp::jacobian_null_space(net.net, net.x));
  });
  const ClaimNet net = with_room(s.make, rng, 0);
  table.expect(s.title + ": labels", s.kinds, kinds_text(interp::jacobian_null_space(net.net, net.x)))
      .because("arithmetic: " + s.arithmetic + ", on planted sizes");
  ClaimNet other = net;
  Rng units = rng.stream("units");
  in_other_units(other, 3, units);
  table
      .expect(s.title + ": labels in units from 1e-3 to 1e3", s.kinds,
              kinds_text(interp::jacobian_null_space(other.net, other.x)))
      .because("arithmetic: " + s.arithmetic + ", on planted sizes; the same function");
  expect_null(table, s.title, worst_of(all));
  expect_growth(table, s.title, worst_of(all));
}

// Where something is repeated up to what is between rounding and the tolerance, what is null is undecided, and what is
// labelled must be null all the same.
struct NearlyDegenerate {
  std::string title;
  void (*repeat)(ClaimNet&, double apart, Rng&);
};

// Networks for all distances, each made from a normal one; in units far apart and with inputs far from 0, or with room
// for steps.
Checked worst_nearly(const ClaimSettings& settings, const Rng& rng, const NearlyDegenerate& kind, bool far_units) {
  static const std::vector<double> all_apart{1e-5,   1e-7, 1e-8,  6e-9,  4e-9,  2.5e-9,
                                             1.5e-9, 1e-9, 3e-10, 1e-10, 1e-12, 1e-14};
  return worst_of(parallel_results(settings.threads, std::ssize(all_apart), [&](std::int64_t i) {
    Rng own = rng.stream(std::to_string(i));
    ClaimNet net = random_claim_net({4, 6, 5, 3}, own);
    kind.repeat(net, all_apart[std::size_t(i)], own);
    if (far_units) {
      in_other_units(net, 5, own);
      for (double& v : net.x.data) v += 1000;
    } else {
      net = far_from_kinks(std::move(net), 1e-3);
    }
    return checked(net, interp::jacobian_null_space(net.net, net.x));
  }));
}

void expect_nearly_degenerate(ClaimTable& table, const ClaimSettings& settings) {
  const std::vector<NearlyDegenerate> kinds{{"an input repeated", repeat_input},
                                            {"an input around 1000 repeated", repeat_far_input},
                                            {"a neuron's weights repeated", repeat_neuron},
                                            {"two neurons read alike", repeat_readers}};
  const std::string range = " up to 1e-5 … 1e-14";
  const Rng rng(settings.seed, "claims/C40/nearly");
  for (const NearlyDegenerate& kind : kinds) {
    const Checked found = worst_nearly(settings, rng.stream(kind.title), kind, false);
    expect_null(table, kind.title + range, found);
    expect_growth(table, kind.title + range, found);
  }
  for (const NearlyDegenerate& kind :
       {NearlyDegenerate{"an input repeated", repeat_input}, {"a neuron reads a difference", read_difference}})
    expect_null(table, kind.title + range + ", inputs around 1000 in units from 1e-5 to 1e5",
                worst_nearly(settings, rng.stream(kind.title + "/units"), kind, true));
}

// d f / d b^l is B^{l+1}, so the ranks of both factors of a layer are in what plain loops give.
std::int64_t low_rank_directions(const ClaimNet& net) {
  const Matrix J = chain_rule_jacobian(net);
  const std::vector<Matrix> nodes = interp::plain_nodes(net.net, net.x);
  std::int64_t free = 0, first = 0;
  for (std::int64_t l = 0; l < net.net.layers(); ++l) {
    const std::int64_t out = net.net.weights[l].rows();
    first += net.net.parameters(l);
    free += net.net.parameters(l) - decide_rank(singular_values(nodes[std::size_t(l)])).rank *
                                        decide_rank(singular_values(columns_of(J, first - out, out))).rank;
  }
  return free;
}

void expect_trained(ClaimTable& table, const ClaimSettings& settings) {
  const nn::Dataset data = nn::load_data("digits", {}).train;
  const interp::ReluNet trained = trained_nets(data, {.hidden = {8}, .epochs = {5}, .seed = settings.seed}).back();
  const ClaimNet net = far_from_kinks({.net = trained, .x = nn::analysis_inputs(data, 150)}, 1e-3);
  const NullSpace space = interp::jacobian_null_space(net.net, net.x);
  const std::string title = "64-8-10 trained on digits";
  table
      .expect(
          title + ": labels of low rank", low_rank_directions(net),
          std::ranges::count_if(space.labels, [](const std::string& label) { return kind_of(label) == "low rank"; }))
      .because("direct eigenvalues: LAPACK on activations and gradients in plain loops, sum of d~ d - r s");
  const Checked found = checked(net, space);
  expect_null(table, title, found);
  expect_growth(table, title, found);
}

void null_vectors(ClaimTable& table, const ClaimSettings& settings) {
  for (const Setting& s : planted_settings()) expect_planted(table, settings, s);
  expect_nearly_degenerate(table, settings);
  expect_trained(table, settings);
}

const ClaimEntry c40{
    "C40", "every labelled null vector is null, and labels are as planted", {.fixed = 1.6, .net = 0.27}, null_vectors};

}  // namespace
}  // namespace basin::experiments
