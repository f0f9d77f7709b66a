#include "experiments/grokking/grokking_study.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/file.h"
#include "core/safetensors.h"
#include "experiments/cli/command_name.h"
#include "experiments/cli/experiment.h"
#include "experiments/grokking/grokking_measures.h"
#include "experiments/shared/rows.h"
#include "experiments/shared/same_run.h"
#include "experiments/shared/training_run.h"
#include "nn/checkpoint.h"
#include "nn/evaluate.h"
#include "nn/supervised.h"

namespace basin::experiments {
namespace {

namespace fs = std::filesystem;

interp::ModelPoint point_at(const Model& model, const std::string& file) {
  interp::ModelPoint point{model};
  point.parameters = Parameters<double>(parameters_of(model));
  nn::load_parameters(point.parameters, read_safetensors(file), file);
  return point;
}

// Losses and accuracies at every kept checkpoint, which metrics.jsonl has at other epochs.
std::vector<nn::MetricsLine> curve_of(const TokenTraining& training, const std::vector<nn::Checkpoint>& checkpoints) {
  const Model model = nn::transformer(training.network);
  Parameters<double> parameters(parameters_of(model));
  nn::Evaluator<double> evaluator(model, parameters, [](Graph& graph, const Ends& ends) {
    return std::vector<Var>{ends.loss, nn::right(graph, ends)};
  });
  const Inputs train = token_inputs(training.data.train), test = token_inputs(training.data.test);
  std::vector<nn::MetricsLine> curve;
  for (const nn::Checkpoint& c : checkpoints) {
    nn::load_parameters(parameters, read_safetensors(c.path), c.path);
    const std::vector<double> on_train = evaluator.means(train), on_test = evaluator.means(test);
    nn::MetricsLine& line = curve.emplace_back();
    line["epoch"] = double(c.epoch);
    line["train_loss"] = on_train[0], line["train_accuracy"] = on_train[1];
    line["test_loss"] = on_test[0], line["test_accuracy"] = on_test[1];
  }
  return curve;
}

GrokkingNetwork network_of(const GrokkingRun& run, const TokenTraining& training, const GrokkingSpec& spec,
                           std::vector<std::int64_t>& grid) {
  const std::vector<nn::Checkpoint> kept = nn::checkpoints_of(network_folder(run.folder, training));
  GrokkingNetwork n{.seed = training.train.seed, .curve = curve_of(training, kept)};
  n.memorised = memorised_at(n.curve), n.generalised = generalised_at(n.curve);
  grid = grid_epochs(values(kept, &nn::Checkpoint::epoch), spec.checkpoints, spec.first);
  std::set<std::int64_t> epochs(grid.begin(), grid.end());
  for (const Moment moment : moments)
    if (const auto epoch = n.epoch_of(moment)) epochs.insert(*epoch);
  for (const std::int64_t epoch : epochs) n.points.push_back({.epoch = epoch});
  return n;
}

bool wanted(GrokkingPart part, const GrokkingNetwork& network, std::int64_t epoch, const GrokkingSpec& spec) {
  if (!std::ranges::count(spec.parts, part)) return false;
  if (!std::ranges::count(spec.moments_only, part)) return true;
  return std::ranges::any_of(moments, [&](Moment m) { return m != Moment::start && network.epoch_of(m) == epoch; });
}

Inputs some_pairs(const nn::Dataset& pairs, std::int64_t most) {
  const std::int64_t n = pairs.size(), count = most > 0 ? std::min(most, n) : n;
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < count; ++i) rows.push_back(i * n / count);
  return token_inputs(nn::take_rows(pairs, rows));
}

}  // namespace

std::optional<std::int64_t> generalised_at(const std::vector<nn::MetricsLine>& curve) {
  for (const nn::MetricsLine& line : curve)
    if (line.number("train_accuracy") >= grokking_level && line.number("test_accuracy") >= grokking_level)
      return line.whole("epoch");
  return {};
}

