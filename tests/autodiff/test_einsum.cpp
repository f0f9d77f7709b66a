// einsum against plain loops over all letters, its derivatives, and how few products and copies it makes.
#include "autodiff/einsum.h"

#include <doctest/doctest.h>

#include <cmath>

#include "autodiff/plan.h"
#include "autodiff/transform.h"
#include "op_machine.h"
#include "tests/largest_difference.h"

using namespace basin;

namespace {

using Numbers = std::vector<double>;

// Letters stand for axes; lengths are those of `length`. Every result, element by element.
struct Loops {
  static std::int64_t length(char letter) { return 2 + (letter - 'a') % 3; }
  static Shape shape(const std::string& letters) {
    Shape s;
    for (char c : letters) s.push_back(length(c));
    return s;
  }
  static std::int64_t offset(const std::string& letters, const std::string& all,
                             const std::vector<std::int64_t>& index) {
    std::int64_t at = 0;
    for (char c : letters) at = at * length(c) + index[all.find(c)];
    return at;
  }
  static Numbers sum(const std::string& a, const std::string& b, const std::string& out, const Numbers& x,
                     const Numbers& y) {
    std::string all;
    for (char c : a + b)
      if (all.find(c) == std::string::npos) all += c;
    Numbers result(std::size_t(shape(out).numel()));
    std::vector<std::int64_t> index(all.size());
    for (std::int64_t i = 0; i < shape(all).numel(); ++i) {
      std::int64_t rest = i;
      for (std::size_t k = all.size(); k-- > 0; rest /= length(all[k])) index[k] = rest % length(all[k]);
      result[std::size_t(offset(out, all, index))] +=
          x[std::size_t(offset(a, all, index))] * (b.empty() ? 1.0 : y[std::size_t(offset(b, all, index))]);
    }
    return result;
  }
};

Numbers some(const Shape& shape, double phase) {
  Numbers v(std::size_t(shape.numel()));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = std::sin(double(i) * 1.7 + phase);
  return v;
}

void check_against_loops(const std::string& a, const std::string& b, const std::string& out) {
  const std::string spec = a + (b.empty() ? "" : "," + b) + "->" + out;
  CAPTURE(spec);
  Graph g;
  Var x = g.input("x", Loops::shape(a)), y = g.input("y", Loops::shape(b));
  Var z = b.empty() ? einsum(spec, x) : einsum(spec, x, y);
  REQUIRE(z.shape() == Loops::shape(out));
  const Numbers p = some(x.shape(), 0.3), q = some(y.shape(), 0.9);
  Program<double> program(g, {.fetch = {z}});
  program.feed(x, p);
  if (program.has(y)) program.feed(y, q);
  program.run();
  CHECK(largest_difference(program.view(z), Loops::sum(a, b, out, p, q), beside_one) < 1e-13);
}

struct Made {
  int matmuls = 0, other = 0;
  std::int64_t copied = 0;  // elements
};

Made made_by(const std::string& spec, const Shape& a, const Shape& b) {
  Graph g;
  Var z = einsum(spec, g.input("a", a), g.input("b", b));
  const Program<double> program(g, {.fetch = {z}});
  Made made;
  for (const auto& call : program.plan().calls) {
    const std::string_view op = call.node->op->name;
    if (op == "view")
      made.copied += call.n;
    else
      ++(op == "matmul" ? made.matmuls : made.other);
  }
  return made;
}

}  // namespace

TEST_CASE("einsum is the sum over all letters that the result does not have") {
  for (const auto& [a, b, out] : std::vector<std::array<std::string, 3>>{{"ij", "jk", "ik"},
                                                                         {"ij", "jk", "ki"},
                                                                         {"ji", "jk", "ik"},
                                                                         {"ji", "kj", "ik"},
                                                                         {"ij", "kj", "ki"},
                                                                         {"ij", "ij", "ij"},
                                                                         {"ij", "ij", ""},
                                                                         {"i", "j", "ij"},
                                                                         {"i", "j", "ji"},
                                                                         {"i", "i", ""},
                                                                         {"ij", "j", "i"},
                                                                         {"j", "ij", "i"},
                                                                         {"ij", "k", "kij"},
                                                                         {"ijk", "k", "ij"},
                                                                         {"bqhd", "bkhd", "bhqk"},
                                                                         {"bhqk", "bkhd", "bqhd"},
                                                                         {"bqd", "hdk", "bqhk"},
                                                                         {"bqhk", "hkd", "bqd"},
                                                                         {"bqhk", "hkd", "bdq"},
                                                                         {"bij", "bjk", "bik"},
                                                                         {"bij", "bjk", "kbi"},
                                                                         {"abij", "abkj", "ikab"},
                                                                         {"ij", "jk", "i"},
                                                                         {"ijk", "jl", "l"},
                                                                         {"ij", "kl", "jl"},
                                                                         {"", "ij", "ji"},
                                                                         {"abcd", "cdef", "abef"},
                                                                         {"abcd", "dcef", "fabe"},
                                                                         {"abcd", "efdc", "abfe"},
                                                                         {"abcd", "acbd", ""},
                                                                         {"ijk", "", "ki"},
                                                                         {"ijk", "", "j"},
                                                                         {"ij", "", ""},
                                                                         {"abcdefgh", "", "hgfedcba"},
                                                                         {"abcdef", "abcdef", "abcdef"}})
    check_against_loops(a, b, out);
}

