#include "interp/basis/basis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/lapack.h"
#include "core/matrix.h"
#include "interp/basis/importance.h"

namespace basin::interp {
namespace {

constexpr std::array<std::string_view, 6> kind_names{"lib", "ib", "a10", "a1sq", "pca", "neuron"};

// Which of some eigenvalues count, by place; the first ones that are exempt are held to nothing but being positive.
struct Kept {
  std::vector<std::int64_t> places;  // in the order of the values
  std::int64_t exempt = 0;           // of the first ones
  TruncationReport report;
};

Kept keep(const std::vector<double>& values, const Truncation& truncation, std::int64_t exempt) {
  Kept kept;
  double largest = 0;
  for (std::size_t i = std::size_t(exempt); i < values.size(); ++i) largest = std::max(largest, values[i]);
  const double cutoff = truncation.threshold * (truncation.relative ? largest : 1);
  kept.report.smallest_kept = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool is_exempt = std::int64_t(i) < exempt;
    if (is_exempt ? values[i] > 0 : values[i] > cutoff) {
      kept.places.push_back(std::int64_t(i));
      kept.exempt += is_exempt;
      if (!is_exempt) kept.report.smallest_kept = std::min(kept.report.smallest_kept, values[i]);
    } else {
      kept.report.largest_dropped = std::max(kept.report.largest_dropped, values[i]);
    }
  }
  kept.report.kept = std::ssize(kept.places);
  kept.report.dropped = std::ssize(values) - kept.report.kept;
  if (std::isinf(kept.report.smallest_kept)) kept.report.smallest_kept = 0;
  return kept;
}

Matrix columns_scaled(Matrix a, const std::vector<double>& scale) {
  for (std::int64_t i = 0; i < a.rows(); ++i)
    for (std::int64_t j = 0; j < a.cols(); ++j) a(i, j) *= scale[j];
  return a;
}

Matrix rows_scaled(Matrix a, const std::vector<double>& scale) {
  for (std::int64_t i = 0; i < a.rows(); ++i)
    for (double& v : a.row(i)) v *= scale[i];
  return a;
}

// Of G, with some coordinates first, each as an eigenvector of its own, and then those of the rest.
Eigh with_apart_first(const Matrix& G, const std::vector<std::int64_t>& apart) {
  const std::int64_t d = G.rows(), first = std::ssize(apart);
  std::vector<std::int64_t> rest;
  for (std::int64_t i = 0; i < d; ++i)
    if (!std::ranges::count(apart, i)) rest.push_back(i);
  Matrix inner({std::ssize(rest), std::ssize(rest)});
  for (std::int64_t i = 0; i < inner.rows(); ++i)
    for (std::int64_t j = 0; j < inner.cols(); ++j) inner(i, j) = G(rest[i], rest[j]);
  const Eigh e = eigh(inner);
  Eigh all{{}, Matrix({d, d})};
  for (std::int64_t k = 0; k < first; ++k) {
    all.values.push_back(G(apart[k], apart[k]));
    all.vectors(apart[k], k) = 1;
  }
  all.values.insert(all.values.end(), e.values.begin(), e.values.end());
  for (std::int64_t i = 0; i < inner.rows(); ++i)
    std::ranges::copy(e.vectors.row(i), all.vectors.row(rest[i]).begin() + first);
  return all;
}

Matrix bordered(const Matrix& inner, std::span<const double> edge, double corner) {
  const std::int64_t d = inner.rows();
  Matrix all({d + 1, d + 1});
  for (std::int64_t i = 0; i < d; ++i) {
    std::ranges::copy(inner.row(i), all.row(i).begin());
    if (!edge.empty()) all(i, d) = all(d, i) = edge[i];
  }
  all(d, d) = corner;
  return all;
}

// Takes the mean from every feature but the constant: W = Y U, W^+ = U^T Y^-1, where x Y = (f - mean, 1).
void take_mean_from(Basis& b) {
  const std::int64_t last = b.W.rows() - 1;
  for (std::int64_t i = 0; i < last; ++i)
    for (std::int64_t j = 0; j < b.W.cols(); ++j) b.W(last, j) -= b.mean[i] * b.W(i, j);
  for (std::int64_t i = 0; i < b.W_pinv.rows(); ++i)
    for (std::int64_t j = 0; j < last; ++j) b.W_pinv(i, j) += b.W_pinv(i, last) * b.mean[j];
}

// Mean, G and the directions in which x varies.
Basis frame(const FoldedModel& model, std::int64_t l, const Moments& moments, const BasisOptions& options) {
  Basis b{.layer = model.layers()[l].name, .mean = moments.mean()};
  const bool constant = model.has_constant(l), exempt = constant && options.center;
  const Matrix second = options.center ? moments.covariance() : moments.second_moment();
  b.gram = !constant ? second : bordered(second, options.center ? std::span<const double>{} : b.mean, 1);
  if (constant) b.mean.push_back(1);
  std::vector<std::int64_t> apart;
  if (exempt) apart.push_back(b.gram.rows() - 1);
  if (model.has_apart(l) && b.gram(0, 0) > 0) apart.push_back(0);
  Eigh eigen = apart.empty() ? eigh(b.gram) : with_apart_first(b.gram, apart);
  for (double& v : eigen.values) v = std::abs(v);
  const Kept kept = keep(eigen.values, options.truncation, std::ssize(apart));
  b.W = columns_at(eigen.vectors, kept.places);
  b.W_pinv = transpose(b.W);
  if (exempt) take_mean_from(b);
  b.constant = exempt ? 0 : -1;
  b.apart = std::ssize(apart) > exempt ? std::int64_t(exempt) : -1;
  b.variance_cut = kept.report;
  b.variances = std::move(eigen.values);
  return b;
}

void leave_as_it_is(Basis& b, bool constant) {
  b.W = b.W_pinv = b.C = b.C_pinv = identity(b.gram.rows());
  b.variance_cut = {.kept = b.gram.rows()};
  b.constant = constant ? b.gram.rows() - 1 : -1;
}

// Eigenvectors of M in the whitened frame; the first directions stay, so many as are exempt.
Eigh rotation(const Matrix& M, std::int64_t exempt) {
  std::vector<std::int64_t> first(static_cast<std::size_t>(exempt));
  std::iota(first.begin(), first.end(), 0);
  return exempt == 0 ? eigh(M) : with_apart_first(M, first);
}

void symmetrise(Matrix& a) {
  for (std::int64_t i = 0; i < a.rows(); ++i)
    for (std::int64_t j = 0; j < i; ++j) a(i, j) = a(j, i) = (a(i, j) + a(j, i)) / 2;
}

// |diag(V^T R^+ cross R V)|: what each feature has of the attribution.
std::vector<double> attributed(const Basis& b, const Matrix& R, const Matrix& R_pinv, const Matrix& cross) {
  const Matrix left = matmul(b.V, matmul(R_pinv, cross), true, false), right = matmul(R, b.V);
  std::vector<double> lambda(b.V.cols());
  for (std::int64_t j = 0; j < b.V.cols(); ++j) {
    for (std::int64_t i = 0; i < right.rows(); ++i) lambda[j] += left(j, i) * right(i, j);
    lambda[j] = std::abs(lambda[j]);
  }
  return lambda;
}

void rotate(Basis& b, Importance importance, const Truncation& truncation) {
  const std::int64_t exempt = (b.constant == 0) + (b.apart >= 0);
  std::vector<double> root;  // of the variances kept: `keep` lets them through in their order
  for (std::int64_t i = 0; i < b.variance_cut.kept; ++i) root.push_back(std::sqrt(b.variances[i]));
  std::vector<double> inverse(root);
  for (double& v : inverse) v = 1 / v;
  const Matrix R = columns_scaled(b.W, inverse), R_pinv = rows_scaled(b.W_pinv, root);
  b.M = std::move(importance.M);
  b.source_error = importance.error;
  symmetrise(b.M);
  Matrix whitened = matmul(matmul(R_pinv, b.M), R_pinv, false, true);
  symmetrise(whitened);
  Eigh eigen = rotation(whitened, exempt);
  b.V = std::move(eigen.vectors);
  b.lambda_all = importance.cross.size() ? attributed(b, R, R_pinv, importance.cross) : std::move(eigen.values);
  for (double& v : b.lambda_all) v = std::abs(v);
  Kept kept = keep(b.lambda_all, truncation, exempt);
  const auto place_of = [&](std::int64_t feature) -> std::int64_t {
    const auto at = std::ranges::find(kept.places, feature);
    return feature < 0 || at == kept.places.end() ? -1 : at - kept.places.begin();
  };
  b.constant = place_of(b.constant), b.apart = place_of(b.apart);
  std::stable_sort(kept.places.begin() + kept.exempt, kept.places.end(),
                   [&](std::int64_t i, std::int64_t j) { return b.lambda_all[i] > b.lambda_all[j]; });
  std::vector<double> up, down;
  for (const std::int64_t place : kept.places) {
    b.lambda.push_back(b.lambda_all[place]);
    up.push_back(std::sqrt(b.lambda.back()));
    down.push_back(1 / up.back());
  }
  b.C = matmul(R, columns_scaled(columns_at(b.V, kept.places), up));
  b.C_pinv = matmul(columns_scaled(columns_at(b.V, kept.places), down), R_pinv, true, false);
  b.importance_cut = kept.report;
}

}  // namespace

