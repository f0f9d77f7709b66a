#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/archive.h"
#include "core/matrix.h"
#include "core/rng.h"
#include "experiments/sparsity/sparsity_findings.h"
#include "experiments/sparsity/sparsity_stability.h"
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

// Two inputs, six hidden features in two modules, one output; each seed has hidden features in another order.
SparsityNet with_modules(std::int64_t seed, const Matrix& x, const Matrix& hidden) {
  SparsityNet net = made(seed, 10, 0.5);
  const std::vector<std::int64_t> order = Rng(std::uint64_t(seed), "test/order").permutation(6);
  interp::ModularFeatures f{{x, hidden, columns_of(x, 0, 1)}, {{0, 1}, std::vector<std::int64_t>(6), {0}}};
  for (std::int64_t i = 0; i < 6; ++i) {
    f.modules[1][std::size_t(i)] = order[std::size_t(i)] % 2;
    for (std::int64_t s = 0; s < hidden.rows(); ++s) f.values[1](s, i) = hidden(s, order[std::size_t(i)]);
  }
  for (const BasisKind kind : compared_bases) net.modules.push_back({kind, 0.75, f});
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

TEST_CASE("modules over seeds: hidden features are compared on equal data") {
  Rng rng(1, "test/stability");
  const Matrix x = normal_matrix(30, 2, rng), hidden = normal_matrix(30, 6, rng);
  std::vector<SparsityNet> nets;
  for (std::int64_t seed = 0; seed < 4; ++seed) nets.push_back(with_modules(seed, x, hidden));
  const std::vector<ModuleStability> all = module_stabilities(nets, 1);
  REQUIRE(all.size() == std::size(compared_bases));
  CHECK(all[0].networks == 4);
  CHECK(all[0].matched == 6);
  CHECK(all[0].modules == 2);
  CHECK(all[0].restarts == 0.75);
  CHECK(all[0].correlation.mean == doctest::Approx(1));
  CHECK(all[0].adjusted_rand.mean == doctest::Approx(1));
  CHECK(all[0].adjusted_rand.low == doctest::Approx(1));
  CHECK(all[0].variation.high == doctest::Approx(0));
  CHECK(stability_results(all).size() == 1);
  CHECK(stability_figures(all).size() == 1);

  nets[2].modules[0].features.modules[1].assign(6, -1);  // in one basis
  const auto some = module_stabilities(nets, 1);
  REQUIRE(some.size() == all.size());
  CHECK(std::isnan(some[0].adjusted_rand.mean));
  const std::string rows = stability_results(some)[0].at("table").dump();
  CHECK(rows.find("not of all pairs") != std::string::npos);
  for (BasisModules& m : nets[2].modules) m.features.modules[1].assign(6, -1);
  CHECK(module_stabilities(nets, 1).empty());  // pairs with that seed say nothing, and no mean is without them
  nets[2] = with_modules(2, normal_matrix(30, 2, rng), hidden);
  CHECK(module_stabilities(nets, 1).empty());
  CHECK(stability_results({}).empty());
}

TEST_CASE("what was measured of a network is kept whole, with the values of its features") {
  SparsityNet net = made(3, 12, 0.25);
  net.accuracy = std::numeric_limits<double>::quiet_NaN();
  net.removed.push_back({"all", {}});
  net.removed[0].seen.directions = 7, net.removed[0].seen.rank.rank = 2;
  Rng rng(2, "test/stability");
  const Matrix x = normal_matrix(5, 2, rng);
  net.modules = with_modules(3, x, normal_matrix(5, 6, rng)).modules;
  const SparsityNet read = unarchived<SparsityNet>(archived(net));
  CHECK(sparsity_lines({read}) == sparsity_lines({net}));
  CHECK(std::isnan(read.accuracy));
  CHECK(read.removed.at(0).seen.removed() == 5);
  REQUIRE(read.modules.size() == net.modules.size());
  CHECK(read.modules[1].kind == net.modules[1].kind);
  CHECK(read.modules[1].restarts == 0.75);
  CHECK(read.modules[1].features.modules == net.modules[1].features.modules);
  CHECK(read.modules[1].features.values[1].data == net.modules[1].features.values[1].data);
}

TEST_CASE("the experiment writes rows, claims, figures and a page") {
  TempFolder tmp;
  const auto r =
      run_program("sparsity", {"--preset", "quick", "--settings", "digits,rotated", "--hidden", "6,5", "--epochs",
                               "0,1", "--rows", "200", "--jacobian-rows", "10", "--quiet", "--out", tmp / "a"});
  CHECK(r.code == 0);
  CHECK_CONTAINS(read_file(tmp / "a/report.html"), "Are interactions sparser in the interaction basis?");
  CHECK_CONTAINS(read_file(tmp / "a/report.html"), "less than one row");
  CHECK_CONTAINS(read_file(tmp / "a/report.html"), "Are modules the same over seeds of training?");
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