TEST_CASE("axes behind ... broadcast, and come out where the result has them") {
  Graph g;
  Var a = g.input("a", {2, 1, 3, 4}), b = g.input("b", {5, 4, 2}), m = g.input("m", {4, 2});
  CHECK(einsum("...ij,...jk->...ik", a, b) == einsum(" ... i j , ... j k -> ... i k ", a, b));
  const Var both = einsum("...ij,...jk->...ik", a, b), one = einsum("...ij,jk->...ik", a, m);
  const Var moved = einsum("...ij,...jk->ik...", a, b), added = einsum("...ij->i...", a),
            dot = einsum("...,...->...", a, a);
  CHECK(both.shape() == Shape{2, 5, 3, 2});
  CHECK(moved.shape() == Shape{3, 2, 2, 5});
  CHECK(added.shape() == Shape{3, 2, 1});
  CHECK(dot == a * a);
  const Var wanted[] = {matmul(a, b), matmul(a, m), permute(matmul(a, b), {-2, -1, -4, -3}),
                        permute(sum(a, {-1}), {-1, -3, -2})};
  const Var got[] = {both, one, moved, added};
  std::vector<Var> fetch(std::begin(wanted), std::end(wanted));
  fetch.insert(fetch.end(), std::begin(got), std::end(got));
  Program<double> p(g, {.fetch = fetch});
  for (Var v : {a, b, m}) p.feed(v, some(v.shape(), 0.2 * v.id));
  p.run();
  for (int i = 0; i < 4; ++i) CHECK(largest_difference(p.view(got[i]), p.copy(wanted[i]).data, beside_one) < 1e-14);
}

TEST_CASE("one product where nothing is shared, and no copies where operands can be read as they lie") {
  auto check = [](const std::string& spec, const Shape& a, const Shape& b, std::int64_t copied) {
    CAPTURE(spec);
    const Made made = made_by(spec, a, b);
    CHECK(made.matmuls == 1);
    CHECK(made.copied <= copied);
    CHECK(made.other == 0);
  };
  check("ij,jk->ik", {3, 4}, {4, 5}, 0);
  check("ji,jk->ik", {4, 3}, {4, 5}, 0);
  check("ij,kj->ik", {3, 4}, {5, 4}, 0);
  check("ij,jk->ki", {3, 4}, {4, 5}, 0);
  check("ij,j->i", {3, 4}, {4}, 0);
  check("ij,ij->", {3, 4}, {3, 4}, 0);
  check("abcd,cdef->abef", {2, 3, 4, 5}, {4, 5, 2, 3}, 0);
  check("bqd,dhk->bqhk", {2, 3, 4}, {4, 2, 5}, 0);
  check("bqhk,hkd->bqd", {2, 3, 4, 5}, {4, 5, 6}, 0);
  check("bqd,hdk->bqhk", {2, 3, 4}, {2, 4, 5}, 40);  // the weight
  check("ab,cb->ac", {300, 4}, {2, 4}, 0);
  check("bij,bjk->bik", {2, 3, 4}, {2, 4, 5}, 0);
  check("bij,bkj->bki", {2, 3, 4}, {2, 5, 4}, 0);
  check("abcd,edc->abe", {20, 30, 4, 5}, {2, 5, 4}, 40);  // the smaller
  check("edc,abcd->eab", {2, 5, 4}, {20, 30, 4, 5}, 40);
  check("...ij,jk->...ik", {2, 6, 3, 4}, {4, 5}, 0);
  CHECK(made_by("i,j->ij", {3}, {4}).other == 1);  // a plain product
}

