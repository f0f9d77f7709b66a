// Draws out/figure.svg: a slope and a curvature beside finite differences, how good these are, and what the op machine
// says of each op.
#include <cmath>
#include <cstdio>
#include <set>

#include "autodiff/program.h"
#include "common/attempt.h"
#include "experiments/report/figure.h"
#include "lab.h"

using namespace lab;
using basin::report::Figure;
using basin::report::Series;
using basin::report::SeriesStyle;

namespace {

double bump_at(double x) {
  Graph g;
  const Var in = g.input("x", {}), y = bump(in);
  basin::Program<double> p(g, {.fetch = {y}});
  p.feed(in, {&x, 1});
  p.run();
  return p.scalar(y);
}

// Value, slope and curvature on a grid, by the rule.
void draw_bump(Figure& panel) {
  constexpr std::int64_t count = 121;
  Numbers at, value;
  Series differences{"differences", {}, {}, SeriesStyle::points};
  for (int i = 0; i < count; ++i) at.push_back(-3 + 0.05 * i), value.push_back(bump_at(at.back()));
  for (double x = -3; x < 3.1; x += 0.25) {
    constexpr double step = 1e-3;
    const double up = bump_at(x + step), down = bump_at(x - step);
    for (const double y : {(up - down) / (2 * step), (up - 2 * bump_at(x) + down) / (step * step)})
      differences.x.push_back(x), differences.y.push_back(y);
  }
  panel.series = {{"y", at, value}, differences};
  attempt([&] {
    Graph g;
    const Var in = g.input("x", {count}), first = basin::grad(sum(bump(in)), {in})[0];
    const Var second = basin::grad(sum(first), {in})[0];
    basin::Program<double> p(g, {.fetch = {first, second}});
    p.feed(in, at);
    p.run();
    panel.series.push_back({"slope", at, {p.view(first).begin(), p.view(first).end()}});
    panel.series.push_back({"curvature", at, {p.view(second).begin(), p.view(second).end()}});
    std::printf("bump at x = 1.5: slope %.9f, exact %.9f; curvature %.9f, exact %.9f\n", p.view(first)[90],
                -3 * std::exp(-2.25), p.view(second)[90], 7 * std::exp(-2.25));
  });
}

// How far differences of bump at x = 1 are from its slope and its curvature, by step.
void draw_steps(Figure& panel) {
  Numbers step, slope, bend;
  const double exact = -2 * std::exp(-1.0), exact_bend = 2 * std::exp(-1.0);
  for (double e = -12; e < -0.4; e += 0.2) {
    const double d = std::pow(10, e), up = bump_at(1 + d), down = bump_at(1 - d);
    step.push_back(d);
    slope.push_back(std::abs((up - down) / (2 * d) - exact));
    bend.push_back(std::abs((up - 2 * bump_at(1) + down) / (d * d) - exact_bend));
  }
  panel.series = {{"of the slope", step, slope, SeriesStyle::lines_points},
                  {"of the curvature", step, bend, SeriesStyle::lines_points}};
}

std::vector<Sample> samples() {
  return {
      {"tanh", {{3}}, [](const auto& x) { return tanh(x[0]); }},
      {"softmax", {{2, 3}}, [](const auto& x) { return softmax(x[0]); }},
      {"bump", {{4}}, [](const auto& x) { return bump(x[0]); }},
      {"hypot", {{2, 3}, {3}}, [](const auto& x) { return hypot(x[0], x[1]); }},
      {"unit", {{2, 3}}, [](const auto& x) { return unit(x[0]); }},
      {"frozen x^2", {{3}}, [](const auto& x) { return stop_gradient(x[0]) * (2.0 * x[0] - stop_gradient(x[0])); }}};
}

void draw_machine(Figure& panel) {
  Series one{"order 1", {}, {}, SeriesStyle::points}, two{"order 2", {}, {}, SeriesStyle::points};
  std::vector<std::string> names;
  for (const Sample& sample : samples()) {
    attempt([&] {
      Subject s(sample);
      const double first = order_1_error(s), second = order_2_error(s);
      std::printf("%-10s largest error at order 1 %.0e, at order 2 %.0e\n", sample.name.c_str(), first, second);
      for (auto [series, error] : {std::pair{&one, first}, {&two, second}})
        series->x.push_back(double(names.size())), series->y.push_back(std::max(error, 1e-17));
      names.push_back(sample.name);
    });
  }
  if (names.empty()) return;
  panel.x_names = names;
  panel.x_range = {-0.5, double(names.size()) - 0.5};
  panel.series = {one, two, basin::report::straight("tolerance", panel.x_range, {tolerance, tolerance})};
}

// v·Hv of hypot at (0.6, 0.8), where y = 1, along directions v: 0 along the radius, 1 across.
void draw_directions(Figure& panel) {
  Graph g;
  const Var a = g.input("a", {}), b = g.input("b", {}), u = g.input("u", {}), v = g.input("v", {});
  const std::vector<Var> product = hessian_product(hypot(a, b), {a, b}, {u, v});
  const Var bend = u * product[0] + v * product[1];
  basin::Program<double> p(g, {.fetch = {bend}});
  Series got{"u.Hu, your product", {}, {}, SeriesStyle::points}, exact{"exact"};
  for (int degrees = 0; degrees <= 360; degrees += 3) {
    const double angle = degrees * std::acos(-1) / 180;
    const auto feed = [&](Var to, double number) { p.feed(to, {&number, 1}); };
    feed(a, 0.6), feed(b, 0.8), feed(u, std::cos(angle)), feed(v, std::sin(angle));
    p.run();
    exact.x.push_back(degrees), exact.y.push_back(std::pow(0.6 * std::sin(angle) - 0.8 * std::cos(angle), 2));
    if (degrees % 15 == 0) got.x.push_back(degrees), got.y.push_back(p.scalar(bend));
  }
  panel.series = {exact, got};
}

}  // namespace

int main() {
  std::printf("numbers of %s\n", student().c_str());
  Figure bump_panel{.title = "bump: y = exp(−x²)", .x_label = "x"};
  Figure steps{.title = "Errors of finite differences of bump at 1",
               .x_label = "step h",
               .y_label = "|difference - exact|",
               .log_x = true,
               .log_y = true};
  Figure machine{.title = "The op machine: largest error of an op", .y_label = "error", .log_y = true};
  Figure directions{.title = "Curvature of hypot at (0.6, 0.8)",
                    .x_label = "direction u, degrees",
                    .y_label = "u.Hu",
                    .x_range = {0, 360}};
  draw_bump(bump_panel), draw_steps(steps);
  draw_machine(machine);
  attempt([&] { draw_directions(directions); });
  Figure figure;
  for (const Figure& panel : {bump_panel, steps, machine, directions})
    if (!panel.series.empty()) figure.panels.push_back(panel);
  basin::report::write_figure("out", "figure", figure);
  std::printf("out/figure.svg\n");
}
