#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "experiments/sparsity/sparsity_findings.h"
#include "experiments/sparsity/sparsity_parts.h"
#include "tests/experiments/process.h"

using namespace basin;
using namespace basin::experiments;
using interp::BasisKind;
using interp::SectionSparsity;

namespace {

// One section; `lib` and `ib` need so many edges, `pca` and `neuron` ten times as many.
SparsityNet made(std::int64_t seed, double edges, double free_share, std::int64_t epoch = 9) {
  SparsityNet net{.setting = "made", .seed = seed, .epoch = epoch, .free_share = free_share};
  for (const BasisKind kind : compared_bases) {
    const double count = kind == BasisKind::lib || kind == BasisKind::ib ? edges : 10 * edges;
    net.bases.push_back(
        {kind, {SectionSparsity{.effective = count, .required = {std::int64_t(count), std::int64_t(count)}}}});
  }
  return net;
}

}  // namespace

TEST_CASE("bases are compared network by network") {
  const std::vector<SparsityNet> nets{made(0, 10, 0.9), made(1, 20, 0.5), made(2, 14, 0.7)};
  CHECK(sparsity_measures(nets).size() == 2);  // no accuracy: not measurable
  const std::vector<SparsityContrast> all = sparsity_contrasts(nets);
  REQUIRE(all.size() == 2 * 4);
  for (const SparsityContrast& c : all) {
    CHECK(c.difference.ratio() == doctest::Approx(0.1));
    CHECK(c.difference.verdict() == "holds");
  }
  CHECK(all[0].title() == "made, section 0, lib against pca: effective number of edges");
}

TEST_CASE("degeneracy against sparsity: over everything, within times, and between seeds") {
  std::vector<SparsityNet> nets;
  for (std::int64_t seed = 0; seed < 5; ++seed) {
    nets.push_back(
        made(seed, 10 + double(seed), 0.5 - 0.01 * double(seed), 0));  // at every time: more edges, less free
    nets.push_back(made(seed, 100 + 10 * double(seed), 0.9 - 0.01 * double(seed)));  // training raises both
  }
  const std::vector<DegeneracyCorrelation> all = degeneracy_correlations(nets);
  REQUIRE(all.size() == 1);
  CHECK(all[0].all.r > 0.9);
  CHECK(all[0].within.r < -0.99);
  CHECK(all[0].seeds.r < -0.99);
  CHECK(all[0].seeds.count == 5);
  CHECK(all[0].seeds_beyond_dead.r < -0.99);  // no neuron is dead
  for (SparsityNet& net : nets) net.dead_share = net.free_share;
  const Correlation beyond = degeneracy_correlations(nets)[0].seeds_beyond_dead;
  CHECK_FALSE(beyond.excludes_zero());  // dead neurons explain all of it
}

TEST_CASE("what was measured is read again, unless it is of other settings or damaged") {
  TempFolder tmp;
  SparsityNet net = made(3, 12, 0.25);
  net.accuracy = std::numeric_limits<double>::quiet_NaN();
  net.removed.push_back({"all", {}});
  net.removed[0].seen.directions = 7, net.removed[0].seen.rank.rank = 2;
  write_part(tmp / "a.json", "key", {net, made(4, 5, 0.5)});
  const auto read = read_part(tmp / "a.json", "key");
  REQUIRE(read.has_value());
  REQUIRE(read->size() == 2);
  CHECK(sparsity_lines(*read) == sparsity_lines({net, made(4, 5, 0.5)}));
  CHECK(std::isnan(read->front().accuracy));
  CHECK(read->front().removed.at(0).seen.removed() == 5);
  CHECK_FALSE(read_part(tmp / "a.json", "other").has_value());
  CHECK_FALSE(read_part(tmp / "b.json", "key").has_value());
  const auto damaged = [&](const std::string& old, const std::string& now) {
    write_part(tmp / "a.json", "key", {net});
    std::string text = read_file(tmp / "a.json");
    write_atomically(tmp / "a.json", text.replace(text.find(old), old.size(), now));
    return !read_part(tmp / "a.json", "key").has_value();
  };
  CHECK_FALSE(damaged("\"made\"", "\"made\""));
  CHECK(damaged("\"basis\": \"lib\"", "\"basis\": \"pca\""));
  CHECK(damaged("\"sections\": [", "\"sections\": [], \"others\": ["));
  CHECK(damaged("\"required\": [", "\"required\": [], \"others\": ["));
  write_atomically(tmp / "a.json", "{\"key\": \"key\", ");
  CHECK_FALSE(read_part(tmp / "a.json", "key").has_value());
}

TEST_CASE("the experiment writes rows, claims, figures and a page") {
  TempFolder tmp;
  const auto r =
      run_program("sparsity", {"--preset", "quick", "--settings", "digits,rotated", "--hidden", "6,5", "--epochs",
                               "0,1", "--rows", "200", "--jacobian-rows", "10", "--quiet", "--out", tmp / "a"});
  CHECK(r.code == 0);
  CHECK_CONTAINS(read_file(tmp / "a/report.html"), "Are interactions sparser in the interaction basis?");
  CHECK_CONTAINS(read_file(tmp / "a/report.html"), "less than one row");
  CHECK(nlohmann::json::parse(read_file(tmp / "a/results.json")).at("comparisons") == 2 * 3 * 2 * 4);
  // Digits: 2 decays, 2 seeds, 2 times; 2 of these in four bases. Rotated: 2 seeds in four bases. Three sections each.
  CHECK(std::ranges::count(read_file(tmp / "a/metrics.jsonl"), '\n') == (6 + 2 * 4 + 2 * 4) * 3);
  const std::string results = read_file(tmp / "a/results.json");
  CHECK(run_program("sparsity", {"--resume", "--quiet", "--out", tmp / "a"}).code == 0);
  CHECK(read_file(tmp / "a/results.json") == results);
  CHECK(run_program("sparsity", {"--settings", "digitz", "--out", tmp / "b"}).code == 2);
  CHECK(run_program("sparsity", {"--epochs", "5,1", "--out", tmp / "b"}).code == 2);
  for (const auto& [option, twice] :
       {std::pair{"--epochs", "1,1"}, {"--weight-decays", "0,0"}, {"--settings", "digits,digits"}}) {
    const auto refused = run_program("sparsity", {option, twice, "--out", tmp / "b"});
    CHECK(refused.code == 2);
    CHECK_CONTAINS(refused.err, "give each setting, weight decay and epoch once");
  }
  CHECK_FALSE(std::filesystem::exists(tmp / "b"));
}
