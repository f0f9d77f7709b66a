#include "nn/data/planted/mixed_plans.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace basin;
using namespace basin::nn;

namespace {

template <class Holds>
bool any_plant(const nn::Plan& plan, Holds holds) {
  return std::ranges::any_of(plan.hidden, [&](const auto& layer) { return std::ranges::any_of(layer, holds); });
}

Mixture mixture_of(const nn::Plan& plan) {
  return {.blocks = any_plant(plan, [](const Plant& p) { return p.kind == PlantKind::synchronised && p.size > 1; }),
          .always_on = any_plant(plan, [](const Plant& p) { return p.kind == PlantKind::always_on; }),
          .dead = any_plant(plan, [](const Plant& p) { return p.kind == PlantKind::dead; }),
          .low_rows = any_plant(plan, [](const Plant& p) { return p.rows && *p.rows < p.size; }),
          .low_readers = any_plant(plan, [](const Plant& p) { return p.readers && *p.readers < p.size; }),
          .low_inputs = plan.input_rank && *plan.input_rank < plan.inputs};
}

std::int64_t width(const std::vector<Plant>& layer) {
  std::int64_t total = 0;
  for (const Plant& plant : layer) total += plant.size;
  return total;
}

Plant on(std::int64_t size) { return {.size = size, .kind = PlantKind::always_on}; }
Plant dead(std::int64_t size) { return {.size = size, .kind = PlantKind::dead}; }

}  // namespace

TEST_CASE("there are 52 mixtures, all different, and plans have the kinds of theirs and no others") {
  CHECK(mixtures().size() == 52);
  Rng rng(9, "plans");
  for (std::size_t i = 0; i < mixtures().size(); ++i) {
    CAPTURE(i);
    CHECK(std::ranges::count(mixtures(), mixtures()[i]) == 1);
    for (std::int64_t hidden_layers : {1, 2, 3}) {
      const nn::Plan plan = random_plan(hidden_layers, mixtures()[i], rng);
      CHECK_NOTHROW(plan.validate());
      CHECK(std::ssize(plan.hidden) == hidden_layers);
      CHECK(mixture_of(plan) == mixtures()[i]);
    }
  }
}

TEST_CASE("sizes reach from small to 12, and few outputs get more samples") {
  Rng rng(10, "plans");
  std::vector<std::int64_t> widths, inputs, outputs;
  for (int i = 0; i < 300; ++i) {
    const nn::Plan plan = random_plan(3, mixtures()[i % mixtures().size()], rng);
    for (const auto& layer : plan.hidden) widths.push_back(width(layer));
    inputs.push_back(plan.inputs), outputs.push_back(plan.outputs);
    CHECK(plan.samples >= 300);
    CHECK((plan.samples + 1) * plan.outputs >= 2 * planned_parameters(plan));
  }
  const auto range = [](const std::vector<std::int64_t>& values) { return std::ranges::minmax(values); };
  CHECK((range(widths).min == 2 && range(widths).max == 12));
  CHECK((range(inputs).min == 3 && range(inputs).max == 12));
  CHECK((range(outputs).min == 1 && range(outputs).max == 12));
}

TEST_CASE("parameters are counted from a plan") {
  CHECK(planned_parameters({.hidden = {blocks({3, 2}), {on(1)}}, .outputs = 2, .inputs = 4}) == 5 * 5 + 1 * 6 + 2 * 2);
}

// The arithmetic of docs/theory.md §3 and §7, by hand.
TEST_CASE("one hidden layer: planned counts are those of the claims") {
  CHECK(planned_one_hidden({{blocks({3, 2, 1})}}) == 14);
  CHECK(planned_one_hidden({{with(on(3), blocks({1, 2}))}}) == 17);
  CHECK(planned_one_hidden({{with(dead(2), blocks({1, 2}))}}) == 25);
  CHECK(planned_one_hidden({.hidden = {blocks({3, 2, 1})}, .input_rank = 3}) == 26);
  CHECK(planned_one_hidden({{with({.size = 4, .rows = 2, .readers = 3}, blocks({1}))}}) == 21);
  CHECK(planned_one_hidden({.hidden = {blocks({3, 2})}, .outputs = 1}) == 23);
}

TEST_CASE("always-on layers: planned counts are those of products of matrices") {
  // 5-3-2-4: maps of rank 2 are 2 (5 + 4 - 2) numbers, the last bias 4 more; dead neurons add what they have.
  CHECK(planned_linear({{{on(3)}, {on(2)}}}) == 3 * 6 + 2 * 4 + 4 * 3 - 14 - 4);
  CHECK(planned_linear({{{on(3), dead(1)}, {on(2)}}}) == 4 * 6 + 2 * 5 + 4 * 3 - 14 - 4);
  // 5-6-4: any map.
  CHECK(planned_linear({{{on(6)}}}) == 6 * 6 + 4 * 7 - 5 * 4 - 4);
  // Inputs of rank 2 and nothing reads the layer: only its outgoing weights count, on activations of rank 2.
  CHECK(planned_linear({.hidden = {{{.size = 3, .kind = PlantKind::always_on, .readers = 0}}}, .input_rank = 2}) ==
        3 * 6 + 4 * 4 - 2 * 4 - 4);
  for (const nn::Plan& plan :
       {nn::Plan{{{on(3)}}}, nn::Plan{.hidden = {{on(3), dead(2)}}, .outputs = 2, .input_rank = 2}})
    CHECK(planned_linear(plan) == planned_one_hidden(plan));
}

TEST_CASE("plans of always-on and dead neurons have nothing else, and low ranks at random") {
  Rng rng(11, "plans");
  int rows = 0, readers = 0, dead_layers = 0;
  for (int i = 0; i < 50; ++i) {
    const nn::Plan plan = linear_plan(2, rng);
    CHECK_NOTHROW(plan.validate());
    CHECK_FALSE(any_plant(plan, [](const Plant& p) { return p.kind == PlantKind::synchronised; }));
    rows += mixture_of(plan).low_rows, readers += mixture_of(plan).low_readers, dead_layers += mixture_of(plan).dead;
  }
  CHECK(std::min({rows, readers, dead_layers}) > 5);
}
