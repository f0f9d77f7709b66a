// Chains in lanes against lifted ones, rows at w* against batches there, and chains that do not know of each other.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/rng.h"
#include "interp/llc/center_rows.h"
#include "interp/llc/chain_energy.h"
#include "interp/llc/chain_program.h"
#include "interp/llc/chains.h"
#include "interp/llc/sampler.h"
#include "nn/superposition.h"
#include "nn/supervised.h"
#include "tests/count_allocations.h"
#include "tests/largest_difference.h"

using namespace basin;
using namespace basin::interp;

namespace {

LocalPosterior started(const Model& model) {
  Graph graph;
  model.trace(graph, 1);
  Parameters<double> start(graph.parameters());
  start.start(5);
  return {.model = {model, start}, .n_beta = 100, .gamma = 1};
}

LocalPosterior superposition(std::int64_t rows) {
  LocalPosterior posterior = started(nn::superposition({.features = 6}));
  posterior.data = nn::feature_inputs(nn::feature_data({.features = 6, .samples = rows}));
  return posterior;
}

LocalPosterior classifier(std::int64_t rows) {
  LocalPosterior posterior = started(nn::mlp({.widths = {5, 7, 3}}, nn::Loss::cross_entropy));
  Rng rng(2, "test");
  Tensor<double> x({rows, 5}), t({rows});
  rng.fill_normal(std::span(x.data));
  for (double& label : t.data) label = double(rng.below(3));
  posterior.data = {{"x", x}, {"t", t}};
  return posterior;
}

// Losses and gradients of all chains, at places and on rows that are the same for every program.
std::vector<double> run(const LocalPosterior& posterior, const ChainProgramSpec& spec) {
  const auto program = ChainProgram<double>::make(posterior, spec);
  Rng rng(7, "test");
  for (std::int64_t c = 0; c < spec.chains; ++c) {
    std::vector<double> w(program->center().flat().begin(), program->center().flat().end()), by(w.size());
    rng.fill_normal(std::span(by), 0.1);
    for (std::size_t i = 0; i < w.size(); ++i) w[i] += by[i];
    program->move(c, w);
    std::vector<std::int64_t> rows(std::size_t(spec.rows));
    for (std::int64_t& row : rows) row = std::int64_t(rng.below(std::uint64_t(rows_of(posterior.data, "test"))));
    if (spec.rows > 0 && (c == 0 || !spec.share_batches)) program->feed_rows(c, rows);
  }
  program->run();
  std::vector<double> all;
  for (std::int64_t c = 0; c < spec.chains; ++c) {
    all.push_back(program->loss(c));
    program->layout().for_chain(c, [&](std::size_t at, std::size_t) { all.push_back(program->gradient()[at]); });
  }
  return all;
}

}  // namespace

TEST_CASE("in lanes and lifted chains have the same losses and gradients") {
  LocalPosterior part = classifier(50);
  part.free = {"layers.0.*"};
  for (const LocalPosterior& posterior :
       {superposition(6), superposition(60), superposition(606), classifier(101), part})
    for (const std::int64_t rows : {0, 1, 33, 100})
      for (const bool share : {false, true}) {
        CAPTURE(rows);
        CAPTURE(share);
        const ChainProgramSpec lifted{.chains = 5, .rows = rows, .share_batches = share};
        ChainProgramSpec lanes = lifted;
        lanes.in_lanes = true;
        CHECK(largest_difference(run(posterior, lanes), run(posterior, lifted), beside_one) < 1e-13);
      }
  CHECK_THROWS_AS(ChainProgram<double>::make(superposition(6), {.chains = 9, .in_lanes = true}), UsageError);
  LocalPosterior turned = superposition(6);
  turned.model.parameters = parameters_from({{"W", Tensor<double>({6, 2})}, {"b", Tensor<double>({6})}});
  for (const bool lanes : {false, true})
    CHECK_THROWS_AS(ChainProgram<double>::make(turned, {.chains = 2, .in_lanes = lanes}), ShapeError);
}

