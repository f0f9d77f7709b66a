// What lies between two node layers if that is attention on a residual stream without normalisation: closed forms are
// for this. In x = (f, 1), biases folded in, for each query t and its own position k(t):
//   x'_t = x_k(t) S + sum over heads h, keys s of A_hts x_s VO_h,   A = softmax over s of (x_k(t) Q_h) (x_s K_h)^T
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "core/tensor.h"
#include "interp/sweep/sweep.h"

namespace basin::interp {

struct AttentionSection {
  std::int64_t positions = 1, queries = 1;  // queries are those of the last positions
  bool causal = false;
  std::vector<Matrix> Q{}, K{};  // by head: [d, d_head]; Q over sqrt(d_head)
  std::vector<Matrix> VO{};      // by head: [d, d']
  Matrix skip{};                 // S [d, d']

  std::int64_t heads() const { return std::ssize(Q); }
  std::int64_t at(std::int64_t query) const { return positions - queries + query; }  // its position, k(t)

  // The same as a map of features x C to features x' C'.
  AttentionSection between(const Matrix& C_pinv, const Matrix& C_next) const;
};

// What derivatives are made of, for samples x [rows positions, d]. With y_s = x_s VO_h, and w_hts = A_hts (y_s - its
// mean under A_ht), the derivative of x'_t to x_s is
//   A_hts VO_h + (K_h q_ht)^T w_hts, summed over h, and where s = k(t) also S + sum over h, s' of (Q_h k_hs')^T w_hts'
struct AttentionTerms {
  std::vector<double> pattern;           // A [rows, query, head, key]
  std::vector<double> mixed;             // w [rows, query, head, key, d']
  std::vector<double> to_key, to_query;  // K_h q_ht [rows, query, head, d]; Q_h k_hs [rows, head, key, d]
};
AttentionTerms attention_terms(const AttentionSection& section, std::span<const double> x);

// x' [rows queries, d'] of these samples.
Matrix attention_output(const AttentionSection& section, std::span<const double> x);

// One query's pattern: softmax over keys of its products with them. Keys [key, width] lie `step` numbers apart; those
// beyond the span are not looked at.
void attention_pattern(const double* query, const double* keys, std::int64_t step, std::int64_t width,
                       std::span<double> pattern);

// Adds the sum over samples, queries, keys and columns of x' of g^T g for its gradients g to M [d, d].
void add_importance(const AttentionSection& section, std::span<const double> x, Matrix& M);
// Adds the sum over samples and queries of (sum over keys s of d x'_ti / d x_sj x_sj)^2 to E [d', d].
void add_squared_edges(const AttentionSection& section, std::span<const double> x, Matrix& E);

// The section from blocks.l.hook_resid_pre to what attention makes of it, read off TransformerLens's names; none if the
// values are others. A guess: whoever takes it compares it with the graph.
std::optional<AttentionSection> attention_section(const ModelPoint& model, Graph& graph, const std::string& from,
                                                  const std::string& to, bool constant);

}  // namespace basin::interp
