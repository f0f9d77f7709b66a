#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "common/course.h"
#include "core/lapack.h"
#include "core/matrix.h"
#include "interp/basis/basis.h"
#include "lab.h"

namespace {

using basin::identity;
using basin::matmul;
using basin::Matrix;
using basin::normal_matrix;
using basin::Rng;
using basin::transpose;
using basin::interp::BasisKind;

// The largest difference over the largest entry of `wanted`; infinite for other shapes and for what is no number.
double off(const Matrix& given, const Matrix& wanted) {
  if (!(given.shape == wanted.shape)) return INFINITY;
  double worst = 0, largest = 0;
  for (std::int64_t i = 0; i < given.size(); ++i) {
    const double difference = std::abs(given[i] - wanted[i]);
    worst = std::isnan(difference) ? INFINITY : std::max(worst, difference);
    largest = std::max(largest, std::abs(wanted[i]));
  }
  return worst / largest;
}

std::string shape_of(const Matrix& a) { return a.shape.str(); }

// E x^T x in loops.
Matrix plain_moment(const Matrix& x) {
  Matrix G({x.cols(), x.cols()});
  for (std::int64_t s = 0; s < x.rows(); ++s)
    for (std::int64_t i = 0; i < x.cols(); ++i)
      for (std::int64_t j = 0; j < x.cols(); ++j) G(i, j) += x(s, i) * x(s, j) / double(x.rows());
  return G;
}

// E J^T J in loops: at every sample J^T = W diag(slopes) target.
Matrix plain_importance(const Matrix& x, const lab::Section& section, const Matrix& target) {
  Matrix M({x.cols(), x.cols()});
  for (std::int64_t s = 0; s < x.rows(); ++s) {
    Matrix on = section.weight;
    for (std::int64_t k = 0; section.relu && k < on.cols(); ++k) {
      double p = 0;
      for (std::int64_t i = 0; i < on.rows(); ++i) p += x(s, i) * section.weight(i, k);
      for (std::int64_t i = 0; p <= 0 && i < on.rows(); ++i) on(i, k) = 0;
    }
    const Matrix J = matmul(on, target), JJ = matmul(J, J, false, true);
    for (std::int64_t i = 0; i < M.size(); ++i) M[i] += JJ[i] / double(x.rows());
  }
  return M;
}

// How far features x C are from others, each up to its sign, over the largest of all their values. C C^T alone says
// less: every C with C C^T = M has the same x C C^T x^T, whatever its columns are.
double features_off(const Matrix& x, const Matrix& C, const Matrix& other_x, const Matrix& other_C) {
  if (C.rows() != x.cols() || C.cols() != other_C.cols()) return INFINITY;
  Matrix given = matmul(x, C);
  const Matrix wanted = matmul(other_x, other_C);
  for (std::int64_t j = 0; j < given.cols(); ++j) {
    double together = 0;
    for (std::int64_t s = 0; s < given.rows(); ++s) together += given(s, j) * wanted(s, j);
    for (std::int64_t s = 0; s < given.rows() && together < 0; ++s) given(s, j) = -given(s, j);
  }
  return off(given, wanted);
}

// Q1 diag(1/2 … 2) Q2: invertible, and far from a rotation.
Matrix coordinates(std::int64_t d, Rng& rng) {
  Matrix left = normal_matrix(d, d, rng), right = normal_matrix(d, d, rng);
  basin::orthonormalise(left);
  basin::orthonormalise(right);
  for (std::int64_t i = 0; i < d; ++i)
    for (double& v : right.row(i)) v *= std::pow(2, 2 * double(i) / double(d - 1) - 1);
  return matmul(left, right);
}

// Samples of which the last `more` columns are sums of the others.
Matrix dependent_samples(std::int64_t n, std::int64_t d, std::int64_t more, Rng& rng) {
  const Matrix free = normal_matrix(n, d, rng), sums = matmul(free, normal_matrix(d, more, rng, 0.5));
  Matrix x({n, d + more});
  for (std::int64_t s = 0; s < n; ++s) {
    std::ranges::copy(free.row(s), x.row(s).begin());
    std::ranges::copy(sums.row(s), x.row(s).begin() + d);
  }
  return x;
}

basin::interp::ReluNet random_net(const std::vector<std::int64_t>& widths, Rng& rng, bool linear = false) {
  basin::interp::ReluNet net;
  net.linear = linear;
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    net.weights.push_back(normal_matrix(widths[l + 1], widths[l], rng, std::sqrt(2.0 / double(widths[l]))));
    net.biases.push_back(normal_matrix(1, widths[l + 1], rng, 0.5).data);
  }
  return net;
}

std::vector<basin::interp::Basis> basins_own(const basin::interp::ReluNet& net, const Matrix& inputs, BasisKind kind) {
  basin::interp::DenseNetwork network = basin::interp::dense_network(net);
  std::vector<basin::interp::NodeLayer> layers = basin::interp::node_layers(network);
  const basin::interp::FoldedModel model(std::move(network.model), std::move(layers));
  return basin::interp::interaction_bases(
      model, {{"x", inputs}}, {.kind = kind, .center = false, .truncation = {.threshold = 1e-10, .relative = true}});
}

}  // namespace

