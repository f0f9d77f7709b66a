#include "interp/llc/learning_coefficient.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "core/error.h"
#include "interp/llc/network_coefficient.h"

using namespace basin;
using namespace basin::interp;

using Sizes = std::vector<std::int64_t>;

TEST_CASE("reduced-rank regression: λ and m in all cases, symmetric in inputs and outputs") {
  struct Row {
    std::int64_t M, N, H, r;
    LearningCoefficient wanted;
  };
  const std::vector<Row> rows = {
      {1, 1, 1, 0, {0.5, 2}},  {2, 2, 1, 0, {1, 2}},     {2, 2, 2, 0, {1.5, 1}}, {3, 3, 2, 0, {2.5, 1}},
      {3, 3, 3, 0, {3.5, 2}},  {5, 5, 3, 0, {6.5, 2}},   {5, 5, 4, 0, {8, 1}},   {2, 2, 2, 1, {2, 2}},
      {3, 3, 2, 1, {3.5, 2}},  {5, 5, 3, 1, {8, 1}},     {5, 5, 3, 2, {9.5, 2}}, {5, 5, 3, 3, {10.5, 1}},
      {8, 4, 3, 0, {6, 1}},    {4, 8, 3, 2, {11, 1}},    {4, 3, 8, 0, {6, 1}},   {6, 4, 8, 4, {12, 1}},
      {10, 10, 5, 2, {29, 2}}, {10, 10, 10, 3, {44, 2}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.M);
    CAPTURE(row.N);
    CAPTURE(row.H);
    CAPTURE(row.r);
    CHECK(reduced_rank_coefficient(row.N, row.H, row.M, row.r) == row.wanted);
    CHECK(reduced_rank_coefficient(row.M, row.H, row.N, row.r) == row.wanted);
  }
}

TEST_CASE("deep linear networks: λ and m") {
  struct Row {
    Sizes widths;
    std::int64_t r;
    LearningCoefficient wanted;
  };
  const std::vector<Row> rows = {
      {{5, 5, 5, 5}, 0, {8.5, 3}},
      {{5, 5, 5, 5}, 2, {11, 1}},
      {{2, 2, 2, 2}, 0, {1.5, 3}},
      {{2, 2, 2, 2, 2}, 0, {1.5, 5}},
      {{3, 2, 2, 3}, 1, {3, 1}},
      {{4, 1, 1, 4}, 0, {0.5, 1}},
      {{10, 10, 10, 10, 10}, 4, {43.5, 5}},
      {{8, 4, 6, 8}, 3, {21, 1}},
      {{50, 20, 100, 30}, 10, {450, 1}},
      {{20, 10, 20}, 0, {87.5, 1}},
      {{30, 20, 10, 20, 30}, 5, {172, 2}},
      {{64, 32, 16, 32, 64}, 8, {568, 1}},
      {{100, 100, 100, 100, 100}, 10, {3481.5, 5}},
      {{10, 3, 10}, 1, {18, 1}},
      {{2, 2, 2}, 0, {1.5, 1}},
      {{2, 2, 2}, 1, {2, 2}},
      {{3, 2, 3}, 1, {3.5, 2}},
      {{2, 1, 1, 2}, 0, {0.5, 1}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.widths);
    CAPTURE(row.r);
    CHECK(deep_linear_coefficient(row.widths, row.r) == row.wanted);
    CHECK(deep_linear_coefficient(Sizes(row.widths.rbegin(), row.widths.rend()), row.r) == row.wanted);
  }
}

TEST_CASE("two layers are a deep network and one layer is regular, for all sizes to 8 and every rank") {
  for (std::int64_t N = 0; N <= 8; ++N)
    for (std::int64_t M = 0; M <= 8; ++M) {
      for (std::int64_t r = 0; r <= std::min(N, M); ++r) CHECK(deep_linear_coefficient({N, M}, r) == morse_bott(N * M));
      for (std::int64_t H = 0; H <= 8; ++H)
        for (std::int64_t r = 0; r <= std::min({N, H, M}); ++r) {
          CAPTURE((Sizes{N, H, M, r}));
          CHECK(deep_linear_coefficient({N, H, M}, r) == reduced_rank_coefficient(N, H, M, r));
        }
    }
}

