#include "interp/layers/own_units.h"

#include <fmt/format.h>

#include <cmath>

#include "core/lapack.h"

namespace basin::interp {
namespace {

// The power of two next to the size of each column; 1 for columns of zeros.
std::vector<double> sizes(const Matrix& f) {
  std::vector<double> logs(f.cols()), counts(f.cols());
  for (std::int64_t x = 0; x < f.rows(); ++x)
    for (std::int64_t j = 0; j < f.cols(); ++j)
      if (f(x, j) != 0) logs[j] += std::log2(std::abs(f(x, j))), ++counts[j];
  for (std::size_t j = 0; j < logs.size(); ++j) logs[j] = counts[j] ? std::exp2(std::round(logs[j] / counts[j])) : 1;
  return logs;
}

void divide_columns(Matrix& a, const std::vector<double>& by) {
  for (std::int64_t i = 0; i < a.rows(); ++i)
    for (std::int64_t j = 0; j < a.cols(); ++j) a(i, j) /= by[j];
}

// W f + b by rows, and ReLU unless linear.
Matrix next_activations(const ReluNet& net, std::int64_t layer, const Matrix& f) {
  Matrix p = matmul(f, net.weights[layer], false, true);
  for (std::int64_t x = 0; x < p.rows(); ++x)
    for (std::int64_t i = 0; i < p.cols(); ++i) {
      if (net.has_bias(layer)) p(x, i) += net.biases[layer][i];
      if (!net.linear && !(p(x, i) > 0)) p(x, i) = 0;
    }
  return p;
}

void multiply_columns(Matrix& a, const std::vector<double>& by) {
  for (std::int64_t i = 0; i < a.rows(); ++i)
    for (std::int64_t j = 0; j < a.cols(); ++j) a(i, j) *= by[j];
}

void divide_rows(ReluNet& net, std::int64_t layer, const std::vector<double>& by) {
  for (std::size_t i = 0; i < by.size(); ++i) {
    for (double& w : net.weights[layer].row(std::int64_t(i))) w /= by[i];
    if (net.has_bias(layer)) net.biases[layer][i] /= by[i];
  }
}

// Of a layer that reads in units `in` and makes units `out`.
void append_scales(std::vector<double>& scale, const std::vector<double>& in, const std::vector<double>& out,
                   bool bias) {
  for (double from : in)
    for (double to : out) scale.push_back(to / from);
  if (bias) scale.insert(scale.end(), out.begin(), out.end());
}

}  // namespace

OwnUnits own_units(const ReluNet& net, const Matrix& x) {
  net.validate("degeneracy");
  const std::int64_t inputs = net.widths().front();
  if (x.shape.rank() != 2 || x.shape[1] != inputs)
    throw ShapeError(fmt::format("degeneracy: inputs {} given for a network of {} inputs; wanted [samples, {}]",
                                 x.shape.str(), inputs, inputs));
  if (x.shape[0] < 1) throw DataError("degeneracy: no samples given; wanted 1 or more");
  OwnUnits own{net, x, {}};
  std::vector<double> in = sizes(x);
  divide_columns(own.x, in);
  Matrix f = own.x;
  for (std::int64_t l = 0; l < net.layers(); ++l) {
    const bool last = l + 1 == net.layers();
    multiply_columns(own.net.weights[l], in);
    if (!last) f = next_activations(own.net, l, f);
    const std::vector<double> out = sizes(last ? transpose(own.net.weights[l]) : f);
    divide_rows(own.net, l, out);
    if (!last) divide_columns(f, out);
    append_scales(own.scale, in, out, net.has_bias(l));
    in = out;
  }
  return own;
}

}  // namespace basin::interp
