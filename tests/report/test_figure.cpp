#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "core/file.h"
#include "experiments/report/figure.h"
#include "experiments/report/figure_script.h"
#include "tests/core/temp_folder.h"
#include "tests/report/has.h"

using namespace basin;
using namespace basin::report;
namespace fs = std::filesystem;

namespace {

Figure curve() {
  return {.title = "Loss",
          .x_label = "epoch",
          .y_label = "loss",
          .series = {{"train", {1, 2, 3}, {1, 0.5, 0.25}}, {"test", {1, 2, 3}, {1.5, NAN, 0.75}}}};
}

std::string svg_of(const Figure& f) {
  TempFolder tmp;
  write_figure(tmp.path(), "f", f);
  return read_file(tmp / "f.svg");
}

template <class E>
std::string refusal(const Figure& f, const std::string& name = "f") {
  TempFolder tmp;
  try {
    write_figure(tmp.path(), name, f);
  } catch (const E& e) {
    CHECK(tmp.n_files() == 0);
    return e.what();
  }
  return "nothing was refused";
}

// Sets a variable of the environment until the end of the scope.
struct Environment {
  std::string name, before;
  Environment(const char* variable, const char* value) : name(variable) {
    if (const char* old = std::getenv(variable)) before = old;
    setenv(variable, value, 1);
  }
  ~Environment() { setenv(name.c_str(), before.c_str(), 1); }
};

}  // namespace

TEST_CASE("a figure is a csv, a script and an svg, in a folder made for it") {
  TempFolder tmp;
  write_figure(tmp / "a/b", "loss-1", curve());
  CHECK(read_file(tmp / "a/b/loss-1.csv") == "epoch,train,test\n1,1,1.5\n2,0.5,nan\n3,0.25,0.75\n");
  CHECK(has(read_file(tmp / "a/b/loss-1.gp"), "'loss-1.csv'"));
  const std::string svg = read_file(tmp / "a/b/loss-1.svg");
  for (const char* text : {"Loss", "epoch", "train", "test"}) CHECK(has(svg, std::string(">") + text));
  CHECK_FALSE(fs::exists(tmp / "a/b/loss-1.pdf"));
}

TEST_CASE("the svg is byte-equal from run to run, whatever the locale") {
  const std::string first = svg_of(curve());
  Environment locale("LC_ALL", "de_DE.UTF-8");
  CHECK(svg_of(curve()) == first);
}

TEST_CASE("every style and axis is drawn") {
  using enum SeriesStyle;
  for (SeriesStyle style : {lines, points, lines_points, steps, bars})
    for (bool log : {false, true}) {
      Figure f = curve();
      for (Series& s : f.series) s.style = style, s.dashed = log;
      f.log_x = f.log_y = log;
      CHECK(has(svg_of(f), "</svg>"));
    }
  Figure named = curve();
  named.x_names = {"", "layers_0", "it's 50 % %s", "a<b"};
  for (const char* text : {">layers_0<", ">it's 50 % %s<", ">a&lt;b<"}) CHECK(has(svg_of(named), text));
  CHECK(has(svg_of({.series = {{"", {5}, {7}, points}}}), "</svg>"));
  CHECK(has(svg_of({.series = {{"flat", {1, 2}, {0, 0}}}}), "</svg>"));
}

TEST_CASE("a heatmap is drawn from a matrix without pictures outside the svg") {
  Figure f{.title = "M", .heatmap = Matrix(Shape{2, 3}, {1, 2, 3, -1, NAN, 0.5}), .heatmap_label = "weight"};
  CHECK(figure_csv(f) == "c0,c1,c2\n1,2,3\n-1,nan,0.5\n");
  TempFolder tmp;
  write_figure(tmp.path(), "m", f);
  CHECK(tmp.n_files() == 3);
  CHECK(has(read_file(tmp / "m.svg"), ">weight"));
  CHECK(has(svg_of({.heatmap = Matrix(Shape{1, 1}, {3.0})}), "</svg>"));
}

TEST_CASE(
    "colours of a heatmap with two signs reach as far on both sides of zero; with one sign gnuplot finds the range") {
  const auto script = [](std::vector<double> row) {
    const std::int64_t n = std::ssize(row);
    return figure_script({.heatmap = Matrix(Shape{1, n}, std::move(row))}, "m");
  };
  for (const auto& row : {std::vector<double>{-2.5, NAN, 1}, {-1, 0, 2.5}, {2.5, -INFINITY, -2.5}})
    CHECK(has(script(row), "set cbrange [-2.5:2.5]\n"));
  for (const auto& row : {std::vector<double>{1, 2, INFINITY}, {-1, -2, 0}, {0, 0, NAN}})
    CHECK_FALSE(has(script(row), "cbrange"));
}