TEST_CASE("einsum has right derivatives") {
  using basin::testing::check_sample;
  using Vars = std::vector<Var>;
  check_sample({"scores", {{{2, 3, 2, 2}}, {{2, 2, 2, 2}}}, [](const Vars& x) {
                  return einsum("bqhd,bkhd->bhqk", x[0], x[1]);
                }});
  check_sample({"project", {{{2, 3, 2}}, {{2, 2, 2}}}, [](const Vars& x) {
                  return square(einsum("bqd,hdk->bqhk", x[0], x[1]));
                }});
  check_sample({"ends", {{{3, 2}}, {{2, 3}}}, [](const Vars& x) { return square(einsum("ij,ki->j", x[0], x[1])); }});
  check_sample({"outer", {{{3}}, {{2}}}, [](const Vars& x) { return square(einsum("i,j->ji", x[0], x[1])); }});
  check_sample(
      {"trace of a product", {{{2, 3}}, {{3, 2}}}, [](const Vars& x) { return einsum("ij,ji->", x[0], x[1]); }});
}

TEST_CASE("axes without elements pass through") {
  Graph g;
  Var a = g.input("a", {2, 0}), b = g.input("b", {0, 3}), z = einsum("ij,jk->ik", a, b),
      none = einsum("ji,jk->ik", b, b);
  Program<double> p(g, {.fetch = {z, einsum("ij,jk->ki", b, g.input("c", {3, 4})), none}});
  for (Var v : {a, b}) p.input(v);
  for (double& v : p.input("c")) v = 1;
  p.run();
  CHECK(p.copy(z).data == Numbers(6, 0.0));
  CHECK(p.copy(none).data == Numbers(9, 0.0));
}

TEST_CASE("bad specifications and shapes are refused with the specification") {
  Graph g;
  Var a = g.input("a", {2, 3}), b = g.input("b", {3, 4}), v = g.input("v", {3});
  auto said = [&](const char* text) { return doctest::Contains(text); };
  CHECK_THROWS_WITH_AS(einsum("ij,jk", a, b), "einsum: \"ij,jk\": wanted \"->\" and the letters of the result",
                       ShapeError);
  CHECK_THROWS_WITH_AS(einsum("ij->ji", a, b), "einsum: \"ij->ji\": 2 values were given", ShapeError);
  CHECK_THROWS_WITH_AS(einsum("ij,jk->ik", a), "einsum: \"ij,jk->ik\": 1 value was given", ShapeError);
  CHECK_THROWS_WITH_AS(einsum("ij,jk,kl->il", a, b), said("2 values were given"), ShapeError);
  CHECK_THROWS_WITH_AS(einsum("ii,ik->k", a, b), "einsum: \"ii,ik->k\": 'i' stands twice in \"ii\"", ShapeError);
  CHECK_THROWS_WITH_AS(einsum("ij,jk->iik", a, b), said("'i' stands twice in \"iik\""), ShapeError);
  CHECK_THROWS_WITH_AS(einsum("ij,jk->iz", a, b), "einsum: \"ij,jk->iz\": no value has 'z'", ShapeError);
  CHECK_THROWS_WITH_AS(einsum("i1,jk->ik", a, b), "einsum: \"i1,jk->ik\": '1' in \"i1\" is no letter", ShapeError);
  CHECK_THROWS_WITH_AS(einsum("......,jk->jk", a, b), said("'.' in \"......\" is no letter"), ShapeError);
  CHECK_THROWS_WITH_AS(einsum("i..,jk->jk", a, b), said("'.' in \"i..\" is no letter"), ShapeError);
  CHECK_THROWS_WITH_AS(einsum("ijk,jk->i", a, b),
                       "einsum: 'a' = input [2,3]: \"ijk\" of \"ijk,jk->i\" has 3 letters for 2 axes", ShapeError);
  CHECK_THROWS_WITH_AS(einsum("i,jk->ik", a, b), said("\"i\" of \"i,jk->ik\" has 1 letters for 2 axes"), ShapeError);
  CHECK_THROWS_WITH_AS(einsum("...ijk,jk->i", a, b), said("has 3 letters for 2 axes"), ShapeError);
  CHECK_THROWS_WITH_AS(einsum("...i,i->i", a, v), "einsum: \"...i,i->i\": the result has no \"...\"", ShapeError);
  CHECK_THROWS_WITH_AS(
      einsum("ij,ik->jk", a, b),
      "einsum: 'a' = input [2,3] and 'b' = input [3,4]: \"ij,ik->jk\" wants one length where they have 2 "
      "and 3",
      ShapeError);
  CHECK_THROWS_WITH_AS(einsum("...,...->...", a, b), said("wants one length where they have 2 and 3"), ShapeError);
  CHECK_THROWS_AS(einsum("ij,jk->ik", a, Graph().input("other", {3, 4})), ShapeError);
}
