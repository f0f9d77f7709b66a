#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "interp/look/site_ablation.h"
#include "tests/interp/look_cases.h"

using namespace basin;
using namespace basin::interp;

namespace {

constexpr std::int64_t rows = 9;

// The loss of each row with some units of layers.0.post replaced.
std::vector<double> losses(const ModelPoint& model, const Inputs& data, std::int64_t unit,
                           const std::function<double(const Tensor<double>& post, std::int64_t row)>& with) {
  const Tensor<double> post = value_of(model, data, "layers.0.post");
  Tensor<double> given = post;
  for (std::int64_t r = 0; r < rows; ++r) given(r, unit) = with(post, r);
  return value_behind(model, data, "layers.0.post", given, "loss").data;
}

}  // namespace

TEST_CASE("zero and mean ablation are what feeding the ablated values gives") {
  const ModelPoint model = small_mlp();
  const Inputs data = some_rows(rows, 4);
  const auto sites = sites_of(model, {"layers.0.post"}, SitesBy::feature);
  const std::vector<double> base = value_of(model, data, "loss").data;
  const SiteAblation zero = site_ablation(model, data, sites, metric_from("loss"), {.patch = {.sweep = {.chunk = 4}}});
  const SiteAblation mean = site_ablation(model, data, sites, metric_from("loss"),
                                          {.kind = SiteAblationKind::mean, .patch = {.sweep = {.chunk = 4}}});
  CHECK(zero.base.mean == doctest::Approx(mean_of(base)));
  for (std::int64_t unit = 0; unit < 6; ++unit) {
    const auto at_zero = losses(model, data, unit, [](const auto&, std::int64_t) { return 0.0; });
    const auto at_mean = losses(model, data, unit, [&](const Tensor<double>& post, std::int64_t) {
      double sum = 0;
      for (std::int64_t r = 0; r < rows; ++r) sum += post(r, unit);
      return sum / rows;
    });
    const AblatedSite& s = zero.sites[std::size_t(unit)];
    CHECK(s.metric.mean == doctest::Approx(mean_of(at_zero)).epsilon(1e-12));
    CHECK(s.change.mean == doctest::Approx(mean_of(at_zero) - mean_of(base)).epsilon(1e-9));
    CHECK(mean.sites[std::size_t(unit)].metric.mean == doctest::Approx(mean_of(at_mean)).epsilon(1e-12));
    double squares = 0;
    for (std::size_t r = 0; r < base.size(); ++r) squares += std::pow(at_zero[r] - base[r] - s.change.mean, 2);
    CHECK(s.change.error == doctest::Approx(std::sqrt(squares / (rows - 1) / rows)).epsilon(1e-9));
  }
}

TEST_CASE("resampling takes another row for each, and its error is that over resamples") {
  const ModelPoint model = small_mlp();
  const Inputs data = some_rows(rows, 4);
  const SiteAblationOptions options{.kind = SiteAblationKind::resample, .resamples = 3, .seed = 8};
  const SiteAblation a = site_ablation(model, data, {site_from("layers.0.post[2]")}, metric_from("loss"), options);
  std::vector<double> changes;
  for (std::int64_t k = 0; k < 3; ++k) {
    const std::vector<std::int64_t> places = other_rows(rows, 8, k);
    for (std::int64_t r = 0; r < rows; ++r) CHECK(places[std::size_t(r)] != r);
    std::vector<std::int64_t> sorted = places;
    std::ranges::sort(sorted);
    for (std::int64_t r = 0; r < rows; ++r) CHECK(sorted[std::size_t(r)] == r);
    const auto with = losses(
        model, data, 2, [&](const Tensor<double>& post, std::int64_t r) { return post(places[std::size_t(r)], 2); });
    changes.push_back(mean_of(with) - mean_of(value_of(model, data, "loss").data));
  }
  const double mean = mean_of(changes);
  double squares = 0;
  for (const double c : changes) squares += (c - mean) * (c - mean);
  CHECK(a.sites[0].change.mean == doctest::Approx(mean).epsilon(1e-10));
  CHECK(a.sites[0].change.error == doctest::Approx(std::sqrt(squares / 2 / 3)).epsilon(1e-9));
  CHECK(a.sites[0].metric.mean == doctest::Approx(a.base.mean + mean));
  CHECK(other_rows(rows, 8, 0) != other_rows(rows, 8, 1));
}

TEST_CASE("ablations that cannot be are refused") {
  const ModelPoint model = small_mlp();
  const Inputs data = some_rows(rows, 4);
  const std::vector<Site> site{site_from("layers.0.post")};
  CHECK_THROWS_AS(site_ablation(model, data, site, metric_from("logit:other")), UsageError);
  CHECK_THROWS_AS(
      site_ablation(model, some_rows(1, 4), site, metric_from("loss"), {.kind = SiteAblationKind::resample}),
      UsageError);
  CHECK_THROWS_AS(
      site_ablation(model, data, site, metric_from("loss"), {.kind = SiteAblationKind::resample, .resamples = 0}),
      UsageError);
  CHECK_THROWS_AS(site_ablation(model, data, {site_from("layers.9.post")}, metric_from("loss")), NameError);
  CHECK_THROWS_AS(site_ablation_from("noise"), UsageError);
  CHECK(name_of(site_ablation_from("resample")) == "resample");
}