TEST_CASE("a truth of rank r is r regular directions and a smaller regression at zero; nothing is left of no rows") {
  for (std::int64_t N = 0; N <= 5; ++N)
    for (std::int64_t H = 0; H <= 5; ++H)
      for (std::int64_t M = 0; M <= 5; ++M)
        for (std::int64_t r = 0; r <= std::min({N, H, M}); ++r) {
          const LearningCoefficient rest = reduced_rank_coefficient(N - r, H - r, M - r, 0);
          CHECK(reduced_rank_coefficient(N, H, M, r) == morse_bott(r * (M + N - r)) + rest);
          if (std::min({N - r, H - r, M - r}) == 0) CHECK(rest == LearningCoefficient{0, 1});
        }
}

namespace {

// Calls visit(N, H, M, ranks) for all ranks that two factors with sizes from 1 to 5 can have.
template <class Visit>
void for_each_stratum(Visit visit) {
  for (std::int64_t N = 1; N <= 5; ++N)
    for (std::int64_t H = 1; H <= 5; ++H)
      for (std::int64_t M = 1; M <= 5; ++M)
        for (std::int64_t p = 0; p <= std::min(N, H); ++p)
          for (std::int64_t q = 0; q <= std::min(H, M); ++q)
            for (std::int64_t r = std::max<std::int64_t>(0, p + q - H); r <= std::min(p, q); ++r)
              visit(N, H, M, FactorRanks{p, q, r});
}

}  // namespace

TEST_CASE("local coefficients are never below the global one, which one of the strata attains") {
  CHECK(local_linear_coefficient(5, 5, 5, {5, 2, 2}) == LearningCoefficient{12.5, 1});
  CHECK(reduced_rank_coefficient(5, 5, 5, 2) == LearningCoefficient{11.5, 2});
  CHECK(local_linear_coefficient(3, 3, 3, {1, 1, 1}) == LearningCoefficient{4, 1});  // claims C17 and C18
  CHECK(local_linear_coefficient(3, 2, 3, {1, 1, 1}) == LearningCoefficient{3.5, 2});
  CHECK(local_linear_coefficient(3, 2, 3, {2, 2, 2}) == LearningCoefficient{4, 1});
  std::map<Sizes, double> least;
  for_each_stratum([&](std::int64_t N, std::int64_t H, std::int64_t M, const FactorRanks& ranks) {
    CAPTURE((Sizes{N, H, M, ranks.first, ranks.second, ranks.product}));
    const double local = local_linear_coefficient(N, H, M, ranks).lambda;
    CHECK(local >= reduced_rank_coefficient(N, H, M, ranks.product).lambda);
    CHECK(local == local_linear_coefficient(M, H, N, {ranks.second, ranks.first, ranks.product}).lambda);
    double& so_far = least.try_emplace({N, H, M, ranks.product}, local).first->second;
    so_far = std::min(so_far, local);
  });
  for (const auto& [key, lambda] : least)
    CHECK(lambda == reduced_rank_coefficient(key[0], key[1], key[2], key[3]).lambda);
}

TEST_CASE("where no hidden direction is unused, points are smooth: half the rank of J") {
  int unused_none = 0, smooth = 0;
  for_each_stratum([&](std::int64_t N, std::int64_t H, std::int64_t M, const FactorRanks& ranks) {
    const auto [p, q, r] = ranks;
    if (std::min({H - p - q + r, N - p, M - q}) > 0) return;
    ++smooth;
    unused_none += p + q == H + r;
    CHECK(local_linear_coefficient(N, H, M, ranks) == morse_bott(M * p + N * q - p * q));
  });
  CHECK(unused_none == 620);
  CHECK(smooth == 1031);
}

