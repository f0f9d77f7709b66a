// One attention layer as numbers, and how degenerate it is: in how many directions its parameters can move without
// changing what it computes, and which heads share an attention pattern on the data (docs/theory.md §3.6). Parameters
// and values have the names and shapes of TransformerLens.
//
//   q = x W_Q + b_Q, k = x W_K + b_K, v = x W_V + b_V     for each head
//   out = sum over heads of softmax(q k^T / sqrt(d_head)) v W_O, plus b_O        no mask, no residual stream
#pragma once
#include "interp/degeneracy/degeneracy.h"

namespace basin::interp {

struct AttentionLayer {
  Tensor<double> W_Q, W_K, W_V;        // [head, d_model, d_head]
  Tensor<double> W_O;                  // [head, d_head, d_model]
  Tensor<double> b_Q{}, b_K{}, b_V{};  // [head, d_head]; no numbers: no such bias
  Tensor<double> b_O{};                // [d_model], or no numbers

  std::int64_t heads() const { return W_Q.shape[0]; }
  std::int64_t d_model() const { return W_Q.shape[1]; }
  std::int64_t d_head() const { return W_Q.shape[2]; }
  void validate(const std::string& where) const;  // ShapeError, its text beginning with `where`
};

// The layer among tensors with TransformerLens's names, blocks.{i}.attn.W_Q …, all of one i. DataError, its text
// beginning with `where`, for missing weights, tensors of other names or of two layers, NaN; ShapeError as validate.
AttentionLayer attention_layer(const std::vector<NamedTensor>& tensors, const std::string& where);
// The same from a file. Metadata are not looked at.
AttentionLayer attention_layer_from(const SafeTensors& file, const std::string& where);
bool names_attention(const SafeTensors& file);  // whether a tensor has such a name: it is meant as attention layer

// The layer in a graph: input "x" [rows, position, d_model]; parameters and values of autodiff/attention.h, the output
// blocks.0.hook_attn_out also as "out" [rows, position d_model].
ModelPoint traced_attention(const AttentionLayer& layer, std::int64_t positions);

// What the count of free directions depends on.
struct AttentionShape {
  std::int64_t d_model = 0, d_head = 0;
  std::vector<std::int64_t> sharing{};  // heads behind each pattern; {1, 1}: two heads with a pattern each
  bool query_bias = false, key_bias = false, value_bias = false, output_bias = false;  // parameters of their own
  bool constant_input = false;  // one coordinate of x never varies: its weights are biases
};

// F(a, m, b): the freedom of two factors X [a, m] and Y [m, b] in their product X Y.
std::int64_t product_freedom(std::int64_t a, std::int64_t m, std::int64_t b);

// Free directions of weights and data in general position (three positions or more, x of full rank), in closed form.
// With a = inputs that vary and F(a, m, b) = the freedom of two factors in their product X Y, X [a, m] and Y [m, b],
// which is m^2 while m <= a and m <= b, else m (a + b) - a b:
//   queries and keys    F(a', d_head, a) for each head; a' = a + 1 with a query bias. A key bias adds d_head: softmax
//                       does not see it
//   values and outputs  F(a, h d_head, d_model) for each pattern that h heads share. Value biases of all H heads add
//                       H d_head, less min(d_model, H d_head) if there is no output bias
//   a bias of its own beside a constant input adds H d_head: it repeats weights
std::int64_t attention_free_directions(const AttentionShape& shape);

// The same layer and inputs [samples, position, d_model] with coordinates of x in units in which they are of size 1,
// and the two factors of W_Q W_K^T and of W_V W_O of each head of one size, by powers of two: the outputs stay the same
// to the bit, and layers that differ by such rescalings become one.
void to_own_units(AttentionLayer& layer, Tensor<double>& x);

struct AttentionDegeneracy {
  std::int64_t parameters = 0;
  RankDecision jacobian{};                          // rank J with its gap
  AttentionShape shape{};                           // as found on the data
  std::vector<std::vector<std::int64_t>> groups{};  // heads that share a pattern, by first head
  double within = 0;   // largest difference between patterns that were taken as one; 0 if there are none
  double between = 0;  // smallest difference between patterns that were not; infinite if there are none
  std::int64_t samples = 0, positions = 0;

  std::int64_t heads() const;
  std::int64_t free_directions() const { return parameters - jacobian.rank; }
  std::int64_t residual() const { return free_directions() - attention_free_directions(shape); }
  // Whether all that was taken for zero is rounding, and no less is free than the weights' own products set free.
  bool decided() const { return jacobian.decided() && residual() >= 0; }
};

// J is that of the layer in its own units. Two heads share a pattern if no entry differs by more than pattern_tolerance
// on any sample. x is [samples, position, d_model]. Holds the Jacobian, samples position d_model N numbers. ShapeError
// if numbers do not fit; errors of sweep.
AttentionDegeneracy attention_degeneracy(const AttentionLayer& layer, const Tensor<double>& x,
                                         const DegeneracyOptions& options = {}, double pattern_tolerance = 1e-9);

// The same of any traced graph with these names: input "x" [rows, position, d_model], parameters blocks.{i}.attn.W_Q …
// of one layer and no others, the patterns as blocks.{i}.attn.hook_pattern [rows, head, query, key], and `output`
// [rows, any]. What the graph does between is its own, such as a mask; the closed form does not know. Errors also of
// attention_layer.
AttentionDegeneracy attention_degeneracy(const ModelPoint& model, const std::string& output, const Tensor<double>& x,
                                         const DegeneracyOptions& options = {}, double pattern_tolerance = 1e-9);

// One JSON object: verdict ("decided" or "undecided"), parameters, samples, positions, heads, d_model, d_head,
// tolerance, rounding, jacobian_rank, spectral_gap (null if nothing but zeros was dropped), largest_dropped (relative),
// free_directions, predicted, residual, groups [[head]], within, between (null without a second pattern), biases
// ["b_Q"], constant_input. Where undecided, jacobian_rank, free_directions and residual are null, and readings has
// free_directions [at rounding, at the tolerance].
std::string to_json(const AttentionDegeneracy& found);

}  // namespace basin::interp
