#include <doctest/doctest.h>

#include <cmath>

#include "core/file.h"
#include "core/npz.h"
#include "interp/look/cache.h"
#include "tests/core/temp_folder.h"
#include "tests/interp/look_cases.h"

using namespace basin;
using namespace basin::interp;

namespace {

constexpr std::int64_t cached_rows = 11;
const std::vector<std::string> patterns{"blocks.0.attn.hook_*", "blocks.?.hook_resid_post"};

}  // namespace

TEST_CASE("a cache is what one run over all rows holds, and its bytes are said before") {
  const ModelPoint model = two_blocks();
  const Inputs data = some_tokens(cached_rows, 2);
  const auto kept = cache(model, data, patterns, {.chunk = 4, .threads = 2});
  CHECK(kept.size() == 8);
  std::int64_t bytes = 0;
  for (const auto& [name, value] : kept) {
    const Tensor<double> whole = value_of(model, data, name);
    REQUIRE(value.shape == whole.shape);
    for (std::int64_t i = 0; i < value.size(); ++i)  // scores of later keys are infinite
      CHECK((value[i] == whole[i] || std::abs(value[i] - whole[i]) < 1e-13));
    bytes += 8 * value.size();
  }
  CHECK(cache_bytes(cached_values(model, cached_rows, patterns)) == bytes);
  CHECK(cached_values(model, cached_rows, patterns).back().shape == Shape{cached_rows, 1, 6});
  CHECK_THROWS_AS(cached_values(model, cached_rows, {"blocks.0.attn.hook_w*"}), NameError);
}

TEST_CASE("a cache in a file is the same, whatever the threads and chunks") {
  const TempFolder tmp;
  const ModelPoint model = two_blocks();
  const Inputs data = some_tokens(cached_rows, 2);
  const auto kept = cache(model, data, patterns, {.chunk = 3});
  write_cache(model, data, patterns, tmp / "a.npz", {.chunk = 3});
  write_cache(model, data, patterns, tmp / "b.npz", {.chunk = 3, .threads = 3});
  const auto read = read_npz(tmp / "a.npz");
  REQUIRE(read.size() == kept.size());
  for (const auto& [name, value] : kept) {
    CHECK(read.at(name).shape == value.shape);
    CHECK(read.at(name).data == value.data);
  }
  CHECK(read_file(tmp / "a.npz") == read_file(tmp / "b.npz"));
}

TEST_CASE("a file that cannot be finished is not there, and one that was there stays") {
  const TempFolder tmp;
  const ModelPoint model = two_blocks();
  Inputs data = some_tokens(cached_rows, 2);
  data["tokens"](cached_rows - 1, 0) = 99;  // no such token
  const std::string old = tmp.with("old.npz", "as it was");
  CHECK_THROWS_AS(write_cache(model, data, patterns, tmp / "new.npz", {.chunk = 3}), DataError);
  CHECK_THROWS_AS(write_cache(model, data, patterns, old, {.chunk = 3}), DataError);
  CHECK(read_file(old) == "as it was");
  CHECK(tmp.n_files() == 1);
  CHECK_THROWS_AS(write_cache(model, data, patterns, tmp / "no/where.npz"), StorageError);
}

TEST_CASE("the values of one row, and what they amount to") {
  const ModelPoint model = small_mlp();
  const Inputs data = some_rows(cached_rows, 3);
  const auto values = values_of_row(model, data, 4, {"layers.*.post"});
  REQUIRE(values.size() == 2);
  const Tensor<double> post = value_of(model, data, "layers.0.post");
  CHECK(values[0].value.shape == Shape{6});
  double squares = 0, zeros = 0;
  for (std::int64_t i = 0; i < 6; ++i) {
    CHECK(values[0].value[i] == post(4, i));
    squares += post(4, i) * post(4, i), zeros += post(4, i) == 0;
  }
  CHECK(zeros > 0);
  CHECK(values[0].share_of_zeros == zeros / 6);
  CHECK(values[0].root_mean_square() == doctest::Approx(std::sqrt(squares / 6)));
  CHECK_THROWS_AS(values_of_row(model, data, cached_rows, {"layers.*.post"}), DataError);
}
