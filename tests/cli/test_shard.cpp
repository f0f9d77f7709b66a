#include <doctest/doctest.h>

#include <cstdlib>
#include <map>

#include "core/error.h"
#include "experiments/cli/shard.h"

using namespace basin;
using namespace basin::experiments;

namespace {

// What a Slurm job array says, as long as it lives.
class Array {
 public:
  explicit Array(const std::map<std::string, std::string>& said) {
    for (const auto& [name, value] : said) {
      names_.push_back("SLURM_ARRAY_TASK_" + name);
      setenv(names_.back().c_str(), value.c_str(), 1);
    }
  }
  ~Array() {
    for (const std::string& name : names_) unsetenv(name.c_str());
  }

 private:
  std::vector<std::string> names_;
};

Shard of_array(const std::map<std::string, std::string>& said) {
  const Array array(said);
  return shard_from("auto");
}

}  // namespace

TEST_CASE("a shard takes every n-th item, and together they take each once") {
  for (std::int64_t count : {1, 2, 3, 7})
    for (std::int64_t item = 0; item < 20; ++item) {
      std::int64_t taken = 0;
      for (std::int64_t number = 1; number <= count; ++number) taken += Shard{number, count}.takes(item);
      CHECK(taken == 1);
    }
  const Shard third = shard_from("3/8");
  CHECK(third.number == 3);
  CHECK(third.count == 8);
  CHECK(third.is_part());
  CHECK(third.takes(2));
  CHECK(third.takes(10));
  CHECK_FALSE(third.takes(3));
  CHECK(third.name() == "3-of-8");
  CHECK(shard_named("3-of-8").number == 3);
  CHECK_FALSE(shard_from("1/1").is_part());
  CHECK_FALSE(shard_from("auto").is_part());
  CHECK(shard_from("merge").merging);
}

TEST_CASE("what is no shard is refused") {
  for (const char* text : {"", "0/3", "4/3", "1/0", "-1/3", "1/3x", "x1/3", "1", "1/", "/3", "1 / 3", "1/99999999999",
                           "1/99999999999999999999", "all"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(shard_from(text), UsageError);
  }
  for (const char* name : {"3-of-2", "03-of-8", "3of8", "3-of-8.bak", "", "shards"})
    CHECK_THROWS_AS(shard_named(name), DataError);
}

TEST_CASE("a job array says which shard it is, from whatever number it counts and in whatever steps") {
  const auto is = [](const Shard& s, std::int64_t number, std::int64_t count) {
    return s.number == number && s.count == count && s.from_array;
  };
  CHECK(is(of_array({{"ID", "0"}, {"COUNT", "5"}, {"MIN", "0"}, {"MAX", "4"}, {"STEP", "1"}}), 1, 5));
  CHECK(is(of_array({{"ID", "5"}, {"COUNT", "5"}, {"MIN", "1"}, {"MAX", "5"}, {"STEP", "1"}}), 5, 5));
  CHECK(is(of_array({{"ID", "17"}, {"COUNT", "4"}, {"MIN", "10"}, {"MAX", "31"}, {"STEP", "7"}}), 2, 4));
  CHECK(is(of_array({{"ID", "2"}, {"COUNT", "3"}}), 3, 3));  // as from schedulers that say no more
  CHECK_FALSE(of_array({{"ID", "4"}}).is_part());
}

TEST_CASE("a few tasks that are sent again are no shards of their own") {
  CHECK_THROWS_WITH_AS(of_array({{"ID", "7"}, {"COUNT", "2"}, {"MIN", "3"}, {"MAX", "7"}, {"STEP", "1"}}),
                       doctest::Contains("gaps"), UsageError);
  CHECK_THROWS_AS(of_array({{"ID", "12"}, {"COUNT", "3"}, {"MIN", "10"}, {"MAX", "16"}, {"STEP", "3"}}), UsageError);
  CHECK_THROWS_WITH_AS(of_array({{"ID", "x"}, {"COUNT", "3"}}), doctest::Contains("SLURM_ARRAY_TASK_ID"), UsageError);
}
