// Counts do not depend on the units of inputs, neurons, layers and outputs (claim C42).
#include <doctest/doctest.h>

#include "core/rng.h"
#include "interp/degeneracy/degeneracy.h"
#include "tests/interp/degeneracy_golden.h"

using namespace basin;
using namespace basin::interp;

namespace {

GoldenData net_with_block(std::uint64_t seed) {
  Rng rng(seed, "rescaling");
  GoldenData data{.net = {}, .x = Matrix({80, 3})};
  rng.fill_normal(std::span(data.x.data));
  const std::vector<std::int64_t> widths{3, 4, 4, 2};
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    data.net.weights.emplace_back(Shape{widths[l + 1], widths[l]});
    data.net.biases.emplace_back(widths[l + 1]);
    rng.fill_normal(std::span(data.net.weights.back().data));
    rng.fill_normal(std::span(data.net.biases.back()), 0.3);
  }
  for (double& w : data.net.weights[0].row(1)) w = 0;
  for (std::int64_t j = 0; j < 3; ++j) data.net.weights[0](1, j) = 2 * data.net.weights[0](0, j);  // a block of two
  data.net.biases[0][1] = 2 * data.net.biases[0][0];
  return data;
}

void scale_row(ReluNet& net, std::int64_t l, std::int64_t i, double by) {
  for (double& w : net.weights[l].row(i)) w *= by;
  net.biases[l][i] *= by;
}

void scale_column(Matrix& a, std::int64_t j, double by) {
  for (std::int64_t i = 0; i < a.rows(); ++i) a(i, j) *= by;
}

// The same function in other units.
GoldenData neuron_rescaled(GoldenData data, std::int64_t l, std::int64_t i, double by) {
  scale_row(data.net, l, i, by);
  scale_column(data.net.weights[l + 1], i, 1 / by);
  return data;
}

GoldenData layer_rescaled(GoldenData data, std::int64_t l, double by) {
  for (std::int64_t i = 0; i < data.net.weights[l].rows(); ++i) data = neuron_rescaled(std::move(data), l, i, by);
  return data;
}

GoldenData input_rescaled(GoldenData data, std::int64_t j, double by) {
  scale_column(data.x, j, by);
  scale_column(data.net.weights[0], j, 1 / by);
  return data;
}

GoldenData output_rescaled(GoldenData data, std::int64_t i, double by) {
  scale_row(data.net, data.net.layers() - 1, i, by);
  return data;
}

std::vector<std::int64_t> counts(const GoldenData& data) {
  const DegeneracyReport r = degeneracy(data.net, data.x);
  CHECK(r.decided());
  std::vector<std::int64_t> all{r.free_directions(), r.lower_bound(), r.conditional.lower_bound,
                                r.conditional.lower_bound_patterns, r.gauge.rank};
  for (const LayerDegeneracy& l : r.layers) {
    all.push_back(l.activation.rank);
    all.push_back(l.gradient.rank);
  }
  return all;
}

}  // namespace

TEST_CASE("compensated rescalings of neurons, layers and inputs, and units of outputs, change no count") {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const GoldenData data = net_with_block(seed);
    const auto want = counts(data);
    for (const double by : {1e-12, 1e-9, 3e-5, 7e4, 1e10, 1e12}) {
      CAPTURE(seed);
      CAPTURE(by);
      for (std::int64_t l : {0, 1}) {
        CHECK(counts(neuron_rescaled(data, l, 2, by)) == want);
        CHECK(counts(layer_rescaled(data, l, by)) == want);
      }
      CHECK(counts(input_rescaled(data, 1, by)) == want);
      CHECK(counts(output_rescaled(data, 0, by)) == want);
      CHECK(counts(neuron_rescaled(neuron_rescaled(data, 0, 0, by), 1, 3, 1 / by)) == want);
    }
  }
}

TEST_CASE("rescalings by powers of two change no bit") {
  const GoldenData data = net_with_block(9);
  const std::string want = to_json(degeneracy(data.net, data.x));
  for (const double by : {0x1p-40, 0x1p-3, 0x1p37}) {
    for (const GoldenData& other :
         {neuron_rescaled(data, 0, 3, by), layer_rescaled(data, 1, by), input_rescaled(data, 2, by),
          neuron_rescaled(data, 1, 1, by), output_rescaled(data, 1, by)})
      CHECK(to_json(degeneracy(other.net, other.x)) == want);
  }
}

TEST_CASE("inputs in other units without compensation: a decided count is the exact one of the changed function") {
  int decided = 0;
  for (std::uint64_t seed = 0; seed < 4; ++seed)
    for (const double by : {1e-12, 1e-6, 1e6, 1e12}) {
      CAPTURE(by);
      GoldenData data = net_with_block(seed);
      scale_column(data.x, 0, by);
      const DegeneracyReport other = degeneracy(data.net, data.x);
      const Reading free = reading(other, [](const DegeneracyReport& r) { return r.free_directions(); });
      decided += free.decided();
      // The same function of x / by, in units in which nothing is rescaled.
      GoldenData same = input_rescaled(data, 0, 1 / by);
      const Reading want =
          reading(degeneracy(same.net, same.x), [](const DegeneracyReport& r) { return r.free_directions(); });
      CHECK((!free.decided() || !want.decided() || free.at_tolerance == want.at_tolerance));
    }
  CHECK(decided >= 12);
}
