#include "lab.h"

#include <algorithm>
#include <cmath>

#include "common/course.h"
#include "core/lapack.h"
#include "core/matrix.h"

namespace lab {

using basin::columns_at;
using basin::Eigh;
using basin::eigh;
using basin::identity;
using basin::matmul;
using basin::transpose;

// ---- Given ----------------------------------------------------------------------------------------------------------

Matrix scaled_columns(Matrix a, const std::vector<double>& values, double power) {
  for (std::int64_t i = 0; i < a.rows(); ++i)
    for (std::int64_t j = 0; j < a.cols(); ++j) a(i, j) *= std::pow(values[std::size_t(j)], power);
  return a;
}

std::vector<std::int64_t> above(const std::vector<double>& values, double cut) {
  std::vector<std::int64_t> places;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] > cut * values[0]) places.push_back(std::int64_t(i));
  return places;
}

Net folded(const basin::interp::ReluNet& net) {
  Net sections;
  for (std::int64_t l = 0; l < net.layers(); ++l) {
    const Matrix& w = net.weights[std::size_t(l)];
    const bool last = l + 1 == net.layers();
    Matrix all({w.cols() + 1, w.rows() + !last});
    for (std::int64_t i = 0; i < w.rows(); ++i) {
      for (std::int64_t j = 0; j < w.cols(); ++j) all(j, i) = w(i, j);
      all(w.cols(), i) = net.biases[std::size_t(l)][std::size_t(i)];
    }
    if (!last) all(w.cols(), w.rows()) = 1;
    sections.push_back({std::move(all), !last && !net.linear});
  }
  return sections;
}

std::vector<Matrix> nodes(const Net& net, const Matrix& inputs) {
  std::vector<Matrix> all{Matrix({inputs.rows(), inputs.cols() + 1}, 1.0)};
  for (std::int64_t i = 0; i < inputs.rows(); ++i) std::ranges::copy(inputs.row(i), all[0].row(i).begin());
  for (const Section& section : net) {
    all.push_back(matmul(all.back(), section.weight));
    if (section.relu)
      for (double& v : all.back().data) v = std::max(v, 0.0);
  }
  return all;
}

namespace {

// n samples of mean 0 and second moment 1.
Matrix white_samples(std::int64_t n, std::int64_t d, basin::Rng& rng) {
  Matrix rows = basin::normal_matrix(d + 1, n, rng);
  std::ranges::fill(rows.row(0), 1.0);  // the rows after it become orthogonal to it: mean 0
  basin::orthonormalise(rows);
  Matrix x = transpose(basin::rows_of(rows, 1, d));
  for (double& v : x.data) v *= std::sqrt(double(n));
  return x;
}

// Normal numbers in two diagonal blocks, else 0.
Matrix two_blocks(std::int64_t rows, std::int64_t cols, basin::Rng& rng) {
  Matrix a = basin::normal_matrix(rows, cols, rng);
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < cols; ++j)
      if ((2 * i < rows) != (2 * j < cols)) a(i, j) = 0;
  return a;
}

}  // namespace

Hidden hidden_modules(basin::Rng& rng) {
  constexpr std::int64_t drawn = 20;
  const Matrix first = white_samples(drawn, 3, rng), second = white_samples(drawn, 3, rng);
  Matrix z({drawn * drawn, 6});  // every sample of the one with every sample of the other
  for (std::int64_t s = 0; s < z.rows(); ++s)
    for (std::int64_t i = 0; i < 3; ++i) z(s, i) = first(s / drawn, i), z(s, 3 + i) = second(s % drawn, i);
  Hidden h{.rotation = basin::normal_matrix(6, 6, rng)};
  basin::orthonormalise(h.rotation);
  h.x = matmul(z, h.rotation);
  h.section = {.weight = matmul(transpose(h.rotation), two_blocks(6, 8, rng)), .relu = true};
  h.target = two_blocks(8, 4, rng);
  return h;
}

