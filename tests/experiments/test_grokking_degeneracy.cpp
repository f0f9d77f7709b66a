#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/archive.h"
#include "core/lapack.h"
#include "experiments/grokking/grokking_findings.h"
#include "experiments/grokking/grokking_measures.h"
#include "experiments/shared/study.h"
#include "experiments/sparsity/modular_setting.h"
#include "interp/edges/edges.h"
#include "interp/jacobian/model_jacobian.h"
#include "nn/data/modular_arithmetic.h"
#include "tests/core/temp_folder.h"
#include "tests/experiments/process.h"

using namespace basin;
using namespace basin::experiments;

namespace {

nn::MetricsLine line(std::int64_t epoch, double train, double test) {
  nn::MetricsLine l;
  l["epoch"] = double(epoch), l["train_accuracy"] = train, l["test_accuracy"] = test;
  return l;
}

GrokkingPoint point(std::int64_t epoch, std::int64_t free, double lambda, double edges) {
  GrokkingPoint p{.epoch = epoch};
  const RankReading r{.rows = 500,
                      .parameters = 100,
                      .rank = 100 - free,
                      .above_rounding = 100 - free,
                      .smallest_kept = 1e-4,
                      .largest_dropped = 1e-15,
                      .counts = {1, 2, 3},
                      .n_eff = {10, 20, 30}};
  p.rank = p.training = r;
  p.lambda = MeasuredLambda{.n_beta = 100, .lambda = lambda, .error = 1, .r_hat = 1.01, .ess = 100, .quadratic = 50};
  p.edges = MeasuredEdges{{5, 25, edges, std::int64_t(edges)}, {5, 25, 2 * edges, -1}};
  return p;
}

// Epochs 0, 10 (memorised), 100 (generalised) and 1000; free directions rise by `step` at each, λ̂ falls by `fall`.
GrokkingNetwork network(std::uint64_t seed, std::int64_t step, double fall) {
  GrokkingNetwork n{.seed = seed,
                    .curve = {line(0, 0, 0), line(10, 1, 0.1), line(100, 1, 1), line(1000, 1, 1)},
                    .memorised = 10,
                    .generalised = 100};
  for (std::int64_t i = 0; const std::int64_t epoch : {0, 10, 100, 1000})
    n.points.push_back(point(epoch, 20 + step * i, 90 - fall * double(i), 8)), ++i;
  return n;
}

GrokkingNetwork never_generalised(std::uint64_t seed) {
  GrokkingNetwork n = network(seed, 50, 50);
  n.generalised.reset();
  for (nn::MetricsLine& l : n.curve) l["test_accuracy"] = 0.1;
  return n;
}

GrokkingNetwork both_at_once(std::uint64_t seed) {
  GrokkingNetwork n = network(seed, 90, 90);
  n.memorised = n.generalised;
  return n;
}

const GrokkingEffect& effect(const std::vector<GrokkingEffect>& all, const std::string& key, Moment from) {
  return *std::ranges::find_if(all, [&](const auto& e) { return e.measure.key == key && e.from == from; });
}

// Untrained, modulo 5.
interp::ModelPoint transformer(std::uint64_t seed) {
  const Model model = nn::transformer({.d_model = 4,
                                       .n_heads = 1,
                                       .d_head = 3,
                                       .d_mlp = 6,
                                       .d_vocab = 6,
                                       .d_vocab_out = 6,
                                       .n_ctx = 3,
                                       .last_position = true});
  interp::ModelPoint point{model};
  point.parameters = Parameters<double>(parameters_of(model));
  point.parameters.start(seed);
  return point;
}

nn::Dataset pairs() { return nn::modular_arithmetic(nn::ModularTask::add, 5); }

std::vector<double> squared_singular_values(const interp::ModelPoint& net) {
  std::vector<double> h =
      singular_values(interp::ModelJacobian(net, token_inputs(pairs())).jacobian_at(net.parameters.flat()));
  for (double& v : h) v *= v;
  return h;
}

}  // namespace

TEST_CASE("epochs to look at are the start and others evenly in their logarithm") {
  std::vector<std::int64_t> all(1001);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = std::int64_t(i);
  using Epochs = std::vector<std::int64_t>;
  CHECK(grid_epochs(all, 4, 10) == Epochs{0, 10, 100, 1000});
  CHECK(grid_epochs(all, 2, 10) == Epochs{0, 1000});
  CHECK(grid_epochs(all, 5, 5000) == Epochs{0, 1000});  // there are none that late
  CHECK(grid_epochs({0, 8, 90, 700}, 4, 10) == Epochs{0, 8, 90, 700});
  CHECK(grid_epochs({0, 8, 700}, 5, 10) == Epochs{0, 8, 700});  // each once
  CHECK(grid_epochs({0}, 3, 10) == Epochs{0});
}

