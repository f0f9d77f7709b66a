#include "experiments/modularity/modularity_study.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/matrix.h"
#include "core/parallel.h"
#include "core/rng.h"
#include "experiments/shared/rows.h"
#include "interp/modules/modules.h"
#include "nn/data/toy_tasks.h"

namespace basin::experiments {
namespace {

std::uint64_t derived(const ModularitySpec& spec, const std::string& stream) {
  return Rng(spec.seed, "modularity/" + stream).next_u64();
}

interp::EqualWidths widths_of(const ModularitySpec& spec) {
  return interp::equal_widths(spec.blocks, spec.inputs, spec.outputs, spec.width);
}

double mean_squared_error(const interp::ReluNet& net, const nn::Dataset& data) {
  const Matrix out = outputs(net, cast<double>(data.x));
  double sum = 0;
  for (std::int64_t i = 0; i < out.size(); ++i) sum += (out[i] - data.y[i]) * (out[i] - data.y[i]);
  return sum / double(out.size());
}

// By node of the first and the last layer, for a number of modules planted block by block.
interp::Partition planted_blocks(const ModularitySpec& spec) {
  interp::Partition all;
  for (std::int64_t each : {spec.inputs, spec.outputs})
    for (std::int64_t block = 0; block < spec.blocks; ++block) all.insert(all.end(), std::size_t(each), block);
  return all;
}

void measure_modules(MeasuredNet& m, const ModularitySpec& spec, const interp::ReluNet& net, const Matrix& x) {
  const interp::Modules found = interp::find_modules(
      net, x, spec.edge_cutoff, {.restarts = spec.restarts, .nulls = spec.nulls, .seed = derived(spec, "modules")});
  interp::Partition outer = found.of_node.front();
  outer.insert(outer.end(), found.of_node.back().begin(), found.of_node.back().end());
  m.Q = found.Q;
  m.z = found.null.z;
  m.agreement = interp::adjusted_rand_index(outer, planted_blocks(spec));
}

// What all jobs share.
struct Setting {
  const ModularitySpec& spec;
  interp::EqualWidths widths;
  Matrix x;  // the sample
};

struct Run {
  std::string net;
  nn::Trajectory trajectory;
  const nn::Dataset& test;
};

Run train(const Setting& s, const std::string& net, std::uint64_t seed, const nn::Split& task) {
  const bool blocks = net == "blocks";
  nn::ModuleTraining t = s.spec.training;
  t.blocks = blocks ? s.spec.blocks : 1;
  t.width = blocks ? s.widths.module : s.widths.dense;
  t.seed = seed;
  return {net, nn::train_modules(t, task.train), task.test};
}

MeasuredNet measure(const Setting& s, const Run& run, std::int64_t epoch) {
  const interp::ModularNet net = net_at(run.trajectory, epoch);
  const interp::ReluNet whole = net.assembled();
  MeasuredNet m{sampled(net, s.x), run.net, epoch, net.hidden()};
  m.train_loss = run.trajectory.losses[epoch], m.test_loss = mean_squared_error(whole, run.test);
  measure_modules(m, s.spec, whole, s.x);
  return m;
}

std::vector<ModularityPair> train_pairs(const Setting& s, std::int64_t number) {
  const std::uint64_t data = derived(s.spec, fmt::format("data/{}", number)),
                      start = derived(s.spec, fmt::format("start/{}", number));
  const nn::Split separable = modular_task(s.spec, data, false), entangled = modular_task(s.spec, data, true),
                  rotated = nn::rotated(separable, data);
  const Run dense = train(s, "separable", start, separable), blocks = train(s, "blocks", start, separable);
  const auto pair = [&](Comparison comparison, const Run& first, const Run& second) {
    const auto epochs = nn::equal_loss_epochs({first.trajectory.losses, second.trajectory.losses});
    return ModularityPair{comparison, number, measure(s, first, epochs[0]), measure(s, second, epochs[1])};
  };
  ModularityPair wired = pair(Comparison::blocks, blocks, dense);
  wired.first.start = directions(net_at(blocks.trajectory, 0), s.x);
  wired.second.start = directions(net_at(dense.trajectory, 0), s.x);
  return {pair(Comparison::task, dense, train(s, "entangled", start, entangled)),
          pair(Comparison::rotation, dense, train(s, "rotated", start, rotated)), wired};
}

std::vector<StartNet> train_starts(const Setting& s, std::int64_t data_set, bool blocks) {
  const nn::Split task = modular_task(s.spec, derived(s.spec, fmt::format("starts/data/{}", data_set)), false);
  std::vector<Run> runs;
  for (std::int64_t i = 0; i < s.spec.starts; ++i)
    runs.push_back(train(s, blocks ? "blocks" : "separable",
                         derived(s.spec, fmt::format("starts/start/{}/{}", data_set, i)), task));
  const auto epochs = nn::equal_loss_epochs(
      values(runs, [](const Run& run) { return std::span<const double>(run.trajectory.losses); }));
  std::vector<StartNet> nets;
  for (std::int64_t i = 0; i < s.spec.starts; ++i) nets.push_back({data_set, i, measure(s, runs[i], epochs[i])});
  return nets;
}

Setting setting(const ModularitySpec& spec) {
  validate(spec);
  Rng rng(spec.seed, "modularity/sample");
  return {spec, widths_of(spec), normal_matrix(spec.sample_rows, spec.blocks * spec.inputs, rng)};
}

}  // namespace

std::int64_t ModularitySpec::parameters() const { return blocks * (width * (inputs + outputs + 1) + outputs); }

nn::Split modular_task(const ModularitySpec& spec, std::uint64_t seed, bool entangled) {
  return nn::teacher_split({.blocks = spec.blocks,
                            .inputs = spec.inputs,
                            .outputs = spec.outputs,
                            .samples = spec.rows,
                            .noise = spec.noise,
                            .entangled = entangled,
                            .seed = seed},
                           spec.test_rows);
}

interp::ModularNet net_at(const nn::Trajectory& trajectory, std::int64_t epoch) {
  interp::ModularNet net;
  for (Parameters<double>& module : trajectory.at(epoch))
    net.modules.push_back(
        interp::relu_net(interp::dense_network({trajectory.module, std::move(module)}, "layers.1.pre")));
  return net;
}

void validate(const ModularitySpec& spec) {
  widths_of(spec);
  const std::int64_t wanted = 2 * spec.parameters() / (spec.blocks * spec.outputs) + 1;
  if (spec.sample_rows < wanted)
    throw UsageError(
        fmt::format("--sample-rows is {}: too few to tell {} parameters from missing data; wanted {} or more",
                    spec.sample_rows, spec.parameters(), wanted));
}

std::string ModularitySpec::size() const {
  return fmt::format("{}-{}-{}", blocks * inputs, widths_of(*this).dense, blocks * outputs);
}

std::string ModularitySpec::title() const {
  return fmt::format("{}, weight decay {:g}", size(), training.weight_decay);
}

// Seconds: of a step of one network or module, of the factor of a Jacobian, of Leiden on a null graph, of that graph.
double expected_minutes(const ModularitySpec& spec) {
  const double n = double(spec.parameters()), pairs = double(spec.pairs);
  const double steps = double(spec.training.epochs * (spec.rows / spec.training.batch + 1));
  const double training =
      steps * (1.3e-6 * double(3 + spec.blocks) + 4 * 3.4e-9 * n);  // three dense ones, one of blocks
  const double spectrum = 0.008 + 1.7e-10 * double(spec.sample_rows * spec.blocks * spec.outputs) * n * n;
  const double modules = (1.3e-6 * double((spec.nulls + 1) * spec.restarts) + 9e-6 * double(spec.nulls)) * n;
  const double starts = double(spec.data_sets * spec.starts) * (training / 2 + 1.2 * spectrum + 2 * modules);
  return (pairs * (training + 6.5 * spectrum + 6 * modules) + starts) / 60;
}

std::int64_t modularity_jobs(const ModularitySpec& spec) { return spec.pairs + 2 * spec.data_sets; }

ModularityStudy study_modularity(const ModularitySpec& spec, int threads,
                                 const std::function<void(std::int64_t done)>& done) {
  const Setting s = setting(spec);
  const auto job = [&](std::int64_t i) -> ModularityStudy {
    if (i < 2 * spec.data_sets) return {.starts = train_starts(s, i / 2, i % 2 == 1)};  // the longest first
    return {.pairs = train_pairs(s, i - 2 * spec.data_sets)};
  };
  ModularityStudy study{.spec = spec};
  for (ModularityStudy& part : parallel_results(threads, modularity_jobs(spec), job, done)) {
    std::ranges::move(part.pairs, std::back_inserter(study.pairs));
    std::ranges::move(part.starts, std::back_inserter(study.starts));
  }
  return study;
}

}  // namespace basin::experiments