TEST_CASE("series with their own x get their own columns") {
  Figure f{.series = {{"a", {1, 2}, {3, 4}}, {"", {1}, {9}}}};
  CHECK(figure_csv(f) == "a x,a,y1 x,y1\n1,3,1,9\n2,4,nan,nan\n");
  CHECK(has(svg_of(f), "</svg>"));
}

TEST_CASE("errors are columns of their own and bars around what was measured") {
  using enum SeriesStyle;
  Figure f = curve();
  f.series[1].error = {0.1, NAN, 0.2};
  CHECK(figure_csv(f) == "epoch,train,test,test error\n1,1,1.5,0.1\n2,0.5,nan,nan\n3,0.25,0.75,0.2\n");
  const std::pair<SeriesStyle, const char*> drawn[] = {{lines, "using 1:3:4 with yerrorlines"},
                                                       {points, "using 1:3:4 with yerrorbars"},
                                                       {lines_points, "using 1:3:4 with yerrorlines"},
                                                       {steps, "using 1:3 with steps"},
                                                       {bars, ":3:4:(0.714"}};
  for (const auto& [style, text] : drawn) {
    f.series[1].style = style;
    CHECK(has(figure_script(f, "f"), text));
    CHECK(has(svg_of(f), "</svg>"));
  }
  f.series[0] = {.label = "own", .x = {1}, .y = {2}, .error = {3}};
  CHECK(figure_csv(f).starts_with("own x,own,own error,test x,test,test error\n1,2,3,1,1.5,0.1\nnan,nan,nan,2,"));
  f.series[1].style = points;
  CHECK(has(figure_script(f, "f"), "using 4:5:6 with yerrorbars"));
}

TEST_CASE("ranges are those of the axes, and where a heatmap stands") {
  Figure f = curve();
  CHECK_FALSE(has(figure_script(f, "f"), "range"));
  f.x_range = {0, 4}, f.y_range = {-1, 2};
  CHECK(has(figure_script(f, "f"), "set xrange [0:4]\nset yrange [-1:2]\n"));
  f.series[0].style = SeriesStyle::bars;
  CHECK_FALSE(has(figure_script(f, "f"), "[0:*]"));
  Figure map{.x_range = {-1, 1}, .y_range = {0, 2}, .heatmap = Matrix(Shape{2, 5}, 3)};
  CHECK(has(figure_script(map, "m"), "using (-1+(0.5)*$1):(2+(-2)*$2):3 with image"));
  CHECK(has(svg_of(map), ">-0.5<"));
  CHECK_FALSE(has(figure_script(map, "m"), "[*:*] reverse"));
}

TEST_CASE("figures that are compared share their y axis, also if there is nothing but 0") {
  std::vector<NamedFigure> figures{{"a", curve()}, {"b", {.series = {{"flat", {1, 2}, {0, 0}}}}}};
  share_y(figures);
  for (const NamedFigure& f : figures) CHECK(f.figure.y_range.high == doctest::Approx(1.575));
  figures.erase(figures.begin());
  share_y(figures);
  CHECK(has(figure_script(figures[0].figure, "b"), "set yrange [0:1]"));
}

TEST_CASE("labels are shown as they are and cannot reach gnuplot or the shell") {
  Figure f = curve();
  f.title = "it's `touch oops` $(touch oops) \"x\" \\n a_1^{2} %d <&>";
  f.x_label = "a, b\n'; system(\"touch oops\") #";
  f.series[0].label = "w_1' lw 9 #, y";
  TempFolder tmp;
  write_figure(tmp.path(), "f", f);
  CHECK(tmp.n_files() == 3);
  const std::string svg = read_file(tmp / "f.svg");
  CHECK(has(svg, "it's `touch oops` $(touch oops)"));
  CHECK(has(svg, "a_1^{2} %d &lt;&amp;"));
  CHECK(has(svg, "w_1' lw 9 #, y"));
  CHECK(read_file(tmp / "f.csv").starts_with("a  b '; system( touch oops )  ,w_1' lw 9    y,test\n"));
  CHECK(gnuplot_quoted("a'b\n") == "'a''b '");
}

TEST_CASE("a pdf is made when asked for") {
  TempFolder tmp;
  Figure f = curve();
  f.pdf = true;
  write_figure(tmp.path(), "f", f);
  CHECK(read_file(tmp / "f.pdf").starts_with("%PDF"));
}

TEST_CASE("figures with nothing to draw are refused before anything is written") {
  CHECK(has(refusal<UsageError>({}), "nothing to draw: 0 series"));
  CHECK(has(refusal<UsageError>({.series = {{"a", {1, 2}, {NAN, INFINITY}}}}), "no finite point"));
  CHECK(has(refusal<UsageError>({.log_y = true, .series = {{"a", {1, 2}, {0, -1}}}}),
            "positive on the logarithmic axis"));
  CHECK(has(refusal<ShapeError>({.series = {{"a", {1, 2}, {1}}}}), "series 'a' has 2 x and 1 y"));
  CHECK(has(refusal<ShapeError>({.series = {{.label = "a", .x = {1}, .y = {1}, .error = {1, 2}}}}),
            "series 'a' has 1 y and 2 errors"));
  CHECK(has(refusal<UsageError>({.heatmap = Matrix(Shape{1, 1}, NAN)}), "no finite number in the heatmap"));
  for (const char* name : {"", "a/b", "..", "a b", "a'b"})
    CHECK(has(refusal<UsageError>(curve(), name), "wanted letters, digits"));
}

