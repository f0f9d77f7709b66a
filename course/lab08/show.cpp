// The picture of lab 08, and the numbers beside it.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <set>
#include <string>

#include "common/attempt.h"
#include "common/course.h"
#include "core/lapack.h"
#include "core/matrix.h"
#include "experiments/report/figure.h"
#include "lab.h"

namespace {

using basin::matmul;
using basin::Matrix;
using basin::report::Figure;
using basin::report::Series;

constexpr std::int64_t samples = 90;

// A layer of two activations whose samples lie along a spiral, so that one sees how they were turned. The constant is
// left out; the next layer reads one direction strongly and the other weakly.
struct Layer {
  Matrix x{};
  lab::Section section{};
};

Layer as_given(double size) {
  Layer layer{.x = Matrix({samples, 2}), .section = {.weight = Matrix({2, 2}, {1, 0.35, 0.8, -0.5}), .relu = false}};
  for (std::int64_t s = 0; s < samples; ++s) {
    const double t = double(s) / double(samples - 1), angle = 5.2 * t;
    layer.x(s, 0) = size * (0.2 + t) * std::cos(angle) + 0.3;
    layer.x(s, 1) = 0.6 * (0.2 + t) * std::sin(angle);
  }
  return layer;
}

// The same layer in other coordinates: x R, read by R^-1 W.
Layer turned(const Layer& layer) {
  const Matrix R({2, 2}, {1, 0.3, 1.8, -0.4});
  return {matmul(layer.x, R), {basin::solve(R, layer.section.weight), layer.section.relu}};
}

// Of a sign that is free, the one with which the largest value is positive.
Matrix signed_columns(Matrix f) {
  for (std::int64_t j = 0; j < f.cols(); ++j) {
    double largest = 0;
    for (std::int64_t s = 0; s < f.rows(); ++s)
      if (std::abs(f(s, j)) > std::abs(largest)) largest = f(s, j);
    for (std::int64_t s = 0; s < f.rows() && largest < 0; ++s) f(s, j) = -f(s, j);
  }
  return f;
}

Series cloud(const char* label, const Matrix& f, basin::report::SeriesStyle style) {
  Series series{.label = label, .style = style};
  for (std::int64_t s = 0; s < f.rows(); ++s) series.x.push_back(f(s, 0)), series.y.push_back(f(s, 1));
  return series;
}

Figure panel(const char* title, const char* axis, const Matrix& one, const Matrix& other) {
  const std::string name = axis;
  return {.title = title,
          .x_label = name + " 1",
          .y_label = name + " 2",
          .series = {cloud("x", one, basin::report::SeriesStyle::lines),
                     cloud("x R", other, basin::report::SeriesStyle::points)}};
}

// What `see` makes of both layers, unless a task that it needs is not written.
template <class See>
void add(Figure& figure, const char* title, const char* axis, const Layer& a, const Layer& b, const See& see) {
  lab::attempt([&] {
    const Matrix one = signed_columns(see(a)), other = signed_columns(see(b));
    figure.panels.push_back(panel(title, axis, one, other));
  });
}

Matrix importance_by_definition(const Layer& layer) {
  return matmul(layer.section.weight, layer.section.weight, false, true);
}

void draw_steps(const Layer& a, const Layer& b) {
  Figure figure{.title = "One layer in two coordinate systems"};
  figure.panels.push_back(panel("as given", "activation", a.x, b.x));
  add(figure, "PCA", "component", a, b,
      [](const Layer& l) { return matmul(l.x, basin::eigh(lab::second_moment(l.x)).vectors); });
  add(figure, "white", "direction", a, b,
      [](const Layer& l) { return matmul(l.x, lab::whitened(lab::second_moment(l.x)).to); });
  add(figure, "interaction basis", "feature", a, b, [](const Layer& l) {
    return matmul(l.x, lab::interaction_basis(lab::second_moment(l.x), importance_by_definition(l)).C);
  });
  basin::report::write_figure("out", "figure", figure);
}

// Shares of squares of each column on the six planted directions.
Figure shares(const char* title, const char* columns, Matrix z_C) {
  for (std::int64_t j = 0; j < z_C.cols(); ++j) {
    double all = 0;
    for (std::int64_t i = 0; i < z_C.rows(); ++i) all += z_C(i, j) * z_C(i, j);
    for (std::int64_t i = 0; i < z_C.rows(); ++i) z_C(i, j) *= z_C(i, j) / all;
  }
  return {.title = title,
          .x_label = columns,
          .y_label = "planted direction (0-2: module 1, 3-5: module 2)",
          .heatmap = std::move(z_C),
          .heatmap_label = "share of squares"};
}

Matrix first_module_first(const Matrix& z_C) {
  const std::vector<double> shares = lab::shares_of_first(z_C);
  std::vector<std::int64_t> order(shares.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = std::int64_t(i);
  std::ranges::stable_sort(order, [&](std::int64_t i, std::int64_t j) {
    return std::round(shares[std::size_t(i)]) > std::round(shares[std::size_t(j)]);
  });
  return basin::columns_at(z_C, order);
}

void draw_hidden() {
  basin::Rng rng = lab::student_rng("lab08 hidden modules");
  const lab::Hidden h = lab::hidden_modules(rng);
  basin::report::write_figure("out", "hidden",
                              shares("Two modules, as the layer shows them", "activation", h.rotation));
  const lab::Basis basis = lab::interaction_basis(lab::second_moment(h.x), lab::importance(h.x, h.section, h.target));
  const Matrix seen = first_module_first(matmul(h.rotation, basis.C));
  basin::report::write_figure("out", "found",
                              shares("The same, in the interaction basis", "feature, those of module 1 first", seen));
  double worst = 0;
  for (const double share : lab::shares_of_first(seen)) worst = std::max(worst, std::min(share, 1 - share));
  std::printf("hidden modules: largest share of a feature in the other module %.1e (exact: 0)\n", worst);
}

void print_numbers(const Layer& a) {
  const lab::Basis basis = lab::interaction_basis(lab::second_moment(a.x), importance_by_definition(a));
  const std::vector<double> s = basin::singular_values(matmul(a.x, a.section.weight));
  for (std::size_t i = 0; i < basis.lambda.size(); ++i)
    std::printf("lambda %zu: %.6f (exact, an eigenvalue of G M: %.6f)\n", i + 1, basis.lambda[i],
                s[i] * s[i] / double(samples));
}

}  // namespace

int main() {
  basin::Rng rng = lab::student_rng("lab08 show");
  const Layer a = as_given(rng.uniform(1, 1.5)), b = turned(a);
  draw_steps(a, b);
  lab::attempt([&] { print_numbers(a); });
  lab::attempt(draw_hidden);
}