GrokkingPart grokking_part_from(const std::string& name) {
  for (const GrokkingPart part : grokking_parts)
    if (name_of(part) == name) return part;
  throw UsageError(fmt::format("'{}' given for a part; wanted some of rank, training, lambda, edges", name));
}

std::string name_of(GrokkingPart part) {
  constexpr const char* names[]{"rank", "training", "lambda", "edges"};
  return names[std::size_t(part)];
}

std::string name_of(Moment moment) {
  constexpr const char* names[]{"start", "memorised", "generalised", "end"};
  return names[std::size_t(moment)];
}

std::optional<std::int64_t> GrokkingNetwork::epoch_of(Moment moment) const {
  switch (moment) {
    case Moment::start: return curve.front().whole("epoch");
    case Moment::memorised: return memorised;
    case Moment::generalised: return generalised;
    case Moment::end: return curve.back().whole("epoch");
  }
  return {};
}

const GrokkingPoint* GrokkingNetwork::at(std::int64_t epoch) const {
  const auto found = std::ranges::find(points, epoch, &GrokkingPoint::epoch);
  return found == points.end() ? nullptr : &*found;
}

double GrokkingNetwork::number_at(std::int64_t epoch, const char* name) const {
  for (const nn::MetricsLine& line : curve)
    if (line.whole("epoch") == epoch) return line.number(name);
  return NAN;
}

GrokkingRun grokking_run(const fs::path& folder) {
  if (const std::string made_by = experiment_of(folder); made_by != "modular_addition")
    throw UsageError(fmt::format(
        "--run {}: {}; wanted a run of modular_addition; help: {} --preset tiny makes one, "
        "and without --run it is made here",
        folder.string(), made_by.empty() ? "there is no run" : "made by " + made_by, as_typed("modular_addition")));
  const Options then = options_of_run(modular_addition().declare(), folder);
  GrokkingRun run{.folder = folder,
                  .trainings = modular_trainings(then),
                  .modulus = then.integer("modulus"),
                  .pairs = modular_pairs(then)};
  expect_same_data(folder, run_facts(run.data()));
  for (const TokenTraining& t : run.trainings)
    if (const fs::path network = network_folder(folder, t) / "network.safetensors"; !fs::exists(network))
      throw DataError(fmt::format("{}: missing; help: {} --resume --out {} finishes the run", network.string(),
                                  as_typed("modular_addition"), folder.string()));
  return run;
}

std::vector<std::int64_t> grid_epochs(const std::vector<std::int64_t>& all, std::int64_t count, std::int64_t first) {
  const double last = std::log(double(std::max<std::int64_t>(all.back(), 1)));
  const double from = std::min(std::log(double(first)), last);
  std::set<std::int64_t> chosen{all.front()};
  for (std::int64_t k = 0; k + 1 < count; ++k) {
    const double wanted = count > 2 ? from + (last - from) * double(k) / double(count - 2) : last;
    chosen.insert(*std::ranges::min_element(
        all, {}, [&](std::int64_t epoch) { return std::abs(std::log(std::max(double(epoch), 1e-300)) - wanted); }));
  }
  return {chosen.begin(), chosen.end()};
}

LlcSubject grokking_subject(const TokenTraining& training, const std::string& file) {
  return grokking_subject(training, file, point_at(nn::transformer(training.network), file));
}

LlcSubject grokking_subject(const TokenTraining& training, const std::string& what, interp::ModelPoint network) {
  LlcSubject subject{.what = what, .data = training.data.train.name};
  subject.posterior.model = std::move(network);
  subject.posterior.data = token_inputs(training.data.train);
  subject.posterior = interp::behavioural(std::move(subject.posterior));
  subject.samples = training.data.train.size();
  subject.loss = "squared distance of the outputs to those at w*, summed over outputs, the mean over rows";
  return subject;
}

std::int64_t GrokkingFindings::points() const {
  return total(networks, [](const GrokkingNetwork& n) { return std::ssize(n.points); });
}

std::int64_t GrokkingFindings::grokked() const { return std::ranges::count_if(networks, &GrokkingNetwork::grokked); }

