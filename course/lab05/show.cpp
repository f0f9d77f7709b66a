// Draws the cross of Figure 1 and how many parameters its volume counts.
#include <cmath>
#include <cstdio>
#include <functional>
#include <set>
#include <string>

#include "common/attempt.h"
#include "common/course.h"
#include "core/lapack.h"
#include "experiments/report/figure.h"
#include "lab.h"

using basin::report::Figure;
using basin::report::Series;
using basin::report::SeriesStyle;

namespace {

double cross(std::span<const double> w) { return w[0] * w[0] * w[1] * w[1]; }
double round_quartic(std::span<const double> w) { return std::pow(w[0], 4) + std::pow(w[1], 4); }
double bowl(std::span<const double> w) { return w[0] * w[0] + w[1] * w[1]; }

// Points of the box that are below ε. They need no task.
Series points_below(double epsilon, int wanted, const char* label) {
  Series s{.label = label, .style = SeriesStyle::points};
  basin::Rng rng = lab::student_rng("lab05 picture").stream(label);
  while (int(s.x.size()) < wanted) {
    const double w[] = {rng.uniform(-1, 1), rng.uniform(-1, 1)};
    if (cross(w) < epsilon) s.x.push_back(w[0]), s.y.push_back(w[1]);
  }
  return s;
}

Figure picture_of_the_cross() {
  return {.title = "Loss w1² w2² below ε",
          .x_label = "w1",
          .y_label = "w2",
          .series = {points_below(1e-2, 250, "ε = 1e-2"), points_below(1e-4, 250, "ε = 1e-4")},
          .x_range = {-1, 1},
          .y_range = {-1, 1}};
}

std::vector<double> powers_of_ten(double from, double to, double step) {
  std::vector<double> all;
  for (double x = from; x > to - step / 2; x -= step) all.push_back(std::pow(10, x));
  return all;
}

Series measured(const char* label, const lab::Loss& loss) {
  basin::Rng rng = lab::student_rng("lab05 show").stream(label);
  const auto epsilons = powers_of_ten(-0.5, -5.5, 0.5);
  const lab::Counts counts = lab::count_below(loss, {2, 1}, epsilons, 2000000, rng);
  const auto n_eff = lab::slopes(counts);
  Series s{.label = label, .style = SeriesStyle::points};
  for (std::size_t i = 0; i < n_eff.size(); ++i)
    if (n_eff[i].error < 0.3) {
      s.x.push_back(std::sqrt(epsilons[i] * epsilons[i + 1])), s.y.push_back(n_eff[i].value);
      s.error.push_back(n_eff[i].error);
    }
  return s;
}

Series exact_of_cross() {
  Series s{.label = "the cross, exactly", .dashed = true};
  for (const double epsilon : powers_of_ten(0, -8, 0.1))
    s.x.push_back(epsilon), s.y.push_back(lab::n_eff_of_cross(1, epsilon));
  return s;
}

void print_volume() {
  basin::Rng rng = lab::student_rng("lab05 number");
  const lab::Counts counts = lab::count_below(cross, {2, 1}, {1e-2, 1e-4}, 1000000, rng);
  const lab::Measured v = lab::log_volumes(counts)[1];
  std::printf("log V(1e-4) of the cross   %7.4f ± %.4f\n", v.value, v.error);
  std::printf("                exactly    %7.4f\n", lab::log_volume_of_cross(1, 1e-4));
}

void print_slope(const Series& s) {
  const std::size_t last = s.x.size() - 1;
  std::printf("N_eff(%.1e) of the cross   %.3f ± %.3f\n", s.x[last], s.y[last], s.error[last]);
  std::printf("                   exactly   %.3f\n", lab::n_eff_of_cross(1, s.x[last]));
  std::printf("              as ε goes to 0 %.0f\n", lab::limit_of_product({2, 2}));
}

}  // namespace

int main() {
  Figure curves{.title = "How many parameters the volume counts",
                .x_label = "ε",
                .y_label = "N_eff(ε)",
                .log_x = true,
                .x_range = {1e-8, 1},
                .y_range = {0, 2.4}};
  lab::attempt([&] {
    curves.series = {measured("bowl w1² + w2²", bowl), measured("quartic w1⁴ + w2⁴", round_quartic),
                     measured("cross w1² w2²", cross)};
  });
  lab::attempt([&] {
    if (!curves.series.empty()) print_slope(curves.series[2]);
  });
  lab::attempt([&] { curves.series.push_back(exact_of_cross()); });
  lab::attempt(print_volume);
  lab::attempt([] {
    const auto h = basin::eigh(lab::hessian(cross, 2, 1e-3), false).values;
    std::printf("curvatures of the cross at its centre: %.1e and %.1e, so the Hessian counts 0 parameters\n", h[0],
                h[1]);
  });
  Figure figure{.title = "Lab 05: volumes", .panels = {picture_of_the_cross()}};
  if (!curves.series.empty()) figure.panels.push_back(curves);
  basin::report::write_figure("out", "figure", figure);
  std::printf("the picture is out/figure.svg\n");
}
