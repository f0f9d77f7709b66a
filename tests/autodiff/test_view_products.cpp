// Products read what is permuted, sliced or repeated where it lies.
#include <doctest/doctest.h>

#include <random>

#include "autodiff/transform.h"
#include "tests/autodiff/filled.h"
#include "tests/largest_difference.h"

using namespace basin;
using namespace basin::testing;
using Numbers = std::vector<double>;

TEST_CASE("products of permuted heads read them where they lie") {
  Graph g;
  const std::int64_t batch = 3, pos = 5, heads = 2, d = 4;
  auto by_heads = [&](const char* name) {
    return permute(reshape(g.input(name, {batch, pos, heads * d}), {batch, pos, heads, d}), {-2, -3, -1});
  };
  const Var q = by_heads("q"), k = by_heads("k"), v = by_heads("v");
  const Var scores = matmul(q, k, false, true), z = matmul(scores, v);
  CHECK(calls(g, {.fetch = {scores}}) == 1);
  CHECK(calls(g, {.fetch = {z}}) == 2);
  CHECK(calls(g, {.fetch = {z}, .fuse = false}) == 5);
  CHECK(calls(g, {.fetch = {scores, q}}) == 2);            // wanted itself
  CHECK(calls(g, {.fetch = {scores, exp(q)}}) == 3);       // read by others
  CHECK(calls(g, {.fetch = {scores}, .feed = {q}}) == 1);  // given
  const Var seed = g.input("seed", {batch, heads, pos, pos}), dq = vjp({scores}, {seed}, {g["q"]})[0];
  CHECK(calls(g, {.fetch = {dq}}) == 2);  // the product, and back to the order of q
  CHECK_THROWS_WITH_AS(Program<double>(g, {.fetch = {scores}}).view(q), doctest::Contains("is not held"), NameError);
}

TEST_CASE("a view without a contiguous axis among its last two is copied for the product") {
  Graph g;
  const Var x = g.input("x", {3, 4, 2}), y = g.input("y", {4, 5}), turned = permute(x, {-1, -3, -2});  // [2,3,4]
  CHECK(calls(g, {.fetch = {matmul(turned, y)}}) == 2);
  CHECK(calls(g, {.fetch = {matmul(permute(x, {-1, -2, -3}), g.input("z", {3, 5}))}}) == 2);
  const Var repeated = expand(g.input("r", {2, 1, 4}), {2, 3, 4});  // rows that are one row
  CHECK(calls(g, {.fetch = {matmul(repeated, y)}}) == 2);
  const Var shared = expand(g.input("s", {4, 5}), {3, 4, 5});  // matrices that are one matrix
  CHECK(calls(g, {.fetch = {matmul(permute(x, {-3, -1, -2}), shared)}}) == 1);
}

TEST_CASE("a repeated row or matrix gives the same product again") {
  for (const Shape& lies : {Shape{1, 40}, Shape{1, 1, 40}, Shape{2, 40}, Shape{1, 2, 40}}) {  // too large for own loops
    Graph g;
    const Shape wide = Shape{3} + lies.last(2);
    const Var r = g.input("r", lies), y = g.input("y", {40, 50}), z = matmul(expand(r, wide), y);
    Program<double> p(g, {.fetch = {z}}), once(g, {.fetch = {matmul(r, y)}});
    CHECK(p.plan().calls.size() == 1);
    fill_inputs(p), fill_inputs(once);
    p.run(), once.run();
    const auto want = once.view(matmul(r, y));
    for (std::size_t i = 0; i < 3 * want.size(); ++i)
      CHECK(p.view(z)[i] == doctest::Approx(want[i % want.size()]).epsilon(1e-13));
  }
}

namespace {

struct Draw {
  explicit Draw(std::uint64_t seed) : bits(seed) {}
  std::int64_t pick(std::int64_t n) { return std::int64_t(bits() % std::uint64_t(n)); }
  std::mt19937_64 bits;
};

// [..., m, k] as a view of something larger, moved around; or as it is.
Var operand(Graph& g, Draw& random, Shape batch, std::int64_t rows, std::int64_t cols) {
  const int axes = batch.rank();
  for (int i = 0; i < axes; ++i)
    if (random.pick(4) == 0) batch[i] = 1;
  const Shape want = batch + Shape{rows, cols};
  if (random.pick(5) == 0) return g.anonymous_input(want);
  std::array<int, Shape::max_rank> order{};  // of the axes, as they lie
  for (int i = 0; i < want.rank(); ++i) order[i] = i;
  for (int i = want.rank() - 1; i > 0; --i) std::swap(order[i], order[random.pick(i + 1)]);
  Shape lies;
  for (int i = 0; i < want.rank(); ++i) lies.push_back(want[order[i]] + random.pick(2));
  Var v = g.anonymous_input(lies);
  for (int i = 0; i < want.rank(); ++i) {
    const std::int64_t begin = random.pick(lies[i] - want[order[i]] + 1);
    v = slice(v, i - want.rank(), begin, begin + want[order[i]]);
  }
  std::array<std::int64_t, Shape::max_rank> from{};
  for (int i = 0; i < want.rank(); ++i) from[order[i]] = i - want.rank();
  switch (want.rank()) {
    case 2: return permute(v, {from[0], from[1]});
    case 3: return permute(v, {from[0], from[1], from[2]});
    default: return permute(v, {from[0], from[1], from[2], from[3]});
  }
}

template <class T>
std::vector<double> numbers_of(Graph& g, const std::vector<Var>& fetch, bool fuse, std::size_t& count) {
  Program<T> p(g, {.fetch = fetch, .fuse = fuse});
  fill_inputs(p);
  p.run();
  count = p.plan().calls.size();
  Numbers all;
  for (Var v : fetch) all.insert(all.end(), p.view(v).begin(), p.view(v).end());
  return all;
}

}  // namespace

TEST_CASE("products of views give what products of copies give, with their gradients") {
  std::size_t saved = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    Graph g;
    Draw random(seed + 1000);
    Shape batch;
    for (std::int64_t i = random.pick(3); i > 0; --i) batch.push_back(1 + random.pick(3));
    const std::int64_t m = 1 + random.pick(4), n = 1 + random.pick(4), k = 1 + random.pick(4);
    const bool tx = random.pick(2), ty = random.pick(2);
    const Var x = operand(g, random, batch, tx ? k : m, tx ? m : k);
    const Shape batch_y = random.pick(3) == 0 ? Shape{} : batch;
    const Var y = operand(g, random, batch_y, ty ? n : k, ty ? k : n);
    std::vector<Var> inputs;
    for (Id i = 0; i < g.size(); ++i)
      if (is_input(g.node(i))) inputs.push_back({&g, i});
    const Var product = matmul(x, y, tx, ty);
    std::vector<Var> fetch = vjp({product}, {g.anonymous_input(Shape{2} + product.shape())}, inputs);
    fetch.push_back(product);
    std::size_t few = 0, many = 0, other = 0;
    const Numbers want = numbers_of<double>(g, fetch, false, many);
    CHECK(largest_difference(numbers_of<double>(g, fetch, true, few), want, beside_one) < 1e-13);
    CHECK(largest_difference(numbers_of<float>(g, fetch, true, other), want, beside_one) < 1e-5);
    saved += many - few;
  }
  CHECK(saved > 200);
}