bool GrokkingPoint::has(GrokkingPart part) const {
  switch (part) {
    case GrokkingPart::rank: return rank.has_value();
    case GrokkingPart::training: return training.has_value();
    case GrokkingPart::lambda: return lambda.has_value();
    case GrokkingPart::edges: return edges.has_value();
  }
  return false;
}

GrokkingFindings grokking_networks(const GrokkingRun& run, const GrokkingSpec& spec) {
  GrokkingFindings f{.what = run.folder.string(),
                     .task = run.data().train.name,
                     .modulus = run.modulus,
                     .parameters = Parameters<float>(parameters_of(nn::transformer(run.trainings[0].network))).size(),
                     .train_rows = run.data().train.size(),
                     .test_rows = run.data().test.size()};
  for (const TokenTraining& t : run.trainings) f.networks.push_back(network_of(run, t, spec, f.grid));
  return f;
}

std::vector<GrokkingItem> grokking_items(const GrokkingFindings& f, const GrokkingRun& run, const GrokkingSpec& spec) {
  std::vector<GrokkingItem> items;
  for (const GrokkingPart part : grokking_parts)
    for (std::size_t n = 0; n < f.networks.size(); ++n) {
      const auto kept = nn::checkpoints_of(network_folder(run.folder, run.trainings[n]));
      for (const GrokkingPoint& point : f.networks[n].points)
        if (wanted(part, f.networks[n], point.epoch, spec))
          items.push_back({part, n, point.epoch, std::ranges::find(kept, point.epoch, &nn::Checkpoint::epoch)->path,
                           fmt::format("seed{}-epoch{}-{}", f.networks[n].seed, point.epoch, name_of(part))});
    }
  return items;
}

std::string GrokkingItem::key(const GrokkingSpec& spec) const {
  const std::string of = fmt::format("{} of {}", name_of(part), fnv1a64_hex(read_file(file)));
  if (part == GrokkingPart::rank) return of + fmt::format(" on {} pairs", spec.rank_pairs);
  if (part != GrokkingPart::lambda) return of;
  const LlcSettings& s = spec.sampling;
  return of + fmt::format(
                  " n_beta {} gamma {} {} step {} leapfrogs {} batch {} {} {} chains {} draws {} warm-up {} "
                  "seed {} error {} most {} f32 {}",
                  s.n_betas.front(), s.gamma, interp::name_of(s.sampler.kind), s.sampler.step, s.sampler.leapfrogs,
                  s.sampler.batch, s.sampler.share_batches, s.sampler.control_variate, s.chains.chains, s.chains.draws,
                  s.chains.warm_up, s.chains.seed, s.budget.target, s.budget.most, s.f32);
}

GrokkingPoint measured(const GrokkingItem& item, const GrokkingRun& run, const GrokkingSpec& spec) {
  const TokenTraining& training = run.trainings[item.network];
  const interp::ModelPoint network = point_at(nn::transformer(training.network), item.file);
  GrokkingPoint point{.epoch = item.epoch};
  switch (item.part) {
    case GrokkingPart::rank: point.rank = rank_reading(network, some_pairs(run.pairs, spec.rank_pairs)); break;
    case GrokkingPart::training: point.training = rank_reading(network, token_inputs(training.data.train)); break;
    case GrokkingPart::lambda:
      point.lambda = measured_lambda(grokking_subject(training, item.file), spec.sampling);
      break;
    case GrokkingPart::edges: point.edges = measured_edges(network, training.data.train); break;
  }
  return point;
}

void add(GrokkingFindings& f, const GrokkingItem& item, GrokkingPoint point) {
  GrokkingPoint& to = *std::ranges::find(f.networks[item.network].points, item.epoch, &GrokkingPoint::epoch);
  if (point.rank) to.rank = std::move(point.rank);
  if (point.training) to.training = std::move(point.training);
  if (point.lambda) to.lambda = std::move(point.lambda);
  if (point.edges) to.edges = std::move(point.edges);
}

}  // namespace basin::experiments