TEST_CASE("what batches give at w* is the mean of what their rows give") {
  for (const LocalPosterior& posterior : {superposition(60), classifier(40)}) {
    CHECK(CenterRows<double>::fit(posterior));
    const CenterRows<double> rows(posterior);
    const std::vector<std::int64_t> batch{3, 1, 4, 1, 5, 9, 26, 39};
    const auto program = ChainProgram<double>::make(posterior, {.rows = std::int64_t(batch.size())});
    program->feed_rows(0, batch);
    program->run();
    std::vector<double> gradient(std::size_t(program->dimension()));
    rows.gradient(batch, gradient);
    CHECK(rows.loss(batch) == doctest::Approx(program->loss(0)).epsilon(1e-14));
    CHECK(largest_difference(gradient, program->gradient(), beside_one) < 1e-14);
  }
  CHECK_FALSE(CenterRows<double>::fit(superposition(300'000)));
}

TEST_CASE_TEMPLATE("a chain depends neither on the others nor on threads", T, float, double) {
  CHECK(lanes_pay(superposition(60)));
  CHECK_FALSE(lanes_pay(started(nn::mlp({.widths = {30, 30, 3}}, nn::Loss::mse))));
  for (const bool share : {false, true})
    for (const SamplerSpec& sampler :
         {SamplerSpec{.kind = SamplerKind::sgld, .step = 1e-4, .batch = 20, .share_batches = share},
          SamplerSpec{.kind = SamplerKind::sgnht, .step = 1e-3}, SamplerSpec{.kind = SamplerKind::hmc, .leapfrogs = 2},
          SamplerSpec{.kind = SamplerKind::tempering, .leapfrogs = 2, .temperatures = 3}}) {
      const auto u = [&](std::int64_t chains, int threads) {
        return sample<T>(superposition(60), sampler, {.chains = chains, .draws = 6, .warm_up = 3, .threads = threads})
            .u;
      };
      const Matrix one = u(1, 1), some = u(3, 1), many = u(19, 2), again = u(19, 1);
      CHECK(many.data == again.data);
      CHECK(std::equal(one.data.begin(), one.data.end(), some.data.begin()));
      CHECK(std::equal(some.data.begin(), some.data.end(), many.data.begin()));
    }
}

TEST_CASE("steps allocate nothing, in lanes and lifted, whatever the sampler") {
  LocalPosterior wide = started(nn::mlp({.widths = {30, 30, 3}}, nn::Loss::mse));
  wide.data = {{"x", Tensor<double>({40, 30})}, {"t", Tensor<double>({40, 3})}};
  for (const LocalPosterior& posterior : {superposition(60), wide})
    for (const SamplerSpec& sampler :
         {SamplerSpec{.kind = SamplerKind::sgld, .step = 1e-4, .batch = 20},
          SamplerSpec{.kind = SamplerKind::sgld, .step = 1e-4, .batch = 20, .share_batches = true},
          SamplerSpec{.kind = SamplerKind::preconditioned_sgld}, SamplerSpec{.kind = SamplerKind::sgnht},
          SamplerSpec{.kind = SamplerKind::hmc}, SamplerSpec{.kind = SamplerKind::tempering}}) {
      const auto group = make_sampler<float>(posterior, sampler, {.first = 0, .count = 2, .seed = 1}, 100);
      basin::testing::AllocationCounter counter;
      for (int i = 0; i < 3; ++i) group->step(i < 2);
      CHECK(counter.stop() == 0);
    }
}

// Data so long that chains at w* stand in for their rows; numbers are then those of a short copy of the data.
TEST_CASE("pairing by rows and by chains at w* is the same") {
  const LocalPosterior few = superposition(60);
  LocalPosterior many = few;
  Tensor<double> x({300'000, 6});
  for (std::size_t i = 0; i < x.data.size(); ++i) x.data[i] = few.data.at("x").data[i % few.data.at("x").data.size()];
  many.data = {{"x", x}};
  for (const bool share : {false, true}) {
    const SamplerSpec sampler{.kind = SamplerKind::sgld, .step = 1e-4, .batch = 20, .share_batches = share};
    ChainEnergy<double> a(few, sampler, {.first = 0, .count = 4, .seed = 1});
    ChainEnergy<double> b(many, sampler, {.first = 0, .count = 4, .seed = 1});
    a.run(), b.run();
    for (std::int64_t c = 0; c < 4; ++c) {  // at w* itself losses are equal, and the gradient is that of all data
      CHECK(std::abs(a.u(c)) < 1e-12);
      CHECK(std::abs(b.u(c)) < 1e-12);
    }
    const auto full = ChainProgram<double>::make(few, {});
    full->run();
    for (const ChainEnergy<double>* e : {&a, &b})
      e->layout().for_chain(3, [&](std::size_t at, std::size_t own) {
        CHECK(e->gradient()[at] == doctest::Approx(100 * full->gradient()[own]).epsilon(1e-9));
      });
  }
}
