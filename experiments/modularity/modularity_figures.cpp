#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/modularity/modularity_findings.h"
#include "experiments/report/figure.h"

namespace basin::experiments {
namespace {

using report::Series;
using report::SeriesStyle;

report::Figure over_epsilon(const Pairs& pairs, const std::string& title) {
  report::Figure f{.title = title, .x_label = "ε", .y_label = "difference of degeneracy, share of N", .log_x = true};
  Series plain{.label = "plain", .style = SeriesStyle::lines_points},
      mean{.label = "beyond rescalings, no dead neurons", .style = SeriesStyle::lines_points},
      low{.label = "its 95 % interval, low", .dashed = true}, high{.label = "and high", .dashed = true},
      adjusted_mean{.label = "adjusted for dead and always-on", .style = SeriesStyle::lines_points},
      start{.label = "before training", .style = SeriesStyle::lines_points};
  for (double epsilon : modularity_epsilons) {
    const Estimate e = degeneracy_effect(pairs, Count::n_eff, Control::without_dead, epsilon).at_zero;
    const auto add = [&](Series& s, double y) { s.x.push_back(epsilon), s.y.push_back(y); };
    add(plain, degeneracy_effect(pairs, Count::n_eff, Control::plain, epsilon).at_zero.mean);
    add(mean, e.mean), add(low, e.low), add(high, e.high);
    add(adjusted_mean, degeneracy_effect(pairs, Count::n_eff, Control::dead_and_on, epsilon).at_zero.mean);
    add(start, degeneracy_effect(pairs, Count::n_eff, Control::before_training, epsilon).at_zero.mean);
  }
  f.series = {plain, mean, low, high, adjusted_mean};
  if (std::isfinite(start.y.front())) f.series.push_back(start);
  return f;
}

report::Figure losses(const ModularityStudy& study) {
  report::Figure f{.title = study.spec.title() + ": degeneracy and test loss, by pair",
                   .x_label = "difference of degeneracy (soft, ε = 0.01, no dead neurons)",
                   .y_label = "difference of log test loss"};
  for (Comparison c : comparisons) {
    const Pairs pairs = pairs_of(study, c);
    Series s{.label = name_of(c), .style = SeriesStyle::points};
    s.x = degeneracy_differences(pairs, Count::n_eff, Control::without_dead, modularity_epsilons[table_epsilon]);
    for (const ModularityPair& p : pairs) s.y.push_back(log_test_loss(p.first) - log_test_loss(p.second));
    f.series.push_back(std::move(s));
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
    std::vector<double> all;
    for (const ModularityPair& p : pairs_of(study, comparison)) {
      if (!std::isfinite((p.*member).z)) continue;
      all.push_back((p.*member).z);
      nets.x.push_back(place - 0.1), nets.y.push_back(all.back());
    }
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

void write_modularity_figures(const ModularityStudy& study, const std::string& folder) {
  const std::string prefix = figure_prefix(study.spec);
  for (Comparison c : comparisons)
    write_figure(folder, prefix + "_" + short_name(c),
                 over_epsilon(pairs_of(study, c), study.spec.title() + ": " + name_of(c)));
  write_figure(folder, prefix + "_losses", losses(study));
  write_figure(folder, prefix + "_modules", modules(study));
}

}  // namespace basin::experiments
