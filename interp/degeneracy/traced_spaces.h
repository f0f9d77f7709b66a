// The linear spaces in which a traced graph keeps its values, and what may happen to each without any output noticing,
// because the parameters around it undo the change (docs/theory.md §3.13). Read off the ops alone, by these rules:
//
//   x W, table[i], x + b      a parameter takes any change y (1 + A) + c of its output, and of its input
//   x + y, views, c x         one space: the same A, and the c add up
//   relu                      neurons that fire together mix; where they always fire, constants pass
//   q k^T                     A on q is undone by -A^T on k, head by head; to a softmax, constants of k are invisible
//   pattern v                 A on v head by head, and among heads that share a pattern; constants pass a softmax
//   layer norm                rotations of its input that keep the mean pass; behind it, a gain takes any diagonal A,
//                             and since y = w n + b with sum n = 0 has sum y / w = sum b / w, what reads it adds
//                             constants
//   the output, other ops     nothing: A = 0 and c = 0
//
// A parameter that is used twice counts as another op. So all that is found leaves the outputs as they are to first
// order, and what rules do not know is merely not found.
#pragma once
#include "interp/degeneracy/data_relations.h"

namespace basin::interp {

// Of a space only the member that stands for all those that are one (`same` is its own place) says anything.
struct ValueSpace {
  enum Kind { linear, neurons, scores, values, gains };
  std::int64_t width = 0;
  int same = -1;
  Kind kind = linear;
  bool fixed = false;                 // A = 0
  bool rotates = false;               // read through a layer norm: A + A^T = 0, and A keeps the mean
  std::vector<std::int64_t> block{};  // features mix where these are equal; none: all do
  std::vector<std::int64_t> unit{};   // the neuron or head of a feature
  int dual = -1;                      // of q: the space of k
  int normed = -1;                    // of what a gain gives: the space that it is given, times `gain`
  std::vector<double> gain{};
};

// A parameter that takes a change: as a matrix P [rows, width] it becomes P + P A_out - A_in P, and a constant c of the
// output is added to each row.
struct Absorber {
  std::vector<std::int64_t> places{};  // of P's numbers in the flat parameter vector
  std::int64_t width = 0;
  int in = -1, out = -1;  // spaces; -1: none
  bool gain = false;      // a vector w for diag(w): only the diagonal of A_out counts
};

struct TracedSpaces {
  std::vector<Parameters<double>::Slice> parameters{};
  std::vector<ValueSpace> spaces{};
  std::vector<Absorber> absorbers{};
  // Absorbers that write one value, such as a weight and its bias, or tokens and positions: as one matrix [rows, width]
  // they meet activations that belong together.
  std::vector<std::vector<std::size_t>> written{};
  // Constants that absorbers may add, one unknown for each column of one that can: `first` is its first, and row i of
  // the absorber changes by `rows`[i] times them (none: 1). A row of `seen` holds what becomes of an unknown at the
  // places that notice: combinations u with u seen = 0 are free.
  struct Constant {
    std::size_t absorber = 0;
    std::int64_t first = 0;
    std::vector<double> rows{};
  };
  std::vector<Constant> constants{};
  Matrix seen{};              // [unknowns, any]
  DataRelations relations{};  // of the graph's relus and softmaxes

  int root(int space) const;
};

// One sweep, for what data say (interp/degeneracy/data_relations.h). Errors as there.
TracedSpaces traced_spaces(const ModelPoint& model, const Inputs& data, const SweepOptions& options = {});

}  // namespace basin::interp
