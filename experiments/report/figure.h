// Figures, drawn by gnuplot (5.4 or later) as a process. Each is three files with one name: .csv with the numbers
// (a header row; `numpy.genfromtxt(f, delimiter=",", names=True)` reads it), .gp that draws them (`gnuplot name.gp` in
// that folder draws it again), and .svg, which is byte-equal from run to run.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/tensor.h"

namespace basin::report {

enum class SeriesStyle { lines, points, lines_points, steps, bars };

struct Series {
  std::string label = {};
  std::vector<double> x = {}, y = {};  // of one length; NaN leaves a gap
  SeriesStyle style = SeriesStyle::lines;
  bool dashed = false;             // for predictions and bounds, beside what was measured
  std::vector<double> error = {};  // of y, drawn to both sides of it (not by steps); one for each point, or none
};

struct Range {
  double low = 0, high = 0;
  bool given() const { return low < high; }
};

// All texts are shown as they are: no markup.
struct Figure {
  std::string title = {}, x_label = {}, y_label = {};
  bool log_x = false, log_y = false;
  std::vector<Series> series = {};
  std::vector<std::string> x_names = {};  // instead of numbers at x = 0, 1, 2, …
  Range x_range = {}, y_range = {};       // of the axes; by the numbers if not given
  Matrix heatmap = {};                    // if not empty it is drawn instead of series, row 0 at the top; its first and
                                          // last columns and rows stand at the ends of ranges, or are counted from 0
  std::string heatmap_label = {};         // what its colours measure
  bool pdf = false;                       // a .pdf too, which is not reproducible; not of panels
  // If there are any these are drawn instead, two in a row, each with axes and a key of its own. They have series, and
  // no panels; columns of the .csv are called "title: label".
  std::vector<Figure> panels = {};
};

struct NamedFigure {
  std::string name = {};  // of its files
  Figure figure = {};
};

// A point for each row of some list: x and y are members or functions of a row.
template <class Rows, class X, class Y>
Series points(const std::string& label, const Rows& rows, const X& x, const Y& y,
              SeriesStyle style = SeriesStyle::points) {
  Series s{.label = label, .style = style};
  for (const auto& row : rows) s.x.push_back(double(std::invoke(x, row))), s.y.push_back(double(std::invoke(y, row)));
  return s;
}
// Bars side by side at 0, 1, …, one for each row.
template <class Rows, class Y>
Series bars(const std::string& label, const Rows& rows, const Y& y) {
  double at = 0;
  return points(
      label, rows, [&](const auto&) { return at++; }, y, SeriesStyle::bars);
}

// Values relative to the first of them, at 1, 2, …: a spectrum whose largest value is the first.
Series spectrum(const std::string& label, const std::vector<double>& values, SeriesStyle style = SeriesStyle::lines);
// A dashed line from one point to another.
Series straight(const std::string& label, Range x, Range y);

// Gives figures that are compared one y axis, on which all of them fit with their errors, with 0 unless it is
// logarithmic.
void share_y(std::vector<NamedFigure>& figures);

// UsageError unless the name of a figure's files is letters, digits, '_' and '-'.
void check_figure_name(const std::string& name);

// Writes dir/name.{csv,gp,svg} and makes dir. Errors of check_figure_name.
// ShapeError when x, y and errors differ in length; UsageError when there is nothing to draw (no finite point, or none
// that is positive on a logarithmic axis), also in one of the panels. Error, with what gnuplot said, when gnuplot is
// missing or fails: then .csv and .gp are there and no .svg.
void write_figure(const std::string& dir, const std::string& name, const Figure& figure);

}  // namespace basin::report
