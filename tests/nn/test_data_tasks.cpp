#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "nn/data/modular_arithmetic.h"
#include "nn/data/toy_tasks.h"

using namespace basin;
using namespace basin::nn;

namespace {

double mean_square(const Tensor<float>& t) {
  return std::inner_product(t.data.begin(), t.data.end(), t.data.begin(), 0.0) / double(t.size());
}

// The sample's part of x or y that belongs to one block.
std::vector<float> part(const Tensor<float>& t, std::int64_t row, const std::vector<int>& block, int which) {
  std::vector<float> out;
  for (std::int64_t c = 0; c < t.cols(); ++c)
    if (block[std::size_t(c)] == which) out.push_back(t(row, c));
  return out;
}

// Least squares of each target column on all inputs, by normal equations and Gaussian elimination: [inputs, outputs].
Matrix fit(const Tensor<float>& x, const Tensor<float>& y) {
  const std::int64_t d = x.cols(), k = y.cols();
  Matrix a({d, d + k});
  for (std::int64_t row = 0; row < x.rows(); ++row)
    for (std::int64_t i = 0; i < d; ++i)
      for (std::int64_t j = 0; j < d + k; ++j) a(i, j) += double(x(row, i)) * (j < d ? x(row, j) : y(row, j - d));
  for (std::int64_t p = 0; p < d; ++p)
    for (std::int64_t i = 0; i < d; ++i) {
      const double factor = i == p ? 0 : a(i, p) / a(p, p);
      for (std::int64_t j = p; factor != 0 && j < d + k; ++j) a(i, j) -= factor * a(p, j);
    }
  Matrix out({d, k});
  for (std::int64_t i = 0; i < d; ++i)
    for (std::int64_t j = 0; j < k; ++j) out(i, j) = a(i, d + j) / a(i, i);
  return out;
}

using Maker = ToyTask (*)(const ToyOptions&);
const std::vector<std::pair<const char*, Maker>> makers = {
    {"blocks", [](const ToyOptions& o) { return teacher_blocks(o); }},
    {"parity", parity_blocks},
    {"regression", linear_blocks}};

}  // namespace

TEST_CASE("modular tasks have names") {
  CHECK(modular_task_from("subtract") == ModularTask::subtract);
  CHECK_THROWS_WITH_AS(modular_task_from("divide"), doctest::Contains("wanted add, subtract or quadratic"), UsageError);
}

TEST_CASE("modular arithmetic holds every pair once with its answer") {
  for (const std::int64_t p : {2, 3, 6, 13}) {
    const Dataset add = modular_arithmetic(ModularTask::add, p), sub = modular_arithmetic(ModularTask::subtract, p),
                  quad = modular_arithmetic(ModularTask::quadratic, p);
    for (const Dataset* data : {&add, &sub, &quad}) {
      data->validate();
      CHECK(data->x.shape == Shape{p * p, 3});
      CHECK(data->classes == p);
    }
    std::set<std::pair<std::int64_t, std::int64_t>> pairs;
    for (std::int64_t row = 0; row < p * p; ++row) {
      const auto a = std::int64_t(add.x(row, 0)), b = std::int64_t(add.x(row, 1));
      pairs.emplace(a, b);
      const bool in_range = a >= 0 && a < p && b >= 0 && b < p && add.x(row, 2) == float(p);
      CHECK(in_range);
      CHECK((a + b - std::int64_t(add.y[row])) % p == 0);
      CHECK((a - b - std::int64_t(sub.y[row])) % p == 0);
      CHECK((a * a + a * b + b * b - std::int64_t(quad.y[row])) % p == 0);
    }
    CHECK(std::int64_t(pairs.size()) == p * p);
  }
}

TEST_CASE("one-hot pairs have a one at a and at p + b, and nothing else") {
  const Dataset tokens = modular_arithmetic(ModularTask::add, 7), hot = one_hot_pairs(tokens);
  hot.validate();
  CHECK(hot.x.shape == Shape{49, 14});
  CHECK(hot.y.data == tokens.y.data);
  for (std::int64_t row = 0; row < 49; ++row) {
    CHECK(hot.x(row, std::int64_t(tokens.x(row, 0))) == 1);
    CHECK(hot.x(row, 7 + std::int64_t(tokens.x(row, 1))) == 1);
  }
  CHECK(std::accumulate(hot.x.data.begin(), hot.x.data.end(), 0.0) == 98);
}

