#include <cmath>

#include "core/equilibrate.h"
#include "core/matrix.h"
#include "interp/degeneracy/attention.h"

namespace basin::interp {
namespace {

std::span<double> head_of(Tensor<double>& a, std::int64_t head, std::int64_t heads) {
  const std::size_t size = a.data.size() / std::size_t(heads);
  return std::span(a.data).subspan(std::size_t(head) * size, size);
}

void multiply(std::span<double> a, double by) {
  for (double& v : a) v *= by;
}

// Two factors of a product, and the biases that go with them, in sizes that are alike.
void balance(AttentionLayer& layer, std::int64_t head, Tensor<double>& W, Tensor<double>& b, Tensor<double>& other,
             Tensor<double>* other_b) {
  const double a = norm(head_of(W, head, layer.heads())), c = norm(head_of(other, head, layer.heads()));
  if (a == 0 || c == 0) return;
  const double by = unit_scale(std::sqrt(a / c));
  for (Tensor<double>* up : {&W, &b}) multiply(head_of(*up, head, layer.heads()), by);
  multiply(head_of(other, head, layer.heads()), 1 / by);
  if (other_b) multiply(head_of(*other_b, head, layer.heads()), 1 / by);
}

}  // namespace

void to_own_units(AttentionLayer& layer, Tensor<double>& x) {
  for (std::int64_t j = 0; j < layer.d_model(); ++j) {
    double square = 0;
    for (std::int64_t row = 0; row < x.rows(); ++row) square += x(row, j) * x(row, j);
    const double by = unit_scale(std::sqrt(square / double(x.rows())));
    for (std::int64_t row = 0; row < x.rows(); ++row) x(row, j) *= by;
    for (Tensor<double>* W : {&layer.W_Q, &layer.W_K, &layer.W_V})
      for (std::int64_t head = 0; head < layer.heads(); ++head) multiply(W->row(head * layer.d_model() + j), 1 / by);
  }
  for (std::int64_t head = 0; head < layer.heads(); ++head) {
    balance(layer, head, layer.W_Q, layer.b_Q, layer.W_K, &layer.b_K);
    balance(layer, head, layer.W_V, layer.b_V, layer.W_O, nullptr);
  }
}

}  // namespace basin::interp
