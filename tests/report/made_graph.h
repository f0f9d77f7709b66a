// Layered graphs for the tests of their files and pages.
#pragma once
#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "core/rng.h"
#include "experiments/report/graph.h"

// Layers of these widths, all pairs of neighbours (or one in `every`) joined with log-normal strengths that are larger
// within a module; importances fall with the index, the last feature of the first layer is constant and the first few
// have images.
inline basin::report::LayeredGraphView made_graph(const std::vector<int>& widths, int modules = 4, int every = 1) {
  using namespace basin::report;
  basin::Rng rng(1, "graph");
  LayeredGraphView view;
  std::vector<std::size_t> first = {0};
  for (std::size_t l = 0; l < widths.size(); ++l) {
    view.layers.push_back({fmt::format("layer {}", l), widths[l]});
    for (int i = 0; i < widths[l]; ++i) {
      const int module = rng.uniform() < 0.06 ? -1 : int(rng.below(std::uint64_t(modules)));
      GraphNode n{
          int(l), i, fmt::format("f{}", i), std::exp(-4.0 * i / widths[l]), module, l == 0 && i + 1 == widths[l]};
      if (l + 1 == widths.size()) n.label = fmt::format("{}", i);
      if (i < 5)
        for (int k = 0; k < 64; ++k) n.image.values.push_back(std::sin(0.4 * (i + 1) * (k % 8)) + (l ? 0 : 1));
      if (i < 5) n.image.width = n.image.height = 8;
      view.nodes.push_back(n);
    }
    first.push_back(view.nodes.size());
  }
  for (std::size_t l = 0; l + 1 < widths.size(); ++l)
    for (std::size_t from = first[l]; from < first[l + 1]; ++from)
      for (std::size_t to = first[l + 1]; to < first[l + 2]; ++to) {
        const GraphNode &a = view.nodes[from], &b = view.nodes[to];
        const double within = a.module >= 0 && a.module == b.module ? 6 : 1;
        const double strength = within * std::sqrt(a.importance * b.importance) * std::exp(1.2 * rng.normal());
        if ((from + to) % std::size_t(every) == 0) view.edges.push_back({from, to, 0.01 * strength});
      }
  return view;
}
