#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/parallel.h"
#include "experiments/modularity/modularity_findings.h"
#include "experiments/shared/intervals.h"
#include "experiments/shared/study.h"
#include "tests/experiments/process.h"

using namespace basin;
using namespace basin::experiments;
namespace fs = std::filesystem;

namespace {

ModularitySpec tiny() {
  ModularitySpec s;
  s.seed = 7;
  s.pairs = 3, s.data_sets = 1, s.starts = 3;
  s.rows = 40, s.test_rows = 50, s.sample_rows = 120;
  s.training.epochs = 15;
  s.restarts = 1, s.nulls = 2;
  return s;
}

ModularityStudy whole_study(const ModularitySpec& spec, int threads) {
  return modularity_study(spec, parallel_results(threads, modularity_jobs(spec),
                                                 [&](std::int64_t job) { return modularity_job(spec, job); }));
}

const ModularityStudy& tiny_study() {
  static const ModularityStudy study = whole_study(tiny(), 2);
  return study;
}

void check_equal(const MeasuredNet& a, const MeasuredNet& b) {
  CHECK(a.epoch == b.epoch);
  CHECK(a.train_loss == b.train_loss);
  CHECK(a.test_loss == b.test_loss);
  CHECK(a.whole.eigenvalues == b.whole.eigenvalues);
  CHECK(a.pruned.eigenvalues == b.pruned.eigenvalues);
  CHECK(a.z == b.z);
}

std::vector<std::string> tiny_words(const std::string& out, std::vector<std::string> more) {
  const std::vector<std::string> words{"--pairs", "4",        "--data-sets", "1",      "--starts", "4",     "--nulls",
                                       "2",       "--epochs", "10",          "--rows", "40",       "--out", out};
  more.insert(more.begin(), words.begin(), words.end());
  return more;
}

}  // namespace

TEST_CASE("a pair does not depend on how many others there are") {
  ModularitySpec more = tiny();
  more.pairs = 10, more.nulls = 2;
  const ModularityStudy study = whole_study(more, 2);
  REQUIRE(study.pairs.size() == 30);
  for (std::size_t i = 0; i < tiny_study().pairs.size(); ++i) {
    CHECK(study.pairs[i].number == std::int64_t(i / 3));
    check_equal(study.pairs[i].first, tiny_study().pairs[i].first);
    check_equal(study.pairs[i].second, tiny_study().pairs[i].second);
  }
  CHECK(study.pairs[29].number == 9);
}

TEST_CASE("a study does not depend on the number of threads") {
  const ModularityStudy one = whole_study(tiny(), 1);
  const ModularityStudy three = whole_study(tiny(), 3);
  REQUIRE(one.pairs.size() == 9);
  REQUIRE(one.starts.size() == 6);
  for (const ModularityStudy* other : {&three, &tiny_study()}) {
    REQUIRE(other->pairs.size() == 9);
    for (std::size_t i = 0; i < one.pairs.size(); ++i) {
      check_equal(one.pairs[i].first, other->pairs[i].first);
      check_equal(one.pairs[i].second, other->pairs[i].second);
    }
    for (std::size_t i = 0; i < one.starts.size(); ++i) check_equal(one.starts[i].net, other->starts[i].net);
  }
}

TEST_CASE("another seed is another study") {
  ModularitySpec other = tiny();
  other.seed = 8;
  other.pairs = 1;
  const ModularityStudy study = whole_study(other, 1);
  CHECK(study.pairs[0].first.whole.eigenvalues != tiny_study().pairs[0].first.whole.eigenvalues);
}

TEST_CASE("the members of a pair have equal parameters, and one of them the other's loss at its end") {
  for (const ModularityPair& p : tiny_study().pairs) {
    CHECK(p.first.whole.parameters == 186);
    CHECK(p.second.whole.parameters == 186);
    CHECK((p.first.epoch == 15 || p.second.epoch == 15));
    const MeasuredNet& last = p.first.train_loss >= p.second.train_loss ? p.first : p.second;
    CHECK(last.epoch == 15);
  }
  CHECK(tiny_study().pairs[2].comparison == Comparison::blocks);
  CHECK(tiny_study().pairs[2].first.hidden == 26);
  CHECK(tiny_study().pairs[2].second.hidden == 14);
}

TEST_CASE("a start has no more free directions than rescalings, dead and always-on neurons make") {
  for (const ModularityPair& p : contrast(tiny_study(), Comparison::blocks).pairs) {
    CHECK(p.first.start.rank.gap > 1e4);
    CHECK(p.first.start.parameters == 186);
    CHECK(p.second.start.beyond_rescaling() >= 0);
  }
  CHECK(contrast(tiny_study(), Comparison::task).pairs[0].first.start.eigenvalues.empty());
}

TEST_CASE("blocks have the planted modules") {
  for (const ModularityPair& p : contrast(tiny_study(), Comparison::blocks).pairs) CHECK(p.first.agreement > 0.5);
}

TEST_CASE("a study refuses widths that do not fit and samples that are too small") {
  ModularitySpec s = tiny();
  s.width = 12;
  CHECK_THROWS_AS(whole_study(s, 1), UsageError);
  s = tiny();
  s.sample_rows = 93;
  CHECK_THROWS_WITH_AS(validate(s), doctest::Contains("wanted 94 or more"), UsageError);
  s.sample_rows = 94;
  validate(s);
}

