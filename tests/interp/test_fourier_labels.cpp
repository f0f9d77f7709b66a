// Labels of functions of two numbers, on functions made of known terms.
#include "interp/look/fourier_labels.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <numbers>

#include "core/error.h"

using namespace basin;
using namespace basin::interp;

namespace {

using Function = std::function<double(double x, double y)>;  // of angles 2πx/p, 2πy/p

std::vector<FourierTerm> terms(std::int64_t p, const Function& f, std::size_t most = 7) {
  Matrix table({p * p, 1});
  for (std::int64_t row = 0; row < p * p; ++row)
    table[row] =
        f(2 * std::numbers::pi * double(row / p) / double(p), 2 * std::numbers::pi * double(row % p) / double(p));
  return fourier_terms(table, p, 0.995, most)[0];
}

std::string label(std::int64_t p, const Function& f) { return fourier_label(terms(p, f)); }

}  // namespace

TEST_CASE("waves of sums and of differences are told apart, whatever their phases") {
  CHECK(label(11, [](double x, double y) { return std::cos(3 * x + 3 * y + 0.7); }) == "100% cos(3x + 3y)");
  CHECK(label(11, [](double x, double y) { return std::sin(2 * x - 5 * y); }) == "100% cos(2x - 5y)");
  CHECK(label(11, [](double x, double y) { return 3 * std::cos(x + y + 2) + std::cos(4 * x - y - 1); }) ==
        "90% cos(x + y), 10% cos(4x - y)");
  // 8 is -3: cos(8x + 8y) is one with cos(3x + 3y), and cos(8x + 3y) with cos(3x - 3y).
  CHECK(label(11, [](double x, double y) { return std::cos(8 * x + 8 * y); }) == "100% cos(3x + 3y)");
  CHECK(label(11, [](double x, double y) { return std::cos(8 * x + 3 * y); }) == "100% cos(3x - 3y)");
}

TEST_CASE("products are one term, whatever their phases") {
  CHECK(label(13, [](double x, double y) { return std::cos(3 * x + 1) * std::cos(2 * y - 2); }) ==
        "100% cos(3x) cos(2y)");
  CHECK(label(13, [](double x, double y) {
          return 3 * std::cos(3 * x) * std::cos(3 * y) + std::sin(3 * x) * std::sin(3 * y);
        }) == "90% cos(3x) cos(3y), 10% sin(3x) sin(3y)");  // by waves of sums and differences it is 20 and 80
}

TEST_CASE("waves of one number, alike in both or not, and a mean") {
  CHECK(label(9, [](double x, double) { return std::sin(4 * x); }) == "100% cos(4x)");
  CHECK(label(9, [](double x, double y) { return std::cos(2 * x) + std::sin(2 * y); }) == "100% cos(2x) + cos(2y)");
  CHECK(label(9, [](double x, double y) { return 2 * std::cos(2 * x) + std::cos(2 * y) + std::sqrt(2.5); }) ==
        "50% const, 40% cos(2x), 10% cos(2y)");
  CHECK(label(7, [](double, double) { return -3.0; }) == "100% const");
}

TEST_CASE("even moduli have an alternating wave without a sine") {
  CHECK(label(6, [](double x, double) { return std::cos(3 * x); }) == "100% cos(3x)");
  CHECK(label(6, [](double x, double y) { return std::cos(3 * x) * std::cos(y + 1); }) == "100% cos(3x) cos(y)");
  CHECK(label(6, [](double x, double y) {
          return 3 * std::cos(x + y) + std::cos(3 * x) * std::sqrt(2) * std::cos(2 * y);
        }) == "82% cos(x + y), 18% cos(3x) cos(2y)");
}

TEST_CASE("terms end when they hold enough, or are many; shares of all terms add up to one") {
  const Function many = [](double x, double y) {
    double sum = 0;
    for (int k = 1; k <= 9; ++k) sum += std::cos(k * x + k * y);
    return sum;
  };
  CHECK(terms(23, many).size() == 7);
  CHECK(terms(23, many, 3).size() == 3);
  double all = 0;
  for (const FourierTerm& t : terms(23, many, 10000)) all += t.share;
  CHECK(all == doctest::Approx(1));
  CHECK(label(23, [](double x, double y) { return std::cos(x + y) + 0.05 * std::cos(2 * x); }) == "100% cos(x + y)");
  CHECK(terms(5, [](double, double) { return 0.0; }).empty());
  CHECK(fourier_label({}).empty());
  CHECK_THROWS_AS(fourier_terms(Matrix({10, 1}), 3), ShapeError);
}
