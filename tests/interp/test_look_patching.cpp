#include <doctest/doctest.h>

#include <cmath>

#include "autodiff/ops.h"
#include "interp/look/fed_site.h"
#include "tests/interp/look_cases.h"
#include "tests/largest_difference.h"

using namespace basin;
using namespace basin::interp;

namespace {

constexpr std::int64_t patched_rows = 7;

// Entries of `corrupt` inside a region of axes behind the rows become those of `clean`.
Tensor<double> patched_by_hand(Tensor<double> corrupt, const Tensor<double>& clean, const PlacedSite& at) {
  for (std::int64_t i = 0; i < corrupt.size(); ++i) {
    bool inside = true;
    std::int64_t rest = i;
    for (int axis = corrupt.shape.rank() - 1; axis > 0; rest /= corrupt.shape[axis], --axis) {
      const auto [begin, end] = at.ranges[std::size_t(axis - 1)];
      inside &= rest % corrupt.shape[axis] >= begin && rest % corrupt.shape[axis] < end;
    }
    if (inside) corrupt[i] = clean[i];
  }
  return corrupt;
}

// The label's logit for each row, with one site patched in a program of its own.
std::vector<double> one_at_a_time(const ModelPoint& model, const PatchData& data, const Site& site) {
  Graph graph;
  model.trace(graph, patched_rows);
  const PlacedSite at = placed(graph, site, patched_rows);
  const Tensor<double> given =
      patched_by_hand(value_of(model, data.corrupt, site.value), value_of(model, data.clean, site.value), at);
  return at_labels(value_behind(model, data.corrupt, site.value, given, "logits"), data.clean.at("t"));
}

std::vector<Site> all_sites(const ModelPoint& model) {
  std::vector<Site> sites = sites_of(model, {"blocks.*.hook_resid_*", "blocks.*.hook_mlp_out"}, SitesBy::position);
  for (const Site& s : sites_of(model, {"*.attn.hook_[qkvz]", "*.attn.hook_pattern"}, SitesBy::head))
    sites.push_back(s);
  for (const Site& s : sites_of(model, {"blocks.0.mlp.hook_post"}, SitesBy::feature)) sites.push_back(s);
  sites.push_back(site_from("tokens[1]"));
  sites.push_back(site_from("blocks.1.hook_resid_pre[1:3,0:2]"));
  return sites;
}

std::vector<double> numbers_of(const Patching& p) {
  std::vector<double> all{p.clean.mean, p.corrupt.mean, p.clean.error};
  for (const SiteEffect& e : p.effects)
    all.insert(all.end(), {e.metric.mean, e.metric.error, e.normalised.mean, e.normalised.error});
  return all;
}

}  // namespace

TEST_CASE("a map in one program is what feeding one patch at a time gives") {
  for (const auto norm : {nn::LayerNorm::none, nn::LayerNorm::full}) {
    const ModelPoint model = two_blocks(true, norm);
    const PatchData data{some_tokens(patched_rows, 1), some_tokens(patched_rows, 2)};
    const std::vector<Site> sites = all_sites(model);
    const Patching p = patching(model, data, sites, metric_from("logit:label"), {.sweep = {.chunk = 3}});
    REQUIRE(p.effects.size() == sites.size());
    const auto clean = at_labels(value_of(model, data.clean, "logits"), data.clean.at("t"));
    const auto corrupt = at_labels(value_of(model, data.corrupt, "logits"), data.clean.at("t"));
    CHECK(p.clean.mean == doctest::Approx(mean_of(clean)).epsilon(1e-13));
    CHECK(p.corrupt.mean == doctest::Approx(mean_of(corrupt)).epsilon(1e-13));
    for (std::size_t i = 0; i < sites.size(); ++i) {
      const std::vector<double> fed = one_at_a_time(model, data, sites[i]);
      const double base = mean_of(corrupt), ratio = (mean_of(fed) - base) / (mean_of(clean) - base);
      CHECK_MESSAGE(std::abs(p.effects[i].metric.mean - mean_of(fed)) < 1e-12, text_of(sites[i]));
      CHECK(p.effects[i].normalised.mean == doctest::Approx(ratio).epsilon(1e-10));
      double change2 = 0, rest2 = 0;
      const double change = mean_of(fed) - base;
      for (std::size_t r = 0; r < fed.size(); ++r) {
        change2 += std::pow(fed[r] - corrupt[r] - change, 2);
        rest2 += std::pow(fed[r] - corrupt[r] - ratio * (clean[r] - corrupt[r]), 2);
      }
      CHECK(p.effects[i].metric.error ==
            doctest::Approx(std::sqrt(change2 / (patched_rows - 1) / patched_rows)).epsilon(1e-8));
      const double share_error = std::sqrt(rest2 / (patched_rows - 1) / patched_rows) / std::abs(mean_of(clean) - base);
      CHECK(p.effects[i].normalised.error == doctest::Approx(share_error).epsilon(1e-8));
    }
    CHECK(p.residual < 1e-12);
    CHECK(p.effects[0].metric.mean != p.corrupt.mean);
  }
}

