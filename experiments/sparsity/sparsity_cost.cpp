#include "experiments/sparsity/sparsity_cost.h"

#include <algorithm>
#include <numeric>

#include "experiments/claims/basis_claims.h"
#include "experiments/degeneracy/degeneracy_cost.h"
#include "nn/data/registry.h"
#include "nn/supervised.h"

namespace basin::experiments {
namespace {

// Of one network on one thread of the machine that rates are of.
constexpr double planted_seconds = 0.17, modular_seconds = 60;

struct JobCost {
  double training = 0, bases = 0, spectra = 0, removed = 0, bytes = 0;
};

double total_width(const interp::ReluNet& net) {
  double sum = 0;
  for (const Matrix& W : net.weights) sum += double(W.rows());
  return sum;
}

nn::Dataset first_rows(const nn::Dataset& all, std::int64_t rows) {
  std::vector<std::int64_t> first(std::size_t(std::min(rows, all.size())));
  std::iota(first.begin(), first.end(), 0);
  return nn::take_rows(all, first);
}

double seconds_of_epoch(const nn::Dataset& all, TrainedNetsSpec spec) {
  constexpr std::int64_t few = 640, epochs = 4;
  const nn::Dataset data = first_rows(all, few);
  const auto trained = [&](std::int64_t to) {
    spec.epochs = {to};
    return seconds_of([&] { trained_nets(data, spec); });
  };
  const double one = (trained(epochs) - trained(0)) / double(epochs);
  return std::max(0.0, one) * double(all.size()) / double(data.size());
}

// Sections in the bases that are wanted, of a network before training, on so many rows: what does not grow with rows,
// and what does, from two numbers of them.
double seconds_of_bases(const interp::ReluNet& net, const nn::Dataset& all, double rows, WantedBases wanted) {
  const interp::DenseNetwork network = interp::dense_network(net);
  const interp::FoldedModel model(network.model, node_layers(network));
  const auto on = [&](std::int64_t few) {
    const nn::Dataset data = first_rows(all, few);
    SparsityNet none;
    return seconds_of(
        [&] { measure_bases(none, model, "x", nn::analysis_inputs(data, data.size()), scoring_of(data), wanted); });
  };
  constexpr std::int64_t less = 100, more = 300;
  const double first = on(less), each = std::max(0.0, on(more) - first) / double(more - less);
  return first + each * std::max(0.0, rows - double(less));
}

// A network of a data set with the least weight decay, whose bases are compared at the end, or with a larger one.
JobCost trained_cost(const SparsitySpec& spec, const std::string& setting, bool least) {
  nn::DataOptions options;
  options.data_dir = spec.data_dir;
  const nn::Dataset all = nn::load_data(setting, options).train;
  const bool mnist = setting == "mnist";
  const TrainedNetsSpec how{.hidden = mnist ? spec.mnist_hidden : spec.hidden, .epochs = {0}};
  const std::vector<std::int64_t> epochs = mnist ? std::vector{spec.mnist_epochs} : spec.epochs;
  const interp::ReluNet net = trained_nets(all, how).front();
  const double rows = double(std::min(spec.rows, all.size())), looks = double(epochs.size());
  const double parameters = double(net.parameters()), outputs = double(net.weights.back().rows());
  const double order = std::min(rows, double(spec.jacobian_rows)) * outputs, small = machine_speed().small;
  JobCost c{.training = seconds_of_epoch(all, how) * double(epochs.back()), .spectra = looks * spectrum_seconds(order)};
  c.bases = (least ? looks - 1 : looks) * seconds_of_bases(net, all, rows, {});
  if (least) c.bases += seconds_of_bases(net, all, rows, {.compared = true, .modules = true});
  c.bytes = 8 * (4 * order * order + 4 * rows * double(all.inputs() + total_width(net)));
  if (!least || net.parameters() > spec.removed_limit) return c;
  // Features' kernels on twice as many rows of J as parameters, for a step along each of these.
  const double clear = 2 * parameters / outputs + 1, kernels = parameters * clear * total_width(net);
  c.removed = small * 1.33e-9 * kernels * clear;
  c.bytes = std::max(c.bytes, 8 * 4 * kernels);
  return c;
}

JobCost cost_of(const SparsitySpec& spec, const std::string& setting, bool least) {
  const double small = machine_speed().small;
  if (setting == "planted" || setting == "rotated") return {.bases = small * planted_seconds};
  if (setting == "modular") return {.training = small * modular_seconds, .bytes = 200e6};
  return trained_cost(spec, setting, least);
}

}  // namespace

RunCost sparsity_cost(const Options& o, const SparsitySpec& spec) {
  JobCost all;
  double bytes = 0;
  const std::vector<SparsityJob> jobs = sparsity_jobs(spec);
  const double dealt = dealt_seconds(o, double(jobs.size()), 1) / double(jobs.size());
  for (const std::string& setting : spec.settings)
    for (const bool least : {true, false}) {
      const auto of_kind = double(std::ranges::count_if(jobs, [&](const SparsityJob& job) {
        return job.setting == setting && (job.weight_decay == spec.weight_decays.front()) == least;
      }));
      if (of_kind == 0) continue;
      const JobCost c = cost_of(spec, setting, least);
      const double share = of_kind * dealt;
      all.training += c.training * share, all.bases += c.bases * share;
      all.spectra += c.spectra * share, all.removed += c.removed * share;
      bytes = std::max(bytes, c.bytes);
    }
  return {.parts = {{"training, tried on a few rows", all.training},
                    {"bases, edges and modules, tried on a few rows", all.bases},
                    {"spectra of J Jᵀ", all.spectra},
                    {"what the bases remove", all.removed}},
          .bytes = 20e6 + bytes * o.threads()};
}

}  // namespace basin::experiments
