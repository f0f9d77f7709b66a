// C2 to C8: what one planted degeneracy at a time costs. The predictions are the arithmetic of docs/theory.md §3 on
// the planted sizes, d~ = 6 and d_out = 4 unless said. C24: block-diagonal weights alone add no free directions.
#include "experiments/claims/claim_nets.h"
#include "nn/data/planted/unplanted.h"

namespace basin::experiments {
namespace {

using nn::blocks;
using nn::Plan;
using nn::Plant;
using nn::PlantKind;
using nn::with;

std::vector<std::vector<Plant>> generic_layers(std::size_t count) { return {count, blocks({1, 1, 1, 1, 1, 1})}; }

void generic(ClaimTable& table, const ClaimSettings& settings) {
  const std::string rule = "one rescaling for each hidden neuron";
  expect_counts(table, settings,
                {{"generic 5-6-4", Plan{generic_layers(1)}, 6, rule},
                 {"generic 5-6-6-4", Plan{generic_layers(2)}, 6 + 6, rule},
                 {"generic 5-6-6-6-4", Plan{generic_layers(3)}, 6 + 6 + 6, rule},
                 {"generic 5-6-6-1", Plan{.hidden = generic_layers(2), .outputs = 1}, 6 + 6, rule}});
}

void synchronised(ClaimTable& table, const ClaimSettings& settings) {
  expect_counts(table, settings,
                {{"blocks 3, 2, 1", Plan{{blocks({3, 2, 1})}}, 3 * 3 + 2 * 2 + 1, "sum of k^2"},
                 {"blocks 4, 1, 1", Plan{{blocks({4, 1, 1})}}, 4 * 4 + 1 + 1, "sum of k^2"}});
}

void always_on(ClaimTable& table, const ClaimSettings& settings) {
  const Plant on{.size = 3, .kind = PlantKind::always_on};
  expect_counts(table, settings,
                {{"always-on block of 3, blocks 1, 2", Plan{{with(on, blocks({1, 2}))}}, 3 * (3 + 1) + 1 + 2 * 2,
                  "k(k+1) for the always-on block, k^2 for the others"}});
}

void dead(ClaimTable& table, const ClaimSettings& settings) {
  const Plant one{.size = 1, .kind = PlantKind::dead}, two{.size = 2, .kind = PlantKind::dead};
  expect_counts(
      table, settings,
      {{"2 dead, blocks 1, 2", Plan{{with(two, blocks({1, 2}))}}, 2 * (6 + 4) + 1 + 2 * 2,
        "all weights of the dead, k^2 for the others"},
       {"5-[1 dead, 2, 1, 1]-[2 dead, 2, 1, 1]-4", Plan{{with(one, blocks({2, 1, 1})), with(two, blocks({2, 1, 1}))}},
        1 * (6 + 6) + 2 * (6 + 4) - 1 * 2 + 2 * (2 * 2 + 1 + 1),
        "all weights of the dead, those between two dead counted once, k^2 for the others"}});
}

void low_rank_inputs(ClaimTable& table, const ClaimSettings& settings) {
  const std::string rule = "2 unread directions for each neuron, k^2";
  expect_counts(table, settings,
                {{"inputs of rank 3 of 5, 4 neurons", Plan{.hidden = {blocks({1, 1, 1, 1})}, .input_rank = 3},
                  4 * (5 - 3) + 4, rule},
                 {"inputs of rank 3 of 5, blocks 3, 2, 1", Plan{.hidden = {blocks({3, 2, 1})}, .input_rank = 3},
                  6 * (5 - 3) + 3 * 3 + 2 * 2 + 1, rule}});
}

void low_ranks_inside(ClaimTable& table, const ClaimSettings& settings) {
  const Plant rows{.size = 4, .rows = 2}, readers{.size = 4, .readers = 1};
  const Plant both{.size = 4, .rows = 2, .readers = 3}, unread{.size = 3, .readers = 0};
  const auto plan = [](const Plant& block) { return Plan{{with(block, blocks({1}))}}; };
  const std::string rule = "k d_out + k d~ - d_out rho - d~ s + rho s for the block, 1 for the single neuron";
  expect_counts(table, settings,
                {{"block of 4 with rows of rank 2", plan(rows), 4 * 4 + 4 * 6 - 4 * 2 - 6 * 4 + 2 * 4 + 1, rule},
                 {"block of 4 with readers of rank 1", plan(readers), 4 * 4 + 4 * 6 - 4 * 4 - 6 * 1 + 4 * 1 + 1, rule},
                 {"block of 4 with rows of rank 2, readers of rank 3", plan(both),
                  4 * 4 + 4 * 6 - 4 * 2 - 6 * 3 + 2 * 3 + 1, rule},
                 {"block of 3 that nothing reads", plan(unread), 3 * 4 + 3 * 6 - 4 * 3 + 1, rule}});
}

void scalar_output(ClaimTable& table, const ClaimSettings& settings) {
  expect_counts(table, settings,
                {{"one output, blocks 3, 2: a block keeps d~ numbers whatever its size",
                  Plan{.hidden = {blocks({3, 2})}, .outputs = 1}, (3 + 2) * (6 + 1) - 2 * 6,
                  "weights of the blocks less d~ for each"}});
}

void block_weights(ClaimTable& table, const ClaimSettings& settings) {
  const Rng rng(settings.seed, "claims/C24");
  for (const bool modular : {false, true}) {
    const auto draw = [&](std::int64_t i, int again) {
      return degeneracy_of(claim_net(nn::filtered_net(modular, rng.stream(draw_name(2 * i + modular, again)))),
                           settings);
    };
    expect_common(
        table, settings, modular ? "the same widths as two modules of 3" : "dense 8-6-6-4", 6 + 6,
        free_directions_of(clear_draws(settings.nets, settings.threads, draw, &DegeneracyReport::smallest_gap)),
        fmt::format("arithmetic: one rescaling for each hidden neuron; measured: N - rank J of {} networks whose "
                    "neurons fire on 15 to 85 % of the samples and in all joint states",
                    settings.nets));
  }
}

const ClaimEntry c2{"C2", "a generic network has one free direction for each hidden neuron", {.net = 0.21}, generic};
const ClaimEntry c3{"C3", "a block of k synchronised neurons has k^2", {.net = 0.015}, synchronised};
const ClaimEntry c4{"C4", "an always-on block of k neurons has k(k+1)", {.net = 0.0074}, always_on};
const ClaimEntry c5{"C5", "dead neurons free all their weights, and no k^2", {.net = 0.055}, dead};
const ClaimEntry c6{"C6", "inputs of low rank free directions of every reader", {.net = 0.015}, low_rank_inputs};
const ClaimEntry c7{"C7", "low ranks inside a block", {.net = 0.02}, low_ranks_inside};
const ClaimEntry c8{"C8", "a scalar output sees d~ numbers of a block", {.net = 0.0031}, scalar_output};
const ClaimEntry c24{"C24", "block-diagonal weights alone are not more degenerate", {.net = 0.2}, block_weights};

}  // namespace
}  // namespace basin::experiments
