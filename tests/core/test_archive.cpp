#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "core/archive.h"

namespace elsewhere {

enum class Kind : std::uint8_t { plain, planted };

struct Point {
  std::int64_t epoch = 0;
  double loss = 0;
  Kind kind{};
};
auto fields(Point& p) { return std::tie(p.epoch, p.loss, p.kind); }

struct Net {
  std::string name{};
  std::vector<Point> points{};
  std::optional<Point> last{};
  std::map<std::string, std::vector<double>> series{};
  std::variant<double, std::string> answer{};
  std::array<bool, 3> seen{};
  basin::Matrix table{};
};
auto fields(Net& n) { return std::tie(n.name, n.points, n.last, n.series, n.answer, n.seen, n.table); }

struct Older {
  std::int64_t epoch = 0;
  float loss = 0;
  Kind kind{};
};
auto fields(Older& p) { return std::tie(p.epoch, p.loss, p.kind); }

}  // namespace elsewhere

using namespace basin;
using namespace elsewhere;

namespace {

Net some_net() {
  return {.name = "a \"net\"\n",
          .points = {{0, 0.1, Kind::plain}, {5, std::numeric_limits<double>::infinity(), Kind::planted}},
          .last = Point{7, -0.0, Kind::plain},
          .series = {{"loss", {1, 2.5}}, {"", {}}},
          .answer = "yes",
          .seen = {true, false, true},
          .table = Matrix({2, 3}, {1, 2, 3, 4, 5, 6})};
}

}  // namespace

TEST_CASE("an archive gives back what went in, to the bit") {
  const Net net = some_net(), back = unarchived<Net>(archived(net));
  CHECK(back.name == net.name);
  REQUIRE(back.points.size() == 2);
  CHECK(back.points[0].loss == 0.1);
  CHECK(std::isinf(back.points[1].loss));
  CHECK(back.points[1].kind == Kind::planted);
  REQUIRE(back.last);
  CHECK(back.last->epoch == 7);
  CHECK(std::signbit(back.last->loss));
  CHECK(back.series == net.series);
  CHECK(back.answer == net.answer);
  CHECK(back.seen == net.seen);
  CHECK(back.table.shape == net.table.shape);
  CHECK(back.table.data == net.table.data);
  CHECK(archived(back) == archived(net));
  CHECK(std::isnan(unarchived<double>(archived(std::nan("")))));
  CHECK(!unarchived<std::optional<Point>>(archived(std::optional<Point>{})));
}

TEST_CASE("an archive that was cut short anywhere, lengthened or is of another type is refused") {
  const std::string bytes = archived(some_net());
  for (std::size_t n = 0; n < bytes.size(); ++n) CHECK_THROWS_AS(unarchived<Net>(bytes.substr(0, n)), DataError);
  CHECK_THROWS_WITH_AS(unarchived<Net>(bytes + "x"), doctest::Contains("behind its end"), DataError);
  CHECK_THROWS_WITH_AS(unarchived<Older>(archived(Point{})), doctest::Contains("another version"), DataError);
  std::string flag = archived(true);
  flag.back() = 2;
  CHECK_THROWS_AS(unarchived<bool>(flag), DataError);
  std::string choice = archived(std::variant<double, bool>{true});
  choice[choice.size() - 9] = 7;
  CHECK_THROWS_AS((unarchived<std::variant<double, bool>>(choice)), DataError);
}

TEST_CASE("damaged archives never crash") {
  const std::string bytes = archived(some_net());
  for (std::size_t at = 0; at < bytes.size(); ++at)
    for (const unsigned char flip : {0x01, 0x80, 0xff}) {
      std::string damaged = bytes;
      damaged[at] = char(damaged[at] ^ flip);
      try {
        (void)unarchived<Net>(damaged);
      } catch (const Error&) {
      }
    }
}
