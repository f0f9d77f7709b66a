// Whether two networks compute the same on a data set, and if they do, a path from the parameters of the one to those
// of the other on which they go on computing it (docs/theory.md §3.12).
#pragma once
#include "interp/degeneracy/neuron_match.h"

namespace basin::interp {

enum class Sameness { same, different, undecided };
std::string_view name_of(Sameness verdict);

// removed: hidden neurons that never fire, or that nothing reads, are left out.
// ordered: the neurons of a layer stand in another order; neurons that nothing reads are new.
// mixed: neurons that fire on the same samples are rescaled or mixed (kind c), and readers take it back; what of such a
//   neuron nothing reads may change with it (kind b).
// unseen: weights of a layer change where its inputs do not show them (kind a).
enum class MoveKind { removed, ordered, mixed, unseen };
std::string_view name_of(MoveKind kind);

struct Move {
  MoveKind kind = MoveKind::unseen;
  std::int64_t layer = 0;               // the dense layer that makes these neurons, or whose weights they are
  std::vector<std::int64_t> neurons{};  // removed: these. ordered: by place, the neuron that stood before at this place
                                        // of the layer; from `before` on, a new one
  std::int64_t before = 0;              // ordered: how many neurons the layer had
  std::vector<BlockMatch> blocks{};  // mixed: those that change; `from` are neurons of the layer before it was ordered
  std::int64_t numbers = 0;          // unseen: parameters that change
  double residual = 0;               // largest difference of outputs behind it from the first network's, relative
  ReluNet after{};                   // the network behind it
};

struct SameFunction {
  Sameness verdict = Sameness::different;
  double difference = 0;             // largest |a - b| of an output over the largest |output| of its kind
  std::int64_t row = 0, output = 0;  // where
  std::vector<Move> path{};          // behind the last move stands b; where undecided, as far as it goes
  double residual = 0;               // the largest of the moves
  std::string stuck{};               // where undecided, what stopped the path
};

// x is [samples, d_0]. Different: an output differs by more than `tolerance` on this data. Same: there is a path, and
// behind none of its moves an output differs by more. Undecided: equal on this data, and of no path that is known here.
// The numbers of hidden neurons may differ. DataError for networks that ReluNet::validate refuses or without samples;
// ShapeError for other inputs, outputs, numbers of layers, biases or activations; NumericalError for outputs that are
// not finite.
SameFunction same_function(const ReluNet& a, const ReluNet& b, const Matrix& x, double tolerance = 1e-9);

std::string text_of(const Move& move);  // "layers.0: neurons in the order 3 1 0 2"

// One JSON object: verdict, difference, row, output, tolerance, residual, stuck, moves [{kind, layer, text, residual}].
std::string to_json(const SameFunction& found, double tolerance);

}  // namespace basin::interp
