#include <doctest/doctest.h>

#include <cmath>

#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"
#include "common/course.h"
#include "lab.h"

using lab::Number;
using lab::Tape;

namespace {

// What the last entry of a tape says of itself.
struct Last {
  std::string name;
  double value;
  std::vector<lab::Link> links;
  explicit Last(const Tape& tape) {
    const lab::Entry& entry = tape.entry(tape.size() - 1);
    name = entry.name, value = entry.value, links = entry.links;
  }
};

void check_function(Number (*function)(Number), double (*wanted)(double), double at) {
  Tape tape;
  function(tape.input(at));
  const Last y(tape);
  INFO("x = ", at, ", recorded as '", y.name, "' with value ", y.value);
  CHECK_MESSAGE(y.value == doctest::Approx(wanted(at)).epsilon(1e-14), "the value is not that of the function");
  REQUIRE_MESSAGE(y.links.size() == 1, "a function of one number has one link");
  CHECK_MESSAGE(y.links[0].parent == 0, "the link leads to x, which is entry 0");
  const double slope = lab::slope(wanted, at);
  CHECK_MESSAGE(std::abs(y.links[0].slope - slope) < 1e-8, "local slope ", y.links[0].slope,
                ", but central differences of the function give ", slope,
                "; is the slope written with x where it should be written with the result?");
}

struct Problem {
  int hidden = 3;
  basin::Matrix x{{4, 2}};
  std::vector<double> t = std::vector<double>(4), theta = std::vector<double>(13);
  Problem() {
    basin::Rng rng = lab::student_rng("lab01 network");
    rng.fill_normal(std::span(x.data));
    rng.fill_normal(std::span(t));
    rng.fill_normal(std::span(theta));
  }
};

// The loss and its 13 slopes, by basin.
std::vector<double> by_basin(const Problem& p) {
  basin::Graph g;
  const basin::Var x = g.input("x", {4, 2}), t = g.input("t", {4}), theta = g.input("theta", {13});
  const auto part = [&](int begin, int end, basin::Shape shape) {
    return reshape(slice(theta, -1, begin, end), shape);
  };
  const basin::Var h = tanh(dense(x, part(0, 6, {2, 3}), part(6, 9, {3})));
  const basin::Var y = reshape(matmul(h, part(9, 12, {3, 1})), {4}) + part(12, 13, {1});
  const basin::Var loss = mean(square(y - t)), slope = basin::grad(loss, {theta})[0];
  basin::Program<double> program(g, {.fetch = {loss, slope}});
  program.feed(x, p.x.data);
  program.feed(t, p.t);
  program.feed(theta, p.theta);
  program.run();
  std::vector<double> all{program.scalar(loss)};
  all.insert(all.end(), program.view(slope).begin(), program.view(slope).end());
  return all;
}

std::vector<Number> inputs_of(Tape& tape, const std::vector<double>& values) {
  std::vector<Number> numbers;
  for (const double value : values) numbers.push_back(tape.input(value));
  return numbers;
}

}  // namespace

TEST_CASE("[1] a product remembers the other factor") {
  Tape tape;
  const Number a = tape.input(3), b = tape.input(-5);
  a* b;
  const Last y(tape);
  CHECK_MESSAGE(y.value == -15, "3 * -5 was recorded as ", y.value);
  REQUIRE_MESSAGE(y.links.size() == 2, "a product has a link to each factor; one without a link gets no slope");
  for (const lab::Link& link : y.links)
    CHECK_MESSAGE(link.slope == (link.parent == 0 ? -5 : 3), "the slope to entry ", link.parent, " is ", link.slope,
                  "; a b grows by b when a grows by one");
}

TEST_CASE("[1] exp and tanh know their slopes") {
  basin::Rng rng = lab::student_rng("lab01 functions");
  for (int i = 0; i < 5; ++i) check_function(lab::exp, std::exp, rng.uniform(-2, 2));
  for (int i = 0; i < 5; ++i) check_function(lab::tanh, std::tanh, rng.uniform(-2, 2));
}

// The tapes of the next three are recorded here, so that they need the sweep alone.
TEST_CASE("[1] along a chain slopes multiply") {
  Tape tape;
  Number y = tape.input(0);
  for (int i = 1; i <= 4; ++i) y = tape.record("by hand", 0, {{y.id, double(i)}});
  const std::vector<double> slope = tape.slopes(y), wanted{24, 24, 12, 4, 1};
  REQUIRE_MESSAGE(slope.size() == 5, "one slope for each entry of the tape");
  for (int i = 0; i < 5; ++i)
    CHECK_MESSAGE(slope[i] == wanted[i], "d y / d entry ", i, " is ", slope[i], ", wanted ", wanted[i],
                  "; the local slopes are 1, 2, 3, 4, and d y / d y is 1");
}

