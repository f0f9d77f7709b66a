// What courses and experiments elsewhere use of the installed package: options, a table, a figure's type.
#include <experiments/cli/main.h>
#include <experiments/report/figure.h>
#include <experiments/report/table.h>

#include <cmath>
#include <iostream>

namespace {

struct Square {
  int of = 0;
  double value() const { return double(of) * of; }
};

basin::experiments::Options declare() {
  basin::experiments::Options o("tools", "Squares of the first numbers.", {"tools --count 3"});
  o.add_int("count", 3, "how many", 1, 10);
  return o;
}

int run(const basin::experiments::Options& o) {
  std::vector<Square> squares;
  for (int i = 1; i <= o.integer("count"); ++i) squares.push_back({i});
  const basin::report::Table<Square> table{{"of", "number", &Square::of},
                                           {"square", "square", &Square::value, "{:.1f}"}};
  std::cout << basin::report::table_text(table.json(squares));
  const auto drawn = basin::report::points("squares", squares, &Square::of, &Square::value);
  return drawn.y.back() == std::pow(o.integer("count"), 2) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return basin::experiments::run_main(argc, argv, declare, run); }