TEST_CASE("changes are paired by network, and more degenerate is more freedom or lower counts") {
  const std::vector<GrokkingNetwork> networks{network(0, 4, 3), network(1, 6, 5), network(2, 5, -7),
                                              never_generalised(3), both_at_once(4)};
  const auto all = grokking_effects(networks);
  const GrokkingEffect& free = effect(all, "free", Moment::memorised);
  CHECK(free.difference.count == 3);  // not those that did not generalise, or at once
  CHECK(free.difference.mean == doctest::Approx(5));
  CHECK(free.difference.high ==
        doctest::Approx(5 + 4.30265 / std::sqrt(3.0)));  // deviation 1, Student's t of 2 degrees
  CHECK(free.before == doctest::Approx(25));
  CHECK(free.verdict() == "holds");
  CHECK(free.title() == "exact free directions, memorised to generalised");
  CHECK(effect(all, "lambda", Moment::memorised).verdict() == "undecided");
  CHECK(effect(all, "lib", Moment::generalised).verdict() == "undecided");  // nothing changes
  CHECK(grokking_claims(networks).size() == all.size());
  for (const Claim& c : grokking_claims(networks)) CHECK(c.standing == Standing::measured);
}

TEST_CASE("a change to the other side does not hold, and signs are those of the measure") {
  const auto all = grokking_effects({network(0, -4, -3), network(1, -6, -5), network(2, -5, -4)});
  CHECK(effect(all, "free", Moment::memorised).verdict() == "does not hold");
  CHECK(effect(all, "lambda", Moment::memorised).verdict() == "does not hold");
  CHECK(effect(grokking_effects({network(0, 4, 3), network(1, 6, 5), network(2, 5, 4)}), "lambda", Moment::generalised)
            .verdict() == "holds");
}

TEST_CASE("undecided ranks have two readings, what was not measured has none, and doubtful ends are counted") {
  std::vector<GrokkingNetwork> networks{network(0, 4, 3), network(1, 6, 5), network(2, 5, 4)};
  for (GrokkingNetwork& n : networks) n.points[1].rank->above_rounding += 9;  // a slope once memorised
  networks[0].points[2].training.reset();
  networks[1].points[2].lambda->doubts = {"r_hat"};
  networks[1].points[0].lambda->doubts = {"r_hat"};  // no end of any change
  const auto all = grokking_effects(networks);
  CHECK(effect(all, "free", Moment::memorised).difference.mean == doctest::Approx(5 + 9));
  CHECK(effect(all, "free_1e-9", Moment::memorised).difference.mean == doctest::Approx(5));
  CHECK(effect(all, "free_training", Moment::memorised).difference.count == 2);
  CHECK(effect(all, "lambda", Moment::memorised).difference.count == 3);
  CHECK(effect(all, "lambda", Moment::memorised).doubtful == 1);
  for (const GrokkingEffect& e : all) CHECK(e.measure.key != "pca_required");  // never measured
}

TEST_CASE("a network that memorised and generalised at once has not grokked") {
  CHECK(network(0, 1, 1).grokked());
  CHECK_FALSE(both_at_once(0).grokked());
  CHECK(network(0, 1, 1).epoch_of(Moment::end) == 1000);
  CHECK_FALSE(never_generalised(0).epoch_of(Moment::generalised).has_value());
}

TEST_CASE("a network generalises when it first knows both kinds of pairs") {
  using Epoch = std::optional<std::int64_t>;
  CHECK(generalised_at({line(0, 0, 0), line(5, 0.5, 1), line(10, 1, 0.98), line(20, 1, 0.99), line(30, 1, 0.9)}) ==
        Epoch(20));
  CHECK(generalised_at({line(0, 0, 0), line(10, 1, 0.98)}) == Epoch());
}

TEST_CASE("means over epochs are of the networks that grokked, or of all if none did") {
  GrokkingFindings f{.grid = {0, 1000}, .networks = {network(0, 4, 3), network(1, 6, 5), never_generalised(3)}};
  const GrokkingMeasure lambda = effect(grokking_effects(f.networks), "lambda", Moment::memorised).measure;
  CHECK(over_grid(f, lambda)[1].mean == doctest::Approx(90 - 12));
  CHECK(over_grid(f, lambda)[1].count == 2);
  CHECK(over_grid(f, "test_accuracy")[1].mean == 1);
  f.networks[0].points[3].lambda.reset();
  CHECK(std::isnan(over_grid(f, lambda)[1].mean));  // a mean over fewer networks would be of others
  f.networks = {never_generalised(3), never_generalised(4)};
  CHECK(over_grid(f, lambda)[1].count == 2);
  CHECK(over_grid(f, lambda)[1].mean == doctest::Approx(90 - 150));
}

TEST_CASE("what was measured of a network is kept whole") {
  GrokkingPoint wrote = point(10, 7, NAN, 3);
  wrote.lambda->doubts = {"r_hat", "drift"};
  wrote.training->rank = 55;
  const GrokkingPoint got = unarchived<GrokkingPoint>(archived(wrote));
  CHECK(got.rank->rank == 93);
  CHECK(got.training->rank == 55);
  CHECK(got.rank->n_eff == wrote.rank->n_eff);
  CHECK(got.rank->gap() == wrote.rank->gap());
  CHECK(std::isnan(got.lambda->lambda));
  CHECK(got.lambda->doubts == wrote.lambda->doubts);
  CHECK(got.edges->lib.effective == 3);
  CHECK(got.edges->pca.required == -1);
}

