// What the folders of a run's shards must be before they are merged.
#include <doctest/doctest.h>

#include "core/file.h"
#include "experiments/merge/shards.h"
#include "tests/core/temp_folder.h"

using namespace basin;
namespace fs = std::filesystem;

namespace {

const std::string config = "rows = 100\n";

// A finished shard with one file.
void write_shard(const fs::path& folder, const std::string& file, const std::string& bytes) {
  fs::create_directories(folder);
  write_atomically(folder / file, bytes);
  write_atomically(folder / "config.toml", config);
  const nlohmann::ordered_json listed{{"name", file}, {"bytes", bytes.size()}, {"hash", fnv1a64_hex(bytes)}};
  write_atomically(folder / "manifest.json", nlohmann::ordered_json{{"experiment", "claims"},
                                                                    {"status", "finished"},
                                                                    {"versions", {{"basin", "1"}}},
                                                                    {"data", nlohmann::json::object()},
                                                                    {"files", nlohmann::json::array({listed})}}
                                                 .dump());
}

void write_two(const fs::path& run, const std::string& second) {
  write_shard(run / "shards/1-of-2", "item-0.json", "first");
  write_shard(run / "shards/2-of-2", second, "second");
}

}  // namespace

TEST_CASE("shards that are all there and whole are given by number") {
  const TempFolder tmp;
  write_two(tmp.path(), "item-1.json");
  const auto shards = experiments::whole_shards(tmp.path());
  REQUIRE(shards.size() == 2);
  CHECK(shards[1].files == std::vector<std::string>{"item-1.json"});
}

TEST_CASE("an item that two shards say is theirs is refused") {
  const TempFolder tmp;
  write_two(tmp.path(), "item-0.json");
  CHECK_THROWS_WITH_AS(experiments::whole_shards(tmp.path()), doctest::Contains("item-0.json is in shard 1-of-2 too"),
                       DataError);
}

TEST_CASE("a file of a shard that was changed at the same size is refused") {
  const TempFolder tmp;
  write_two(tmp.path(), "item-1.json");
  tmp.with("shards/2-of-2/item-1.json", "secomd");
  CHECK_THROWS_WITH_AS(experiments::whole_shards(tmp.path()), doctest::Contains("item-1.json is not as it was written"),
                       DataError);
}
