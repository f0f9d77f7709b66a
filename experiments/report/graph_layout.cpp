#include "experiments/report/graph_layout.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace basin::report {
namespace {

constexpr double left_edge = 132, right_edge = 948, widest_slot = 66, line_height = 11;
constexpr double first_line = 62, slots_across = 96;

struct Cell {
  std::vector<std::size_t> nodes = {};  // of one layer in one column, in their order
};

class Layout {
 public:
  explicit Layout(const LayeredGraphView& view) : view_(view), smallest_gap_(view.layers.size(), widest_slot) {
    found_.nodes.resize(view.nodes.size());
    make_cells();
    make_columns();
    place();
    size();
  }
  GraphLayout found() && { return std::move(found_); }

 private:
  // -1 behind all modules.
  static unsigned order(int module) { return unsigned(module); }

  void make_cells() {
    std::map<unsigned, std::size_t> modules;
    for (const GraphNode& n : view_.nodes) modules[order(n.module)] = 0;
    const bool share = modules.size() > max_columns;
    std::size_t next = 0;
    for (auto& [module, column] : modules) {
      column = share ? 0 : next++;
      if (!share) found_.columns.push_back({.module = int(module)});
    }
    cells_.assign(view_.layers.size(), std::vector<Cell>(std::max<std::size_t>(next, 1)));
    for (std::size_t i = 0; i < view_.nodes.size(); ++i) {
      const GraphNode& n = view_.nodes[i];
      cells_[std::size_t(n.layer)][modules[order(n.module)]].nodes.push_back(i);
    }
    for (auto& layer : cells_)
      for (Cell& cell : layer)
        std::ranges::stable_sort(cell.nodes, {}, [&](std::size_t i) {
          return std::pair(order(view_.nodes[i].module), -view_.nodes[i].importance);
        });
  }

  // Columns as wide as their fullest layer, whose nodes take as few lines as leave room for all.
  void make_columns() {
    slots_.assign(cells_.empty() ? 1 : cells_[0].size(), 1);
    const double gaps = double(slots_.size() - 1);
    double across = 0;
    for (std::size_t lines = 1;; ++lines) {
      across = gaps;
      bool single = true;
      for (std::size_t c = 0; c < slots_.size(); ++c) {
        std::size_t most = 1;
        for (const auto& layer : cells_) most = std::max(most, layer[c].nodes.size());
        slots_[c] = (most + lines - 1) / lines;
        across += double(slots_[c]);
        single = single && slots_[c] == 1;
      }
      if (across <= slots_across || single) break;
    }
    pitch_ = std::min((right_edge - left_edge) / across, widest_slot);
    start_ = (left_edge + right_edge - pitch_ * across) / 2;
    for (std::size_t c = 0; c < found_.columns.size(); ++c) {
      found_.columns[c].left = left_of(c);
      found_.columns[c].right = left_of(c) + pitch_ * double(slots_[c]);
    }
  }

  double left_of(std::size_t column) const {
    double x = start_;
    for (std::size_t c = 0; c < column; ++c) x += pitch_ * double(slots_[c] + 1);
    return x;
  }

  void place() {
    const double layers = double(view_.layers.size());
    const double between = std::round(std::clamp(1200 / std::max(layers - 1, 1.0), 60.0, 150.0));
    double y = first_line;
    for (auto& layer : cells_) {
      std::size_t lines = 1;
      for (std::size_t c = 0; c < layer.size(); ++c)
        lines = std::max(lines, (layer[c].nodes.size() + slots_[c] - 1) / slots_[c]);
      const double height = line_height * double(lines - 1);
      for (std::size_t c = 0; c < layer.size(); ++c) place(layer[c], c, y + height / 2);
      found_.layers.push_back(y + height / 2);
      found_.bottom = y + height;
      y += height + between;
    }
    found_.top = first_line;
  }

  // The nodes of a cell in lines around y, spread over the whole column.
  void place(const Cell& cell, std::size_t column, double y) {
    const std::size_t n = cell.nodes.size();
    if (!n) return;
    const std::size_t lines = (n + slots_[column] - 1) / slots_[column], each = (n + lines - 1) / lines;
    const double gap = pitch_ * double(slots_[column]) / double(each);
    const double top = std::round(2 * (y - line_height * double(lines - 1) / 2)) / 2;
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t line = i / each, in_line = std::min(each, n - line * each);
      GraphPlace& p = found_.nodes[cell.nodes[i]];
      const double from = left_of(column) + gap * double(each - in_line) / 2;
      p.x = std::round(10 * (from + gap * (double(i % each) + 0.5))) / 10;
      p.y = top + line_height * double(line);
      p.room = lines == 1 ? gap : 0;
    }
    double& smallest = smallest_gap_[std::size_t(view_.nodes[cell.nodes[0]].layer)];
    smallest = std::min({smallest, gap, lines > 1 ? line_height : widest_slot});
  }

  void size() {
    std::vector<double> largest(view_.layers.size());
    for (const GraphNode& n : view_.nodes)
      largest[std::size_t(n.layer)] = std::max(largest[std::size_t(n.layer)], n.importance);
    for (std::size_t i = 0; i < view_.nodes.size(); ++i) {
      const auto l = std::size_t(view_.nodes[i].layer);
      const double most = std::clamp(0.47 * smallest_gap_[l], 1.5, 8.0);
      const double least = view_.nodes[i].constant ? std::min(3.0, most) : std::min(2.2, 0.6 * most);  // of a ring
      const double share = largest[l] > 0 ? view_.nodes[i].importance / largest[l] : 0.25;
      found_.nodes[i].radius = std::round(100 * (least + (most - least) * std::sqrt(share))) / 100;
    }
  }

  const LayeredGraphView& view_;
  GraphLayout found_;
  std::vector<std::vector<Cell>> cells_;  // [layer][column]
  std::vector<std::size_t> slots_;        // places side by side in each column
  std::vector<double> smallest_gap_;      // between nodes of each layer
  double pitch_ = 0, start_ = 0;
};

}  // namespace

GraphLayout graph_layout(const LayeredGraphView& sorted) { return Layout(sorted).found(); }

}  // namespace basin::report
