#include <fmt/format.h>

#include <algorithm>

#include "experiments/reproduce/findings.h"

namespace basin::experiments {
namespace {

using interp::LayerSpectra;
using report::Figure;
using report::points;
using report::Series;
using report::SeriesStyle;

// Eigenvalues over the largest, by rank; zeros are left out of the logarithmic axis.
Series spectrum_series(const std::string& label, std::vector<double> eigenvalues) {
  const double zero = 1e-18 * eigenvalues.front();
  std::erase_if(eigenvalues, [&](double value) { return value <= zero; });
  return report::spectrum(label, eigenvalues);
}

Figure spectra_figure(const Findings& f, const std::string& title, std::vector<double> LayerSpectra::*which) {
  Figure figure{.title = title, .x_label = "rank", .y_label = "eigenvalue / largest", .log_y = true};
  for (const LayerSpectra& layer : f.spectra) figure.series.push_back(spectrum_series(layer.name, layer.*which));
  return figure;
}

template <class Y>
Series by_epoch(const std::string& label, const std::vector<nn::RunMetrics>& history, const Y& y) {
  return points(label, history, &nn::RunMetrics::epoch, y, SeriesStyle::lines);
}

Figure loss_figure(const Findings& f) {
  return {.title = "Loss while training",
          .x_label = "epoch",
          .y_label = "cross-entropy",
          .log_y = true,
          .series = {by_epoch("training rows", f.history, &nn::RunMetrics::train_loss),
                     by_epoch("test rows", f.history, [](const nn::RunMetrics& m) { return m.test.loss; })}};
}

Figure accuracy_figure(const Findings& f) {
  return {.title = "Accuracy on held-out rows",
          .x_label = "epoch",
          .y_label = "share of test rows",
          .series = {by_epoch("test accuracy", f.history, [](const nn::RunMetrics& m) { return m.test.accuracy; })}};
}

Figure planted_figure(const Findings& f) {
  double most = 0;
  for (const MixedNet& n : f.planted) most = std::max({most, double(n.planned), double(n.free)});
  return {.title = "Free directions of planted networks",
          .x_label = "predicted from the planted sizes",
          .y_label = "measured, or bounded",
          .series = {points("N - rank J, measured", f.planted, &MixedNet::planned, &MixedNet::free),
                     points("naive sum", f.planted, &MixedNet::planned, &MixedNet::naive),
                     report::straight("equal", {0, most}, {0, most})}};
}

Figure training_figure(const Findings& f) {
  Figure figure{
      .title = "Directions that matter less than ε", .x_label = "epoch", .y_label = "share of the parameters"};
  const double parameters = double(f.final_network.parameters);
  for (std::size_t e = 0; e < epsilon_grid.size(); ++e) {
    const auto share = [&](const CheckpointDegeneracy& c) {
      return (parameters - double(c.counts[e].count)) / parameters;
    };
    figure.series.push_back(points(fmt::format("ε = {:g}", epsilon_grid[e]), f.training, &CheckpointDegeneracy::epoch,
                                   share, SeriesStyle::lines_points));
  }
  const double free = double(f.final_network.free_directions()) / parameters;
  figure.series.push_back(report::straight(fmt::format("exactly free on {} rows, in the end", f.final_network.samples),
                                           {double(f.training.front().epoch), double(f.training.back().epoch)},
                                           {free, free}));
  return figure;
}

}  // namespace

std::vector<report::NamedFigure> reproduce_figures(const Findings& f) {
  std::vector<report::NamedFigure> figures{
      {"spectra_activations", spectra_figure(f, "Spectra of the activations, G", &LayerSpectra::activations)},
      {"spectra_gradients", spectra_figure(f, "Spectra of the gradients, K", &LayerSpectra::gradients)},
      {"spectra_jacobian",
       spectra_figure(f, "Spectra of the parameter Jacobian, JJᵀ by layer", &LayerSpectra::jacobian)}};
  report::share_y(figures);
  figures.push_back({"training_loss", loss_figure(f)});
  figures.push_back({"test_accuracy", accuracy_figure(f)});
  figures.push_back({"planted_free_directions", planted_figure(f)});
  figures.push_back({"degeneracy_over_training", training_figure(f)});
  return figures;
}

}  // namespace basin::experiments
