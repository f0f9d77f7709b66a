#include <doctest/doctest.h>

#include <algorithm>

#include "core/file.h"
#include "experiments/claims/claim_nets.h"
#include "experiments/shared/study.h"
#include "experiments/training/training_findings.h"
#include "experiments/training/training_study_cost.h"
#include "interp/degeneracy/conditional.h"
#include "study_points.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using namespace basin::experiments;

namespace {

interp::EpsilonBound bound(double epsilon, std::int64_t free, std::int64_t activations, std::int64_t synchronised) {
  interp::EpsilonBound b{.epsilon = epsilon, .free = free};
  b.activations = activations;
  b.synchronised = synchronised;
  return b;
}

// Networks of 100 parameters. Before training 20 + seed directions of low activations are below every ε; training
// adds 10 synchronised ones and 5 that nothing explains.
std::vector<StudyPoint> made_points() {
  std::vector<StudyPoint> points;
  for (std::int64_t seed = 0; seed < 4; ++seed)
    for (std::int64_t epoch : {0, 3, 9}) {
      StudyPoint p{.data = "made",
                   .width = 4,
                   .epoch = epoch,
                   .seed = seed,
                   .parameters = 100,
                   .free_share = {},
                   .soft_count = {}};
      p.free_share.assign(7, 0.1), p.soft_count.assign(7, 30);
      p.rows_per_parameter = 3;
      for (double epsilon : bound_grid) {
        if (epoch == 0) p.bounds.push_back(bound(epsilon, 20 + seed, 20 + seed, 0));
        if (epoch == 9) p.bounds.push_back(bound(epsilon, 35 + seed, 20 + seed, 10));
      }
      points.push_back(p);
    }
  return points;
}

const KindChange& change_of(const std::vector<KindChange>& changes, const std::string& kind) {
  return *std::ranges::find(changes, kind, &KindChange::kind);
}

// The page of points, with figures drawn into the folder.
std::string page_of(const std::vector<StudyPoint>& points, const TempFolder& tmp) {
  for (const report::NamedFigure& f : training_figures(points)) report::write_figure(tmp / "figures", f.name, f.figure);
  report::Json results = training_results(points);
  results.update({{"claims", report::Json::array()}, {"command", "degeneracy_training"}});
  write_page("training", results, tmp / "figures", tmp / "report.html");
  return read_file(tmp / "report.html");
}

}  // namespace

TEST_CASE("what training changes is put down to kinds, over pairs of equal seed") {
  const std::vector<KindChange> changes = kind_changes(made_points());
  REQUIRE(changes.size() == bound_grid.size() * 8);
  CHECK(change_of(changes, "all").before == doctest::Approx(0.215));
  CHECK(change_of(changes, "all").after == doctest::Approx(0.365));
  CHECK(change_of(changes, "all").difference.mean == doctest::Approx(0.15));
  CHECK(change_of(changes, "low activations").difference.mean == doctest::Approx(0));
  CHECK(change_of(changes, "synchronised").difference.mean == doctest::Approx(0.1));
  CHECK(change_of(changes, "synchronised").difference.excludes_zero());
  CHECK(change_of(changes, "unexplained").after == doctest::Approx(0.05));
  const std::vector<Tightness> tight = tightness(made_points());
  REQUIRE(tight.size() == bound_grid.size());
  CHECK(tight[0].before.mean == doctest::Approx(1));
  CHECK(tight[0].after.mean == doctest::Approx((30. / 35 + 31. / 36 + 32. / 37 + 33. / 38) / 4));
}

TEST_CASE("points without bounds, or with bounds at one time only, say nothing about kinds") {
  std::vector<StudyPoint> points = made_points();
  for (StudyPoint& p : points)
    if (p.epoch == 9) p.bounds.clear();
  CHECK(kind_changes(points).empty());
  CHECK(tightness(points).empty());
  CHECK(points_table().json(std::vector{points[1]})["rows"][0]["free_1e-06"].is_null());
  CHECK(training_results(points)["bounded"] == false);
  const TempFolder tmp;
  CHECK(page_of(points, tmp).find("The bound by kinds") == std::string::npos);
}

TEST_CASE("a bound above what it bounds is reported") {
  std::vector<StudyPoint> points = made_points();
  const auto row = [&] {
    ClaimTable table("training");
    expect_bounds(table, points);
    return table.rows().at(0);
  };
  CHECK(value_text(row().measured) == "never");
  CHECK(row().verdict() == Verdict::pass);
  points[0].bounds[1].free = 3;
  CHECK(value_text(row().measured) == "1 of 32 times");
  CHECK(row().verdict() == Verdict::fail);
}

TEST_CASE("the fields of a point have one name each") {
  const report::Json table = points_table().json(std::vector{made_points()[2]}), &row = table["rows"][0];
  CHECK(table["columns"].size() == 11 + 2 * epsilon_grid.size() + 9 * bound_grid.size());
  CHECK(row.size() == table["columns"].size());
  CHECK(row["synchronised_1e-06"] == 10);
  CHECK(row["bound_1e-06"] == 30);
  CHECK(row["free_1e-06"] == 35);
}

