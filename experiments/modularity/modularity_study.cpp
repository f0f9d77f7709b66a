#include "experiments/modularity/modularity_study.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>

#include "core/parallel.h"
#include "core/rng.h"
#include "interp/modules/modules.h"

namespace basin::experiments {
namespace {

std::uint64_t derived(const ModularitySpec& spec, const std::string& stream) {
  return Rng(spec.seed, "modularity/" + stream).next_u64();
}

double mean_squared_error(const interp::ReluNet& net, const nn::Dataset& data) {
  const Matrix out = outputs(net, cast<double>(data.x));
  double sum = 0;
  for (std::int64_t i = 0; i < out.size(); ++i) sum += (out[i] - data.y[i]) * (out[i] - data.y[i]);
  return sum / double(out.size());
}

void measure_firing(MeasuredNet& m, const ModularNet& net, const Matrix& x) {
  const double each = 1 / double(net.hidden()), rows = double(x.rows());
  for (std::int64_t count : firing_counts(net, x)) {
    m.dead += each * (count == 0);
    m.always_on += each * (count == x.rows());
    m.rarely += each * (double(count) < 0.05 * rows);
    m.mostly += each * (double(count) > 0.95 * rows);
  }
}

// By node of the first and the last layer, for a number of modules planted block by block.
interp::Partition outer_nodes(const interp::Modules& found) {
  interp::Partition all = found.of_node.front();
  all.insert(all.end(), found.of_node.back().begin(), found.of_node.back().end());
  return all;
}

interp::Partition planted_blocks(const ModularitySpec& spec) {
  interp::Partition all;
  for (std::int64_t each : {spec.inputs, spec.outputs})
    for (std::int64_t block = 0; block < spec.blocks; ++block) all.insert(all.end(), std::size_t(each), block);
  return all;
}

void measure_modules(MeasuredNet& m, const ModularitySpec& spec, const interp::ReluNet& net, const Matrix& x) {
  const interp::LayeredGraph interactions = interp::weight_activation_graph(net, x);
  std::vector<double> cutoffs;
  for (const Matrix& e : interactions.edges) cutoffs.push_back(spec.edge_cutoff * *std::ranges::max_element(e.data));
  const interp::Modules found =
      interp::find_modules(interp::log_weights(interactions, cutoffs),
                           {.restarts = spec.restarts, .nulls = spec.nulls, .seed = derived(spec, "modules")});
  m.Q = found.Q;
  m.z = found.null.z;
  m.agreement = interp::adjusted_rand_index(outer_nodes(found), planted_blocks(spec));
}

// What all jobs share.
struct Setting {
  const ModularitySpec& spec;
  EqualWidths widths;
  Matrix x;  // the sample
};

MeasuredNet measure(const Setting& s, const std::string& name, const Trajectory& t, std::int64_t epoch,
                    const nn::Dataset& test) {
  const ModularNet net = t.at(epoch), pruned = without_dead(net, s.x);
  const interp::ReluNet whole = net.assembled();
  MeasuredNet m{.net = name, .epoch = epoch, .hidden = net.hidden(), .train_loss = t.losses[epoch]};
  m.test_loss = mean_squared_error(whole, test);
  m.whole = directions(net, s.x);
  m.pruned = pruned.hidden() == net.hidden() ? m.whole : directions(pruned, s.x);
  measure_firing(m, net, s.x);
  measure_modules(m, s.spec, whole, s.x);
  return m;
}

Trajectory train(const Setting& s, bool blocks, std::uint64_t seed, const nn::Dataset& data) {
  ModularTraining t = s.spec.training;
  t.blocks = blocks ? s.spec.blocks : 1;
  t.width = blocks ? s.widths.module : s.widths.dense;
  t.seed = seed;
  return train_modules(t, data);
}

std::vector<ModularityPair> train_pairs(const Setting& s, std::int64_t number) {
  const std::uint64_t data = derived(s.spec, fmt::format("data/{}", number)),
                      start = derived(s.spec, fmt::format("start/{}", number));
  const nn::Split separable = modular_task(s.spec, data, false), entangled = modular_task(s.spec, data, true),
                  rotated = rotated_task(separable, data);
  const Trajectory dense = train(s, false, start, separable.train);
  const auto pair = [&](Comparison comparison, const Trajectory& first, const char* first_name,
                        const Trajectory& second, const char* second_name, const nn::Dataset& second_test) {
    const Trajectory* both[] = {&first, &second};
    const auto epochs = equal_loss_epochs(both);
    return ModularityPair{comparison, number, measure(s, first_name, first, epochs[0], separable.test),
                          measure(s, second_name, second, epochs[1], second_test)};
  };
  const Trajectory blocks = train(s, true, start, separable.train);
  ModularityPair wired = pair(Comparison::blocks, blocks, "blocks", dense, "separable", separable.test);
  wired.first.start = directions(blocks.at(0), s.x);
  wired.second.start = directions(dense.at(0), s.x);
  return {
      pair(Comparison::task, dense, "separable", train(s, false, start, entangled.train), "entangled", entangled.test),
      pair(Comparison::rotation, dense, "separable", train(s, false, start, rotated.train), "rotated", rotated.test),
      wired};
}

std::vector<StartNet> train_starts(const Setting& s, std::int64_t data_set, bool blocks) {
  const nn::Split task = modular_task(s.spec, derived(s.spec, fmt::format("starts/data/{}", data_set)), false);
  std::vector<Trajectory> trajectories;
  for (std::int64_t i = 0; i < s.spec.starts; ++i)
    trajectories.push_back(
        train(s, blocks, derived(s.spec, fmt::format("starts/start/{}/{}", data_set, i)), task.train));
  std::vector<const Trajectory*> pointers;
  for (const Trajectory& t : trajectories) pointers.push_back(&t);
  const std::vector<std::int64_t> epochs = equal_loss_epochs(pointers);
  std::vector<StartNet> nets;
  for (std::int64_t i = 0; i < s.spec.starts; ++i)
    nets.push_back({data_set, i, measure(s, blocks ? "blocks" : "separable", trajectories[i], epochs[i], task.test)});
  return nets;
}

Setting setting(const ModularitySpec& spec) {
  validate(spec);
  Setting s{spec, equal_widths(spec.blocks, spec.inputs, spec.outputs, spec.width),
            Matrix({spec.sample_rows, spec.blocks * spec.inputs})};
  Rng(spec.seed, "modularity/sample").fill_normal(s.x.data);
  return s;
}

}  // namespace

std::int64_t ModularitySpec::parameters() const { return blocks * (width * (inputs + outputs + 1) + outputs); }

void validate(const ModularitySpec& spec) {
  equal_widths(spec.blocks, spec.inputs, spec.outputs, spec.width);
  const std::int64_t wanted = 2 * spec.parameters() / (spec.blocks * spec.outputs) + 1;
  if (spec.sample_rows < wanted)
    throw UsageError(
        fmt::format("--sample-rows is {}: too few to tell {} parameters from missing data; wanted {} or more",
                    spec.sample_rows, spec.parameters(), wanted));
}

std::string ModularitySpec::size() const {
  return fmt::format("{}-{}-{}", blocks * inputs, equal_widths(blocks, inputs, outputs, width).dense, blocks * outputs);
}

std::string ModularitySpec::title() const {
  return fmt::format("{}, weight decay {:g}", size(), training.weight_decay);
}

std::string name_of(Comparison c) {
  return c == Comparison::task       ? "separable − entangled"
         : c == Comparison::rotation ? "separable − rotated"
                                     : "blocks − dense";
}

std::string short_name(Comparison c) {
  return c == Comparison::task ? "task" : c == Comparison::rotation ? "rotation" : "blocks";
}

// Seconds: of a step of one network or module, of the factor of a Jacobian, of Leiden on a rewired graph.
double expected_minutes(const ModularitySpec& spec) {
  const double n = double(spec.parameters()), pairs = double(spec.pairs);
  const double steps = double(spec.training.epochs * (spec.rows / spec.training.batch + 1));
  const double training =
      steps * (1.3e-6 * double(3 + spec.blocks) + 4 * 3.4e-9 * n);  // three dense ones, one of blocks
  const double spectrum = 0.008 + 1.7e-10 * double(spec.sample_rows * spec.blocks * spec.outputs) * n * n;
  const double modules = 1.3e-6 * double((spec.nulls + 1) * spec.restarts) * n;
  const double starts = double(spec.data_sets * spec.starts) * (training / 2 + 1.2 * spectrum + 2 * modules);
  return (pairs * (training + 6.5 * spectrum + 6 * modules) + starts) / 60;
}

std::int64_t modularity_jobs(const ModularitySpec& spec) { return spec.pairs + 2 * spec.data_sets; }

ModularityStudy study_modularity(const ModularitySpec& spec, int threads,
                                 const std::function<void(std::int64_t done)>& done) {
  const Setting s = setting(spec);
  const std::int64_t jobs = modularity_jobs(spec);
  std::vector<std::vector<ModularityPair>> pairs(static_cast<std::size_t>(jobs));
  std::vector<std::vector<StartNet>> starts(static_cast<std::size_t>(jobs));
  std::mutex mutex;
  std::int64_t finished = 0;
  parallel_for(threads, jobs, [&](std::int64_t i, int) {
    if (i < 2 * spec.data_sets)  // the longest first
      starts[i] = train_starts(s, i / 2, i % 2 == 1);
    else
      pairs[i] = train_pairs(s, i - 2 * spec.data_sets);
    const std::lock_guard lock(mutex);
    done(++finished);
  });
  ModularityStudy study{.spec = spec};
  for (auto& some : pairs) std::ranges::move(some, std::back_inserter(study.pairs));
  for (auto& some : starts) std::ranges::move(some, std::back_inserter(study.starts));
  return study;
}

}  // namespace basin::experiments
