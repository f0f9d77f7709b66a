// The trap of `where` (docs/engine.md): a derivative through the branch that is not taken is multiplied by 0, and
// 0 * inf is NaN. The remedy makes the argument safe first.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"

using namespace basin;

namespace {

struct Trap {
  const char* name;
  Var (*f)(Var);
  double bad, safe;  // f or its slope is infinite at `bad`
  double good, slope;
};

const Trap traps[] = {{"sqrt", sqrt, 0, 1, 4, 0.25},
                      {"log", log, 0, 1, 4, 0.25},
                      {"recip", recip, 0, 1, 4, -1.0 / 16},
                      {"exp", exp, 1000, 0, 1, std::exp(1.0)}};

// Value and gradient of sum(y) at {good, bad}, where the mask takes f only at the first.
std::array<std::vector<double>, 2> run(const Trap& t, const std::function<Var(Var mask, Var x)>& make) {
  Graph g;
  Var mask = g.input("mask", {2}), x = g.input("x", {2}), y = make(mask, x), slope = grad(sum(y), {x})[0];
  Program<double> p(g, {.fetch = {y, slope}});
  p.feed(mask, std::vector<double>{1, 0}), p.feed(x, std::vector<double>{t.good, t.bad});
  p.run();
  return {p.copy(y).data, p.copy(slope).data};
}

}  // namespace

TEST_CASE("the trap: the branch of where that is not taken leaks NaN into the derivative") {
  for (const Trap& t : traps) {
    CAPTURE(std::string(t.name));
    const auto [value, slope] = run(t, [&](Var mask, Var x) { return where(mask, t.f(x), x.graph->constant(7)); });
    CHECK(value[1] == 7);
    CHECK(slope[0] == doctest::Approx(t.slope));
    CHECK(std::isnan(slope[1]));
  }
}

TEST_CASE("the remedy: where around the argument too") {
  for (const Trap& t : traps) {
    CAPTURE(std::string(t.name));
    const auto [value, slope] = run(t, [&](Var mask, Var x) {
      const Var safe = where(mask, x, x.graph->constant(t.safe));
      return where(mask, t.f(safe), x.graph->constant(7));
    });
    CHECK(value[1] == 7);
    CHECK(slope[0] == doctest::Approx(t.slope));
    CHECK(slope[1] == 0);
  }
}