TEST_CASE("[1] second moments are means of products, and nothing is centred") {
  const Matrix small = lab::second_moment(Matrix({2, 2}, {1, 2, 3, 4}));
  INFO("of the samples (1, 2) and (3, 4)");
  REQUIRE(small.shape == basin::Shape{2, 2});
  CHECK_MESSAGE(small(0, 0) == doctest::Approx(5), "(1·1 + 3·3) / 2: 10 is a sum, 1 is centred");
  CHECK_MESSAGE(small(0, 1) == doctest::Approx(7), "(1·2 + 3·4) / 2");
  CHECK(small(1, 1) == doctest::Approx(10));
  Rng rng = lab::student_rng("lab08 second_moment");
  const Matrix x = normal_matrix(37, 4, rng);
  CHECK_MESSAGE(off(lab::second_moment(x), plain_moment(x)) < 1e-12, "37 normal samples of 4 numbers, in loops");
}

TEST_CASE("[1] in the white frame all directions that vary do so alike") {
  Rng rng = lab::student_rng("lab08 whitened");
  const Matrix x = dependent_samples(60, 5, 2, rng);
  const lab::Frame frame = lab::whitened(plain_moment(x));
  INFO("7 activations, of which two are sums of the other five; to ", shape_of(frame.to), ", back ",
       shape_of(frame.back));
  REQUIRE_MESSAGE(frame.variances.size() == 5, frame.variances.size(),
                  " directions are kept: an eigenvalue of 1e-16 is a zero, and 1/√ of it is not");
  REQUIRE(frame.to.shape == basin::Shape{7, 5});
  REQUIRE(frame.back.shape == basin::Shape{5, 7});
  CHECK(std::ranges::is_sorted(frame.variances, std::greater<>()));
  CHECK_MESSAGE(off(plain_moment(matmul(x, frame.to)), identity(5)) < 1e-9, "E (x to)^T (x to) is not 1");
  CHECK_MESSAGE(off(matmul(matmul(x, frame.to), frame.back), x) < 1e-9, "x to back is not x");
}

TEST_CASE("[2] lambda is the spectrum of G M, and features and their derivatives are as they must be") {
  Rng rng = lab::student_rng("lab08 interaction_basis");
  const Matrix x = dependent_samples(60, 5, 2, rng), B = normal_matrix(7, 3, rng);
  const Matrix G = plain_moment(x), M = matmul(B, B, false, true);
  const lab::Basis basis = lab::interaction_basis(G, M);
  INFO("five directions vary, three matter: rank(G M) = 3; C ", shape_of(basis.C), ", C_pinv ", shape_of(basis.C_pinv));
  REQUIRE_MESSAGE(basis.lambda.size() == 3, basis.lambda.size(), " features: drop what does not matter");
  REQUIRE(basis.C.shape == basin::Shape{7, 3});
  REQUIRE(basis.C_pinv.shape == basin::Shape{3, 7});
  const std::vector<double> s = basin::singular_values(matmul(x, B));
  Matrix lambda({3, 3});
  for (std::int64_t i = 0; i < 3; ++i) {
    lambda(i, i) = basis.lambda[std::size_t(i)];
    CHECK_MESSAGE(lambda(i, i) == doctest::Approx(s[std::size_t(i)] * s[std::size_t(i)] / 60).epsilon(1e-9),
                  "eigenvalue ", i, " of G M, by the singular values of x B / √n for M = B B^T");
  }
  CHECK_MESSAGE(off(plain_moment(matmul(x, basis.C)), lambda) < 1e-9, "E f^^T f^ is not diag(lambda): step 1 or 3");
  CHECK_MESSAGE(off(matmul(matmul(basis.C_pinv, M), basis.C_pinv, false, true), identity(3)) < 1e-9,
                "E J^^T J^ = C_pinv M C_pinv^T is not 1: step 2 or 3");
  CHECK_MESSAGE(off(matmul(basis.C_pinv, basis.C), identity(3)) < 1e-9, "C_pinv C is not 1: from features and back");
}

TEST_CASE("[1] T1: other coordinates, the same features") {
  Rng rng = lab::student_rng("lab08 T1");
  const Matrix x = normal_matrix(50, 5, rng), B = normal_matrix(5, 4, rng), M = matmul(B, B, false, true);
  const Matrix R = coordinates(5, rng), R_inverse = basin::solve(R, identity(5)), turned = matmul(x, R);
  const lab::Basis before = lab::interaction_basis(plain_moment(x), M);
  const lab::Basis after =
      lab::interaction_basis(plain_moment(turned), matmul(matmul(R_inverse, M), R_inverse, false, true));
  CHECK_MESSAGE(features_off(turned, after.C, x, before.C) < 1e-6,
                "x became x R and M became R^-1 M R^-T; features may change their signs only. Is the rotation done in "
                "the white frame?");
}