TEST_CASE("the page says in words and tables which kinds there are, and what is exactly free") {
  const TempFolder tmp;
  std::vector<StudyPoint> points = made_points();
  for (StudyPoint& p : points) p.low_rank_share = 0.04;
  const std::string html = page_of(points, tmp);
  for (const std::string wanted :
       {"4 networks at 3 times", "explains 86.3 % to 86.3 % of the directions below ε = 0.0001",
        "of the 36.5 % of directions below 0.0001 after training (21.5 % before)",
        "low activations 21.5, synchronised 10.0, unexplained 5.0.",
        "Training changes synchronised most, by +10.0 [+10.0, +10.0] points", "How tight the bound is",
        "at least 3.0 rows of J for each parameter, more", "made, width 4: after training against before",
        "at width 4, 10.0 % of the directions that the rows can show lie below ε, and 4.0 % of the parameters",
        "made: test loss, mean over seeds", "Figure 7."})
    CHECK_MESSAGE(html.find(wanted) != std::string::npos, wanted);
  CHECK(html.find("-0.0") == std::string::npos);
  CHECK(read_file(tmp / "figures/kinds_0_after.csv").find("synchronised") != std::string::npos);
}

TEST_CASE("the figures of kinds before and after training have one scale, and one shows both shares over the cut-off") {
  const std::vector<report::NamedFigure> figures = training_figures(made_points());
  const auto figure = [&](const char* name) {
    return std::ranges::find(figures, name, &report::NamedFigure::name)->figure;
  };
  CHECK(figure("kinds_0_before").y_range.high == figure("kinds_0_after").y_range.high);
  CHECK(figure("kinds_0_after").y_range.high > 0.365);
  const report::Figure cut_off = figure("made_cut_off");
  REQUIRE(cut_off.series.size() == 3);
  CHECK(cut_off.series[1].y.front() == doctest::Approx(0.365));
  CHECK(cut_off.series[2].dashed);
}

TEST_CASE("networks above the limit have no bounds, those below have them before and after training") {
  const StudySpec spec{.data = "blocks",
                       .widths = {3, 6},
                       .weight_decays = {0},
                       .epochs = {0, 1, 2},
                       .seeds = 1,
                       .rows = 20,
                       .bound_limit = 100};
  const std::vector<StudyPoint> points = all_points(spec, 2);
  REQUIRE(points.size() == 6);
  for (const StudyPoint& p : points) {
    REQUIRE(p.bounds.size() == (p.width == 3 && p.epoch != 1 ? bound_grid.size() : 0));
    for (const interp::EpsilonBound& b : p.bounds) CHECK(b.unexplained() >= 0);
    if (!p.bounds.empty()) CHECK(p.rows_per_parameter == doctest::Approx(2048 * 8 / 83.));
  }
}

TEST_CASE("a study's cost grows with seeds, weight decays, widths and epochs, and shrinks with threads") {
  const StudySpec spec{
      .data = "digits", .widths = {8}, .weight_decays = {0}, .epochs = {0, 5}, .seeds = 8, .rows = 100};
  const auto seconds = [&](const auto& change, const std::vector<std::string>& words = {"--threads", "1"}) {
    StudySpec other = spec;
    change(other);
    return study_cost(options_of(degeneracy_training(), words), {other}).seconds();
  };
  const auto nothing = [](StudySpec&) {};
  const double whole = seconds(nothing);
  CHECK(whole > 0.1);
  CHECK(whole < 600);
  // Steps are measured, on a machine that others use too.
  CHECK(seconds([](StudySpec& s) { s.seeds = 32; }) > 2 * whole);
  CHECK(seconds([](StudySpec& s) { s.weight_decays = {0, 1, 2, 3}; }) > 2 * whole);
  CHECK(seconds([](StudySpec& s) { s.widths = {16}; }) > 2 * whole);
  CHECK(seconds([](StudySpec& s) { s.epochs = {0, 5, 1000}; }) > 1.2 * whole);
  CHECK(seconds([](StudySpec& s) { s.bound_limit = 0; }) < whole);
  CHECK(seconds(nothing, {"--threads", "4"}) < whole / 2);
  CHECK(seconds(nothing, {"--threads", "1", "--shard", "1/4"}) < whole / 2);
}

TEST_CASE("on planted networks the bound at rounding level is the conditional bound") {
  const nn::Plan plans[] = {
      {.hidden = {nn::blocks({3, 2, 1})}},
      {.hidden = {nn::with({.size = 3, .kind = nn::PlantKind::always_on}, nn::blocks({1, 2}))}},
      {.hidden = {nn::with({.size = 2, .kind = nn::PlantKind::dead}, nn::blocks({2, 1}))}, .outputs = 2},
      {.hidden = {nn::blocks({2, 1}), nn::blocks({2, 1})}, .outputs = 3},
      {.hidden = {nn::blocks({3, 1})}, .input_rank = 3}};
  for (const nn::Plan& plan : plans)
    for (std::uint64_t seed : {11, 12, 13}) {
      CAPTURE(seed);
      const ClaimNet planted = claim_net(nn::plant(plan, seed));
      const interp::EpsilonBound found = interp::epsilon_bounds(planted.net, planted.x, {1e-12}).front();
      CHECK(found.free == interp::degeneracy(planted.net, planted.x).free_directions());
      CHECK(found.bound() == interp::conditional_bound(planted.net, planted.x).lower_bound);
    }
}
