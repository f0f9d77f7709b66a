#include "interp/look/planted_head.h"

#include <doctest/doctest.h>

#include <cmath>

#include "interp/look/attribution.h"
#include "tests/largest_difference.h"

using namespace basin;
using namespace basin::interp;

namespace {

const std::vector<std::string> names{"blocks.0.attn.hook_q", "blocks.0.attn.hook_k", "blocks.0.attn.hook_v",
                                     "blocks.0.attn.hook_z"};

// The difference of logits in a run in which one head at one position has the numbers of another run.
double patched(const PlantedHead& planted, const Inputs& corrupt, const HeadSite& site) {
  Graph graph;
  planted.model.trace(graph, 1);
  const Var m = planted.difference(graph), h = graph[site.name];
  Program<double> program(graph, {.fetch = {m}, .feed = {h}}, planted.model.parameters.bindings(graph));
  if (program.has(graph["tokens"])) program.feed("tokens", corrupt.at("tokens").data);
  Tensor<double> value = value_of_rows(planted.model, corrupt, site.name);
  const Tensor<double> clean = value_of_rows(planted.model, planted.clean, site.name);
  const std::int64_t d_head = value.shape.back(), first = (site.position * value.shape[2] + site.head) * d_head;
  for (std::int64_t i = 0; i < d_head; ++i) value[first + i] = clean[first + i];
  program.feed(h, value.data);
  program.run();
  return program.view(m)[0];
}

double attributed(const Attributions& all, const HeadSite& site) {
  const std::size_t i = std::size_t(std::ranges::find(names, site.name) - names.begin());
  const Tensor<double> sums = summed_but(all.at[i].values, {0, 1});
  return sums[site.position * sums.shape[2] + site.head];
}

double difference_of(const PlantedHead& p, const Inputs& data) {
  const Tensor<double> logits = value_of_rows(p.model, data, "logits");
  return logits[0] - logits[1];
}

}  // namespace

TEST_CASE("the planted head looks where the selector says and copies what is there") {
  const PlantedHead p = planted_head(3);
  CHECK(difference_of(p, p.clean) == doctest::Approx(p.p - p.r));
  CHECK(difference_of(p, p.other_content) == doctest::Approx(-p.r));
  CHECK(difference_of(p, p.other_selector) == doctest::Approx(p.r - p.p));
  const Tensor<double> pattern = value_of_rows(p.model, p.clean, "blocks.0.attn.hook_pattern");
  REQUIRE(pattern.shape == Shape{1, 2, 1, 3});
  const double e = std::exp(3.0), expected[] = {e / (e + 2), 1 / (e + 2), 1 / (e + 2)};
  for (std::int64_t k = 0; k < 6; ++k) CHECK(pattern[k] == doctest::Approx(expected[k % 3]));
}

TEST_CASE("activation patching finds the sites that carry what was changed, and no others") {
  const PlantedHead p = planted_head();
  REQUIRE(p.sites.size() == 16);
  for (const HeadSite& site : p.sites) {
    CAPTURE(site.name);
    CAPTURE(site.position);
    CAPTURE(site.head);
    const double content = patched(p, p.other_content, site) - difference_of(p, p.other_content);
    const double selector = patched(p, p.other_selector, site) - difference_of(p, p.other_selector);
    CHECK(std::abs(content - (site.content ? p.p : 0)) < 1e-12);
    CHECK(std::abs(selector - (site.selector ? 2 * (p.p - p.r) : 0)) < 1e-12);
  }
}

TEST_CASE("attribution patching: exact through values, blind through a saturated pattern") {
  const double s = 12;
  const PlantedHead p = planted_head(s);
  const Attributions content = attribution_patching(p.model, p.clean, p.other_content, names, p.difference);
  const Attributions selector = attribution_patching(p.model, p.clean, p.other_selector, names, p.difference);
  // m = w_0 - w_1 of a softmax that is r, p; scores rise by s at 0 and fall by s at 1.
  const double through_scores = s * p.r * (1 + p.p - p.r) + s * p.p * (1 - p.p + p.r);
  for (const HeadSite& site : p.sites) {
    CAPTURE(site.name);
    CAPTURE(site.head);
    CHECK(std::abs(attributed(content, site) - (site.content ? p.p : 0)) < 1e-12);
    const bool query = site.name == names[0] && site.head == 0;
    CHECK(std::abs(attributed(selector, site) - (query           ? through_scores
                                                 : site.selector ? 2 * (p.p - p.r)
                                                                 : 0)) < 1e-12);
  }
  CHECK(through_scores < 1e-3);  // of an effect of 2
}

TEST_CASE("integrated along the path the query has all of its effect") {
  const PlantedHead p = planted_head();
  const PathIntegral q =
      integrated_attribution_patching(p.model, p.clean, p.other_selector, names[0], p.difference, 64);
  const Tensor<double> heads = summed_but(q.values, {1});
  CHECK(heads[0] == doctest::Approx(2 * (p.p - p.r)).epsilon(1e-4));
  CHECK(std::abs(heads[1]) < 1e-12);
  CHECK(q.largest_residual() < 1e-4);
}

TEST_CASE("heads that cannot be planted are refused") {
  CHECK_THROWS_WITH_AS(planted_head(12, 2), doctest::Contains("2 contents"), UsageError);
  CHECK_THROWS_AS(planted_head(INFINITY), UsageError);
}