double TruncationReport::gap() const {
  return largest_dropped > 0 ? smallest_kept / largest_dropped : std::numeric_limits<double>::infinity();
}

void BasisOptions::validate(std::int64_t sections) const {
  if (kind == BasisKind::neuron && center)
    throw UsageError(
        "interaction basis: the neuron basis has no features to take a mean from; help: leave out centring");
  if (!(truncation.threshold >= 0))
    throw UsageError(fmt::format("interaction basis: truncation {} given, wanted 0 or more", truncation.threshold));
  const bool mixes = kind == BasisKind::lib || kind == BasisKind::ib;
  if (sources != 0 && (sources < 2 || !mixes))
    throw UsageError(fmt::format("interaction basis: {} sources given for {}, wanted 2 or more, for lib or ib", sources,
                                 name_of(kind)));
  rule_of(rules, 0, sections);
  if (kind != BasisKind::squared_difference) return;
  for (const Quadrature& given : rules)
    if (given.rule == Rule::gradient)
      throw UsageError(
          "interaction basis: a1sq with the rule gradient is 0 everywhere; help: use trapezoid:N or "
          "gauss-legendre:N");
}

BasisKind basis_from(std::string_view name) {
  const auto found = std::ranges::find(kind_names, name);
  if (found == kind_names.end())
    throw UsageError(fmt::format("interaction basis: '{}' given, wanted lib, ib, a10, a1sq, pca or neuron", name));
  return BasisKind(found - kind_names.begin());
}