TEST_CASE("ranks and counts at cut-offs are those of plain singular values") {
  const interp::ModelPoint net = transformer(3);
  const std::vector<double> h = squared_singular_values(net);
  const RankReading r = rank_reading(net, token_inputs(pairs()));
  CHECK(r.rows == 25 * 6);
  CHECK(r.parameters == net.parameter_count());
  CHECK(r.decided());
  CHECK(r.rank == std::ranges::count_if(h, [&](double v) { return std::sqrt(v / h[0]) > 1e-9; }));
  for (std::size_t e = 0; e < grokking_epsilons.size(); ++e) {
    double soft = 0;
    for (const double v : h) soft += v / (v + grokking_epsilons[e] * h[0]);
    CHECK(r.n_eff[e] == doctest::Approx(soft));
    CHECK(r.counts[e] == std::ranges::count_if(h, [&](double v) { return v > grokking_epsilons[e] * h[0]; }));
  }
  CHECK(r.rank < r.parameters);
}

TEST_CASE("under a strong localisation λ̂ is that of the quadratic that J knows") {
  const interp::ModelPoint net = transformer(3);
  LlcSubject subject;
  subject.posterior.model = net, subject.posterior.data = token_inputs(pairs());
  subject.posterior = interp::behavioural(std::move(subject.posterior));
  subject.samples = 25;
  LlcSettings s{.n_betas = {1e4}, .gamma = 1e4};
  s.chains = {.chains = 4, .draws = 400, .warm_up = 200, .seed = 1};
  const MeasuredLambda m = measured_lambda(subject, s);
  double exact = 0;  // ½ Σ nβ h / (nβ h + γ) for the Hessian's h = 2/n σ²
  for (const double v : squared_singular_values(net)) exact += 0.5 * (v * 2 / 25) / (v * 2 / 25 + s.gamma / 1e4);
  CHECK(m.lambda == doctest::Approx(exact).epsilon(0.05));
  CHECK(std::abs(m.lambda - exact) < 5 * m.error + 0.01 * exact);
  CHECK(m.n_beta == 1e4);
}

TEST_CASE("edges are counted over all sections, and an untrained network requires none") {
  const interp::ModelPoint net = transformer(3);
  const MeasuredEdges found = measured_edges(net, pairs());
  CHECK(found.lib.required == -1);
  CHECK(found.pca.required == -1);
  const interp::FoldedModel model = modular_sections(net);
  const Inputs tokens{{"tokens", token_inputs(pairs()).at("tokens")}};
  const interp::BasisOptions lib{.kind = interp::BasisKind::lib, .truncation = {1e-10, true}};
  const auto bases = interp::interaction_bases(model, tokens, lib);
  const auto E = interp::interaction_edges(model, bases, tokens);
  double effective = 0;
  for (std::int64_t l = 0; l < model.sections(); ++l) {
    double sum = 0, entropy = 0;
    for (const bool second : {false, true})
      for (std::int64_t i = 0; i < E[l].rows(); ++i)
        for (std::int64_t j = 0; j < E[l].cols(); ++j)
          if (const double e = E[l](i, j); j != bases[l].constant && e > 0)
            second ? entropy -= e / sum * std::log(e / sum) : sum += e;
    effective += std::exp(entropy);
  }
  CHECK(found.lib.effective == doctest::Approx(effective));
  CHECK(found.pca.effective > 0);
  CHECK(found.lib.effective != found.pca.effective);
}

TEST_CASE("the page is filled in with and without networks that grokked") {
  const TempFolder tmp;
  for (const bool any : {true, false}) {
    GrokkingFindings f{.what = "a run",
                       .task = "a + b mod 5",
                       .modulus = 5,
                       .parameters = 100,
                       .train_rows = 20,
                       .test_rows = 5,
                       .grid = {0, 1000},
                       .networks = {never_generalised(3)}};
    if (any) f.networks.insert(f.networks.begin(), {network(0, 4, 3), network(1, 6, 5)});
    report::Json results = grokking_results(f, {});
    results["claims"] = report::Json::array(), results["command"] = "grokking_degeneracy";
    const std::string folder = tmp / (any ? "some" : "none");
    for (const report::NamedFigure& figure : grokking_figures(f))
      report::write_figure(folder, figure.name, figure.figure);
    write_page("grokking", report::Json::parse(results.dump()), folder, tmp / "page.html");
    const std::string page = read_file(tmp / "page.html");
    CHECK(contains(page, any ? "2 of 3 networks learnt their training pairs first" : "No network memorised first"));
    CHECK(contains(page, "Those of seed 3 did not"));
    CHECK(contains(page, any ? "did not generalise" : "Along grokking"));
    CHECK(std::filesystem::exists(folder + "/aligned.svg") == any);
  }
}