TEST_CASE("the same bits for any number of threads, and in any order of looks") {
  const ModelPoint model = two_blocks();
  const std::vector<double> before(model.parameters.flat().begin(), model.parameters.flat().end());
  const PatchData data{some_tokens(40, 1), some_tokens(40, 2)};
  const auto look = [&](int threads) {
    return numbers_of(patching(model, data, all_sites(model), metric_from("difference:label,other"),
                               {.sweep = {.chunk = 8, .threads = threads}}));
  };
  const std::vector<double> first = look(1);
  CHECK(look(2) == first);
  (void)patching(model, {data.corrupt, data.clean}, all_sites(model), metric_from("loss"));
  CHECK(look(3) == first);
  CHECK(std::vector<double>(model.parameters.flat().begin(), model.parameters.flat().end()) == before);
  Patcher again(model, all_sites(model), metric_from("difference:label,other"), {.sweep = {.chunk = 8}});
  CHECK(numbers_of(again.run(data)) == first);
  (void)again.run({data.corrupt, data.clean});
  CHECK(numbers_of(again.run(data)) == first);
}

TEST_CASE("fewer copies at a time need less memory and say the same") {
  const ModelPoint model = two_blocks();
  const PatchData data{some_tokens(patched_rows, 1), some_tokens(patched_rows, 2)};
  const Metric metric = metric_from("log_probability:label");
  Patcher all(model, all_sites(model), metric), two(model, all_sites(model), metric, {.copies = 2});
  CHECK(two.bytes() < all.bytes());
  CHECK(largest_difference(numbers_of(two.run(data)), numbers_of(all.run(data)), beside_one) < 1e-10);
  CHECK(all.bytes() > 64 * 8 * 4 * 6);
}

TEST_CASE("patching everything is the clean run, and patching a subspace moves its component alone") {
  const ModelPoint model = small_mlp();
  const PatchData data{some_rows(patched_rows, 1), some_rows(patched_rows, 2)};
  Site half = site_from("layers.0.post");
  half.directions = Matrix({2, 6}, {1, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 2});
  const Patching p = patching(model, data, {site_from("x"), site_from("layers.0.post"), half}, metric_from("loss"));
  CHECK(p.effects[0].metric.mean == doctest::Approx(p.clean.mean).epsilon(1e-14));
  CHECK(p.effects[1].normalised.mean == 1);
  // The projection by the formula of two vectors that are not orthogonal: D^T (D D^T)^-1 D.
  Tensor<double> given = value_of(model, data.corrupt, "layers.0.post");
  const Tensor<double> clean = value_of(model, data.clean, "layers.0.post");
  const Matrix& D = half.directions;
  for (std::int64_t r = 0; r < patched_rows; ++r) {
    double u = 0, v = 0;
    for (std::int64_t c = 0; c < 6; ++c)
      u += D(0, c) * (clean(r, c) - given(r, c)), v += D(1, c) * (clean(r, c) - given(r, c));
    const double det = 2 * 6 - 1, a = (6 * u - v) / det, b = (2 * v - u) / det;
    for (std::int64_t c = 0; c < 6; ++c) given(r, c) += a * D(0, c) + b * D(1, c);
  }
  Inputs labelled = data.corrupt;
  labelled["t"] = data.clean.at("t");
  const double by_hand = mean_of(value_behind(model, labelled, "layers.0.post", given, "loss").data);
  CHECK(p.effects[2].metric.mean == doctest::Approx(by_hand).epsilon(1e-12));
}

