// Attention sections read off a graph with TransformerLens's names.
#include <algorithm>
#include <cmath>

#include "core/lapack.h"
#include "interp/basis/attention_section.h"

namespace basin::interp {
namespace {

// One head's matrix [a, b] of W [head, a, b], or its bias [1, b] of b [head, b].
Matrix of_head(const Tensor<double>& all, std::int64_t head) {
  const std::int64_t size = all.size() / all.shape[0], cols = all.shape.back();
  const auto begin = all.data.begin() + head * size;
  return {{size / cols, cols}, {begin, begin + size}};
}

// With the bias as one more row, which is the constant's; zeros without a bias.
Matrix with_bias(const Matrix& weight, const Matrix& bias) {
  Matrix all({weight.rows() + 1, weight.cols()});
  std::ranges::copy(weight.data, all.data.begin());
  if (bias.size()) std::ranges::copy(bias.data, all.row(weight.rows()).begin());
  return all;
}

// [d + 1, d'] with a column of zeros behind it where the constant goes past.
Matrix with_constant_column(const Matrix& a, bool constant) {
  Matrix all({a.rows(), a.cols() + constant});
  for (std::int64_t i = 0; i < a.rows(); ++i) std::ranges::copy(a.row(i), all.row(i).begin());
  return all;
}

struct Weights {
  const Parameters<double>& parameters;
  std::string prefix;

  bool has(const std::string& name) const {
    for (const auto& s : parameters.slices())
      if (s.name == prefix + name) return true;
    return false;
  }
  Tensor<double> operator()(const std::string& name) const { return parameters.tensor(prefix + name); }
  Matrix folded(const std::string& letter, std::int64_t head) const {
    return with_bias(of_head((*this)("W_" + letter), head),
                     has("b_" + letter) ? of_head((*this)("b_" + letter), head) : Matrix{});
  }
};

// x VO = x V~ O~ for one head: V~ lets the constant through, and O~ counts its share of the bias for it.
Matrix values_out(const Weights& weights, std::int64_t head, std::int64_t heads) {
  const Matrix O = of_head(weights("W_O"), head);
  Matrix VO = matmul(weights.folded("V", head), O);
  if (!weights.has("b_O")) return VO;
  const Tensor<double> b = weights("b_O");
  for (std::int64_t j = 0; j < VO.cols(); ++j) VO(VO.rows() - 1, j) += b[j] / double(heads);
  return VO;
}

}  // namespace

std::optional<AttentionSection> attention_section(const ModelPoint& model, Graph& graph, const std::string& from,
                                                  const std::string& to, bool constant) {
  constexpr std::string_view entry = "hook_resid_pre";
  if (!from.ends_with(entry)) return {};
  const std::string block = from.substr(0, from.size() - entry.size());
  const Weights weights{model.parameters, block + "attn."};
  const std::string end = graph.has(block + "hook_resid_mid") ? "hook_resid_mid" : "hook_resid_post";
  if (graph[to].id != graph[block + end].id || !weights.has("W_Q") || graph.has(block + "ln1.hook_normalized"))
    return {};
  const Shape pattern = graph[block + "attn.hook_pattern"].shape();
  AttentionSection s{.positions = pattern.back(), .queries = pattern.back(2)};
  const std::int64_t heads = weights("W_Q").shape[0], d = graph[from].shape().back();
  for (std::int64_t h = 0; h < heads; ++h) {
    s.Q.push_back(weights.folded("Q", h));
    for (double& v : s.Q.back().data) v /= std::sqrt(double(s.Q.back().cols()));
    s.K.push_back(weights.folded("K", h));
    s.VO.push_back(with_constant_column(values_out(weights, h, heads), constant));
  }
  s.skip = with_constant_column(with_bias(identity(d), {}), constant);
  if (constant) s.skip(d, d) = 1;
  s.causal = s.queries > 1;  // who takes it finds out whether it is
  return s;
}

}  // namespace basin::interp
