#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "core/idx.h"
#include "nn/data/digits.h"

using namespace basin;
using namespace basin::nn;

TEST_CASE("the digits are the UCI test part") {
  const Dataset digits = all_digits();
  digits.validate();
  CHECK(digits.x.shape == Shape{1797, 64});
  CHECK(digits.classes == 10);
  CHECK(digits.y[0] == 0);

  std::array<int, 10> per_class{};
  for (const float label : digits.y.data) ++per_class[std::size_t(label)];
  CHECK(per_class == std::array<int, 10>{178, 182, 177, 183, 181, 182, 181, 179, 174, 180});

  const std::array<float, 16> first_two_rows = {0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0};
  for (std::size_t j = 0; j < first_two_rows.size(); ++j) CHECK(digits.x[std::int64_t(j)] * 16 == first_two_rows[j]);
  CHECK(std::accumulate(digits.x.data.begin(), digits.x.data.end(), 0.0) * 16 == 561718);
  CHECK(*std::max_element(digits.x.data.begin(), digits.x.data.end()) == 1);
}

TEST_CASE("the embedded digits are those of the source tree") {
  const Tensor<float> file = read_idx(BASIN_SOURCE_DIR "/data/digits.idx.gz");
  const Dataset digits = all_digits();
  CHECK(file.shape == Shape{1797, 65});
  bool same = true;
  for (std::int64_t i = 0; i < digits.size(); ++i) same = same && file(i, 64) == digits.y[i];
  CHECK(same);
}

TEST_CASE("the digits' split is fixed") {
  const Split digits = load_digits();
  CHECK(digits.train.size() == 1437);
  CHECK(digits.test.size() == 360);
  CHECK(content_hash(all_digits()) == "e2826a021da56676");
  CHECK(content_hash(digits.train) == "d793ea22d50fe461");
  CHECK(content_hash(digits.test) == "5935bebdc34749c5");
}