TEST_CASE("metrics are what they say") {
  const ModelPoint model = two_blocks(false);
  const PatchData data{some_tokens(patched_rows, 1, false), some_tokens(patched_rows, 2, false)};
  const Tensor<double> logits = value_of(model, data.clean, "logits"), loss = value_of(model, data.clean, "loss");
  const auto clean = [&](const char* text) {
    return patching(model, data, {site_from("hook_embed[0]")}, metric_from(text)).clean.mean;
  };
  double logit = 0, difference = 0, probability = 0, log_probability = 0;
  for (std::int64_t r = 0; r < patched_rows; ++r) {
    const auto row = logits.row(r * 4 + 3);
    const std::int64_t label = std::int64_t(data.clean.at("t")[r * 4 + 3]);
    const std::int64_t other = std::int64_t(data.corrupt.at("t")[r * 4 + 3]);
    double sum = 0;
    for (const double x : row) sum += std::exp(x);
    logit += row[2], difference += row[std::size_t(label)] - row[std::size_t(other)];
    probability += std::exp(row[std::size_t(label)]) / sum;
    log_probability += row[4] - std::log(sum);
  }
  CHECK(clean("logit:2") == doctest::Approx(logit / patched_rows));
  CHECK(clean("difference:label,other") == doctest::Approx(difference / patched_rows));
  CHECK(clean("probability:label") == doctest::Approx(probability / patched_rows));
  CHECK(clean("log_probability:4") == doctest::Approx(log_probability / patched_rows));
  CHECK(clean("loss") == doctest::Approx(mean_of(loss.data)));
  const Tensor<double> post = value_of(model, data.clean, "blocks.1.mlp.hook_post");
  double entries = 0;
  for (std::int64_t r = 0; r < patched_rows; ++r) entries += post(r * 4 + 2, 1) + post(r * 4 + 2, 2);
  CHECK(clean("value:blocks.1.mlp.hook_post[2,1:3]") == doctest::Approx(entries / patched_rows));
  for (const char* text : {"logit:2", "difference:label,other", "loss", "value:a[2,1:3]", "probability:other"})
    CHECK(text_of(metric_from(text)) == text);
  for (const char* text : {"", "logits", "logit", "logit:-1", "difference:1", "loss:2", "logit:labels", "value:"})
    CHECK_THROWS_AS(metric_from(text), UsageError);
}

TEST_CASE("looks that cannot be are refused") {
  const ModelPoint model = two_blocks();
  const PatchData data{some_tokens(patched_rows, 1), some_tokens(patched_rows, 2)};
  const auto look = [&](const char* site, const char* metric) {
    return patching(model, data, {site_from(site)}, metric_from(metric));
  };
  CHECK_THROWS_WITH_AS(look("logits", "value:blocks.0.hook_mlp_out[1]"), doctest::Contains("does not depend on"),
                       NameError);
  CHECK_THROWS_AS(look("hook_embed", "logit:5"), UsageError);
  CHECK_THROWS_AS(look("hook_embed", "value:blocks.0.hook_mlp_out[9]"), ShapeError);
  CHECK_THROWS_AS(patching(model, data, {}, metric_from("loss")), UsageError);
  CHECK_THROWS_WITH_AS(patching(model, {data.clean, some_tokens(3, 2)}, {site_from("hook_embed")}, metric_from("loss")),
                       doctest::Contains("7 clean and 3 corrupt rows"), DataError);
  Inputs unlabelled = data.corrupt;
  unlabelled.erase("t");
  CHECK_THROWS_AS(patching(model, {data.clean, unlabelled}, {site_from("hook_embed")}, metric_from("logit:other")),
                  DataError);
  CHECK_THROWS_AS(patching(small_mlp(), {some_rows(3, 1), some_rows(3, 2)}, {site_from("layers.0.post")},
                           metric_from("value:tokens")),
                  NameError);
}

TEST_CASE("where clean and corrupt agree there is no share, and one row has no error") {
  const ModelPoint model = small_mlp();
  const Inputs one = some_rows(1, 1);
  const Patching p = patching(model, {one, one}, {site_from("layers.0.post[1]")}, metric_from("logit:label"));
  CHECK(p.effects[0].metric.mean == p.corrupt.mean);
  CHECK(std::isnan(p.effects[0].normalised.mean));
  CHECK(std::isnan(p.effects[0].metric.error));
  CHECK(std::isnan(p.clean.error));
}
