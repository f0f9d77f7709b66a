#include "interp/look/fourier_labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "interp/look/fourier.h"

namespace basin::interp {
namespace {

// All power of frequency k of x and l of y: the coefficients of the four products are a 2 x 2 matrix. Its determinant
// says how much more kx - ly has than kx + ly; its singular values are the amplitudes of products of one wave of x and
// one of y, whatever their phases.
struct Cross {
  std::int64_t k, l;
  double power, determinant;
  bool alternating;  // k or l is p/2: cos(πx) has no sine, and no two ways to split

  double sums() const { return power / 2 - determinant; }  // of cos(kx + ly)
  double differences() const { return power / 2 + determinant; }
  double unlike() const { return std::sqrt(std::max(0.0, power * power - 4 * determinant * determinant)); }
  double cosines() const { return (power + unlike()) / 2; }
  double sines() const { return (power - unlike()) / 2; }
};

Cross cross(const Matrix& c, std::int64_t k, std::int64_t l) {
  const std::int64_t p = c.rows();
  const bool sine_x = 2 * k < p, sine_y = 2 * l < p;
  const double cc = c(2 * k - 1, 2 * l - 1), cs = sine_y ? c(2 * k - 1, 2 * l) : 0,
               sc = sine_x ? c(2 * k, 2 * l - 1) : 0, ss = sine_x && sine_y ? c(2 * k, 2 * l) : 0;
  return {k, l, cc * cc + cs * cs + sc * sc + ss * ss, cc * ss - cs * sc, !sine_x || !sine_y};
}

std::string times(std::int64_t k, char variable) {
  return k == 1 ? std::string(1, variable) : std::to_string(k) + variable;
}

void add_cross_terms(std::vector<FourierTerm>& terms, const Matrix& coefficients, double all) {
  std::vector<Cross> pairs;
  double by_sums = 0, by_products = 0;
  const std::int64_t frequencies = coefficients.rows() / 2;
  for (std::int64_t k = 1; k <= frequencies; ++k)
    for (std::int64_t l = 1; l <= frequencies; ++l) {
      const Cross& c = pairs.emplace_back(cross(coefficients, k, l));
      if (!c.alternating) by_sums += 2 * std::abs(c.determinant), by_products += c.unlike();
    }
  for (const Cross& c : pairs) {
    const std::string x = times(c.k, 'x'), y = times(c.l, 'y');
    if (by_sums > by_products && !c.alternating) {
      terms.push_back({c.sums() / all, "cos(" + x + " + " + y + ")"});
      terms.push_back({c.differences() / all, "cos(" + x + " - " + y + ")"});
    } else {
      terms.push_back({c.cosines() / all, "cos(" + x + ") cos(" + y + ")"});
      terms.push_back({c.sines() / all, "sin(" + x + ") sin(" + y + ")"});
    }
  }
}

void add_single_terms(std::vector<FourierTerm>& terms, const Matrix& c, double all) {
  constexpr double alike = 0.01;
  terms.push_back({c[0] * c[0] / all, "const"});
  for (std::int64_t k = 1; 2 * k <= c.rows(); ++k) {
    double x = 0, y = 0;
    for (std::int64_t i = 2 * k - 1; i < std::min(2 * k + 1, c.rows()); ++i)
      x += c(i, 0) * c(i, 0) / all, y += c(0, i) * c(0, i) / all;
    const std::string of_x = "cos(" + times(k, 'x') + ")", of_y = "cos(" + times(k, 'y') + ")";
    if (std::abs(x - y) < alike) {
      terms.push_back({x + y, of_x + " + " + of_y});
    } else {
      terms.push_back({x, of_x});
      terms.push_back({y, of_y});
    }
  }
}

std::vector<FourierTerm> terms_of(const Matrix& coefficients, double enough, std::size_t most) {
  double all = 0, held = 0;
  for (const double c : coefficients.data) all += c * c;
  if (!(all > 0)) return {};
  std::vector<FourierTerm> terms;
  add_single_terms(terms, coefficients, all);
  add_cross_terms(terms, coefficients, all);
  std::ranges::stable_sort(terms, std::greater(), &FourierTerm::share);
  std::size_t kept = 0;
  while (kept < std::min(most, terms.size()) && held < enough) held += terms[kept++].share;
  terms.resize(kept);
  return terms;
}

}  // namespace

std::vector<std::vector<FourierTerm>> fourier_terms(const Matrix& table, std::int64_t p, double enough,
                                                    std::size_t most) {
  if (table.rows() != p * p)
    throw ShapeError(
        fmt::format("fourier_terms: {} rows given; wanted {} for numbers modulo {}", table.rows(), p * p, p));
  const Matrix basis = fourier_basis(p);
  std::vector<std::vector<FourierTerm>> all;
  for (std::int64_t n = 0; n < table.cols(); ++n)
    all.push_back(terms_of(fourier_coefficients(table, n, basis), enough, most));
  return all;
}

std::string fourier_label(const std::vector<FourierTerm>& terms) {
  std::string label;
  for (const FourierTerm& term : terms)
    if (label.empty() || term.share >= 0.005)
      label += fmt::format("{}{:.0f}% {}", label.empty() ? "" : ", ", 100 * term.share, term.function);
  return label;
}

}  // namespace basin::interp
