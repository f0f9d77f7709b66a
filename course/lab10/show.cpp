// The pictures of lab 10: two graphs in which a search finds modules, and what random graphs say of them.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <set>
#include <string>

#include "common/attempt.h"
#include "common/course.h"
#include "experiments/report/figure.h"
#include "experiments/report/graph.h"
#include "lab.h"

namespace {

using basin::Matrix;
using lab::LayeredGraph;
using lab::Partition;
namespace interp = basin::interp;
namespace report = basin::report;

constexpr int nulls = 200;

void draw_graph(const char* name, const LayeredGraph& graph, const Partition& modules) {
  report::LayeredGraphView view;
  for (std::size_t l = 0; l < graph.layer_sizes.size(); ++l) {
    view.layers.push_back({"layer " + std::to_string(l), int(graph.layer_sizes[l])});
    for (std::int64_t i = 0; i < graph.layer_sizes[l]; ++i)
      view.nodes.push_back(
          {.layer = int(l), .index = int(i), .module = int(modules[std::size_t(graph.layer_start(l) + i)])});
  }
  for (const lab::LayeredEdge& e : edge_list(graph))
    view.edges.push_back({std::size_t(e.from), std::size_t(e.to), e.weight});
  report::write_graph("out", name, view);
}

// How many of the values lie in each of some bins of one width.
report::Series histogram(const std::string& label, const std::vector<double>& values, double low, double width) {
  report::Series series{.label = label, .style = report::SeriesStyle::steps};
  const double high = std::ranges::max(values);
  for (double x = low; x < high + 2 * width; x += width) {
    series.x.push_back(x);
    series.y.push_back(double(std::ranges::count_if(values, [&](double v) { return v >= x && v < x + width; })));
  }
  return series;
}

struct Case {
  std::string name;
  LayeredGraph graph;
  bool keep_strengths = false;  // the random graphs are basin's
};

std::vector<double> random_modularities(const Case& c, basin::Rng& rng) {
  if (!c.keep_strengths) return lab::null_modularities(c.graph, nulls, rng);
  std::vector<double> all;
  for (int i = 0; i < nulls; ++i) {
    const LayeredGraph random = interp::null_graph(c.graph, rng).graph;
    all.push_back(lab::modularity(edge_list(random), lab::best_partition(random, rng)));
  }
  return all;
}

report::Figure panel(const Case& c, basin::Rng& rng) {
  constexpr double width = 0.005;
  const double Q = lab::modularity(edge_list(c.graph), lab::best_partition(c.graph, rng));
  const std::vector<double> random = random_modularities(c, rng);
  const lab::Comparison found = lab::compare(Q, random);
  std::printf("%s: Q %.3f, random graphs %.3f ± %.3f, z %.1f, p %.3f\n", c.name.c_str(), Q, found.mean, found.sd,
              found.z, found.p);
  const double low = width * std::floor(std::min(std::ranges::min(random), Q) / width - 2);
  report::Figure figure{.title = c.name, .x_label = "Q", .y_label = "random graphs"};
  figure.series.push_back(histogram("random graphs", random, low, width));
  figure.series.push_back(report::straight("this graph", {Q, Q}, {0, std::ranges::max(figure.series[0].y)}));
  return figure;
}

void draw_nulls(const interp::PlantedModules& planted, const LayeredGraph& hubs, basin::Rng& rng) {
  const LayeredGraph loud = interp::network_graph_without_modules({14, 14, 14}, 0.7, 0.05, rng);
  const Case cases[] = {{"three planted modules", planted.graph},
                        {"hubs, no modules", hubs},
                        {"loud nodes, no modules; degrees kept", loud},
                        {"the same; strengths kept too", loud, true}};
  report::Figure figure{.title = "The best modules of a graph, and those of random graphs"};
  for (const Case& c : cases) figure.panels.push_back(panel(c, rng));
  std::printf("Q of the three planted modules themselves: %.3f, by the formula\n",
              interp::modularity(planted.graph, planted.partition));
  report::write_figure("out", "figure", figure);
}

}  // namespace

int main() {
  basin::Rng rng = lab::student_rng("lab10 show");
  const interp::PlantedModules planted = lab::blurred_modules(0.8, 0.15, rng);
  const LayeredGraph hubs = interp::graph_without_modules({12, 12, 12}, rng);
  draw_graph("planted", planted.graph, lab::best_partition(planted.graph, rng));
  draw_graph("none", hubs, lab::best_partition(hubs, rng));
  std::printf("out/planted.svg has three planted modules, out/none.svg has none: the search finds some in both\n");
  lab::attempt([&] { draw_nulls(planted, hubs, rng); });
}
