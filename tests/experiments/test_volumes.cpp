#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/file.h"
#include "experiments/shared/study.h"
#include "experiments/volumes/volume_findings.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using namespace basin::experiments;

namespace {

// Down by tens from 1e-1: log V as it is, or off by two errors at the last.
interp::VolumeCurve curve(int points, double off) {
  interp::VolumeCurve v;
  for (int i = 1; i <= points; ++i) {
    v.epsilons.push_back(std::pow(10, -i));
    v.log_volume.push_back({interp::log_volume_product(1, v.epsilons.back()) + (i == points ? off : 0), 0.01});
    if (i > 1) v.n_eff.push_back({0.5, i == 2 ? 0.01 : 0.2});
  }
  return v;
}

VolumeFindings findings() {
  VolumeFindings f{.monte_carlo = curve(4, -0.02), .splitting = curve(5, 0.01)};
  f.monte_carlo.log_volume[3].value = -INFINITY;  // no point was seen there
  f.costs = {{.kappa = 1e-8}, {.kappa = 1e-6}, {.kappa = 100, .weight = 9.21, .closed = 6.89, .measured = {6.9, 0.05}}};
  f.graphs = {{.graph = {"pair", 2, {{0, 1}}},
               .matching_number = 1,
               .n_eff = {0.97, 0.012},
               .strength = {.matching = 4.5, .sum = 4.5},
               .paid = {4.25, 0.03}},
              {.graph = {"star of 3", 4, {{0, 1}, {0, 2}, {0, 3}}},
               .matching_number = 1,
               .n_eff = {1.03, 0.01},
               .strength = {.matching = 4.5, .sum = 13.5},
               .paid = {4, 0.02}}};
  return f;
}

const report::Figure& figure_of(const std::vector<report::NamedFigure>& figures, const std::string& name) {
  return std::ranges::find(figures, name, &report::NamedFigure::name)->figure;
}

}  // namespace

TEST_CASE("volumes are held against closed forms in errors, down to where something was seen") {
  const report::Json results = volume_results(findings());
  CHECK(results["monte_carlo"]["smallest"] == 1e-3);
  CHECK(results["monte_carlo"]["worst"].get<double>() == doctest::Approx(0));
  CHECK(results["splitting"]["smallest"] == std::pow(10, -5));
  CHECK(results["splitting"]["worst"].get<double>() == doctest::Approx(1));
  CHECK(results["cost"]["free"] == 2);
  CHECK(results["off"]["n_eff"].get<double>() == doctest::Approx(0.03));
  CHECK(results["off"]["matching"] == 0.5);
  CHECK(results["off"]["sum"] == 9.5);
}

TEST_CASE("figures of volumes carry errors, leave out slopes of which nothing is known, and have real axes") {
  const std::vector<report::NamedFigure> figures = volume_figures(findings());
  REQUIRE(figures.size() == 6);
  const report::Series& volumes = figure_of(figures, "volume").series[2];
  CHECK(volumes.label == "splitting, ± one error");
  CHECK(volumes.error[0] == doctest::Approx(0.01 * volumes.y[0]));
  const report::Series& slopes = figure_of(figures, "n_eff").series[2];
  CHECK(slopes.y[0] == 0.5);
  CHECK(slopes.error[0] == 0.01);
  CHECK(std::isnan(slopes.y[1]));
  CHECK(figure_of(figures, "matching_strength").series[0].error == std::vector<double>{0.03, 0.02});
  CHECK(figure_of(figures, "loss_contour").x_range.low == -1);
  CHECK(figure_of(figures, "loss_contour").y_range.high == 1);
}

TEST_CASE("the page says what interactions cost, and how many predictions failed") {
  const TempFolder folder;
  for (const report::NamedFigure& f : volume_figures(findings())) report::write_figure(folder / "f", f.name, f.figure);
  const auto written = [&](int failed) {
    report::Json results = volume_results(findings());
    results.update(
        {{"claims", report::Json::array()}, {"failed", failed}, {"predictions", 21}, {"command", "again --x"}});
    write_page("volumes", results, folder / "f", folder / "report.html");
    return read_file(folder / "report.html");
  };
  const std::string text = written(0);
  for (const std::string wanted :
       {"between ε = 1e-04 and 1e-05 the volume falls with N_eff = 0.500 ± 0.200", "All 21 predictions came out.",
        "sees down to ε = 1e-03 and is at most 0.0 of its errors away", "reaches 1e-05 and is at most 1.0 away",
        "the 2 values of κ up to ε = 1e-06 cost nothing, and κ = 100 costs 6.900 ± 0.050", "closed form has 6.890",
        "where its error is below 0.15", "within 0.03 of the fractional matching number in all 2 graphs",
        "pays within 0.50 of the matching strength", "is off by up to 9.50", "u_i² u_j²", "star of 3", ">± 0.012<",
        "The last four at ε = 0.0001", "again --x", "Figure 6."})
    CHECK_MESSAGE(text.find(wanted) != std::string::npos, wanted);
  CHECK(written(2).find("2 checks failed: see the table.") != std::string::npos);
}
