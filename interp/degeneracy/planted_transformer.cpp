#include "interp/degeneracy/planted_transformer.h"

#include <algorithm>
#include <cmath>

#include "core/lapack.h"
#include "core/matrix.h"

namespace basin::interp {
namespace {

using Theta = Parameters<double>;

bool ends(const std::string& name, std::initializer_list<std::string_view> endings) {
  return std::ranges::any_of(endings, [&](std::string_view e) { return name.ends_with(e); });
}

bool has(const Theta& theta, const std::string& name) {
  return std::ranges::any_of(theta.slices(), [&](const auto& slice) { return slice.name == name; });
}

// A head's matrix, [rows, cols], or its bias as one row.
Matrix head_of(const Theta& theta, const std::string& name, std::int64_t head) {
  const Tensor<double> all = theta.tensor(name);
  const std::int64_t cols = all.shape.back(), rows = all.size() / all.shape[0] / cols;
  const auto from = all.data.begin() + head * rows * cols;
  return {{rows, cols}, {from, from + rows * cols}};
}

void put_head(Theta& theta, const std::string& name, std::int64_t head, const Matrix& values) {
  std::ranges::copy(values.data, theta[name].begin() + head * values.size());
}

// The neuron's incoming weights become `weight(old)` and its bias `bias(old)`.
void set_neuron(Theta& theta, const std::string& block, std::int64_t neuron, double factor, double bias) {
  const Tensor<double> W = theta.tensor(block + "mlp.W_in");
  for (std::int64_t i = 0; i < W.rows(); ++i) theta[block + "mlp.W_in"][i * W.cols() + neuron] = factor * W(i, neuron);
  theta[block + "mlp.b_in"][neuron] = bias;
}

// 1 - Q Q^T for `count` random orthonormal columns Q.
Matrix without_directions(std::int64_t width, std::int64_t count, Rng& rng) {
  Matrix Q = normal_matrix(count, width, rng);
  orthonormalise(Q);
  Matrix rest = identity(width);
  project_away(Q, rest);
  return rest;
}

}  // namespace

void draw_generic(Theta& theta, Rng rng, double scale) {
  for (const auto& slice : theta.slices()) {
    const std::span<double> values = theta[slice.name];
    const bool gain = slice.name.ends_with(".w"), table = ends(slice.name, {"W_E", "W_pos"});
    const bool bias = slice.shape.rank() == 1 || slice.name.find(".b_") != std::string::npos;
    const double inputs = slice.shape.rank() > 1 ? double(slice.shape.back(2)) : 1;
    rng.stream(slice.name).fill_normal(values, gain ? 0.3 : bias ? 0.5 : table ? 1 : scale / std::sqrt(inputs));
    for (double& v : values) v += gain ? 1 : 0;
  }
}

void tie_heads(Theta& theta, const std::string& block, std::int64_t from, std::int64_t to, Rng rng) {
  const std::string at = block + "attn.";
  const std::int64_t width = theta.tensor(at + "W_Q").shape.back();
  const Matrix B = [&] {
    Matrix b = normal_matrix(width, width, rng, 0.3);
    for (std::int64_t i = 0; i < width; ++i) b(i, i) += 1;
    return b;
  }();
  const Matrix inverse = transpose(solve(B, identity(width)));
  for (const char* name : {"W_Q", "b_Q"})
    if (has(theta, at + name)) put_head(theta, at + name, to, matmul(head_of(theta, at + name, from), B));
  for (const char* name : {"W_K", "b_K"})
    if (has(theta, at + name)) put_head(theta, at + name, to, matmul(head_of(theta, at + name, from), inverse));
}

void center_neurons(ModelPoint& model, const Inputs& data, const std::string& block) {
  std::vector<std::vector<double>> pre(model.parameters[block + "mlp.b_in"].size());
  sweep(model, data, {.fetch = {block + "mlp.hook_pre"}}, {}, [&](const Chunk& chunk) {
    for (std::size_t i = 0; i < chunk.values[0].size(); ++i) pre[i % pre.size()].push_back(chunk.values[0][i]);
  });
  for (std::size_t i = 0; i < pre.size(); ++i) {
    const auto middle = pre[i].begin() + std::ssize(pre[i]) / 2;
    std::ranges::nth_element(pre[i], middle);
    model.parameters[block + "mlp.b_in"][i] -= *middle + 1e-3;  // no pre-activation is 0
  }
}

void silence_neurons(Theta& theta, const std::string& block, std::int64_t first, std::int64_t count) {
  for (std::int64_t i = first; i < first + count; ++i) set_neuron(theta, block, i, 0.02, -1);
}

void keep_on(Theta& theta, const std::string& block, std::int64_t first, std::int64_t count) {
  for (std::int64_t i = first; i < first + count; ++i) set_neuron(theta, block, i, 0.02, 1);
}

void synchronise(Theta& theta, const std::string& block, std::int64_t from, std::int64_t to, double factor) {
  const Tensor<double> W = theta.tensor(block + "mlp.W_in");
  for (std::int64_t i = 0; i < W.rows(); ++i) theta[block + "mlp.W_in"][i * W.cols() + to] = factor * W(i, from);
  if (has(theta, block + "mlp.b_in")) theta[block + "mlp.b_in"][to] = factor * theta[block + "mlp.b_in"][from];
}

void embed_low(Theta& theta, std::int64_t count, Rng rng) {
  const Matrix rest = without_directions(theta.tensor("embed.W_E").cols(), count, rng);
  for (const char* name : {"embed.W_E", "pos_embed.W_pos"})
    std::ranges::copy(matmul(theta.tensor(name), rest).data, theta[name].begin());
}

void leave_unread(Theta& theta, std::int64_t count, Rng rng) {
  const Matrix rest = without_directions(theta.tensor("embed.W_E").cols(), count, rng);
  for (const auto& slice : theta.slices()) {
    if (!ends(slice.name, {"W_Q", "W_K", "W_V", "W_in", "W_U"})) continue;
    const std::int64_t size = slice.shape.back() * slice.shape.back(2);
    for (std::int64_t head = 0; head < slice.size / size; ++head) {
      const Tensor<double> all = theta.tensor(slice.name);
      const auto start = all.data.begin() + head * size;
      const Matrix W{{slice.shape.back(2), slice.shape.back()}, {start, start + size}};
      std::ranges::copy(matmul(rest, W).data, theta[slice.name].begin() + head * size);
    }
  }
}

}  // namespace basin::interp
