#include <fmt/format.h>

#include "experiments/report/figure.h"
#include "experiments/reproduce/findings.h"

namespace basin::experiments {
namespace {

using report::Figure;
using report::Series;
using report::SeriesStyle;

template <class From, class X, class Y>
Series series(const std::string& label, const std::vector<From>& from, X x, Y y,
              SeriesStyle style = SeriesStyle::lines) {
  Series s{.label = label, .x = {}, .y = {}, .style = style};
  for (const From& f : from) {
    s.x.push_back(double(x(f)));
    s.y.push_back(double(y(f)));
  }
  return s;
}

// Eigenvalues over the largest, by rank; zeros are left out of the logarithmic axis.
Series spectrum_series(const std::string& label, const std::vector<double>& eigenvalues) {
  Series s{.label = label, .x = {}, .y = {}, .style = SeriesStyle::lines};
  for (std::size_t i = 0; i < eigenvalues.size() && eigenvalues[i] > 1e-18 * eigenvalues[0]; ++i) {
    s.x.push_back(double(i + 1));
    s.y.push_back(eigenvalues[i] / eigenvalues[0]);
  }
  return s;
}

Figure spectra_figure(const Findings& f, const std::string& title, std::vector<double> LayerSpectra::*which) {
  Figure figure{.title = title, .x_label = "rank", .y_label = "eigenvalue / largest", .log_y = true, .series = {}};
  for (const LayerSpectra& layer : f.spectra) figure.series.push_back(spectrum_series(layer.name, layer.*which));
  return figure;
}

Figure loss_figure(const Findings& f) {
  const auto epoch = [](const RunMetrics& m) { return m.epoch; };
  return {.title = "Loss while training",
          .x_label = "epoch",
          .y_label = "cross-entropy",
          .log_y = true,
          .series = {series("training rows", f.history, epoch, [](const auto& m) { return m.train_loss; }),
                     series("test rows", f.history, epoch, [](const auto& m) { return m.test.loss; })}};
}

Figure accuracy_figure(const Findings& f) {
  return {.title = "Accuracy on held-out rows",
          .x_label = "epoch",
          .y_label = "share of test rows",
          .series = {series(
              "test accuracy", f.history, [](const auto& m) { return m.epoch; },
              [](const auto& m) { return m.test.accuracy; })}};
}

Figure planted_figure(const Findings& f) {
  const auto predicted = [](const MixedNet& n) { return n.planned; };
  Figure figure{
      .title = "Free directions of planted networks",
      .x_label = "predicted from the planted sizes",
      .y_label = "measured, or bounded",
      .series = {
          series(
              "N - rank J, measured", f.planted, predicted, [](const auto& n) { return n.free; }, SeriesStyle::points),
          series(
              "naive sum", f.planted, predicted, [](const auto& n) { return n.naive; }, SeriesStyle::points)}};
  Series diagonal{.label = "equal", .x = {}, .y = {}, .style = SeriesStyle::lines, .dashed = true};
  double top = 0;
  for (const MixedNet& n : f.planted) top = std::max({top, double(n.planned), double(n.free)});
  diagonal.x = diagonal.y = {0, top};
  figure.series.push_back(diagonal);
  return figure;
}

Figure training_figure(const Findings& f) {
  const auto epoch = [](const CheckpointDegeneracy& c) { return c.epoch; };
  Figure figure{.title = "Directions that matter less than ε",
                .x_label = "epoch",
                .y_label = "share of the parameters",
                .series = {}};
  const double parameters = double(f.final_network.parameters);
  for (std::size_t e = 0; e < epsilon_grid.size(); ++e)
    figure.series.push_back(series(
        fmt::format("ε = {:g}", epsilon_grid[e]), f.training, epoch,
        [&](const CheckpointDegeneracy& c) { return (parameters - double(c.counts[e].count)) / parameters; },
        SeriesStyle::lines_points));
  return figure;
}

}  // namespace

void write_figures(const Findings& f, const std::string& folder) {
  report::write_figure(folder, "training_loss", loss_figure(f));
  report::write_figure(folder, "test_accuracy", accuracy_figure(f));
  report::write_figure(folder, "spectra_activations",
                       spectra_figure(f, "Spectra of the activations, G", &LayerSpectra::activations));
  report::write_figure(folder, "spectra_gradients",
                       spectra_figure(f, "Spectra of the gradients, K", &LayerSpectra::gradients));
  report::write_figure(folder, "spectra_jacobian",
                       spectra_figure(f, "Spectra of the parameter Jacobian, JJᵀ by layer", &LayerSpectra::jacobian));
  report::write_figure(folder, "planted_free_directions", planted_figure(f));
  report::write_figure(folder, "degeneracy_over_training", training_figure(f));
}

}  // namespace basin::experiments