TEST_CASE("without gnuplot the numbers and the script are still written") {
  TempFolder tmp;
  tmp.with("f.svg", "of an earlier run");
  Environment path("PATH", "/nonexistent");
  std::string text;
  try {
    write_figure(tmp.path(), "f", curve());
  } catch (const Error& e) {
    text = e.what();
  }
  CHECK(has(text, "gnuplot could not be started"));
  CHECK(has(text, "help: install gnuplot-nox"));
  CHECK(fs::exists(tmp / "f.csv"));
  CHECK(fs::exists(tmp / "f.gp"));
  CHECK_FALSE(fs::exists(tmp / "f.svg"));
}

TEST_CASE("what a failing gnuplot says is in the error") {
  TempFolder tmp;
  fs::create_directory(tmp / "bin");
  const std::string fake = tmp.with("bin/gnuplot", "#!/bin/sh\necho line 3: no such thing >&2\nexit 1\n");
  fs::permissions(fake, fs::perms::owner_all);
  Environment path("PATH", (tmp / "bin").c_str());
  std::string text;
  try {
    write_figure(tmp / "out", "f", curve());
  } catch (const Error& e) {
    text = e.what();
  }
  CHECK(has(text, "gnuplot failed"));
  CHECK(has(text, "line 3: no such thing"));
  CHECK(has(text, "out/f.gp"));
  CHECK_FALSE(fs::exists(tmp / "out/f.svg"));
}

TEST_CASE("panels are drawn side by side, each from its own columns, with its own axes") {
  Figure second = curve();
  second.title = "Accuracy", second.log_x = true;
  for (Series& s : second.series) s.y = {0.1, 0.2, 0.3};
  second.series[0].error = {0.01, 0.01, 0.01};
  const Figure both{.title = "Training", .panels = {curve(), second}};
  CHECK(figure_csv(both) ==
        "epoch,Loss: train,Loss: test,Accuracy: train,Accuracy: train error,Accuracy: test\n"
        "1,1,1.5,0.1,0.01,0.1\n2,0.5,nan,0.2,0.01,0.2\n3,0.25,0.75,0.3,0.01,0.3\n");
  const std::string script = figure_script(both, "f");
  CHECK(has(script, "'f.csv' skip 1 using 1:3 "));
  CHECK(has(script, "'f.csv' skip 1 using 1:4:5 "));
  CHECK(has(script, "'f.csv' skip 1 using 1:6 "));
  CHECK(script.find("set logscale x") > script.find("using 1:3"));  // of the second alone
  CHECK(script.find("reset", script.find("using 1:3")) < script.find("set logscale x"));
  const std::string svg = svg_of(both);
  for (const char* text : {"Training", "Loss", "Accuracy", "train", "test"}) CHECK(has(svg, std::string(">") + text));
}

TEST_CASE("a panel with nothing to draw is named") {
  Figure empty = curve();
  empty.title = "Nothing";
  for (Series& s : empty.series) s.y = {NAN, NAN, NAN};
  CHECK(has(refusal<UsageError>({.panels = {curve(), empty}}), "figure f, panel 'Nothing': nothing to draw"));
}

TEST_CASE("figures that are compared show one range of y") {
  Figure high = curve(), bars = curve();
  high.series[0].y = {1, 10, 5};
  bars.series[0].style = SeriesStyle::bars;
  std::vector<NamedFigure> all{{"low", curve()}, {"high", high}, {"bars", bars}};
  share_y(all);
  for (const NamedFigure& f : all) {
    CHECK(f.figure.y_range.low == 0);
    CHECK(f.figure.y_range.high > 10);
    CHECK(f.figure.y_range.high == all[0].figure.y_range.high);
    const std::string script = figure_script(f.figure, f.name);
    CHECK(script.find("set yrange [") == script.rfind("set yrange ["));
  }
  for (NamedFigure& f : all) f.figure.log_y = true;
  share_y(all);
  CHECK(all[0].figure.y_range.low == 0.125);  // of 0.25: the lowest bar has a height
  CHECK(all[0].figure.y_range.high == 10);
  all.pop_back();
  all[1].figure.series[0].error = {0, 2, 0};
  share_y(all);
  CHECK(all[0].figure.y_range.low == 0.25);
  CHECK(all[0].figure.y_range.high == 12);  // with its error
}
