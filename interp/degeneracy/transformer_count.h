// How many directions of a transformer's parameters its outputs do not notice, in closed form from its sizes and from
// what data show of it (docs/theory.md §3.14). It shares no code with the measurement of model_degeneracy.h.
#pragma once
#include <cstdint>
#include <vector>

namespace basin::interp {

// A decoder as nn/transformer.h describes it, in integers.
struct TransformerShape {
  enum class Norm {
    none,
    pre,
    full
  };  // layer norms before every reader of the residual stream; full: with gain, shift
  struct Block {
    std::vector<std::int64_t> sharing{};  // heads behind each pattern; {1, 1}: two heads with a pattern each
    std::vector<std::int64_t> firing{};   // neurons behind each firing pattern, those always on and dead apart
    std::int64_t always_on = 0, dead = 0;
  };
  std::int64_t d_model = 0, d_head = 0, d_vocab_out = 0;
  std::int64_t tokens = 0, used = 0, positions = 0;  // rows of the embedding, those of them that data visit, positions
  std::vector<Block> blocks{};
  bool mlp = true, relu = true, parallel = false;  // without relu no neuron is told from others by its pattern
  Norm norm = Norm::none;
  bool b_Q = true, b_K = true, b_V = true, b_O = true, b_in = true, b_out = true, b_U = true;
  std::int64_t embedded = 0;  // dimensions in which tokens and positions lie; 0: all. With Norm::none
  std::int64_t unread = 0;    // directions of the residual stream that nothing reads. With Norm::none
};

// Free directions in general position: weights generic but for what the shape says; data that visit tokens and
// positions freely, three positions or more; d_head and the neurons of a block that fire together at most the
// dimensions they are read from; d_vocab_out, and tokens and positions together, at least d_model; neurons that fire
// on few samples, or one inside the other, add what only the data say. UsageError for a shape
// that contradicts itself.
std::int64_t transformer_free_directions(const TransformerShape& shape);

}  // namespace basin::interp