TEST_CASE("[1] T2: what is free does not move the features") {
  Rng rng = lab::student_rng("lab08 T2");
  const Matrix x = dependent_samples(50, 5, 2, rng), target = normal_matrix(6, 3, rng);
  const lab::Section section{.weight = normal_matrix(7, 6, rng)};
  const Matrix unseen = basin::null_space(x);  // [7, 2]
  lab::Section moved = section;
  const Matrix by = matmul(unseen, normal_matrix(2, 6, rng));
  for (std::int64_t i = 0; i < by.size(); ++i) moved.weight[i] += by[i];
  const lab::Basis a = lab::interaction_basis(plain_moment(x), plain_importance(x, section, target));
  const lab::Basis b = lab::interaction_basis(plain_moment(x), plain_importance(x, moved, target));
  CHECK_MESSAGE(features_off(x, b.C, x, a.C) < 1e-6, "(a): weights moved along δ with x δ = 0");

  const Matrix y = normal_matrix(50, 7, rng);  // seven activations, of which the section reads six directions
  const Matrix unread = transpose(basin::null_space(transpose(section.weight)));
  Matrix more = y;
  for (std::int64_t s = 0; s < y.rows(); ++s)
    for (std::int64_t i = 0; i < 7; ++i) more(s, i) += 3 * std::sin(5 * y(s, 0)) * unread(0, i);
  const lab::Basis c = lab::interaction_basis(plain_moment(y), plain_importance(y, section, target));
  const lab::Basis d = lab::interaction_basis(plain_moment(more), plain_importance(more, section, target));
  CHECK_MESSAGE(features_off(more, d.C, y, c.C) < 1e-6, "(b): something was added along v with v W = 0");
}

TEST_CASE("[2] importance is E J^T J, in closed form") {
  Rng rng = lab::student_rng("lab08 importance");
  const Matrix x = normal_matrix(40, 5, rng), target = normal_matrix(6, 3, rng);
  lab::Section section{.weight = normal_matrix(5, 6, rng), .relu = false};
  CHECK_MESSAGE(off(lab::importance(x, section, target), plain_importance(x, section, target)) < 1e-9,
                "without relu all slopes are 1: M = W target target^T W^T");
  section.relu = true;
  CHECK_MESSAGE(
      off(lab::importance(x, section, target), plain_importance(x, section, target)) < 1e-9,
      "with relu, sample by sample in loops. S is the share of samples on which two neurons fire together; it "
      "is not the product of their two shares");
}

TEST_CASE("[1] T3, T4: a network's local bases are basin's, diagonal in linear steps, and global where they must be") {
  Rng rng = lab::student_rng("lab08 local_bases");
  const Matrix inputs = normal_matrix(200, 5, rng);
  const basin::interp::ReluNet net = random_net({5, 7, 6, 6, 3}, rng);
  const std::vector<lab::Basis> mine = lab::local_bases(lab::folded(net), inputs);
  const auto local = basins_own(net, inputs, BasisKind::lib), global = basins_own(net, inputs, BasisKind::ib);
  const std::vector<Matrix> x = lab::nodes(lab::folded(net), inputs);
  REQUIRE_MESSAGE(mine.size() == 5, "one basis for each node layer, the outputs too");
  for (std::size_t l = 0; l < 5; ++l)
    CHECK_MESSAGE(features_off(x[l], mine[l].C, x[l], local[l].C) < 1e-6, "node layer ", l,
                  ": not basin's features. Targets are the features of the next layer");
  for (const std::size_t l : {2, 3})
    CHECK_MESSAGE(features_off(x[l], mine[l].C, x[l], global[l].C) < 1e-6, "T4: node layer ", l,
                  ", where the local basis is the global one");

  const lab::Net linear = lab::folded(random_net({5, 6, 6, 4}, rng, true));
  const std::vector<lab::Basis> bases = lab::local_bases(linear, inputs);
  for (std::size_t l = 0; l < 2; ++l) {  // the raw outputs are correlated: T3 is not about the last section
    Matrix S = matmul(matmul(bases[l].C_pinv, linear[l].weight), bases[l + 1].C);
    for (double& v : S.data) v = std::abs(v);
    CHECK_MESSAGE(off(S, identity(S.rows())) < 1e-7, "T3: section ", l, " of a linear network is not diag(±1)");
  }
}

TEST_CASE("[1] a rotation that hides modules is undone") {
  Rng rng = lab::student_rng("lab08 hidden modules");
  const lab::Hidden h = lab::hidden_modules(rng);
  const Matrix M = plain_importance(h.x, h.section, h.target);
  const lab::Basis basis = lab::interaction_basis(lab::second_moment(h.x), M);
  REQUIRE_MESSAGE((basis.C.shape == basin::Shape{6, 6}), "six directions vary and matter; C is ", shape_of(basis.C));
  const std::vector<double> shares = lab::shares_of_first(matmul(h.rotation, basis.C));
  for (std::size_t i = 0; i < 6; ++i)
    CHECK_MESSAGE(std::min(shares[i], 1 - shares[i]) < 1e-7, "feature ", i, " has ", shares[i],
                  " of its squares in the first module, wanted 0 or 1");
  CHECK_MESSAGE(std::ranges::count_if(shares, [](double v) { return v > 0.5; }) == 3, "three features for each module");
}
