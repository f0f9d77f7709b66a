// Lab 01: a scalar engine with a tape. Whatever is computed with Numbers is written down, entry by entry, each with its
// slopes to the entries it was computed from. A gradient is one walk over that list, from its end to its start.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/matrix.h"

namespace lab {

struct Link {
  int parent = 0;    // an earlier entry of the tape
  double slope = 0;  // d (this entry) / d (that one), all others held still: a local slope
};
struct Entry {
  std::string name;  // "x", "+", "tanh": for pictures
  double value = 0;
  std::vector<Link> links = {};  // none for inputs, else one or two; twice the same parent for x * x
};

class Tape;

// A handle on an entry.
struct Number {
  Tape* tape = nullptr;
  int id = 0;
  double value() const;
};

class Tape {
 public:
  Number input(double value, std::string name = "x");
  // Appends an entry. std::logic_error when a link does not lead to an earlier entry.
  Number record(std::string name, double value, std::vector<Link> links);
  // d y / d (entry i) for every entry i of the tape; zero where y does not depend on it. Each entry is read once.
  std::vector<double> slopes(Number y) const;

  int size() const { return int(entries_.size()); }
  const Entry& entry(int id) const { return ++reads_, entries_.at(id); }
  long reads() const { return reads_; }  // how often entry() was called

 private:
  std::vector<Entry> entries_;
  mutable long reads_ = 0;
};

// Each records one entry, on the tape of what it is given.
Number operator+(Number a, Number b);
Number operator*(Number a, Number b);
Number exp(Number x);
Number tanh(Number x);

// Made of those above: a constant is an input that nobody asks about.
inline Number operator*(double c, Number x) { return x.tape->input(c, "const") * x; }
inline Number operator+(Number x, double c) { return x + x.tape->input(c, "const"); }
inline Number operator-(Number a, Number b) { return a + (-1.0) * b; }

// Slopes of f at x by central differences, (f(x + h e_i) - f(x - h e_i)) / 2h for each i.
using Function = std::function<double(std::span<const double>)>;
std::vector<double> differences(const Function& f, std::vector<double> x, double h);

// The loss of a network with one hidden layer, the mean over rows of (v · tanh(x W + b) + c - t)².
// x is [rows, in], t has one number a row. theta holds, in this order, W [in, hidden] row by row, b [hidden], v
// [hidden] and c: (in + 2) hidden + 1 Numbers of one tape.
Number network_loss(const std::vector<Number>& theta, const basin::Matrix& x, std::span<const double> t, int hidden);

}  // namespace lab
