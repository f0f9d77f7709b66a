// Critical points of the toy model of superposition against reference values, of c = 6 features in the plane.
#include "nn/superposition_polygons.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "tests/largest_difference.h"

using namespace basin;
using namespace basin::nn;

namespace {

struct Reference {
  Polygon polygon;
  double loss, length, bias;
  Signature signature;
};

// Losses as Chen et al. (2023) list them; lengths and biases by a search without derivatives on a sum over 100,000
// values of a.
const std::vector<Reference> references{{{4, 0, 6}, .11111, 1, 0, {15, 3, 0}},
                                        {{4, 2, 6}, .09722, 1, 0, {17, 1, 0}},
                                        {{5, 0, 6}, .06874, 1.170460, -.282297, {14, 4, 0}},
                                        {{5, 1, 6}, .06180, 1.170460, -.282297, {17, 1, 0}},
                                        {{6, 0, 6}, .04819, 1.320528, -.618138, {17, 1, 0}}};

}  // namespace

TEST_CASE("polygons have the losses, lengths and biases of the reference, and no gradient") {
  for (const Reference& r : references) {
    CAPTURE(r.polygon.name());
    const CriticalPoint p = critical_point(r.polygon);
    CHECK(std::abs(p.loss - r.loss) < 5.1e-6);
    CHECK(std::abs(p.length - r.length) < 1e-5);
    CHECK(std::abs(p.bias - r.bias) < 1e-5);
    CHECK(p.gradient < 1e-12);
    const PopulationLoss there = population_loss(p.point);
    CHECK(there.loss == p.loss);
    for (const double g : there.gradient) CHECK(std::abs(g) < 1e-12);
  }
}

TEST_CASE("their Hessians have the signatures of the reference: one flat direction is the rotation") {
  for (const Reference& r : references) {
    CAPTURE(r.polygon.name());
    const CriticalPoint p = critical_point(r.polygon);
    const Signature s = signature_of(population_hessian(p.point));
    INFO(s.positive, " ", s.zero, " ", s.negative);
    CHECK(s == r.signature);
  }
}

TEST_CASE("the gradient is that of the loss, and the second derivatives of an output are those of its first") {
  const CriticalPoint p = critical_point({5, 1, 6});
  std::vector<double> theta = p.point.flat();
  for (std::size_t i = 0; i < theta.size(); ++i) theta[i] += 0.1 * std::sin(double(7 * i));
  const auto at = [&](std::size_t i, double h) {
    std::vector<double> moved = theta;
    moved[i] += h;
    return population_loss(superposition_point(moved, 6, 2)).loss;
  };
  const std::vector<double> gradient = population_loss(superposition_point(theta, 6, 2)).gradient;
  for (std::size_t i = 0; i < theta.size(); ++i)
    CHECK(gradient[i] == doctest::Approx((at(i, 1e-5) - at(i, -1e-5)) / 2e-5).epsilon(1e-6));
  constexpr double h = 1e-6;
  for (const bool own : {false, true})
    for (const double w : {0.3, 1.2, own ? 0.8 : -0.7})
      for (const double b : {-0.2, 0.4, -1.5}) {
        const OutputLoss f = output_loss(w, b, own), w1 = output_loss(w + h, b, own), w0 = output_loss(w - h, b, own),
                         b1 = output_loss(w, b + h, own), b0 = output_loss(w, b - h, own);
        CHECK(std::abs(f.w - (w1.value - w0.value) / (2 * h)) < 1e-8);
        CHECK(std::abs(f.b - (b1.value - b0.value) / (2 * h)) < 1e-8);
        CHECK(std::abs(f.ww - (w1.w - w0.w) / (2 * h)) < 1e-8);
        CHECK(std::abs(f.wb - (b1.w - b0.w) / (2 * h)) < 1e-8);
        CHECK(std::abs(f.bb - (b1.b - b0.b) / (2 * h)) < 1e-8);
      }
}

TEST_CASE("every number of corners up to eight has its critical points, by falling loss") {
  for (const std::int64_t features : {3, 6, 9}) {
    const std::vector<CriticalPoint> all = critical_points(features);
    CHECK(std::ranges::is_sorted(all, std::greater(), &CriticalPoint::loss));
    for (const CriticalPoint& p : all) CHECK_MESSAGE(p.gradient < 1e-12, p.polygon.name());
    CHECK(all.size() == (features == 3 ? 1 : features == 6 ? 10 : 27));
  }
  CHECK(critical_point({4, 1, 6}).loss == doctest::Approx((critical_point({4, 0, 6}).loss + .0972222222) / 2));
  CHECK(Polygon{4, 1, 6}.name() == "4-gon, 1 live, 1 dead");
  CHECK(Polygon{6, 0, 6}.name() == "6-gon");
}

TEST_CASE("polygons that are none are refused") {
  CHECK_THROWS_WITH_AS(critical_point({2, 0, 6}),
                       "critical_point: 2 corners and 0 live outputs of 6 features; wanted 3 to 8 corners, and no more "
                       "of both than features",
                       UsageError);
  CHECK_THROWS_AS(critical_point({5, 2, 6}), UsageError);
  CHECK_THROWS_AS(critical_point({9, 0, 12}), UsageError);
  CHECK_THROWS_AS(critical_points(2), UsageError);
  CHECK_THROWS_AS(superposition_point(std::vector<double>(17), 6, 2), ShapeError);
  CHECK_THROWS_AS(population_loss({Matrix({2, 6}), std::vector<double>(5)}), ShapeError);
}
