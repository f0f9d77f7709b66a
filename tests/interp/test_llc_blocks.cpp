// Losses and gradients of chains over more rows than one program holds: a sum over blocks.
#include <doctest/doctest.h>

#include <algorithm>

#include "autodiff/ops.h"
#include "core/rng.h"
#include "interp/llc/chain_program.h"

using namespace basin;
using namespace basin::interp;

namespace {

constexpr std::int64_t inputs = 20, hidden = 40, outputs = 5;

Tensor<double> normal(Shape shape, Rng& rng) {
  Tensor<double> t(shape);
  rng.fill_normal(t.data, 0.3);
  return t;
}

LocalPosterior network(std::int64_t rows) {
  Rng rng(7, "test/blocks");
  LocalPosterior posterior{.n_beta = 1, .gamma = 1};
  posterior.model.trace = [](Graph& graph, std::int64_t n) {
    const Var h = tanh(matmul(graph.input("x", {n, inputs}), graph.input("A", {inputs, hidden})));
    const Var out = matmul(h, graph.input("B", {hidden, outputs}));
    return Ends{out, graph.name(mse(out, graph.input("t", {n, outputs})), "loss")};
  };
  posterior.model.parameters =
      parameters_from({{"A", normal({inputs, hidden}, rng)}, {"B", normal({hidden, outputs}, rng)}});
  posterior.data = {{"x", normal({rows, inputs}, rng)}, {"t", normal({rows, outputs}, rng)}};
  return posterior;
}

LocalPosterior part_of(const LocalPosterior& all, std::int64_t first, std::int64_t end) {
  LocalPosterior part = all;
  for (auto& [name, values] : part.data) {
    const std::int64_t length = values.shape[1];
    values.data = {values.data.begin() + first * length, values.data.begin() + end * length};
    values.shape[0] = end - first;
  }
  return part;
}

}  // namespace

TEST_CASE("the mean over many rows is that of its parts, losses and gradients of every chain") {
  constexpr std::int64_t rows = 30011, chains = 8, parts = 7;
  const LocalPosterior posterior = network(rows);
  const auto whole = ChainProgram<double>::make(posterior, {.chains = chains});
  std::vector<double> place(std::size_t(whole->dimension()));
  const auto move_all = [&](ChainProgram<double>& program) {
    for (std::int64_t c = 0; c < chains; ++c) {
      Rng(std::uint64_t(c), "test/place").fill_normal(std::span<double>(place));
      program.move(c, place);
    }
  };
  move_all(*whole);
  whole->run();
  std::vector<double> losses(chains), gradient(whole->gradient().size());
  for (std::int64_t p = 0; p < parts; ++p) {
    const std::int64_t first = p * rows / parts, end = (p + 1) * rows / parts;
    const auto part = ChainProgram<double>::make(part_of(posterior, first, end), {.chains = chains});
    move_all(*part);
    part->run();
    const double share = double(end - first) / double(rows);
    for (std::int64_t c = 0; c < chains; ++c) losses[std::size_t(c)] += share * part->loss(c);
    for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += share * part->gradient()[i];
  }
  double largest = 0;
  for (const double g : gradient) largest = std::max(largest, std::abs(g));
  for (std::int64_t c = 0; c < chains; ++c)
    CHECK(whole->loss(c) == doctest::Approx(losses[std::size_t(c)]).epsilon(1e-12));
  for (std::size_t i = 0; i < gradient.size(); ++i)
    if (std::abs(whole->gradient()[i] - gradient[i]) > 1e-12 * largest) FAIL_CHECK("gradient " << i);
}
