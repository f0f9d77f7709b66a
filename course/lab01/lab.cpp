#include "lab.h"

#include <cmath>
#include <stdexcept>
#include <utility>

#include "common/course.h"

namespace lab {

double Number::value() const { return tape->entry(id).value; }

Number Tape::input(double value, std::string name) { return record(std::move(name), value, {}); }

Number Tape::record(std::string name, double value, std::vector<Link> links) {
  for (const Link& link : links)
    if (link.parent < 0 || link.parent >= size())
      throw std::logic_error("entry " + std::to_string(size()) + " '" + name + "' links to entry " +
                             std::to_string(link.parent) + ", which is not an earlier one");
  entries_.push_back({std::move(name), value, std::move(links)});
  return {this, size() - 1};
}

// An example for the three below: the value, and how much it grows when one of its parents grows by one.
Number operator+(Number a, Number b) { return a.tape->record("+", a.value() + b.value(), {{a.id, 1}, {b.id, 1}}); }

//@ nowrong multiply: two swapped slopes are a slip, no idea
//@ nowrong exp: there is one way to write it
Number operator*([[maybe_unused]] Number a, [[maybe_unused]] Number b) {
  //@ solution multiply
  return a.tape->record("*", a.value() * b.value(), {{a.id, b.value()}, {b.id, a.value()}});
  //@ stub
  todo("multiply", "record the product with its two slopes, as operator+ above does");
  //@ end
}

Number exp([[maybe_unused]] Number x) {
  //@ solution exp
  const double y = std::exp(x.value());
  return x.tape->record("exp", y, {{x.id, y}});
  //@ stub
  todo("exp", "record std::exp of the value; the slope is the result itself");
  //@ end
}

Number tanh([[maybe_unused]] Number x) {
  //@ solution tanh
  const double y = std::tanh(x.value());
  return x.tape->record("tanh", y, {{x.id, 1 - y * y}});
  //@ stub
  todo("tanh", "record std::tanh of the value; write the slope with the result (Background, table of slopes)");
  //@ end
}

std::vector<double> Tape::slopes([[maybe_unused]] Number y) const {
  //@ solution sweep
  std::vector<double> slope(size());
  slope[y.id] = 1;
  for (int id = y.id; id >= 0; --id)
    for (const Link& link : entry(id).links) slope[link.parent] += slope[id] * link.slope;
  return slope;
  //@ stub
  todo("sweep",
       "start with 1 at y, walk down to entry 0, and hand on to each parent what it is owed (Background, (2))");
  //@ end
}

std::vector<double> differences([[maybe_unused]] const Function& f, [[maybe_unused]] std::vector<double> x,
                                [[maybe_unused]] double h) {
  //@ solution differences
  std::vector<double> slope;
  for (double& entry : x) {
    const double middle = entry;
    entry = middle + h;
    const double above = f(x);
    entry = middle - h;
    slope.push_back((above - f(x)) / (2 * h));
    entry = middle;
  }
  return slope;
  //@ stub
  todo("differences", "move one entry of x by h to both sides, divide by 2h, and put it back (Background, (3))");
  //@ end
}

Number network_loss([[maybe_unused]] const std::vector<Number>& theta, [[maybe_unused]] const basin::Matrix& x,
                    [[maybe_unused]] std::span<const double> t, [[maybe_unused]] int hidden) {
  //@ solution network
  const int in = int(x.cols()), b = in * hidden, v = b + hidden, c = v + hidden;
  Tape& tape = *theta.at(0).tape;
  Number total = tape.input(0, "const");
  for (int row = 0; row < x.rows(); ++row) {
    Number y = theta.at(c);
    for (int j = 0; j < hidden; ++j) {
      Number pre = theta.at(b + j);
      for (int i = 0; i < in; ++i) pre = pre + x(row, i) * theta.at(i * hidden + j);
      y = y + theta.at(v + j) * tanh(pre);
    }
    const Number miss = y + (-t[row]);
    total = total + miss * miss;
  }
  return (1.0 / double(x.rows())) * total;
  //@ stub
  todo("network", "loop over rows, hidden neurons and inputs, with Numbers only; the formula stands in lab.h");
  //@ end
}

}  // namespace lab
