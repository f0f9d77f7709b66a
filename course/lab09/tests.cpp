#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "common/course.h"
#include "core/lapack.h"
#include "core/matrix.h"
#include "interp/edges/ablation.h"
#include "interp/edges/edges.h"
#include "lab.h"

namespace {

using basin::matmul;
using basin::Matrix;
using basin::normal_matrix;
using basin::Rng;

// f^' of features, in loops.
Matrix plain_next(const lab::Section& section, const Matrix& features) {
  Matrix next({features.rows(), section.D.cols()});
  for (std::int64_t s = 0; s < features.rows(); ++s)
    for (std::int64_t k = 0; k < section.A.cols(); ++k) {
      double p = 0;
      for (std::int64_t j = 0; j < features.cols(); ++j) p += features(s, j) * section.A(j, k);
      if (section.relu) p = std::max(p, 0.0);
      for (std::int64_t i = 0; i < next.cols(); ++i) next(s, i) += p * section.D(k, i);
    }
  return next;
}

// Samples at which no neuron is near the place where it begins to fire: differences over a small step are slopes there.
Matrix samples_off_kinks(std::int64_t n, const Matrix& A, Rng& rng) {
  Matrix samples({n, A.rows()});
  for (std::int64_t s = 0; s < n;) {
    const Matrix one = normal_matrix(1, A.rows(), rng), p = matmul(one, A);
    if (std::ranges::any_of(p.data, [](double v) { return std::abs(v) < 1e-3; })) continue;
    std::ranges::copy(one.data, samples.row(s++).begin());
  }
  return samples;
}

// (1/n) sum (J_ij f_j)^2 with J by central differences.
Matrix edges_by_differences(const lab::Section& section, const Matrix& features) {
  constexpr double h = 1e-6;
  Matrix E({section.D.cols(), features.cols()});
  for (std::int64_t j = 0; j < features.cols(); ++j) {
    Matrix up = features, down = features;
    for (std::int64_t s = 0; s < features.rows(); ++s) up(s, j) += h, down(s, j) -= h;
    const Matrix above = plain_next(section, up), below = plain_next(section, down);
    for (std::int64_t s = 0; s < features.rows(); ++s)
      for (std::int64_t i = 0; i < E.rows(); ++i) {
        const double part = (above(s, i) - below(s, i)) / (2 * h) * features(s, j);
        E(i, j) += part * part / double(features.rows());
      }
  }
  return E;
}

// The largest difference over the largest entry of `wanted`; infinite for other shapes and for what is no number.
double off(const Matrix& given, const Matrix& wanted) {
  if (!(given.shape == wanted.shape)) return INFINITY;
  double worst = 0, largest = 0;
  for (std::int64_t i = 0; i < given.size(); ++i) {
    const double difference = std::abs(given[i] - wanted[i]);
    worst = std::isnan(difference) ? INFINITY : std::max(worst, difference);
    largest = std::max(largest, std::abs(wanted[i]));
  }
  return largest > 0 ? worst / largest : worst;
}

std::int64_t ones(const Matrix& mask) { return std::ranges::count(mask.data, 1.0); }

}  // namespace

TEST_CASE("[2] squared edges are means of squares over the samples") {
  Rng rng = lab::student_rng("lab09 squared_edges");
  const lab::Section section{.A = normal_matrix(5, 7, rng), .D = normal_matrix(7, 4, rng)};
  const Matrix features = samples_off_kinks(30, section.A, rng);
  const Matrix given = lab::squared_edges(section, features), wanted = edges_by_differences(section, features);
  INFO("5 features, 7 neurons, 4 features behind them, 30 samples; E ", given.shape.str(), ", wanted [4,5]");
  REQUIRE(given.shape == wanted.shape);
  CHECK_MESSAGE(off(given, wanted) < 1e-6, "E(0, 0) ", given(0, 0), ", by differences ", wanted(0, 0),
                ". Is the square taken sample by sample, with the slopes of that sample, before the mean?");
}

TEST_CASE("[1] in a linear step that passes features on, edges are their variances") {
  Rng rng = lab::student_rng("lab09 linear");
  const Matrix features = normal_matrix(40, 4, rng);
  Matrix Q = normal_matrix(4, 4, rng), variances({4, 4});
  basin::orthonormalise(Q);
  const lab::Section section{.A = Q, .D = basin::transpose(Q), .relu = false};
  for (std::int64_t j = 0; j < 4; ++j)
    for (std::int64_t s = 0; s < 40; ++s) variances(j, j) += features(s, j) * features(s, j) / 40;
  CHECK_MESSAGE(off(lab::squared_edges(section, features), variances) < 1e-12,
                "A D = 1, so E = diag(E f_j^2); without relu every neuron counts, also where its p < 0");
}