TEST_CASE("moduli out of range are refused") {
  for (const std::int64_t p : {-1, 0, 1, 4097})
    CHECK_THROWS_WITH_AS(modular_arithmetic(ModularTask::add, p), doctest::Contains("wanted 2 to 4096"), UsageError);
  CHECK_THROWS_WITH_AS(one_hot_pairs(modular_arithmetic(ModularTask::add, 1000)), doctest::Contains("use tokens"),
                       UsageError);
}

TEST_CASE("toy tasks have the shapes and the modules they promise") {
  for (const auto& [name, make] : makers) {
    CAPTURE(name);
    const ToyTask task = make({.blocks = 3, .inputs = 4, .outputs = 1, .samples = 50});
    task.data.validate();
    CHECK(task.data.name == name);
    CHECK(task.data.x.shape == Shape{50, 12});
    CHECK(task.data.y.shape == Shape{50, 3});
    CHECK(task.input_block == std::vector<int>{0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2});
    CHECK(task.output_block == std::vector<int>{0, 1, 2});
    const ToyTask entangled = make({.blocks = 3, .inputs = 4, .outputs = 1, .samples = 50, .entangled = true});
    CHECK(entangled.input_block == std::vector<int>(12, 0));
    CHECK(entangled.output_block == std::vector<int>(3, 0));
  }
}

TEST_CASE("toy tasks are made by their seed") {
  for (const auto& [name, make] : makers) {
    CAPTURE(name);
    const ToyOptions options{.samples = 64, .seed = 1};
    const ToyTask a = make(options), b = make(options), c = make({.samples = 64, .seed = 2});
    CHECK(a.data.x.data == b.data.x.data);
    CHECK(a.data.y.data == b.data.y.data);
    CHECK(a.data.x.data != c.data.x.data);
    CHECK(a.data.y.data != c.data.y.data);
  }
}

// With all 2^8 patterns, each block's 16 patterns occur beside every pattern of the other block.
TEST_CASE("a parity block's target is the product of its own bits, whatever the others are") {
  const ToyTask task = parity_blocks({.blocks = 2, .inputs = 4, .samples = 0});
  CHECK(task.data.size() == 256);
  std::set<std::vector<float>> patterns;
  for (std::int64_t row = 0; row < task.data.size(); ++row) {
    const auto x = task.data.x.row(row);
    patterns.emplace(x.begin(), x.end());
    for (int block = 0; block < 2; ++block) {
      const auto own = part(task.data.x, row, task.input_block, block);
      CHECK(task.data.y(row, block) == std::accumulate(own.begin(), own.end(), 1.f, std::multiplies<>()));
    }
  }
  CHECK(patterns.size() == 256);
}

TEST_CASE("parity as classes spells the blocks' parities in binary") {
  const ToyOptions options{.blocks = 2, .inputs = 2, .samples = 0};
  const ToyTask signs = parity_blocks(options), classes = parity_classes(options);
  classes.data.validate();
  CHECK(classes.data.classes == 4);
  CHECK(classes.output_block.empty());
  for (std::int64_t row = 0; row < 16; ++row)
    CHECK(classes.data.y[row] == (signs.data.y(row, 0) < 0) + 2 * (signs.data.y(row, 1) < 0));
}

// A block's function is the same in tasks that differ in what lies beside it: with one block instead of three, the same
// inputs must give the same targets.
TEST_CASE("changing the other blocks' inputs leaves a block's target unchanged") {
  const ToyOptions options{.blocks = 2, .inputs = 3, .outputs = 2, .samples = 3000};
  const ToyTask task = linear_blocks(options);
  const Matrix slopes = fit(task.data.x, task.data.y);
  for (std::int64_t i = 0; i < slopes.rows(); ++i)
    for (std::int64_t j = 0; j < slopes.cols(); ++j) {
      const bool own = task.input_block[std::size_t(i)] == task.output_block[std::size_t(j)];
      CHECK((std::abs(slopes(i, j)) < 1e-6) == !own);
    }
  CHECK(std::abs(slopes(0, 0) - slopes(3, 2)) > 1e-3);  // the blocks' functions differ

  const ToyTask one = teacher_blocks({.blocks = 1, .inputs = 3, .outputs = 2, .samples = 40, .seed = 9});
  const ToyTask three = teacher_blocks({.blocks = 3, .inputs = 3, .outputs = 2, .samples = 40, .seed = 9});
  // Inputs are drawn in rows from one stream, so 40 rows of width 3 are the first rows of width 9, cut in three.
  for (std::int64_t row = 0; row < 13; ++row) {
    CHECK(part(one.data.x, 3 * row, one.input_block, 0) == part(three.data.x, row, three.input_block, 0));
    CHECK(part(one.data.y, 3 * row, one.output_block, 0) == part(three.data.y, row, three.output_block, 0));
  }
}