std::string_view name_of(BasisKind kind) { return kind_names[std::size_t(kind)]; }

std::vector<Basis> interaction_bases(const FoldedModel& model, const LayerMoments& moments, const Inputs& inputs,
                                     const BasisOptions& options) {
  options.validate(model.sections());
  std::vector<Basis> bases;
  for (std::int64_t l = 0; l <= model.sections(); ++l) {
    bases.push_back(frame(model, l, moments.nodes[l], options));
    Basis& b = bases.back();
    const bool as_it_is = model.has_constant(l) ? options.kind == BasisKind::neuron : !options.rotate_last;
    if (as_it_is) leave_as_it_is(b, model.has_constant(l));
    b.C = b.W;
    b.C_pinv = b.W_pinv;
  }
  if (options.kind == BasisKind::neuron || options.kind == BasisKind::pca) return bases;
  std::vector<Importance> global;
  if (options.kind == BasisKind::ib) global = global_importances(model, bases.back().C, inputs, options);
  for (std::int64_t l = model.sections() - 1; l >= 0; --l)
    rotate(bases[l],
           options.kind == BasisKind::ib ? std::move(global[l])
                                         : local_importance(model, l, bases[l + 1].C, moments, inputs, options),
           options.truncation);
  return bases;
}

std::vector<Basis> interaction_bases(const FoldedModel& model, const Inputs& inputs, const BasisOptions& options) {
  options.validate(model.sections());
  return interaction_bases(model, layer_moments(model, inputs, options.rules, options.sweep), inputs, options);
}

}  // namespace basin::interp
