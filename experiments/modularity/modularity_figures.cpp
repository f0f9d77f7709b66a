#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "experiments/modularity/modularity_findings.h"
#include "experiments/shared/rows.h"

namespace basin::experiments {
namespace {

using report::points;
using report::Series;
using report::SeriesStyle;

report::Figure over_epsilon(const Contrast& contrast, const std::string& title) {
  const auto line = [&](const std::string& label, const Control& control, double Estimate::*value,
                        bool dashed = false) {
    const auto of_estimate = [&](double epsilon) {
      return contrast.degeneracy(Counted::n_eff, control, epsilon).*value;
    };
    Series s = points(label, modularity_epsilons, std::identity{}, of_estimate,
                      dashed ? SeriesStyle::lines : SeriesStyle::lines_points);
    s.dashed = dashed;
    return s;
  };
  report::Figure f{.title = title,
                   .x_label = "ε",
                   .y_label = "difference of degeneracy, share of N",
                   .log_x = true,
                   .series = {line("plain", control::plain, &Estimate::mean),
                              line("beyond rescalings, no dead neurons", control::without_dead, &Estimate::mean),
                              line("its 95 % interval, low", control::without_dead, &Estimate::low, true),
                              line("and high", control::without_dead, &Estimate::high, true),
                              line("adjusted for dead and always-on", control::dead_and_on, &Estimate::mean)}};
  Series start = line("before training", control::before_training, &Estimate::mean);
  if (std::isfinite(start.y.front())) f.series.push_back(std::move(start));
  return f;
}

report::Figure losses(const ModularityStudy& study) {
  report::Figure f{.title = study.spec.title() + ": degeneracy and test loss, by pair",
                   .x_label = "difference of degeneracy (soft, ε = 0.01, no dead neurons)",
                   .y_label = "difference of log test loss"};
  for (const Comparison comparison : comparisons) {
    const Contrast c = contrast(study, comparison);
    f.series.push_back({.label = name_of(comparison),
                        .x = c.differences(table_degeneracy),
                        .y = c.differences(log_test_loss),
                        .style = SeriesStyle::points});
  }
  return f;
}

report::Figure modules(const ModularityStudy& study) {
  report::Figure f{.title = study.spec.title() + ": modules against the null model",
                   .x_label = "",
                   .y_label = "z",
                   .x_names = {"separable", "entangled", "rotated", "blocks"}};
  Series nets{.label = "networks", .style = SeriesStyle::points},
      mean{.label = "mean and 95 % interval", .style = SeriesStyle::points};
  const auto add = [&](double place, Comparison comparison, MeasuredNet ModularityPair::*member) {
    const auto all = where(values(values(contrast(study, comparison).pairs, member), &MeasuredNet::z),
                           [](double z) { return std::isfinite(z); });
    for (double z : all) nets.x.push_back(place - 0.1), nets.y.push_back(z);
    const Estimate e = estimate(all);
    for (double y : {e.low, e.mean, e.high}) mean.x.push_back(place + 0.1), mean.y.push_back(y);
  };
  add(0, Comparison::task, &ModularityPair::first);
  add(1, Comparison::task, &ModularityPair::second);
  add(2, Comparison::rotation, &ModularityPair::second);
  add(3, Comparison::blocks, &ModularityPair::first);
  f.series = {nets, mean};
  return f;
}

}  // namespace

std::string figure_prefix(const ModularitySpec& spec) {
  std::string name = fmt::format("{}_decay{:g}", spec.size(), spec.training.weight_decay);
  std::ranges::replace(name, '.', '_');
  std::ranges::replace(name, '+', '_');
  return name;
}

std::vector<report::NamedFigure> modularity_figures(const ModularityStudies& studies) {
  std::vector<report::NamedFigure> effects, of_losses, of_modules;
  for (const ModularityStudy& study : studies) {
    const std::string prefix = figure_prefix(study.spec), title = study.spec.title() + ": ";
    for (const Comparison c : comparisons)
      effects.push_back({prefix + "_" + short_name(c), over_epsilon(contrast(study, c), title + name_of(c))});
    of_losses.push_back({prefix + "_losses", losses(study)});
    of_modules.push_back({prefix + "_modules", modules(study)});
  }
  std::vector<report::NamedFigure> all;
  for (std::vector<report::NamedFigure>* kind : {&effects, &of_losses, &of_modules}) {
    report::share_y(*kind);
    std::ranges::move(*kind, std::back_inserter(all));
  }
  return all;
}

}  // namespace basin::experiments