TEST_CASE("an entangled task reads every input, at the size of the task with modules") {
  for (const auto& [name, make] : makers) {
    CAPTURE(name);
    ToyOptions options{.blocks = 6, .inputs = 2, .outputs = 2, .samples = 4000};
    const double modular = mean_square(make(options).data.y);
    options.entangled = true;
    const ToyTask entangled = make(options);
    CHECK(mean_square(entangled.data.y) / modular == doctest::Approx(1).epsilon(0.5));
    if (name == std::string("parity")) continue;  // a product of bits has no slopes
    const Matrix slopes = fit(entangled.data.x, entangled.data.y);
    std::int64_t clear = 0;
    for (const double slope : slopes.data) clear += std::abs(slope) > 0.01;
    CHECK(clear > slopes.size() * 8 / 10);
  }
}

TEST_CASE("entangled parity is the signed sum of all blocks' products") {
  const ToyOptions options{.blocks = 5, .inputs = 2, .samples = 0};
  ToyOptions mixed = options;
  mixed.entangled = true;
  const ToyTask own = parity_blocks(options), all = parity_blocks(mixed);
  CHECK(own.data.x.data == all.data.x.data);
  const Matrix signs = fit(own.data.y, all.data.y);
  std::int64_t negative = 0;
  for (const double sign : signs.data) {
    CHECK(std::abs(sign) == doctest::Approx(1 / std::sqrt(5.0)));
    negative += sign < 0;
  }
  CHECK(negative > 0);
  for (std::int64_t i = 0; i < 5; ++i) CHECK(signs(i, i) > 0);
}

TEST_CASE("noise is added to the targets with the given deviation") {
  const ToyTask clean = linear_blocks({.samples = 5000}), noisy = linear_blocks({.samples = 5000, .noise = 0.3});
  CHECK(clean.data.x.data == noisy.data.x.data);
  Tensor<float> difference = noisy.data.y;
  for (std::int64_t i = 0; i < difference.size(); ++i) difference[i] -= clean.data.y[i];
  CHECK(std::sqrt(mean_square(difference)) == doctest::Approx(0.3).epsilon(0.02));
}

TEST_CASE("toy options out of range are refused by name") {
  const auto refused = [](ToyOptions options, const char* why) {
    CHECK_THROWS_WITH_AS(linear_blocks(options), doctest::Contains(why), UsageError);
  };
  refused({.blocks = 0}, "blocks is 0");
  refused({.inputs = -1}, "inputs is -1");
  refused({.outputs = 5000}, "outputs is 5000");
  refused({.samples = 0}, "samples is 0");
  refused({.samples = std::int64_t(1) << 60}, "at most 2^29 numbers");
  refused({.noise = -1}, "noise is -1");
  refused({.noise = std::nan("")}, "noise is nan");
  CHECK_THROWS_WITH_AS(teacher_blocks({}, 0), doctest::Contains("hidden is 0"), UsageError);
  CHECK_THROWS_WITH_AS(parity_blocks({.blocks = 5, .inputs = 5, .samples = 0}), doctest::Contains("is 5 * 5"),
                       UsageError);
  CHECK_THROWS_WITH_AS(parity_classes({.blocks = 11}), doctest::Contains("1 to 10 for classes"), UsageError);
  CHECK_THROWS_WITH_AS(parity_classes({.entangled = true}), doctest::Contains("entangled is true"), UsageError);
  CHECK_THROWS_WITH_AS(parity_classes({.noise = 1}), doctest::Contains("noise is 1"), UsageError);
}
