#include <doctest/doctest.h>

#include "core/file.h"
#include "experiments/kinds/kinds_findings.h"
#include "experiments/shared/study.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using namespace basin::experiments;

namespace {

KindsFindings findings() {
  KindsFindings f;
  f.planted = {{.family = "depth 1",
                .parameters = 40,
                .hidden = 4,
                .free = 10,
                .low_rank = 4,
                .gauge = 6,
                .naive = 10,
                .with_conditional = 10},
               {.family = "depth 2",
                .parameters = 80,
                .hidden = 8,
                .free = 30,
                .low_rank = 10,
                .gauge = 12,
                .naive = 33,
                .with_conditional = 27},
               {.family = "depth 2",
                .parameters = 90,
                .hidden = 8,
                .free = 20,
                .low_rank = 8,
                .gauge = 12,
                .naive = 22,
                .with_conditional = 20}};
  f.untouched = {{.widths = {1, 8, 8, 1},
                  .parameters = 97,
                  .nets = 2,
                  .beyond_rescaling = 50,
                  .explained = 20,
                  .conditional = 29,
                  .unexplained = 1}};
  return f;
}

}  // namespace

TEST_CASE("families are summed up by kind, in order") {
  const report::Json results = kinds_results(findings()), &all = results["families"]["rows"];
  REQUIRE(all.size() == 2);
  CHECK(all[0]["family"] == "depth 1");
  CHECK(all[0]["tight"] == 1);
  CHECK(all[1]["nets"] == 2);
  CHECK(all[1]["tight"] == 1);
  CHECK(all[1]["naive_too_large"] == 2);
  CHECK(all[1]["free"] == 25);
  const auto mean_of = [&](const char* key) { return all[1][key].get<double>(); };
  CHECK(mean_of("low_rank") + mean_of("gauge") + mean_of("conditional") + mean_of("unexplained") == mean_of("free"));
  CHECK(all[1]["conditional"] == 2.5);
  CHECK(results["violated"] == 0);
  CHECK(results["tight"] == 2);
  CHECK(results["tight_with_conditional"] == 2);
  CHECK(results["naive_too_large"] == 2);
}

TEST_CASE("planted networks of depth 2 are split into kinds that add up") {
  const nn::Plan plan{.hidden = {nn::blocks({2, 1}), nn::blocks({1, 2})}};
  const KindCounts n = kind_counts("depth 2", claim_net(nn::plant(plan, 5)), {});
  CHECK(n.family == "depth 2");
  CHECK(n.hidden == 6);
  CHECK(n.free == 4 + 1 + 1 + 4);
  CHECK(n.gauge == 10);
  CHECK(n.low_rank + n.gauge + n.conditional() + n.unexplained() == n.free);
  CHECK(n.gap > 1e4);
}

TEST_CASE("the page says what was found, shows each picture, and shouts if a bound fails") {
  const TempFolder folder;
  KindsFindings f = findings();
  const std::string figures = folder / "figures", page = folder / "report.html";
  for (const report::NamedFigure& figure : kinds_figures(f)) report::write_figure(figures, figure.name, figure.figure);
  const auto written = [&] {
    report::Json results = kinds_results(f);
    results.update({{"claims", report::Json::array()},
                    {"failed", 0},
                    {"predictions", 3},
                    {"measured", 0},
                    {"command", "degeneracy_kinds"}});
    write_page("kinds", results, figures, page);
    return read_file(page);
  };
  const std::string text = written();
  for (const char* wanted : {"In 3 planted and 2 untouched random ReLU networks", "No bound was ever above the truth.",
                             "Bound (*) explains 40 % of them, conditional low ranks 58 % more, and 2.0 % are left.",
                             "2 always on (6); 2 dead (20); 3 that fire together (9)", "that makes 40", "Figure 10."})
    CHECK_MESSAGE(text.find(wanted) != std::string::npos, wanted);
  f.planted[0].low_rank = 5;
  CHECK(written().find("In 1 a bound was ABOVE the truth.") != std::string::npos);
}

TEST_CASE("the bounds hold on untouched networks, and conditional ranks explain most of what they have on a line") {
  const std::vector<UntouchedRow> rows = measure_untouched({.seed = 9, .threads = 2}, 2);
  REQUIRE(rows.size() == 6);
  for (const UntouchedRow& row : rows) {
    CHECK(row.violations == 0);
    CHECK(row.nets == 2);
    CHECK(row.unexplained >= 0);
    CHECK(row.beyond_rescaling == doctest::Approx(row.explained + row.conditional + row.unexplained));
  }
  CHECK(rows[4].widths == std::vector<std::int64_t>{1, 8, 8, 1});
  CHECK(rows[4].parameters == 97);
  CHECK(rows[4].conditional > 5 * rows[4].unexplained);
}

TEST_CASE("untouched networks are the same for 1 and 3 threads") {
  const auto one = measure_untouched({.threads = 1}, 2), three = measure_untouched({.threads = 3}, 2);
  for (std::size_t i = 0; i < one.size(); ++i) {
    CHECK(one[i].beyond_rescaling == three[i].beyond_rescaling);
    CHECK(one[i].smallest_gap == three[i].smallest_gap);
  }
}
