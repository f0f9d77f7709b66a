#include "experiments/modularity/modularity_study.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/matrix.h"
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
  std::map<std::int64_t, MeasuredNet> measured{};  // by epoch: several pairs may take it at the same one
};

struct Task {
  std::uint64_t start;
  const nn::Split* data;
};

// Networks of one kind, on tasks of their own.
std::vector<Run> train(const Setting& s, const std::string& net, const std::vector<Task>& tasks) {
  const bool blocks = net == "blocks";
  nn::ModuleTraining t = s.spec.training;
  t.blocks = blocks ? s.spec.blocks : 1;
  t.width = blocks ? s.widths.module : s.widths.dense;
  const auto learnt = values(tasks, [](const Task& task) { return nn::ModuleTask{task.start, &task.data->train}; });
  std::vector<nn::Trajectory> trajectories = nn::train_modules(t, learnt);
  std::vector<Run> runs;
  for (std::size_t i = 0; i < tasks.size(); ++i) runs.push_back({net, std::move(trajectories[i]), tasks[i].data->test});
  return runs;
}

MeasuredNet measure(const Setting& s, Run& run, std::int64_t epoch) {
  if (const auto found = run.measured.find(epoch); found != run.measured.end()) return found->second;
  const interp::ModularNet net = net_at(run.trajectory, epoch);
  const interp::ReluNet whole = net.assembled();
  MeasuredNet m{sampled(net, s.x), run.net, epoch, net.hidden()};
  m.train_loss = run.trajectory.losses[epoch], m.test_loss = mean_squared_error(whole, run.test);
  measure_modules(m, s.spec, whole, s.x);
  return run.measured[epoch] = m;
}

// Of one pair of each kind: the tasks, and the seed of all starts.
struct PairTasks {
  PairTasks(const ModularitySpec& spec, std::int64_t number)
      : start(derived(spec, fmt::format("start/{}", number))),
        separable(modular_task(spec, derived(spec, fmt::format("data/{}", number)), false)),
        entangled(modular_task(spec, derived(spec, fmt::format("data/{}", number)), true)),
        rotated(nn::rotated(separable, derived(spec, fmt::format("data/{}", number)))) {}

  std::uint64_t start;
  nn::Split separable, entangled, rotated;
};

struct PairRuns {
  Run &dense, &entangled, &rotated, &blocks;
};

std::vector<ModularityPair> measure_pairs(const Setting& s, std::int64_t number, const PairRuns& runs) {
  const auto pair = [&](Comparison comparison, Run& first, Run& second) {
    const auto epochs = nn::equal_loss_epochs({first.trajectory.losses, second.trajectory.losses});
    return ModularityPair{comparison, number, measure(s, first, epochs[0]), measure(s, second, epochs[1])};
  };
  ModularityPair wired = pair(Comparison::blocks, runs.blocks, runs.dense);
  wired.first.start = directions(net_at(runs.blocks.trajectory, 0), s.x);
  wired.second.start = directions(net_at(runs.dense.trajectory, 0), s.x);
  return {pair(Comparison::task, runs.dense, runs.entangled), pair(Comparison::rotation, runs.dense, runs.rotated),
          wired};
}

// Pairs [first, end) of each kind, whose networks are trained together.
std::vector<ModularityPair> train_pairs(const Setting& s, std::int64_t first, std::int64_t end) {
  std::vector<PairTasks> pairs;
  for (std::int64_t number = first; number < end; ++number) pairs.emplace_back(s.spec, number);
  const auto trained = [&](const char* net, nn::Split PairTasks::*task) {
    return train(s, net, values(pairs, [&](const PairTasks& p) { return Task{p.start, &(p.*task)}; }));
  };
  std::vector<Run> dense = trained("separable", &PairTasks::separable),
                   entangled = trained("entangled", &PairTasks::entangled),
                   rotated = trained("rotated", &PairTasks::rotated), blocks = trained("blocks", &PairTasks::separable);
  std::vector<ModularityPair> measured;
  for (std::size_t i = 0; i < pairs.size(); ++i)
    std::ranges::move(measure_pairs(s, first + std::int64_t(i), {dense[i], entangled[i], rotated[i], blocks[i]}),
                      std::back_inserter(measured));
  return measured;
}

std::vector<StartNet> train_starts(const Setting& s, std::int64_t data_set, bool blocks) {
  const nn::Split data = modular_task(s.spec, derived(s.spec, fmt::format("starts/data/{}", data_set)), false);
  std::vector<Task> tasks;
  for (std::int64_t i = 0; i < s.spec.starts; ++i)
    tasks.push_back({derived(s.spec, fmt::format("starts/start/{}/{}", data_set, i)), &data});
  std::vector<Run> runs = train(s, blocks ? "blocks" : "separable", tasks);
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

std::int64_t modularity_jobs(const ModularitySpec& spec) {
  return (spec.pairs + pairs_of_job - 1) / pairs_of_job + 2 * spec.data_sets;
}

ModularityPart modularity_job(const ModularitySpec& spec, std::int64_t job) {
  const Setting s = setting(spec);
  if (job < 2 * spec.data_sets) return {.starts = train_starts(s, job / 2, job % 2 == 1)};
  const std::int64_t first = (job - 2 * spec.data_sets) * pairs_of_job;
  return {.pairs = train_pairs(s, first, std::min(first + pairs_of_job, spec.pairs))};
}

ModularityStudy modularity_study(const ModularitySpec& spec, std::span<const ModularityPart> parts) {
  ModularityStudy study{{}, spec};
  for (const ModularityPart& part : parts) {
    study.pairs.insert(study.pairs.end(), part.pairs.begin(), part.pairs.end());
    study.starts.insert(study.starts.end(), part.starts.begin(), part.starts.end());
  }
  return study;
}

}  // namespace basin::experiments
