// Rounding that is followed through a network, against the difference between double and a wider type.
#include "interp/jacobian/rounding.h"

#include <doctest/doctest.h>

#include "core/rng.h"
#include "interp/jacobian/scaled_jacobian.h"
#include "interp/layers/own_units.h"
#include "tests/interp/degeneracy_golden.h"

using namespace basin;
using namespace basin::interp;

namespace {

// f of the hidden layers in long double, sample by sample.
std::vector<std::vector<long double>> wide_activations(const ReluNet& net, std::span<const double> x) {
  std::vector<std::vector<long double>> all{{x.begin(), x.end()}};
  for (std::int64_t l = 0; l + 1 < net.layers(); ++l) {
    std::vector<long double> next;
    for (std::int64_t i = 0; i < net.weights[l].rows(); ++i) {
      long double p = net.biases[l][i];
      for (std::size_t j = 0; j < all.back().size(); ++j)
        p += static_cast<long double>(net.weights[l](i, std::int64_t(j))) * all.back()[j];
      next.push_back(std::max(p, 0.0L));
    }
    all.push_back(next);
  }
  return all;
}

GoldenData shifted(double by) {
  GoldenData data = golden_named("c10_three_layers");
  for (double& v : data.x.data) v += by;
  return data;
}

}  // namespace

TEST_CASE("the estimate of rounding is above the error of every activation, and not far above the largest") {
  for (const double by : {0.0, 1e3, 1e7}) {
    const GoldenData data = shifted(by);
    const std::vector<FullTable> tables = full_tables(dense_network(data.net), {{"x", data.x}}),
                                 errors = roundings(data.net, tables);
    for (std::size_t l = 1; l < tables.size(); ++l) {
      double largest = 0, largest_estimate = 0;
      for (std::int64_t s = 0; s < data.x.rows(); ++s) {
        const auto wide = wide_activations(data.net, data.x.row(s))[l];
        for (std::size_t i = 0; i < wide.size(); ++i) {
          const double f = tables[l].F(s, std::int64_t(i)), error = double(std::abs(wide[i] - f)),
                       estimate = errors[l].F(s, std::int64_t(i));
          if (f > 0 && wide[i] > 0) CHECK(error <= 4 * estimate);
          largest = std::max(largest, error);
          largest_estimate = std::max(largest_estimate, estimate);
        }
      }
      CHECK(largest_estimate <= 1000 * largest);
    }
  }
}

TEST_CASE("own units keep the function and undo themselves") {
  const GoldenData data = shifted(0);
  const OwnUnits own = own_units(data.net, data.x);
  std::int64_t p = 0;
  for (std::int64_t l = 0; l < data.net.layers(); ++l) {
    for (std::int64_t j = 0; j < data.net.weights[l].cols(); ++j)
      for (std::int64_t i = 0; i < data.net.weights[l].rows(); ++i)
        CHECK(own.scale[p++] * own.net.weights[l](i, j) == data.net.weights[l](i, j));
    for (std::size_t i = 0; i < data.net.biases[l].size(); ++i)
      CHECK(own.scale[p++] * own.net.biases[l][i] == data.net.biases[l][i]);
  }
  CHECK(p == data.net.parameters());
  const auto given = wide_activations(data.net, data.x.row(3)), same = wide_activations(own.net, own.x.row(3));
  for (std::size_t l = 0; l < given.size(); ++l)
    for (std::size_t i = 0; i < given[l].size(); ++i) {
      if (given[l][i] == 0) continue;
      int exponent = 0;
      CHECK(std::frexp(double(same[l][i] / given[l][i]), &exponent) == 0.5);
    }
}

TEST_CASE("columns of the scaled Jacobian have length 1, or their rounding has its own length") {
  for (const double by : {0.0, 1e7}) {
    GoldenData data{.net = {{Matrix({2, 2}, {1, 0.3, 0.7, 2}), Matrix({1, 2}, {1, 1})}, {{0.1, 0.2}, {0}}},
                    .x = Matrix({40, 2})};
    Rng(4, "x").fill_normal(std::span(data.x.data));
    for (double& v : data.x.data) v += by;
    const OwnUnits own = own_units(data.net, data.x);
    const ScaledJacobian J = scaled_jacobian(own.net, full_tables(dense_network(own.net), {{"x", own.x}}));
    std::int64_t column = 0, shorter = 0;
    for (const LayerTable& t : J.tables.layers)
      for (std::int64_t j = 0; j < t.F.cols(); ++j)
        for (std::int64_t i = 0; i < t.B.cols(); ++i, ++column) {
          double square = 0;
          for (std::int64_t row = 0; row < t.B.rows(); ++row)
            square += std::pow(t.F(row / J.tables.outputs, j) * t.B(row, i) * J.scale[column], 2);
          const double length = std::sqrt(square);
          CHECK(length < 1.5);
          shorter += length > 0 && length < 0.7;
        }
    CHECK((shorter > 0) == (by > 0));
  }
}