TEST_CASE("the page carries the numbers of each study, and says what they show") {
  const TempFolder folder;
  const ModularityStudies studies{tiny_study(), tiny_study()};
  report::Json results = modularity_results(studies);
  results["command"] = "again";
  CHECK(results["shown"]["exact"]["all"] == 4);
  CHECK(results["shown"]["chance"]["all"] == 2);
  CHECK(results["shown"]["starts"]["all"] == 4);
  CHECK(results["studies"][0]["matching"]["rows"].size() == 6);
  CHECK(results["answers"]["rows"].size() == 6);
  const Contrast blocks = contrast(tiny_study(), Comparison::blocks);
  const std::string plain = interval(blocks.degeneracy(Counted::exact, control::plain))["text"];
  CHECK(results["answers"]["rows"][2]["plain"] == plain);
  const std::string figures = folder / "figures", page = folder / "report.html";
  for (const report::NamedFigure& f : modularity_figures(studies)) report::write_figure(figures, f.name, f.figure);
  const auto written = [&] {
    write_page("modularity", results, figures, page);
    return read_file(page);
  };
  const std::string text = written();
  for (const std::string& wanted : std::vector<std::string>{
           "Exactly free directions differ in ", "exactly free directions: " + plain + " as they stand",
           "26 against 14", "Over starts on the same data", "adjusted Rand index of ", "Figure 10.", "again"})
    CHECK_MESSAGE(text.find(wanted) != std::string::npos, wanted);
  CHECK(text.find("-0.000") == std::string::npos);
  auto& adjusted = results["studies"][0]["wiring"]["effects"]["dead_and_on"]["exact"];
  adjusted["more"] = adjusted["less"] = false;
  CHECK_CONTAINS(written(), "adjusted for dead and always-on ones (no difference is shown)");
  adjusted["less"] = true;
  CHECK_CONTAINS(written(), "adjusted for dead and always-on ones (the first is less degenerate)");
}

TEST_CASE("answers say which way a controlled difference goes, if it does") {
  const report::Json unclear = interval(Estimate{.mean = 0.1, .low = -0.1, .high = 0.3, .count = 9}),
                     less = interval(Estimate{.mean = -0.2, .low = -0.3, .high = -0.1, .count = 9}),
                     more = interval(Estimate{.mean = 0.2, .low = 0.1, .high = 0.3, .count = 9});
  const auto row = [&](const report::Json& exact, const report::Json& soft) {
    const report::Json one{
        {"title", "blocks"},
        {"log_test_loss", unclear},
        {"effects", {{"plain", {{"exact", more}}}, {"dead_and_on", {{"exact", exact}, {"soft", soft}}}}}};
    return answers_table(report::Json::array({one}))["rows"][0];
  };
  CHECK(row(unclear, less)["exact_says"] == "no difference is shown");
  CHECK(row(unclear, less)["soft_says"] == "the first is less degenerate");
  CHECK(row(more, less)["exact_says"] == "the first is more degenerate");
  CHECK(row(more, less)["plain"] == "+0.200 [+0.100, +0.300]");
}

TEST_CASE("means over pairs are of each member alone") {
  const Contrast rotation = contrast(tiny_study(), Comparison::rotation);
  const MeasuredNet mean = mean_net(rotation, &ModularityPair::second);
  double loss = 0;
  for (const ModularityPair& p : rotation.pairs) loss += p.second.test_loss / 3;
  CHECK(mean.test_loss == doctest::Approx(loss));
  CHECK(mean.net == "separable − rotated: rotated");
}

TEST_CASE("modularity_degeneracy leaves rows, results, figures and a report") {
  TempFolder tmp;
  const Result r = run_program("modularity_degeneracy", tiny_words(tmp / "a", {"--weight-decays", "0.001"}));
  CHECK(r.code == 0);
  for (const char* name : {"task", "rotation", "blocks", "losses", "modules"})
    for (const char* ending : {".csv", ".gp", ".svg"})
      CHECK(fs::exists(tmp / "a/figures/8-14-4_decay0_001_" + name + ending));
  const std::string rows = read_file(tmp / "a/metrics.jsonl");
  CHECK(std::count(rows.begin(), rows.end(), '\n') == 4 * 6 + 2 * 4);
  CHECK(nlohmann::json::parse(rows.substr(0, rows.find('\n'))).at("parameters") == 186);
  CHECK_CONTAINS(read_file(tmp / "a/report.html"), "Are modular networks more degenerate?");
  CHECK(nlohmann::json::parse(read_file(tmp / "a/claims.json")).empty());
  CHECK_CONTAINS(r.out, "nothing was predicted.\n" + tmp / "a/report.html");
  const auto results = nlohmann::json::parse(read_file(tmp / "a/results.json"));
  CHECK(results.at("studies").at(0).at("comparisons").size() == 3);
}

TEST_CASE("modularity_degeneracy names widths that would do and refuses lists that do not fit") {
  TempFolder tmp;
  const Result r = run_program("modularity_degeneracy", tiny_words(tmp / "a", {"--widths", "12"}));
  CHECK(r.code == 2);
  CHECK_CONTAINS(r.err, "widths 13, 26, 39");
  CHECK(run_program("modularity_degeneracy", tiny_words(tmp / "a", {"--blocks", "2,4"})).code == 2);
  CHECK(run_program("modularity_degeneracy", tiny_words(tmp / "a", {"--sample-rows", "20"})).code == 2);
  CHECK_FALSE(fs::exists(tmp / "a"));
}
