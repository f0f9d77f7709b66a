#include <fmt/format.h>

#include <algorithm>

#include "experiments/modular/modular_study.h"

namespace basin::experiments {
namespace {

using report::Figure;
using report::NamedFigure;
using report::Series;
using report::SeriesStyle;

Series over_epochs(const std::string& label, const ModularNetwork& n, const char* name) {
  return report::points(
      label, n.curve, [](const nn::MetricsLine& line) { return line.number("epoch"); },
      [&](const nn::MetricsLine& line) { return line.number(name); }, SeriesStyle::lines);
}

// A dashed line at the moment of grokking, over the heights of the other series.
void mark_grokking(Figure& figure, const ModularNetwork& n) {
  if (!n.grokked) return;
  double low = figure.series[0].y[0], high = low;
  for (const Series& s : figure.series)
    for (const double y : s.y) low = std::min(low, y), high = std::max(high, y);
  figure.series.push_back(report::straight("grokked", {double(*n.grokked), double(*n.grokked)}, {low, high}));
}

Figure curves(const ModularNetwork& n, const std::string& title, const std::string& y_label,
              const std::vector<std::pair<std::string, const char*>>& series, bool log_y = false) {
  Figure figure{.title = title, .x_label = "epoch", .y_label = y_label, .log_y = log_y};
  for (const auto& [label, name] : series) figure.series.push_back(over_epochs(label, n, name));
  mark_grokking(figure, n);
  return figure;
}

Figure all_networks(const std::vector<ModularNetwork>& networks) {
  Figure figure{.title = "Test accuracy of every network", .x_label = "epoch", .y_label = "accuracy"};
  for (const ModularNetwork& n : networks)
    figure.series.push_back(over_epochs(fmt::format("seed {}", n.seed), n, "test_accuracy"));
  return figure;
}

Figure spectrum(const ModularLook& look) {
  Series s{.label = "W_E", .style = SeriesStyle::bars};
  for (std::size_t k = 1; k < look.embedding.size(); ++k) s.x.push_back(double(k)), s.y.push_back(look.embedding[k]);
  return {
      .title = "Fourier spectrum of the embedding", .x_label = "frequency", .y_label = "share of power", .series = {s}};
}

Figure circle(const ModularLook& look) {
  Series s{.label = "numbers, neighbours on the circle joined", .style = SeriesStyle::lines_points};
  for (std::int64_t i = 0; i <= look.circle.rows(); ++i) {
    s.x.push_back(look.circle(i % look.circle.rows(), 0));
    s.y.push_back(look.circle(i % look.circle.rows(), 1));
  }
  return {.title = fmt::format("Numbers in the plane of frequency {}", look.frequency),
          .x_label = "along the cosine",
          .y_label = "along the sine",
          .series = {s}};
}

Figure attention(const ModularLook& look) {
  return {.title = "Where each head looks from \"=\", mean over all pairs",
          .x_label = "position: a, b, =",
          .y_label = "head",
          .heatmap = look.attention,
          .heatmap_label = "attention"};
}

Figure head_to_a(const ModularLook& look) {
  return {.title = fmt::format("Attention of head {} from \"=\" to a", look.head),
          .x_label = "b",
          .y_label = "a",
          .heatmap = look.head_to_a,
          .heatmap_label = "attention"};
}

Figure neurons(const ModularLook& look) {
  return {.title = "Neurons and frequencies",
          .x_label = "frequency; 0: mixed",
          .y_label = "neuron",
          .heatmap = look.neurons,
          .heatmap_label = "share of power"};
}

}  // namespace

std::vector<NamedFigure> modular_figures(const ModularFindings& f) {
  const ModularNetwork& n = f.network();
  return {{"loss", curves(n, "Loss", "cross-entropy", {{"training", "train_loss"}, {"test", "test_loss"}}, true)},
          {"accuracy", curves(n, "Accuracy", "accuracy", {{"training", "train_accuracy"}, {"test", "test_accuracy"}})},
          {"progress", curves(n, "Fourier share and test accuracy", "share",
                              {{"Fourier share", "fourier_share"}, {"test accuracy", "test_accuracy"}})},
          {"weight_norm", curves(n, "Length of θ", "length", {{"length of θ", "weight_norm"}})},
          {"networks", all_networks(f.networks)},
          {"spectrum", spectrum(f.look)},
          {"circle", circle(f.look)},
          {"attention", attention(f.look)},
          {"head", head_to_a(f.look)},
          {"neurons", neurons(f.look)}};
}

}  // namespace basin::experiments
