// Time of a step of one chain, of chains that run side by side on one thread as they do for learning coefficients. The
// column s_per_step (500n = 0.5 µs) is the one to read; with --json first, lines as those of
// benchmarks/peers/chains_peers.py, which does the same work.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>

#include "autodiff/ops.h"
#include "interp/llc/sampler.h"
#include "nn/superposition.h"
#include "nn/superposition_polygons.h"
#include "nn/supervised.h"

namespace {

using namespace basin;
using namespace basin::interp;

LocalPosterior superposition() {
  const nn::CriticalPoint at = nn::critical_point({5, 0, 6});
  LocalPosterior posterior{.n_beta = 1000, .gamma = 1};
  posterior.model = {nn::superposition({.features = 6}),
                     parameters_from({{"W", at.point.W}, {"b", Tensor<double>({6}, at.point.b)}})};
  posterior.data = nn::feature_inputs(nn::feature_data({.features = 6, .samples = 6000}));
  return posterior;
}

// |B A - M|² over inputs of unit covariance: what a data set of any length comes to.
LocalPosterior regression() {
  const auto trace = [](Graph& g, std::int64_t) {
    const Var A = g.input("A", {3, 5}), B = g.input("B", {5, 3});
    const Var M = g.constant(Tensor<double>({5, 5}, std::vector<double>(25, 0.1)));
    return Ends{{}, g.name(sum(square(matmul(B, A) - M)), "loss")};
  };
  const std::vector<double> a(15, 0.2), b(15, 1 / 6.0);  // 3 · 0.2 / 6 = 0.1
  return {.model = {{trace}, parameters_from({{"A", Tensor<double>({3, 5}, a)}, {"B", Tensor<double>({5, 3}, b)}})},
          .n_beta = 1000,
          .gamma = 1};
}

LocalPosterior mlp() {
  LocalPosterior posterior{.n_beta = 1000, .gamma = 1};
  const Model model = nn::mlp({.widths = {784, 128, 10}}, nn::Loss::cross_entropy);
  Graph graph;
  model.trace(graph, 1);
  Parameters<double> start(graph.parameters());
  start.start(1);
  posterior.model = {model, start};
  Tensor<double> x({4096, 784}), t({4096});
  Rng rng(1, "benchmark");
  rng.fill_normal(std::span(x.data));
  for (double& label : t.data) label = double(rng.below(10));
  posterior.data = {{"x", std::move(x)}, {"t", std::move(t)}};
  return posterior;
}

template <class T>
void add(const std::string& name, LocalPosterior (*posterior)(), const SamplerSpec& sampler, std::int64_t chains) {
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
    const auto group = make_sampler<T>(posterior(), sampler, {.first = 0, .count = chains, .seed = 1}, 1);
    for (auto _ : state) {
      group->step(false);
      benchmark::DoNotOptimize(group->u().data());
    }
    using benchmark::Counter;
    state.counters["s_per_step"] = Counter(double(chains), Counter::kIsIterationInvariantRate | Counter::kInvert);
  });
}

// One JSON line a benchmark, as the peers print them.
class Lines final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      const std::string name = run.benchmark_name();
      const std::size_t cut = name.find('/');
      fmt::print("{{\"workload\": \"{}\", \"name\": \"{}\", \"us\": {:.4f}}}\n", name.substr(0, cut),
                 name.substr(cut + 1), 1e6 * double(run.counters.at("s_per_step")));
    }
  }
};

}  // namespace

int main(int argc, char** argv) {
  const auto sgld = [](std::int64_t batch, bool share) {
    return SamplerSpec{.kind = SamplerKind::sgld, .step = 1e-6, .batch = batch, .share_batches = share};
  };
  const SamplerSpec alone{
      .kind = SamplerKind::sgld, .step = 1e-6, .batch = 512, .paired = false, .control_variate = false};
  for (const std::int64_t rows : {100, 1000}) {
    const std::string workload = "6-2-6, " + std::to_string(rows) + " rows/";
    add<float>(workload + "basin", superposition, sgld(rows, true), 16);
    add<float>(workload + "basin, own batches", superposition, sgld(rows, false), 16);
    add<double>(workload + "basin, double", superposition, sgld(rows, true), 8);
  }
  add<float>("regression 5-3-5/basin", regression, sgld(0, false), 16);
  add<double>("regression 5-3-5/basin, double", regression, sgld(0, false), 8);
  add<float>("784-128-10, 512 rows/basin", mlp, alone, 1);
  add<float>("784-128-10, 512 rows/basin, paired", mlp, sgld(512, false), 1);
  const bool json = argc > 1 && std::string(argv[1]) == "--json";
  benchmark::Initialize(&argc, argv);
  Lines lines;
  json ? benchmark::RunSpecifiedBenchmarks(&lines) : benchmark::RunSpecifiedBenchmarks();
}
