#include <doctest/doctest.h>

#include <fmt/format.h>

#include "core/file.h"
#include "experiments/shared/items.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using namespace basin::experiments;
namespace fs = std::filesystem;

namespace {

// A study of squares that says which of them it computed.
struct Squares {
  std::vector<std::int64_t> computed{};
  std::vector<double> results{};
};

Squares squares(const std::string& out, std::vector<std::string> more = {}, const std::string& key = "") {
  Options o("demo", "x");
  o.add_int("rows", 3, "h").add_shard();
  std::vector<const char*> words{"demo", "--quiet", "--threads", "1", "--out", out.c_str()};
  if (fs::exists(out)) words.push_back("--resume");
  for (const std::string& word : more) words.push_back(word.c_str());
  o.parse(int(words.size()), words.data());
  RunDirectory directory(o, {});
  Squares s;
  const auto name = [](std::int64_t i) { return fmt::format("square/{}", i); };
  const auto square = [&](std::int64_t i) {
    s.computed.push_back(i);
    return double(i * i);
  };
  if (key.empty())
    s.results = Items(o, directory).results("squares", 5, name, square);
  else
    s.results = Items(o, directory).results("squares", 5, name, square, [&](std::int64_t) { return key; });
  if (!directory.shard().is_part()) directory.finish(0);
  return s;
}

using Numbers = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("what is finished is read, what is missing, damaged or of other options is computed again") {
  const TempFolder tmp;
  const std::string out = tmp / "run";
  CHECK(squares(out).computed == Numbers{0, 1, 2, 3, 4});
  const Squares again = squares(out);
  CHECK(again.computed.empty());
  CHECK(again.results == std::vector<double>{0, 1, 4, 9, 16});
  fs::remove(out + "/items/square_2.item");
  fs::resize_file(out + "/items/square_3.item", 40);
  std::string bytes = read_file(out + "/items/square_4.item");
  bytes.back() = char(bytes.back() ^ 1);
  write_atomically(out + "/items/square_4.item", bytes);
  const Squares mended = squares(out);
  CHECK(mended.computed == Numbers{2, 3, 4});
  CHECK(mended.results == again.results);
  CHECK(squares(out, {"--rows", "4"}).computed == Numbers{0, 1, 2, 3, 4});
}

TEST_CASE("a key of its own decides alone what an item depends on") {
  const TempFolder tmp;
  const std::string out = tmp / "run";
  squares(out, {}, "of these data");
  CHECK(squares(out, {"--rows", "4"}, "of these data").computed.empty());
  CHECK(squares(out, {}, "of other data").computed.size() == 5);
}

TEST_CASE("a shard computes its own, and a merged run nothing") {
  const TempFolder tmp;
  const std::string out = tmp / "run";
  const Squares second = squares(out, {"--shard", "2/3"});
  CHECK(second.computed == Numbers{1, 4});
  CHECK(second.results == std::vector<double>{0, 1, 0, 0, 16});
  CHECK(fs::exists(out + "/shards/2-of-3/items/square_4.item"));
  squares(tmp / "whole");
  CHECK(squares(tmp / "whole", {"--shard", "merge"}).computed.empty());
  fs::remove(tmp / "whole/items/square_1.item");
  CHECK_THROWS_WITH_AS(squares(tmp / "whole", {"--shard", "merge"}), doctest::Contains("square_1.item: missing"),
                       DataError);
}
