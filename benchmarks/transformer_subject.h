// What the benchmarks of transformers measure on: x + y mod 113 as tokens x, y, 113, learned at the last position by
// one block without LayerNorm (d_model 128, 4 heads of 32, d_mlp 512, relu, all biases), on 30 % of all pairs.
#pragma once
#include <fmt/format.h>

#include <string>

#include "core/error.h"
#include "core/npz.h"
#include "core/rng.h"
#include "interp/sweep/sweep.h"
#include "nn/import.h"

namespace basin::benchmarks {

inline const nn::TransformerSpec mod113{.n_layers = 1,
                                        .d_model = 128,
                                        .n_heads = 4,
                                        .d_head = 32,
                                        .d_mlp = 512,
                                        .d_vocab = 114,
                                        .d_vocab_out = 114,
                                        .n_ctx = 3,
                                        .last_position = true};

struct TransformerSubject {
  interp::ModelPoint point;
  Inputs inputs;  // tokens [rows, 3], t [rows]
};

// So many of the 113^2 pairs, in random order.
inline Inputs random_pairs(std::int64_t rows) {
  constexpr std::int64_t p = 113;
  if (rows < 2 || rows > p * p) throw UsageError(fmt::format("--rows {}: wanted 2 to {}", rows, p * p));
  const std::vector<std::int64_t> order = Rng(0, "bench/pairs").permutation(p * p);
  Tensor<double> tokens({rows, 3}), sums({rows});
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t x = order[i] / p, y = order[i] % p;
    tokens(i, 0) = double(x);
    tokens(i, 1) = double(y);
    tokens(i, 2) = double(p);
    sums[i] = double((x + y) % p);
  }
  return {{"tokens", tokens}, {"t", sums}};
}

// From a file of this size (nn/import.h), DataError for another one; an empty path: as training would start, with
// random biases, so that nothing is left out.
inline TransformerSubject transformer_subject(const std::string& weights, std::int64_t rows) {
  if (!weights.empty()) {
    nn::ImportedTransformer read = nn::import_transformer(weights, {.last_position = true});
    if (!(read.spec == mod113)) throw DataError(weights + ": not a transformer of the sizes that are measured");
    return {{read.model, read.parameters}, random_pairs(rows)};
  }
  interp::ModelPoint point{nn::transformer(mod113)};
  point.parameters = Parameters<double>(parameters_of(point));
  point.parameters.start(0);
  for (const auto& s : point.parameters.slices())
    if (s.name.find(".b_") != std::string::npos) Rng(0, "bench/" + s.name).fill_normal(point.parameters[s.name], 0.1);
  return {point, random_pairs(rows)};
}

// For the peers: tokens, t, and every parameter by its name.
inline void add_subject(NpzWriter& out, const TransformerSubject& s) {
  for (const auto& [name, values] : s.inputs) out.add(name, values);
  for (const interp::NamedTensor& p : interp::named_tensors(s.point.parameters)) out.add(p.name, p.value);
}

}  // namespace basin::benchmarks
