// The pictures of lab 09: the section as it is, accuracy over the edges that are kept, and the edges that are needed.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <set>
#include <string>

#include "common/attempt.h"
#include "common/course.h"
#include "core/lapack.h"
#include "experiments/report/figure.h"
#include "experiments/report/graph.h"
#include "interp/edges/ablation.h"
#include "interp/edges/features.h"
#include "lab.h"

namespace {

using basin::Matrix;
using basin::interp::BasisKind;
namespace report = basin::report;

constexpr double share = 0.999;  // of the accuracy

// Edges of 0 are not drawn.
void draw_graph(const char* name, const Matrix& strengths) {
  report::LayeredGraphView view{
      .layers = {{"hidden layer 1", int(strengths.cols())}, {"hidden layer 2", int(strengths.rows())}}};
  for (std::int64_t j = 0; j < strengths.cols(); ++j) view.nodes.push_back({.layer = 0, .index = int(j)});
  for (std::int64_t i = 0; i < strengths.rows(); ++i) view.nodes.push_back({.layer = 1, .index = int(i)});
  for (std::int64_t i = 0; i < strengths.rows(); ++i)
    for (std::int64_t j = 0; j < strengths.cols(); ++j)
      if (strengths(i, j) > 0)
        view.edges.push_back({std::size_t(j), std::size_t(strengths.cols() + i), strengths(i, j)});
  report::write_graph("out", name, view);
}

// What a network is before one asks anything: each neuron reads each. |weight| times the root mean square of what it
// is multiplied with.
void draw_neurons(const lab::Digits& d) {
  Matrix strengths = basin::transpose(d.section.A);
  for (std::int64_t j = 0; j < strengths.cols(); ++j) {
    double square = 0;
    for (std::int64_t s = 0; s < d.features.rows(); ++s)
      square += d.features(s, j) * d.features(s, j) / double(d.features.rows());
    for (std::int64_t i = 0; i < strengths.rows(); ++i) strengths(i, j) = std::abs(strengths(i, j)) * std::sqrt(square);
  }
  draw_graph("neurons", strengths);
  std::printf("trained on %lld digits: accuracy %.4f, %lld neurons and the constant before %lld neurons\n",
              static_cast<long long>(d.features.rows()), basin::interp::base_score(*d.model, d.inputs, d.scoring, {}),
              static_cast<long long>(strengths.cols() - 1), static_cast<long long>(strengths.rows() - 1));
}

struct Curve {
  report::Series series{};
  Matrix E{};
  std::int64_t required = 0;
};

Curve curve_of(const char* label, const lab::Digits& d) {
  Curve curve;
  curve.E = lab::squared_edges(d.section, d.features);
  curve.series.label = label;
  curve.series.style = report::SeriesStyle::lines_points;
  const auto accuracy = [&](std::int64_t kept) {
    return d.accuracy(lab::masked(d.section, d.features, lab::largest(curve.E, kept)));
  };
  const double base = accuracy(curve.E.size());
  for (double kept = 1; kept < double(curve.E.size()); kept = std::ceil(kept * 1.2)) {
    curve.series.x.push_back(kept);
    curve.series.y.push_back(accuracy(std::int64_t(kept)));
  }
  curve.required = lab::fewest(curve.E.size(), [&](std::int64_t kept) { return accuracy(kept) >= share * base; });
  basin::interp::EdgeAblation theirs(*d.model, d.bases, lab::section_of_digits, curve.E, d.inputs, d.scoring);
  std::printf(
      "%s: %lld of %lld edges hold %.1f %% of the accuracy (basin's bisection, on another grid: %lld), effective edges "
      "%.1f\n",
      label, static_cast<long long>(curve.required), static_cast<long long>(curve.E.size()), 100 * share,
      static_cast<long long>(theirs.bisect((1 - share) * theirs.base()).required), lab::effective_edges(curve.E));
  return curve;
}

// Edges span many powers of ten: those that are kept, by how many they lie above the least of them, and one more.
Matrix decades_of_largest(const Matrix& E, std::int64_t kept) {
  Matrix decades = lab::largest(E, kept);
  double least = INFINITY;
  for (std::int64_t e = 0; e < E.size(); ++e)
    if (decades[e] > 0) least = std::min(least, E[e]);
  for (std::int64_t e = 0; e < E.size(); ++e)
    if (decades[e] > 0 && least > 0) decades[e] = 1 + std::log10(E[e] / least);
  return decades;
}

void draw_curves(const lab::Digits& neurons) {
  report::Figure figure{
      .title = "Accuracy with the largest edges alone", .x_label = "edges kept", .y_label = "accuracy", .log_x = true};
  const lab::Digits local = lab::digits(BasisKind::lib);
  const Curve found = curve_of("local interaction basis", local);
  figure.series.push_back(found.series);
  figure.series.push_back(curve_of("PCA", lab::digits(BasisKind::pca)).series);
  figure.series.push_back(curve_of("neurons", neurons).series);
  const double x = double(found.required);
  figure.series.push_back(report::straight("required in the first", {x, x}, {0, 1}));
  report::write_figure("out", "figure", figure);
  draw_graph("needed", decades_of_largest(found.E, found.required));
}

}  // namespace

int main() {
  const lab::Digits neurons = lab::digits(BasisKind::neuron);
  draw_neurons(neurons);
  lab::attempt([&] { draw_curves(neurons); });
}
