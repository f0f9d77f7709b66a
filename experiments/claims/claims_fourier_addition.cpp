// C34 and C35: exact solutions of modular addition in two layers with squares between them, the rank of J there, and
// along their fibres (docs/theory.md §6.5).
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "core/lapack.h"
#include "core/parallel.h"
#include "experiments/claims/claim_nets.h"
#include "interp/degeneracy/fibre_walk.h"
#include "interp/jacobian/model_jacobian.h"
#include "nn/fourier_addition.h"

namespace basin::experiments {
namespace {

constexpr std::int64_t random_neurons = 12;  // a frequency
constexpr double exact = 1e-13;              // of outputs near 1

interp::ModelPoint network(std::int64_t p, Parameters<double> theta) {
  return {nn::quadratic_network(p, theta.size() / (3 * p)), std::move(theta)};
}

Inputs pairs(std::int64_t p) { return nn::inputs_of(nn::addition_pairs(p)); }

// Characters (α, β, γ) of Z_p³ in the columns of J: those that derivatives to A show, or those to one half of W.
std::int64_t characters(std::int64_t p) {
  const auto like = [p](std::int64_t a, std::int64_t b) { return a == 0 || a == b || (a + b) % p == 0; };
  std::int64_t count = 0;
  for (std::int64_t alpha = 0; alpha < p; ++alpha)
    for (std::int64_t beta = 0; beta < p; ++beta)
      for (std::int64_t gamma = 0; gamma < p; ++gamma)
        count += beta == 0 || like(alpha, beta) || (gamma != 0 && (like(alpha, gamma) || like(beta, gamma)));
  return count;
}

RankDecision rank_of(const interp::ModelPoint& model, std::int64_t p) {
  interp::ModelJacobian jacobian(model, pairs(p));
  return decide_rank(singular_values(jacobian.jacobian_at(model.parameters.flat())));
}

// The rank, or what is wrong with it.
ClaimValue decided(const RankDecision& rank, const ClaimSettings& settings) {
  if (rank.gap >= settings.min_gap) return double(rank.rank);
  return fmt::format("{}, with a spectral gap of {:.1g}", rank.rank, rank.gap);
}

struct WideNetwork {
  std::int64_t p;
  bool random_weights;
  RankDecision rank = {};
};

void degenerate_at_first_order(ClaimTable& table, const ClaimSettings& settings) {
  std::vector<WideNetwork> networks{{5, false}, {7, false}, {9, false}, {5, true}, {7, true}};
  parallel_for(settings.threads, std::ssize(networks), [&](std::int64_t i, int) {
    WideNetwork& n = networks[std::size_t(i)];
    interp::ModelPoint model = network(n.p, nn::fourier_addition_at_random(n.p, random_neurons, settings.seed));
    if (n.random_weights) model.parameters.start(settings.seed);
    n.rank = rank_of(model, n.p);
  });
  for (const WideNetwork& n : networks) {
    const double cube = double(n.p * n.p * n.p);
    table
        .expect(fmt::format("p = {}, {} neurons of {}: rank J", n.p, random_neurons * (n.p - 1) / 2,
                            n.random_weights ? "random weights" : "random phases"),
                n.random_weights ? cube : double(characters(n.p)), decided(n.rank, settings))
        .because(n.random_weights ? "arithmetic: p² pairs times p outputs, p³"
                                  : fmt::format("arithmetic: characters of Z_p³, counted one by one; 8p² - 19p + 12; "
                                                "smallest kept {:.1g} of the largest, largest dropped {:.1g}",
                                                n.rank.smallest_kept / n.rank.scale, n.rank.relative_dropped()));
  }
}

// Largest distance of outputs from one-hot - 1/p, in plain loops over the weights.
double distance_from_exact(std::int64_t p, std::span<const double> theta) {
  const std::int64_t m = std::ssize(theta) / (3 * p);
  double largest = 0;
  for (std::int64_t i = 0; i < p; ++i)
    for (std::int64_t j = 0; j < p; ++j)
      for (std::int64_t q = 0; q < p; ++q) {
        double output = 0;
        for (std::int64_t k = 0; k < m; ++k) {
          const double pre = theta[std::size_t(i * m + k)] + theta[std::size_t((p + j) * m + k)];
          output += theta[std::size_t(2 * p * m + k * p + q)] * pre * pre;
        }
        largest = std::max(largest, std::abs(output - double((i + j) % p == q) + 1 / double(p)));
      }
  return largest;
}

struct Grid {
  std::int64_t p, n;
  std::vector<interp::FibreWalk> walks = {};