TEST_CASE("[2] each feature is computed from its own set") {
  Rng rng = lab::student_rng("lab09 masked");
  const lab::Section section{.A = normal_matrix(5, 7, rng), .D = normal_matrix(7, 4, rng)};
  const Matrix features = normal_matrix(20, 5, rng);
  CHECK_MESSAGE(off(lab::masked(section, features, Matrix({4, 5}, 1.0)), plain_next(section, features)) < 1e-12,
                "with all edges the section is as it was");
  CHECK_MESSAGE(off(lab::masked(section, features, Matrix({4, 5})), Matrix({20, 4})) == 0, "with none it says 0");
  Matrix mask({4, 5});
  for (double& m : mask.data) m = double(rng.below(2));
  mask(0, 0) = mask(1, 1) = 1, mask(0, 1) = mask(1, 0) = 0;  // no two features see the same
  const Matrix given = lab::masked(section, features, mask);
  REQUIRE(given.shape == basin::Shape{20, 4});
  for (std::int64_t i = 0; i < 4; ++i) {
    Matrix seen = features;
    for (std::int64_t s = 0; s < 20; ++s)
      for (std::int64_t j = 0; j < 5; ++j) seen(s, j) *= mask(i, j);
    const Matrix wanted = basin::columns_of(plain_next(section, seen), i, 1);
    CHECK_MESSAGE(off(basin::columns_of(given, i, 1), wanted) < 1e-12, "feature ", i, ": wanted column ", i,
                  " of the section for f^ with all that row ", i,
                  " of the mask hides set to 0; neurons fire as they do on that");
  }
}

TEST_CASE("[1] the largest edges, and all that equal the smallest of them") {
  const Matrix E({2, 3}, {5, 1, 3, 3, 0, 2});
  CHECK_MESSAGE(ones(lab::largest(E, 0)) == 0, "none of 5 1 3 / 3 0 2");
  CHECK((lab::largest(E, 1).data == std::vector<double>{1, 0, 0, 0, 0, 0}));
  CHECK_MESSAGE((lab::largest(E, 2).data == std::vector<double>{1, 0, 1, 1, 0, 0}),
                "the two largest of 5 1 3 / 3 0 2 are 5 and 3; both 3 belong, or the order of rows would decide");
  CHECK_MESSAGE((lab::largest(E, 3).data == std::vector<double>{1, 0, 1, 1, 0, 0}), "three: 5, 3, 3");
  CHECK((lab::largest(E, 4).data == std::vector<double>{1, 0, 1, 1, 0, 1}));
  CHECK_MESSAGE(ones(lab::largest(E, 6)) == 6, "all, that of 0 too");
}

TEST_CASE("[2] bisection finds a place where holding ends, in few questions") {
  std::int64_t asked = 0;
  for (std::int64_t n = 0; n <= 40; ++n)
    for (std::int64_t least = 0; least <= n; ++least) {
      asked = 0;
      const std::int64_t found = lab::fewest(n, [&](std::int64_t kept) { return ++asked, kept >= least; });
      INFO("n = ", n, ", holds from ", least, " on, found ", found, " with ", asked, " questions");
      REQUIRE(found == least);
      REQUIRE_MESSAGE(double(asked) <= std::log2(std::max(n, std::int64_t(1))) + 2, "halve what is left each time");
    }
  Rng rng = lab::student_rng("lab09 fewest");
  for (int repeat = 0; repeat < 200; ++repeat) {
    std::vector<char> table(65);
    for (char& holds : table) holds = char(rng.below(2));
    table[64] = 1;
    const std::int64_t found = lab::fewest(64, [&](std::int64_t kept) { return table.at(std::size_t(kept)) != 0; });
    INFO("a curve that is not monotone, n = 64, found ", found);
    REQUIRE((found >= 0 && found <= 64));
    REQUIRE_MESSAGE(table[std::size_t(found)] != 0, "what is found has to hold itself");
    REQUIRE_MESSAGE((found == 0 || table[std::size_t(found - 1)] == 0), "one edge fewer holds too");
  }
}

TEST_CASE("[1] equal edges count fully, small ones hardly") {
  CHECK_MESSAGE(lab::effective_edges(Matrix({3, 4}, 0.2)) == doctest::Approx(12), "12 equal edges");
  CHECK(lab::effective_edges(Matrix({2, 2})) == 0);
  CHECK_MESSAGE(lab::effective_edges(Matrix({1, 3}, {7, 0, 0})) == doctest::Approx(1), "0 log 0 is 0");
  Matrix one({1, 101}, 1e-3);
  one[0] = 1;
  const double all = 1.1, wanted = std::exp(std::log(all) / all + 0.1 / all * std::log(all / 1e-3));
  CHECK_MESSAGE(lab::effective_edges(one) == doctest::Approx(wanted), "one edge of 1 and a hundred of 0.001");
  for (double& e : one.data) e *= 1000;
  CHECK_MESSAGE(lab::effective_edges(one) == doctest::Approx(wanted), "a common factor has no say");
}

TEST_CASE("[1] digits: edges are basin's, and so is the place where 99.9 % of the accuracy ends") {
  namespace interp = basin::interp;
  const lab::Digits d = lab::digits(interp::BasisKind::lib);
  const Matrix E = lab::squared_edges(d.section, d.features);
  constexpr std::int64_t l = lab::section_of_digits;
  CHECK_MESSAGE(off(E, interp::interaction_edges(*d.model, d.bases, d.inputs)[l]) < 1e-9, "squared edges of basin");
  interp::EdgeAblation theirs(*d.model, d.bases, l, E, d.inputs, d.scoring);
  const double wanted = 0.999 * theirs.base();
  const std::int64_t required = lab::fewest(E.size(), [&](std::int64_t kept) {
    return d.accuracy(lab::masked(d.section, d.features, lab::largest(E, kept))) >= wanted;
  });
  INFO(required, " of ", E.size(), " edges found");
  REQUIRE((required > 0 && required <= E.size()));
  CHECK_MESSAGE(theirs.score(theirs.mask(required)) >= wanted,
                "by basin's ablation the accuracy does not hold with them");
  CHECK_MESSAGE(theirs.score(theirs.mask(required - 1)) < wanted, "by basin's ablation it holds with one fewer");
}
