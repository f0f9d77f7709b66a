// Pictures of lab 01, in out/: a tape with its links as arcs, and what a gradient costs.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <limits>

#include "common/course.h"
#include "experiments/report/figure.h"
#include "lab.h"

using basin::report::Figure;
using basin::report::Series;
using basin::report::SeriesStyle;
using lab::Number;
using lab::Tape;

namespace {

// Half an ellipse from an entry back to the one it was computed from, as high as that is far.
void add_arc(Series& arcs, double from, double to) {
  for (int i = 0; i <= 24; ++i) {
    const double angle = std::acos(-1.0) * i / 24;
    arcs.x.push_back((from + to) / 2 + (from - to) / 2 * std::cos(angle));
    arcs.y.push_back((from - to) * std::sin(angle));
  }
  arcs.x.push_back(from), arcs.y.push_back(std::numeric_limits<double>::quiet_NaN());
}

Figure picture_of(const Tape& tape, const std::string& title) {
  Figure figure{.title = title,
                .x_label = "entries of the tape, in the order they were made",
                .y_label = "how far back a link leads"};
  Series arcs{.label = "link to a parent"}, entries{.label = "entry", .style = SeriesStyle::points};
  for (int id = 0; id < tape.size(); ++id) {
    entries.x.push_back(id), entries.y.push_back(0);
    figure.x_names.push_back(tape.entry(id).name);
    for (const lab::Link& link : tape.entry(id).links) add_arc(arcs, id, link.parent);
  }
  figure.series = {arcs, entries};
  return figure;
}

// Needs no task: (a + b) b with a = 2, b = 3, its entries written by hand.
void show_by_hand() {
  Tape tape;
  const Number a = tape.input(2, "a"), b = tape.input(3, "b");
  const Number sum = tape.record("+", 5, {{a.id, 1}, {b.id, 1}});
  const Number y = tape.record("*", 15, {{sum.id, 3}, {b.id, 5}});
  basin::report::write_figure("out", "by_hand", picture_of(tape, "The tape of (a + b) b"));
  std::cout << "(a + b) b at a = 2, b = 3 is " << y.value() << "; its tape is out/by_hand.svg\n";
  const std::vector<double> slope = tape.slopes(y);
  std::cout << "slopes: to a " << slope[a.id] << " (exactly 3), to b " << slope[b.id] << " (exactly 8)\n";
}

// One neuron and its squared error, and the slope at each entry.
void show_neuron() {
  basin::Rng rng = lab::student_rng("lab01 neuron");
  Tape tape;
  const Number x = tape.input(rng.uniform(0.5, 1.5), "x"), w = tape.input(rng.uniform(0.5, 1.5), "w");
  const Number b = tape.input(rng.uniform(-0.5, 0.5), "b"), t = tape.input(-1, "-t");
  const Number miss = lab::tanh(w * x + b) + t, loss = miss * miss;
  const std::vector<double> slope = tape.slopes(loss);
  Figure tape_picture = picture_of(tape, "The tape of (tanh(w x + b) - t)²");
  Figure slopes{.title = "What the sweep leaves at each entry", .x_label = "entry", .y_label = "d loss / d entry"};
  slopes.x_names = tape_picture.x_names;
  slopes.series = {basin::report::bars("slope", slope, [](double s) { return s; })};
  const auto [low, high] = std::ranges::minmax(slope);
  slopes.y_range = {1.1 * std::min(low, 0.0), 1.1 * high};  // bars go both ways
  basin::report::write_figure("out", "figure", {.panels = {tape_picture, slopes}});
  const double y = std::tanh(w.value() * x.value() + b.value());
  std::cout << "slope to w " << slope[w.id] << ", exactly " << 2 * (y - 1) * (1 - y * y) * x.value() << '\n';
}

struct Cost {
  double parameters, sweep, differences;  // entries touched
};

// A network with `hidden` neurons: entries of its tape, read twice to make them and once more by the sweep, against
// two tapes for each parameter.
Cost cost_of(int hidden) {
  const basin::Matrix x({1, 2}, {1, -1});
  const std::vector<double> t{0.5}, theta(4 * hidden + 1, 0.1);
  long recorded = 0;
  const auto loss_of = [&](Tape& tape, std::span<const double> values) {
    std::vector<Number> numbers;
    for (const double value : values) numbers.push_back(tape.input(value));
    return lab::network_loss(numbers, x, t, hidden);
  };
  const auto value_of = [&](std::span<const double> values) {
    Tape tape;
    const double value = loss_of(tape, values).value();
    recorded += tape.size();
    return value;
  };
  Tape tape;
  const Number loss = loss_of(tape, theta);
  const long before = tape.reads();
  tape.slopes(loss);
  lab::differences(value_of, theta, 1e-5);
  return {double(theta.size()), double(tape.size() + tape.reads() - before), double(recorded)};
}

void show_cost() {
  std::vector<Cost> costs;
  for (int hidden = 1; hidden <= 64; hidden *= 2) costs.push_back(cost_of(hidden));
  Figure figure{.title = "All slopes of a network's loss", .x_label = "parameters", .y_label = "entries touched"};
  figure.log_x = figure.log_y = true;
  const auto line = SeriesStyle::lines_points;
  figure.series = {basin::report::points("tape and one sweep", costs, &Cost::parameters, &Cost::sweep, line),
                   basin::report::points("central differences", costs, &Cost::parameters, &Cost::differences, line)};
  basin::report::write_figure("out", "cost", figure);
  const Cost& last = costs.back();
  std::cout << last.parameters << " slopes: one sweep touches " << last.sweep << " entries, differences "
            << last.differences << ", " << last.differences / last.sweep << " times as many\n";
}

}  // namespace

int main() {
  for (const auto show : {show_by_hand, show_neuron, show_cost}) {
    try {
      show();
    } catch (const lab::Todo& todo) {
      const std::string text = todo.what();
      std::cout << text.substr(0, text.find(" is not")) << ": not written yet\n";
    }
  }
}
