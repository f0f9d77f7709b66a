#include <doctest/doctest.h>

#include <limits>

#include "experiments/report/table.h"

using namespace basin;
using namespace basin::report;

namespace {

struct Family {
  std::string name;
  int nets;
  double free, parameters;
};

const std::vector<Family> families{{"5-6-4", 12, 6.25, 64}, {"a, \"b\"", 3, -0.001, 100}};

Json table() {
  return Table<Family>{{"name", "hidden layers", &Family::name},
                       {"nets", "networks", &Family::nets},
                       {"free", "free", &Family::free, "{:.1f}"},
                       {"share", "of N", [](const Family& f) { return f.free / f.parameters; }, "{:.1%}"}}
      .json(families);
}

}  // namespace

TEST_CASE("one list of columns is a table for terminals, files and pages") {
  const Json t = table();
  CHECK(table_text(t) ==
        "hidden layers  networks  free   of N\n"
        "5-6-4                12   6.2  9.8 %\n"
        "a, \"b\"                3   0.0  0.0 %\n");
  CHECK(table_csv(t) == "name,nets,free,share\n5-6-4,12,6.25,0.09765625\n\"a, \"\"b\"\"\",3,-0.001,-1e-05\n");
  CHECK(table_json_lines(t) ==
        "{\"name\":\"5-6-4\",\"nets\":12,\"free\":6.25,\"share\":0.09765625}\n"
        "{\"name\":\"a, \\\"b\\\"\",\"nets\":3,\"free\":-0.001,\"share\":-1e-05}\n");
  CHECK(table_heads(t) == std::vector<std::string>{"hidden layers", "networks", "free", "of N"});
  CHECK(table_cells(t)[0] == std::vector<std::string>{"5-6-4", "12", "6.2", "9.8 %"});
  CHECK(table_cells(Json::parse(t.dump())) == table_cells(t));
  CHECK(table_text(Table<Family>{{"name", "hidden layers", &Family::name}}.json(std::vector<Family>{})) ==
        "hidden layers\n");
}

TEST_CASE("values are shown as readers expect them") {
  const double inf = std::numeric_limits<double>::infinity();
  CHECK(shown(3) == "3");
  CHECK(shown(3, "{:.2f}") == "3.00");
  CHECK(shown(0.1 + 0.2) == "0.3");
  CHECK(shown(-0.0004, "{:.3f}") == "0.000");
  CHECK(shown(-0.0, "{:.1e}") == "0.0e+00");
  CHECK(shown(-1e-7, "{:.3e}") == "-1.000e-07");
  CHECK(shown(0.2134, "{:.1%}") == "21.3 %");
  CHECK(shown(-0.0001, "{:.1%}") == "0.0 %");
  CHECK(shown(inf, "{:.1f}") == "inf");
  CHECK(shown(-inf, "{:.1f}") == "-inf");
  CHECK(shown(Json()) == "–");
  CHECK(shown("text") == "text");
  CHECK(shown(true) == "yes");
  CHECK(shown(42, "{:>5}") == "   42");
  CHECK_THROWS_WITH_AS(shown("text", "{:.1f}"), doctest::Contains("does not fit '\"text\"'"), DataError);
  CHECK_THROWS_WITH_AS(shown(Json::array()), doctest::Contains("as one value"), DataError);
}