TEST_CASE("[2] over several ways slopes add") {
  auto whole = [rng = lab::student_rng("lab01 ways")]() mutable { return double(rng.below(9)) + 1; };
  const double a = whole(), b = whole(), c = whole(), d = whole(), e = whole();
  Tape tape;
  const Number x = tape.input(0), left = tape.record("left", 0, {{x.id, a}}),
               right = tape.record("right", 0, {{x.id, b}});
  const Number y = tape.record("y", 0, {{left.id, c}, {right.id, d}});
  const Number later = tape.record("later", 0, {{y.id, e}, {y.id, e}});
  INFO("x -> left (", a, "), x -> right (", b, "), left -> y (", c, "), right -> y (", d, "), y -> later twice (", e,
       ")");
  const std::vector<double> from_y = tape.slopes(y);
  REQUIRE_MESSAGE(int(from_y.size()) == tape.size(), "one slope for each entry of the tape");
  CHECK_MESSAGE(from_y[x.id] == a * c + b * d, "d y / d x is ", from_y[x.id], ", wanted ", a, "*", c, " + ", b, "*", d,
                "; what a parent is owed comes in parts: add them");
  CHECK_MESSAGE(from_y[later.id] == 0, "y does not depend on what was recorded after it");
  CHECK_MESSAGE(tape.slopes(later)[y.id] == 2 * e, "both links of one entry lead to y, as in y + y");
  CHECK_MESSAGE(tape.slopes(left)[right.id] == 0, "left does not depend on right");
}

TEST_CASE("[1] a gradient reads each entry once") {
  Tape tape;
  const Number x = tape.input(1);
  Number y = x;
  for (int i = 0; i < 20; ++i) y = y + y;
  const long before = tape.reads();
  const std::vector<double> slope = tape.slopes(y);
  const long reads = tape.reads() - before;
  REQUIRE_MESSAGE(int(slope.size()) == tape.size(), "one slope for each entry of the tape");
  CHECK_MESSAGE(slope[x.id] == 1048576, "x doubled 20 times has the slope 2^20, yours is ", slope[x.id]);
  CHECK_MESSAGE(reads <= 2L * tape.size(), "a tape of ", tape.size(), " entries was read ", reads,
                " times: walk over entries, not over ways from y to x, of which there are 2^20");
}

TEST_CASE("[1] central differences are wrong by h squared") {
  const double x = lab::student_rng("lab01 differences").uniform(1, 2), h = 0.125;
  const lab::Function cube = [](std::span<const double> p) { return p[0] * p[0] * p[0] + 10 * p[1]; };
  const std::vector<double> slope = lab::differences(cube, {x, 0.5}, h);
  REQUIRE_MESSAGE(slope.size() == 2, "one slope for each entry of x");
  CHECK_MESSAGE(std::abs(slope[0] - (3 * x * x + h * h)) < 1e-12, "for p³ at ", x,
                " they give exactly 3p² + h² = ", 3 * x * x + h * h, ", got ", slope[0],
                "; 3p² + 3ph + h² would be a step to one side only");
  CHECK_MESSAGE(std::abs(slope[1] - 10) < 1e-12, "got ", slope[1], " for 10 q; was p put back before q was moved?");
}

TEST_CASE("[1] the loss of a network is basin's") {
  const Problem p;
  Tape tape;
  const double loss = lab::network_loss(inputs_of(tape, p.theta), p.x, p.t, p.hidden).value();
  const double wanted = by_basin(p)[0];
  CHECK_MESSAGE(loss == doctest::Approx(wanted).epsilon(1e-12), "yours ", loss, ", basin's ", wanted, ", ratio ",
                loss / wanted, "; a ratio of 4 is the number of rows: a mean divides by it");
}

TEST_CASE("[2] the slopes of a network are basin's") {
  const Problem p;
  Tape tape;
  const std::vector<double> wanted = by_basin(p);
  const std::vector<double> slope = tape.slopes(lab::network_loss(inputs_of(tape, p.theta), p.x, p.t, p.hidden));
  REQUIRE(slope.size() >= 13);
  for (int i = 0; i < 13; ++i)
    CHECK_MESSAGE(std::abs(slope[i] - wanted[i + 1]) < 1e-11 * (1 + std::abs(wanted[i + 1])), "theta ", i, ": yours ",
                  slope[i], ", basin's ", wanted[i + 1], "; 0 means that the way to it goes through plain doubles");
}