TEST_CASE("normal crossings, and sums of losses without common parameters") {
  struct Row {
    int a, b;
    LearningCoefficient wanted;
  };
  const std::vector<Row> rows = {{0, 1, {0.5, 1}},     {1, 1, {0.5, 2}},     {0, 2, {0.25, 1}},
                                 {1, 2, {0.25, 1}},    {2, 2, {0.25, 2}},    {0, 3, {1.0 / 6, 1}},
                                 {1, 3, {1.0 / 6, 1}}, {2, 3, {1.0 / 6, 1}}, {3, 3, {1.0 / 6, 2}}};
  for (const Row& row : rows) {
    CHECK(normal_crossing({row.a, row.b}) == row.wanted);
    CHECK(normal_crossing({row.b, row.a}) == row.wanted);
    CHECK(normal_crossing({row.b}) == LearningCoefficient{0.5 / row.b, 1});  // where only w2 is 0
  }
  CHECK(normal_crossing({1, 1, 1}) == LearningCoefficient{0.5, 3});
  CHECK(normal_crossing({1, 3}, {0, 2}) == LearningCoefficient{0.5, 2});  // 1/2 and 3/6
  CHECK(normal_crossing({1, 3}, {2, 0}) == LearningCoefficient{1.0 / 6, 1});
  CHECK(homogeneous({2}) == LearningCoefficient{0.5, 1});
  CHECK(homogeneous({4}) == LearningCoefficient{0.25, 1});
  CHECK(homogeneous({6}) == LearningCoefficient{1.0 / 6, 1});
  CHECK(homogeneous({2, 4}) == LearningCoefficient{0.75, 1});
  CHECK(homogeneous({2, 2, 4, 6}).lambda == doctest::Approx(17.0 / 12).epsilon(1e-15));
  CHECK(homogeneous({2, 2}) == morse_bott(2));
  CHECK(normal_crossing({1, 1}) + normal_crossing({1, 1}) == LearningCoefficient{1, 3});
}

TEST_CASE("tiny networks") {
  const std::vector<LearningCoefficient> tanh = {{0.5, 2}, {4.0 / 6, 1}, {5.0 / 6, 1}, {1, 2}, {1.1, 1}, {1.2, 1}};
  for (std::size_t H = 1; H <= tanh.size(); ++H) {
    CHECK(tanh_units_coefficient(std::int64_t(H)).lambda == doctest::Approx(tanh[H - 1].lambda).epsilon(1e-15));
    CHECK(tanh_units_coefficient(std::int64_t(H)).multiplicity == tanh[H - 1].multiplicity);
  }
  CHECK(tanh_units_coefficient(9) == LearningCoefficient{1.5, 2});
  // Two tanh units where the truth has one, its scale and its slope regular: a duplicate leaves u² + v² + δ⁴; a dead
  // unit with a slope of its own has one regular direction more; without slope it leaves (a b)².
  CHECK(homogeneous({2, 2, 4}) == LearningCoefficient{1.25, 1});
  CHECK(morse_bott(2) + homogeneous({2}) == LearningCoefficient{1.5, 1});
  CHECK(morse_bott(2) + normal_crossing({1, 1}) == LearningCoefficient{1.5, 2});
  CHECK(morse_bott(1) == LearningCoefficient{0.5, 1});  // two ReLU units in one direction
  for (std::int64_t H = 1; H <= 6; ++H)                 // ReLU units of one sign at 0: (Σ a_k b_k)²
    CHECK(reduced_rank_coefficient(1, H, 1, 0) == LearningCoefficient{0.5, H == 1 ? 2 : 1});
  for (std::int64_t N = 1; N <= 6; ++N)  // one ReLU unit with N inputs: a linear network 1-N but for its scaling
    CHECK(morse_bott(N) == local_linear_coefficient(N, 1, 1, {1, 1, 1}));
}

TEST_CASE("ranks, widths and exponents that are none are refused") {
  CHECK_THROWS_WITH_AS(reduced_rank_coefficient(2, 2, 2, 3), doctest::Contains("2-2-2 and rank 3 given"), UsageError);
  CHECK_THROWS_AS(reduced_rank_coefficient(2, 2, 2, -1), UsageError);
  CHECK_THROWS_AS(reduced_rank_coefficient(2, -2, 2, 0), UsageError);
  CHECK_THROWS_AS(deep_linear_coefficient({4}, 0), UsageError);
  CHECK_THROWS_AS(deep_linear_coefficient({4, 2, 4}, 3), UsageError);
  for (const FactorRanks& ranks : {FactorRanks{3, 1, 1}, {1, 5, 1}, {1, 1, 2}, {2, 2, 0}, {1, 1, -1}})
    CHECK_THROWS_AS(local_linear_coefficient(2, 3, 4, ranks), UsageError);
  CHECK_THROWS_AS(normal_crossing({0, 0}), UsageError);
  CHECK_THROWS_AS(normal_crossing({1, -1}), UsageError);
  CHECK_THROWS_AS(normal_crossing({1, 2}, {1}), UsageError);
  CHECK_THROWS_AS(normal_crossing({1}, {-1}), UsageError);
  CHECK_THROWS_AS(homogeneous({2, 0}), UsageError);
  CHECK_THROWS_AS(morse_bott(-1), UsageError);
  CHECK_THROWS_AS(tanh_units_coefficient(0), UsageError);
}
