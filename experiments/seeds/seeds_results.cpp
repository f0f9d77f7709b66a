#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <functional>

#include "experiments/seeds/seeds_study.h"
#include "experiments/shared/rows.h"

namespace basin::experiments {
namespace {

using report::Figure;
using report::Json;
using report::Series;
using report::Table;

using Value = std::function<double(const TrainedSeed&)>;

const Value train_loss = [](const TrainedSeed& n) { return n.last.train_loss; };
const Value test_loss = [](const TrainedSeed& n) { return n.last.test.loss; };
const Value accuracy = [](const TrainedSeed& n) { return n.last.test.accuracy; };

struct Measure {
  std::string key, name, format;
  Value value;
  Estimate estimate{};
};

std::vector<Measure> measures_of(const SeedsFindings& f) {
  std::vector<Measure> all;
  if (f.epochs > 0) all.push_back({"train_loss", "training loss, of the last epoch", "{:.4g}", train_loss});
  all.push_back({"test_loss", "test loss", "{:.4g}", test_loss});
  if (f.classes > 0) all.push_back({"test_accuracy", "test accuracy", "{:.2%}", accuracy});
  for (Measure& m : all) m.estimate = estimate(values(f.networks, m.value));
  return all;
}

Json means_table(const std::vector<Measure>& measures) {
  const auto shown = [](double Estimate::*part) {
    return [part](const Measure& m) { return report::shown(Json(m.estimate.*part), m.format); };
  };
  return Table<Measure>{{"measure", "", &Measure::name},
                        {"mean", "mean", shown(&Estimate::mean)},
                        {"low", "95 % from", shown(&Estimate::low)},
                        {"high", "to", shown(&Estimate::high)},
                        {"deviation", "standard deviation", shown(&Estimate::deviation)}}
      .json(measures);
}

Json networks_table(const SeedsFindings& f) {
  Table<TrainedSeed> table{{"seed", "seed", &TrainedSeed::seed}};
  if (f.epochs > 0) table.add({"train_loss", "training loss", train_loss, "{:.4g}"});
  table.add({"test_loss", "test loss", test_loss, "{:.4g}"});
  if (f.classes > 0) table.add({"test_accuracy", "test accuracy", accuracy, "{:.2%}"});
  return table.json(f.networks);
}

// The mean over seeds at each epoch, with its interval.
Figure curve(const SeedsFindings& f, const std::string& title, const std::string& label,
             const std::function<double(const nn::RunMetrics&)>& value) {
  Series mean{.label = "mean of seeds, 95 % interval"};
  for (std::size_t e = 0; e < f.networks[0].curve.size(); ++e) {
    const Estimate at = estimate(values(f.networks, [&](const TrainedSeed& n) { return value(n.curve[e]); }));
    mean.x.push_back(double(f.networks[0].curve[e].epoch)), mean.y.push_back(at.mean);
    mean.error.push_back(std::isfinite(at.high) ? at.high - at.mean : 0);
  }
  return {.title = title, .x_label = "epoch", .y_label = label, .series = {mean}};
}

}  // namespace

Json seeds_results(const SeedsFindings& f) {
  const std::vector<Measure> measures = measures_of(f);
  Json results{{"count", f.networks.size()},
               {"seeds", values(f.networks, &TrainedSeed::seed)},
               {"data", f.data},
               {"widths", fmt::format("{}", fmt::join(f.widths, "-"))},
               {"epochs", f.epochs},
               {"train_rows", f.train_rows},
               {"test_rows", f.test_rows},
               {"classifies", f.classes > 0},
               {"trained", f.epochs > 0},
               {"several", f.networks.size() > 1}};
  for (const Measure& m : measures)
    results[m.key] = {{"mean", m.estimate.mean}, {"low", m.estimate.low}, {"high", m.estimate.high}};
  results["means"] = means_table(measures);
  results["networks"] = networks_table(f);
  return results;
}

std::vector<report::NamedFigure> seeds_figures(const SeedsFindings& f) {
  std::vector<report::NamedFigure> figures;
  if (f.epochs == 0) return figures;
  figures.push_back(
      {"loss", curve(f, "Test loss over training", "test loss", [](const auto& m) { return m.test.loss; })});
  if (f.classes > 0)
    figures.push_back({"accuracy", curve(f, "Test accuracy over training", "test accuracy",
                                         [](const auto& m) { return m.test.accuracy; })});
  return figures;
}

}  // namespace basin::experiments
