#include "experiments/report/figure_script.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "experiments/report/palette.h"

namespace basin::report {
namespace {

std::string number(double x) { return std::isfinite(x) ? fmt::format("{}", x) : "nan"; }

// Commas and quotes end a csv field, '#' starts a comment for numpy.
std::string csv_name(const std::string& text) {
  std::string name = text;
  for (char& c : name)
    if (c == ',' || c == '"' || c == '#' || static_cast<unsigned char>(c) < 32) c = ' ';
  return name;
}

bool common_x(const Figure& f) {
  return std::ranges::all_of(f.series, [&](const Series& s) { return s.x == f.series[0].x; });
}

std::string heatmap_csv(const Matrix& m) {
  std::string csv;
  for (std::int64_t j = 0; j < m.cols(); ++j) csv += fmt::format("{}c{}", j ? "," : "", j);
  csv += "\n";
  for (std::int64_t i = 0; i < m.rows(); ++i)
    for (std::int64_t j = 0; j < m.cols(); ++j)
      csv += (j ? "," : "") + number(m(i, j)) + (j + 1 == m.cols() ? "\n" : "");
  return csv;
}

// gnuplot takes the texts of tics for number formats.
std::string tic_label(const std::string& text) {
  std::string label;
  for (char c : text) label += c == '%' ? std::string("%%") : std::string(1, c);
  return label;
}

std::string range(const char* axis, const Range& r) {
  return r.given() ? fmt::format("set {}range [{}:{}]\n", axis, r.low, r.high) : "";
}

std::string heads(const Figure& f) {
  std::string line = f.log_x ? "set logscale x\nset format x '10^{%L}'\n" : "";
  if (f.log_y) line += "set logscale y\nset format y '10^{%L}'\n";
  auto label = [&](const char* what, const std::string& text, const char* font) {
    if (!text.empty())
      line += fmt::format("set {} {} noenhanced font ',{}' tc rgb '{}'\n", what, gnuplot_quoted(text), font, ink);
  };
  label("title", f.title, "15");
  label("xlabel", f.x_label, "13");
  label("ylabel", f.y_label, "13");
  if (f.heatmap.size() == 0) line += range("x", f.x_range) + range("y", f.y_range);
  if (f.x_names.empty()) return line;
  line += "set xtics noenhanced (";
  for (std::size_t i = 0; i < f.x_names.size(); ++i)
    line += fmt::format("{}{} {}", i ? ", " : "", gnuplot_quoted(tic_label(f.x_names[i])), i);
  return line + ")\n";
}

// Where columns or rows of a heatmap stand, the first of them at `from`; counted from 0 if there is no way to go.
std::string place(int column, double from, double to, std::int64_t count) {
  const double step = (to - from) / double(std::max<std::int64_t>(count - 1, 1));
  return step != 0 ? fmt::format("({}+({})*${})", from, step, column) : fmt::to_string(column);
}

// Diverging around zero if there are two signs, else from light to dark.
std::string heatmap_plot(const Figure& f, const std::string& name) {
  double low = 0, high = 0;
  for (double x : f.heatmap.data)
    if (std::isfinite(x)) low = std::min(low, x), high = std::max(high, x);
  std::string text =
      fmt::format("unset grid\nset tics scale 0\nset yrange [*:*] {}noextend\nset xrange [*:*] noextend\n",
                  f.y_range.given() ? "" : "reverse ");
  if (f.heatmap.rows() <= 12 && f.heatmap.cols() <= 24 && !f.x_range.given())
    text += f.x_names.empty() ? "set xtics 1\nset ytics 1\n" : "set ytics 1\n";
  text += low < 0 && high > 0
              ? "set palette defined (-1 '#b2400f', -0.5 '#f0b48c', 0 '#f7f6f4', 0.5 '#8fa2ee', 1 '#1f37b8')\n"
              : "set palette defined (0 '#fbf7e9', 1 '#f3cf7f', 2 '#d9794c', 3 '#8f3a76', 4 '#2c1e5c')\n";
  if (double reach = std::max(-low, high); low < 0 && high > 0)
    text += fmt::format("set cbrange [{}:{}]\n", -reach, reach);
  if (!f.heatmap_label.empty())
    text += fmt::format("set cblabel {} noenhanced tc rgb '{}'\n", gnuplot_quoted(f.heatmap_label), ink);
  return text + fmt::format("plot '{}.csv' matrix skip 1 using {}:{}:3 with image pixels notitle\n", name,
                            place(1, f.x_range.low, f.x_range.high, f.heatmap.cols()),
                            place(2, f.y_range.high, f.y_range.low, f.heatmap.rows()));
}

struct BarLayout {
  double width = 0.8;  // of one bar, in units of x
  std::size_t bars = 0;
};

BarLayout bar_layout(const Figure& f) {
  std::vector<double> xs;
  std::size_t bars = 0;
  for (const Series& s : f.series)
    if (s.style == SeriesStyle::bars) ++bars, xs.insert(xs.end(), s.x.begin(), s.x.end());
  std::ranges::sort(xs);
  double gap = 0;
  for (std::size_t i = 1; i < xs.size(); ++i)
    if (double d = xs[i] - xs[i - 1]; d > 0 && (gap == 0 || d < gap)) gap = d;
  return {.width = 0.76 * (gap > 0 ? gap : 1) / double(std::max<std::size_t>(bars, 1)), .bars = bars};
}

std::string style_of(const Series& s, std::size_t i) {
  const std::string line = fmt::format("lw 2 lc rgb '{}'{}", colour(i), s.dashed ? " dt (8,5)" : "");
  const bool bar = !s.error.empty();
  switch (s.style) {
    case SeriesStyle::lines: return (bar ? "with yerrorlines pt 7 ps 0 " : "with lines ") + line;
    case SeriesStyle::points:
      return fmt::format("with {} pt {} ps 0.6 lc rgb '{}'", bar ? "yerrorbars" : "points", s.dashed ? 6 : 7,
                         colour(i));
    case SeriesStyle::lines_points:
      return fmt::format("with {} pt 7 ps 0.45 ", bar ? "yerrorlines" : "linespoints") + line;
    case SeriesStyle::steps: return "with steps " + line;
    case SeriesStyle::bars:
      return fmt::format("with {} fill solid {} noborder lc rgb '{}'", bar ? "boxerrorbars" : "boxes",
                         s.dashed ? 0.35 : 0.9, colour(i));
  }
  return {};
}

// The columns of a series in the csv, counted from 1; 0: it has no errors.
struct Places {
  std::size_t x = 1, y = 0, error = 0;
};

std::vector<Places> places_of(const Figure& f) {
  const bool shared = common_x(f);
  std::size_t next = shared ? 2 : 1;
  std::vector<Places> all;
  for (const Series& s : f.series) {
    Places& p = all.emplace_back();
    if (!shared) p.x = next++;
    p.y = next++;
    if (!s.error.empty()) p.error = next++;
  }
  return all;
}

std::string series_plot(const Figure& f, const std::string& name, std::span<const Places> places) {
  const BarLayout layout = bar_layout(f);
  std::string text = f.series.size() == 1 && f.series[0].label.empty() ? "set key off\n" : "";
  if (layout.bars && !f.log_y)
    text += fmt::format("{}set offsets graph 0.03, graph 0.03, graph 0.06, 0\nset errorbars front lw 1.5 lc rgb '{}'\n",
                        f.y_range.given() ? "" : "set yrange [0:*]\n", ink);
  text += "plot ";
  std::size_t bar = 0;
  for (std::size_t i = 0; i < f.series.size(); ++i) {
    const Series& s = f.series[i];
    const Places& at = places[i];
    const bool is_bar = s.style == SeriesStyle::bars;
    const double shift = is_bar ? (double(bar++) - 0.5 * double(layout.bars - 1)) * layout.width : 0;
    std::string columns = is_bar ? fmt::format("(${}+({})):{}", at.x, shift, at.y) : fmt::format("{}:{}", at.x, at.y);
    if (at.error && s.style != SeriesStyle::steps) columns += fmt::format(":{}", at.error);
    if (is_bar) columns += fmt::format(":({})", 0.94 * layout.width);
    std::string title = s.label.empty() ? "notitle" : fmt::format("title {} noenhanced", gnuplot_quoted(s.label));
    text +=
        fmt::format("{}'{}.csv' skip 1 using {} {} {}", i ? ", \\\n     " : "", name, columns, style_of(s, i), title);
  }
  return text + "\n";
}

// The series of all panels, as the csv has them.
Figure flat(const Figure& f) {
  Figure all{.x_label = f.panels[0].x_label};
  for (const Figure& panel : f.panels)
    for (Series s : panel.series) {
      s.label = panel.title + ": " + s.label;
      all.series.push_back(std::move(s));
    }
  return all;
}

// gnuplot takes letters for wider than they are: at the left of their places in the key none leaves the figure. It
// leaves a gap around points with errors, unless the interval box is small; 0 is its own size.
std::string manner() {
  return fmt::format(
      "set datafile separator comma\n"
      "set border 3 lw 1 lc rgb '{0}'\nset tics nomirror out scale 0.6 font ',12' tc rgb '{0}'\n"
      "set grid lt 1 lw 0.7 lc rgb '{1}'\n"
      "set key outside bottom center horizontal title ' ' Left reverse samplen 2 spacing 1.2 font ',12' tc rgb "
      "'{0}'\n"
      "set pointintervalbox 0.01\nset autoscale xfix\nset offsets graph 0.015, graph 0.015, 0, 0\n",
      ink, grid_ink);
}

std::string panels_plot(const Figure& f, const std::string& name) {
  const std::vector<Places> places = places_of(flat(f));
  const std::size_t lines = (f.panels.size() + 1) / 2;
  std::string text = fmt::format(
      "set terminal svg size 1100,{} enhanced font 'DejaVu Sans,12'\nset output '{}.svg'\n"
      "set multiplot layout {},2 title {} noenhanced font ',15' tc rgb '{}'\n",
      360 * lines, name, lines, gnuplot_quoted(f.title), ink);
  for (std::size_t first = 0; const Figure& panel : f.panels) {
    text += "reset\n" + manner() + heads(panel) + series_plot(panel, name, std::span(places).subspan(first));
    first += panel.series.size();
  }
  return text + "unset multiplot\nunset output\n";
}

}  // namespace

std::string gnuplot_quoted(const std::string& text) {
  std::string quoted = "'";
  for (char c : text) {
    if (c == '\'') quoted += '\'';
    quoted += static_cast<unsigned char>(c) < 32 ? ' ' : c;
  }
  return quoted + "'";
}

// One x column if all series share it, else one for each; errors behind their y; the shorter ones padded with nan.
std::string figure_csv(const Figure& f) {
  if (!f.panels.empty()) return figure_csv(flat(f));
  if (f.heatmap.size()) return heatmap_csv(f.heatmap);
  const bool shared = common_x(f);
  std::vector<std::string> names;
  std::vector<const std::vector<double>*> columns;
  const auto add = [&](const std::string& name, const std::vector<double>& column) {
    names.push_back(name);
    columns.push_back(&column);
  };
  if (shared) add(f.x_label.empty() ? "x" : csv_name(f.x_label), f.series[0].x);
  for (std::size_t i = 0; i < f.series.size(); ++i) {
    const Series& s = f.series[i];
    const std::string name = s.label.empty() ? fmt::format("y{}", i) : csv_name(s.label);
    if (!shared) add(name + " x", s.x);
    add(name, s.y);
    if (!s.error.empty()) add(name + " error", s.error);
  }
  std::size_t rows = 0;
  for (const auto* column : columns) rows = std::max(rows, column->size());
  std::string csv = fmt::format("{}\n", fmt::join(names, ","));
  for (std::size_t r = 0; r < rows; ++r) {
    std::vector<std::string> cells;
    for (const auto* column : columns) cells.push_back(r < column->size() ? number((*column)[r]) : "nan");
    csv += fmt::format("{}\n", fmt::join(cells, ","));
  }
  return csv;
}

std::string figure_script(const Figure& f, const std::string& name) {
  std::string text = fmt::format("# Draws {0}.svg from {0}.csv: gnuplot {0}.gp\nset encoding utf8\n", name);
  if (!f.panels.empty()) return text + panels_plot(f, name);
  text += manner() + heads(f);
  const std::string plot = f.heatmap.size() ? heatmap_plot(f, name) : series_plot(f, name, places_of(f));
  text += "set terminal svg size 760,440 enhanced font 'DejaVu Sans,12'\n";
  text += fmt::format("set output '{}.svg'\n{}", name, plot);
  if (f.pdf)
    text += fmt::format(
        "set terminal pdfcairo size 19cm,11cm enhanced font 'DejaVu Sans,9'\nset output '{}.pdf'\nreplot\n", name);
  return text + "unset output\n";
}

}  // namespace basin::report
