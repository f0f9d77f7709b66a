#include <doctest/doctest.h>

#include <optional>
#include <set>
#include <sstream>

#include "autodiff/ops.h"
#include "autodiff/print.h"
#include "autodiff/transform.h"

using namespace basin;

namespace {

struct Net {
  Graph g;
  Var x = g.input("x", {4, 3}), w = g.input("w", {3, 5}), b = g.input("b", {5});
  Var pre = g.name(dense(x, w, b), "pre"), post = g.name(tanh(pre), "post");
  Var loss = g.name(sum(square(0.5 * post)), "loss");
};

struct Dot {
  std::set<std::string> nodes;
  std::vector<std::pair<std::string, std::string>> arrows;
};

// What stands between `before` and `after` in a line made of the three.
std::optional<std::string> between(const std::string& line, const std::string& before, const std::string& after) {
  const bool fits = line.starts_with(before) && line.ends_with(after) && line.size() >= before.size() + after.size();
  if (!fits) return {};
  return line.substr(before.size(), line.size() - before.size() - after.size());
}

bool is_quotable(const std::string& label) {  // every quote is escaped, every escape is whole
  for (std::size_t i = 0; i < label.size(); ++i)
    if (label[i] == '"' || (label[i] == '\\' && ++i == label.size())) return false;
  return true;
}

// A line is the head, the foot, the attributes, a node with a quoted label, or an arrow between known nodes.
Dot parse_dot(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  Dot dot;
  REQUIRE(std::getline(lines, line));
  REQUIRE(line == "digraph basin {");
  REQUIRE(std::getline(lines, line));
  REQUIRE(between(line, "  rankdir=TB; node [", "];"));
  while (std::getline(lines, line) && line != "}") {
    const std::string first = line.substr(2, line.find(' ', 2) - 2);
    const auto to = between(line, "  " + first + " -> ", ";");
    auto label = between(line, "  " + first + " [label=\"", "\", style=bold];");
    if (!label) label = between(line, "  " + first + " [label=\"", "\"];");
    CAPTURE(line);
    if (to) {
      CHECK(dot.nodes.count(first) + dot.nodes.count(*to) == 2);
      dot.arrows.emplace_back(first, *to);
    } else {
      REQUIRE(label);
      CHECK(is_quotable(*label));
      CHECK(dot.nodes.insert(first).second);
    }
  }
  CHECK(line == "}");
  CHECK_FALSE(std::getline(lines, line));
  return dot;
}

}  // namespace

TEST_CASE("a graph prints one value a line") {
  Net n;
  CHECK(to_text(n.g) ==
        "x = input() [4,3]\n"
        "w = input() [3,5]\n"
        "b = input() [5]\n"
        "pre = dense(x, w, b) [4,5]\n"
        "post = tanh(pre) [4,5]\n"
        "%6 = mul(0.500000, post) [4,5]\n"
        "%7 = square(%6) [4,5]\n"
        "%8 = sum(%7) [1,1]\n"
        "loss = reshape(%8) []\n");
}

TEST_CASE("a program prints one kernel call a line, fused ones as one, and its memory") {
  Net n;
  Program<double> plain(n.g, {.fetch = {n.post}, .fuse = false});
  CHECK(to_text(plain) ==
        "pre <- dense(x, w, b) [4,5]\n"
        "post <- tanh(pre) [4,5]\n"
        "2 calls, 704 bytes\n");
  Program<float> fused(n.g, {.fetch = {n.post}});
  CHECK(to_text(fused) == "post <- tanh(x, w, b) [4,5]\n1 calls, 320 bytes\n");
}

TEST_CASE("a program prints what is copied into the flat vector, and names values that share memory") {
  Graph g;
  Var x = g.input("x", {2}), a = g.name(square(x), "a"), b = g.name(exp(a), "b"), c = g.name(square(b), "c");
  Var d = g.name(tanh(c), "d");
  Program<double> p(g, {.fetch = {}, .flat = {d, d}});
  CHECK(to_text(p) ==
        "a <- square(x) [2]\n"
        "b <- exp(a) [2]\n"
        "c <- square(b) [2]\n"
        "d <- tanh(c) [2]\n"
        "flat <- copy(d) [2]\n"
        "5 calls, 256 bytes\n");
}

TEST_CASE("a call that fills two values says so") {
  Graph g;
  Var x = g.input("x", {4, 3}), t = g.input("t", {4}), loss = g.name(mean(cross_entropy(x, t)), "loss");
  Program<double> p(g, {.fetch = {loss, grad(loss, {x})[0]}});
  CHECK(to_text(p).find("loss <- mul(x, t, 0.250000) and one more value in the same pass []\n") != std::string::npos);
}

TEST_CASE("DOT of a graph has every value and every arrow") {
  Net n;
  const Dot dot = parse_dot(to_dot(n.g));
  CHECK(dot.nodes.size() == std::size_t(n.g.size()));
  std::size_t arrows = 0;
  for (Id i = 0; i < n.g.size(); ++i) arrows += std::size_t(n.g.node(i).arity());
  CHECK(dot.arrows.size() == arrows);
  CHECK(to_dot(n.g).find("[label=\"post\\ntanh [4,5]\"];") != std::string::npos);
  CHECK(to_dot(n.g).find("[label=\"x\\ninput [4,3]\", style=bold];") != std::string::npos);
}

TEST_CASE("DOT of a program has only what it holds") {
  Net n;
  grad(n.loss, {n.w});  // more graph that the program does not need
  Program<double> p(n.g, {.fetch = {n.post}, .fuse = false});
  const Dot dot = parse_dot(to_dot(p));
  CHECK(dot.nodes.size() == 5);
  CHECK(dot.arrows.size() == 4);
}

TEST_CASE("DOT escapes quotes and backslashes of names") {
  Graph g;
  g.input("a \"quoted\" \\ name", {2});
  CHECK(parse_dot(to_dot(g)).nodes.size() == 1);
}
