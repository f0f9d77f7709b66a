// Draws out/firing.svg: which neurons fire on which samples; and out/figure.svg: singular values of J and of a layer's
// factors, free directions and what explains them, and what the loss does along three directions.
#include <cmath>
#include <cstdio>
#include <set>

#include "common/attempt.h"
#include "experiments/report/figure.h"
#include "interp/degeneracy/degeneracy.h"
#include "interp/jacobian/parameter_jacobian.h"
#include "lab.h"

using namespace lab;
using basin::report::Figure;
using basin::report::Series;
using basin::report::SeriesStyle;

namespace {

const Example& network(const std::vector<Example>& all, const std::string& name) {
  for (const Example& e : all)
    if (e.name == name) return e;
  throw std::logic_error(name);
}

// Relative to the largest, and 1e-17 where there is nothing, so that a cliff has a foot.
Series cliff(const std::string& label, const Matrix& a) {
  std::vector<double> values = singular_values(a);
  values.resize(std::size_t(a.cols()), 0.0);
  for (double& v : values) v = std::max(v, 1e-17 * values[0]);
  return basin::report::spectrum(label, values, SeriesStyle::lines_points);
}

void draw_jacobians(Figure& panel, const std::vector<Example>& all) {
  for (const char* name : {"ordinary", "inputs", "on/dead"}) {
    const Example& e = network(all, name);
    const Matrix J = basin::interp::parameter_jacobian(basin::interp::dense_network(e.net), {{"x", e.x}});
    panel.series.push_back(cliff(name, J));
  }
}

void draw_factors(Figure& panel, const std::vector<Example>& all) {
  for (const char* name : {"inputs", "readers"}) {
    const Example& e = network(all, name);
    std::vector<Layer> layers = forward(e.net, e.x);
    backward(e.net, layers);
    panel.series.push_back(cliff(std::string(name) + ": f~", layers[0].activations));
    panel.series.push_back(cliff(std::string(name) + ": B", layers[0].gradients));
  }
}

void draw_counts(Figure& panel, const std::vector<Example>& all) {
  Series low{"low ranks", {}, {}, SeriesStyle::bars}, together{"synchronised", {}, {}, SeriesStyle::bars};
  Series free{"N − rank J", {}, {}, SeriesStyle::bars}, sum{"kinds added up", {}, {}, SeriesStyle::bars};
  for (const Example& e : all) {
    const Count c = count(e.net, e.x);
    const auto exact = basin::interp::degeneracy(e.net, e.x).free_directions();
    std::printf("%-9s N %2d, free %2d (exact %2d) = low ranks %2d + synchronised %2d; added up %2d\n", e.name.c_str(),
                int(c.parameters), int(c.free()), int(exact), int(c.low_ranks), int(c.synchronised), int(c.added_up));
    for (auto [series, value] :
         {std::pair{&low, c.low_ranks}, {&together, c.synchronised}, {&free, c.free()}, {&sum, c.added_up}})
      series->x.push_back(double(panel.x_names.size())), series->y.push_back(double(value));
    panel.x_names.push_back(e.name);
  }
  panel.series = {low, together, free, sum};
}

// θ + t · direction, of length 1 before.
ReluNet at(ReluNet net, std::vector<double> direction, double t) {
  double squares = 0;
  for (const double v : direction) squares += v * v;
  std::size_t next = 0;
  for (std::int64_t l = 0; l < net.layers(); ++l)
    for (std::int64_t i = 0; i < net.weights[l].rows(); ++i) {
      for (double& w : net.weights[l].row(i)) w += t * direction[next++] / std::sqrt(squares);
      net.biases[l][std::size_t(i)] += t * direction[next++] / std::sqrt(squares);
    }
  return net;
}

Series loss_along(const std::string& label, const Example& e, const std::vector<double>& direction) {
  Series curve{label, {}, {}, SeriesStyle::lines_points};
  const Matrix before = basin::interp::outputs(e.net, e.x);
  for (double exponent = -5; exponent < 0.01; exponent += 0.25) {
    const double t = std::pow(10, exponent);
    const Matrix after = basin::interp::outputs(at(e.net, direction, t), e.x);
    double sum = 0;
    for (std::int64_t i = 0; i < after.size(); ++i) sum += std::pow(after[i] - before[i], 2);
    curve.x.push_back(t), curve.y.push_back(std::max(sum / double(e.x.rows()), 1e-36));
  }
  return curve;
}

// The loss along a direction at random, a rescaling (A_ii), and a mixing of two neurons that fire together (A_ij).
void draw_losses(Figure& panel, const std::vector<Example>& all) {
  const Example& e = network(all, "blocks");
  std::vector<double> random(std::size_t(e.net.parameters()));
  student_rng("lab04 direction").fill_normal(std::span(random));
  panel.series.push_back(loss_along("at random", e, random));
  attempt([&] {
    for (const FiringBlock& block : blocks(forward(e.net, e.x)[0], 0)) {
      if (block.kind != BlockKind::synchronised) continue;
      const Matrix m = moves(e.net, {block});
      const auto row = [&](std::int64_t i) { return std::vector<double>(m.row(i).begin(), m.row(i).end()); };
      panel.series.push_back(loss_along("rescaling, A_ii", e, row(0)));
      panel.series.push_back(loss_along("mixing, A_ij", e, row(1)));
      return;
    }
  });
}

void draw_firing(const std::vector<Example>& all) {
  const Example& e = network(all, "on/dead");
  const Matrix picture = basin::interp::network_factors(e.net, e.x).layers[0].firing.picture();
  basin::report::write_figure("out", "firing",
                              {.title = "Dark: the neuron fires on the sample",
                               .x_label = "samples, those with equal patterns side by side",
                               .y_label = "neuron",
                               .heatmap = picture});
  std::printf("out/firing.svg\n");
}

}  // namespace

int main() {
  std::printf("numbers of %s\n", student().c_str());
  const std::vector<Example> all = examples();
  draw_firing(all);
  const basin::report::Range deep{1e-18, 10};
  Figure jacobians{.title = "J of three networks",
                   .x_label = "singular value",
                   .y_label = "relative size",
                   .log_y = true,
                   .y_range = deep};
  Figure factors{.title = "Factors of layer 0",
                 .x_label = "singular value",
                 .y_label = "relative size",
                 .log_y = true,
                 .y_range = deep};
  Figure counts{.title = "Free directions and what explains them", .y_label = "directions"};
  Figure losses{.title = "Loss along a direction",
                .x_label = "way t",
                .y_label = "behavioural loss",
                .log_x = true,
                .log_y = true};
  draw_jacobians(jacobians, all);
  attempt([&] { draw_factors(factors, all); });
  attempt([&] { draw_counts(counts, all); });
  draw_losses(losses, all);
  Figure figure;
  for (const Figure& panel : {jacobians, factors, counts, losses})
    if (!panel.series.empty()) figure.panels.push_back(panel);
  basin::report::write_figure("out", "figure", figure);
  std::printf("out/figure.svg\n");
}