std::vector<double> shares_of_first(const Matrix& z_C) {
  std::vector<double> shares(std::size_t(z_C.cols()));
  for (std::int64_t j = 0; j < z_C.cols(); ++j) {
    double first = 0, all = 0;
    for (std::int64_t i = 0; i < z_C.rows(); ++i) {
      all += z_C(i, j) * z_C(i, j);
      if (2 * i < z_C.rows()) first += z_C(i, j) * z_C(i, j);
    }
    shares[std::size_t(j)] = first / all;
  }
  return shares;
}

// ---- Tasks ----------------------------------------------------------------------------------------------------------

Matrix second_moment([[maybe_unused]] const Matrix& x) {
  //@ solution second_moment
  Matrix G = matmul(x, x, true, false);
  for (double& v : G.data) v /= double(x.rows());
  return G;
  //@ stub
  todo("second_moment", "G = x^T x / n, without taking means (docs/theory.md §5.2)");
  //@ end
}

Frame whitened([[maybe_unused]] const Matrix& G, [[maybe_unused]] double cut) {
  //@ solution whitened
  const Eigh e = eigh(G);
  const std::vector<std::int64_t> kept = above(e.values, cut);
  const Matrix U = columns_at(e.vectors, kept);
  Frame frame;
  frame.variances.assign(e.values.begin(), e.values.begin() + std::ssize(kept));
  frame.to = scaled_columns(U, frame.variances, -0.5);
  frame.back = transpose(scaled_columns(U, frame.variances, 0.5));
  return frame;
  //@ stub
  todo("whitened", "G = U D U^T by basin::eigh, drop the small D, to = U D^(-1/2), back = D^(1/2) U^T (§5.2, step 1)");
  //@ end
}

Basis interaction_basis([[maybe_unused]] const Matrix& G, [[maybe_unused]] const Matrix& M,
                        [[maybe_unused]] double cut) {
  //@ solution interaction_basis
  const Frame frame = whitened(G, cut);
  const Eigh e = eigh(matmul(matmul(frame.back, M), frame.back, false, true));
  const std::vector<std::int64_t> kept = above(e.values, cut);
  const Matrix V = columns_at(e.vectors, kept);
  Basis basis;
  basis.lambda.assign(e.values.begin(), e.values.begin() + std::ssize(kept));
  basis.C = matmul(frame.to, scaled_columns(V, basis.lambda, 0.5));
  basis.C_pinv = matmul(transpose(scaled_columns(V, basis.lambda, -0.5)), frame.back);
  return basis;
  //@ stub
  todo("interaction_basis",
       "see M in the white frame, rotate by its eigenvectors, scale by lambda^(1/2) (§5.2, steps 2, 3)");
  //@ end
}

Matrix importance([[maybe_unused]] const Matrix& x, [[maybe_unused]] const Section& section,
                  [[maybe_unused]] const Matrix& target) {
  //@ solution importance
  Matrix slopes = matmul(x, section.weight);
  for (double& v : slopes.data) v = !section.relu || v > 0 ? 1 : 0;
  const Matrix together = second_moment(slopes);
  Matrix inner = matmul(target, target, false, true);
  for (std::int64_t i = 0; i < inner.size(); ++i) inner[i] *= together[i];
  return matmul(matmul(section.weight, inner), section.weight, false, true);
  //@ stub
  todo("importance", "M = W [(target target^T) ∘ S] W^T, S_ij the share of samples on which i and j both fire (§5.2)");
  //@ end
}

std::vector<Basis> local_bases([[maybe_unused]] const Net& net, [[maybe_unused]] const Matrix& inputs) {
  //@ solution local_bases
  const std::vector<Matrix> x = nodes(net, inputs);
  std::vector<Basis> bases(x.size());
  bases.back().C = bases.back().C_pinv = identity(x.back().cols());
  for (std::size_t l = net.size(); l-- > 0;)
    bases[l] = interaction_basis(second_moment(x[l]), importance(x[l], net[l], bases[l + 1].C));
  return bases;
  //@ stub
  todo("local_bases", "from the last layer to the first: the target of a layer is C of the next one (§5.2)");
  //@ end
}

}  // namespace lab