  std::int64_t neurons() const { return n * n * (p - 1) / 2; }
  // On four phases a side 2a and -2a are one: a function of i and one of j are lost for each frequency.
  std::int64_t rank_there() const { return characters(p) - (n == 4 ? p - 1 : 0); }
  // With fewer neurons than pairs, the sum of all outputs is 0 through A alone.
  std::int64_t rank_along() const { return p * p * p - (n == 3 ? p * p - neurons() : 0); }
};

constexpr double steps[] = {1e-3, 1e-2, 0.05, 0.2};

// Of the points reached: on four phases a side the highest rank, on three the lowest, for more than one manifold passes
// through the start.
ClaimValue rank_along_fibre(const Grid& grid, const ClaimSettings& settings) {
  std::vector<std::int64_t> ranks;
  for (const interp::FibreWalk& walk : grid.walks) {
    const interp::FibrePoint& point = walk.points.back();
    if (!point.converged) return fmt::format("not back on the fibre: functions differ by {:.1g}", point.difference);
    if (point.rank.gap < settings.min_gap) return decided(point.rank, settings);
    ranks.push_back(point.rank.rank);
  }
  return double(grid.n == 4 ? std::ranges::max(ranks) : std::ranges::min(ranks));
}

void expect_grid(ClaimTable& table, const ClaimSettings& settings, const Grid& grid) {
  const std::string title = fmt::format("p = {}, phases {} × {}: ", grid.p, grid.n, grid.n);
  const interp::FibreWalk& walk = grid.walks[0];
  double there = distance_from_exact(grid.p, walk.start.theta), along = 0;
  for (const interp::FibreWalk& w : grid.walks)
    along = std::max(along, distance_from_exact(grid.p, w.points.back().theta));
  table.expect(title + "largest error of outputs", 0, there)
      .within(exact)
      .because("closed form: one-hot - 1/p; outputs in plain loops over the weights");
  table.expect(title + "rank J", grid.rank_there(), decided(walk.start.rank, settings))
      .because(grid.n == 4 ? "arithmetic: characters of Z_p³, less p - 1" : "arithmetic: characters of Z_p³");
  table.expect(title + "largest error of outputs along the fibre", 0, along)
      .within(exact)
      .because("closed form: one-hot - 1/p, the same function; outputs in plain loops over the weights");
  table
      .expect(fmt::format("{}{} rank J along the fibre", title, grid.n == 4 ? "highest" : "lowest"), grid.rank_along(),
              rank_along_fibre(grid, settings))
      .because(fmt::format("arithmetic: {}; random steps in the kernel of {:g} to {:g} of the weights, and "
                           "Gauss-Newton back; smallest kept {:.1g} of the largest",
                           grid.n == 3 ? "p³ - p² + neurons" : "p² pairs times p outputs", std::ranges::min(steps),
                           std::ranges::max(steps), walk.points[0].rank.smallest_kept / walk.start.rank.scale));
}

void overstated_freedom(ClaimTable& table, const ClaimSettings& settings) {
  std::vector<Grid> grids{{7, 4}, {7, 3}, {5, 4}, {5, 3}};
  for (Grid& grid : grids) grid.walks.resize(std::size(steps));
  std::array<std::uint64_t, std::size(steps)>
      seeds{};  // each walk its own direction: one may lead to the other manifold
  for (Rng rng(settings.seed, "claims/C35"); std::uint64_t & seed : seeds) seed = rng.next_u64();
  parallel_for(settings.threads, std::ssize(grids) * std::ssize(steps), [&](std::int64_t i, int) {
    Grid& grid = grids[std::size_t(i) / std::size(steps)];
    const std::size_t step = std::size_t(i) % std::size(steps);
    grid.walks[step] = interp::fibre_walk(network(grid.p, nn::fourier_addition_on_grid(grid.p, grid.n)), pairs(grid.p),
                                          {.step = steps[step], .seed = seeds[step]});
  });
  for (const Grid& grid : grids) expect_grid(table, settings, grid);
  const interp::FibreBounds bounds = interp::fibre_bounds(grids[2].walks);
  table
      .report("p = 5, phases 4 × 4: bounds of the learning coefficient",
              fmt::format("{:g} to {:g}", bounds.lower, bounds.upper))
      .because("half the rank there, and half the full rank of points from a thousandth of the weights away on");
}

const ClaimEntry c34{"C34",
                     "Fourier solutions of modular addition are degenerate at first order",
                     {.fixed = 0.29},
                     degenerate_at_first_order};
const ClaimEntry c35{
    "C35", "freedom at first order is more than there is along the fibre", {.fixed = 3.4}, overstated_freedom};

}  // namespace
}  // namespace basin::experiments
