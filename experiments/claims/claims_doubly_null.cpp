// C17: hidden directions that are null for activations and for gradients (docs/theory.md §3.5), in linear networks
// y = W_out W_in x without biases.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/chance.h"
#include "core/matrix.h"
#include "experiments/claims/claim_nets.h"
#include "experiments/claims/near_zero.h"
#include "interp/degeneracy/doubly_null.h"
#include "interp/volume/splitting.h"

namespace basin::experiments {
namespace {

constexpr std::int64_t width = 3;     // inputs and outputs
constexpr double slope_error = 0.04;  // standard error over seeds of the slope of log V

// A factor [rows, columns] of exact rank.
Matrix of_rank(std::int64_t rows, std::int64_t columns, std::int64_t rank, Rng& rng) {
  const Matrix left = normal_matrix(rows, rank, rng);
  return matmul(left, normal_matrix(rank, columns, rng));
}

struct LinearSetting {
  std::int64_t hidden, rank, jacobian_rank;
  int logarithms;  // of 1/ε in the volume
  std::string arithmetic;
};

// The loss |W_out W_in - P|² of white inputs around W_in = (1 0; 0 0), W_out = (1 0; 0 0) with ones up to the rank, as
// a function of what of W_in and W_out is free. It is the same at (A W_in, W_out A^{-1}) for every invertible A, so a
// volume is that of a section across these orbits times that of the orbits: the first `rank` columns of W_in and, right
// of them, the first `rank` rows of W_out stay as they are.
struct Section {
  std::int64_t hidden, rank;

  bool fixed_in(std::int64_t, std::int64_t j) const { return j < rank; }
  bool fixed_out(std::int64_t i, std::int64_t j) const { return i < rank && j >= rank; }
  std::int64_t dimension() const {
    std::int64_t free = 0;
    for (std::int64_t h = 0; h < hidden; ++h)
      for (std::int64_t i = 0; i < width; ++i) free += !fixed_in(h, i) + !fixed_out(i, h);
    return free;
  }
  double loss(std::span<const double> w) const {
    double in[width][width] = {}, out[width][width] = {}, sum = 0;
    auto next = w.begin();
    for (std::int64_t h = 0; h < hidden; ++h)
      for (std::int64_t i = 0; i < width; ++i) {
        in[h][i] = double(h == i && h < rank) + (fixed_in(h, i) ? 0 : *next++);
        out[i][h] = double(h == i && h < rank) + (fixed_out(i, h) ? 0 : *next++);
      }
    for (std::int64_t i = 0; i < width; ++i)
      for (std::int64_t j = 0; j < width; ++j) {
        double product = -double(i == j && i < rank);
        for (std::int64_t h = 0; h < hidden; ++h) product += out[i][h] * in[h][j];
        sum += product * product;
      }
    return sum;
  }
};

void expect_linear(ClaimTable& table, const ClaimSettings& settings, const LinearSetting& s) {
  const std::string title = fmt::format("linear 3-{}-3, both factors of rank {}", s.hidden, s.rank);
  std::vector<std::int64_t> ranks;
  std::vector<double> sizes;
  for (int i = 0; i < settings.nets; ++i) {
    Rng rng(settings.seed, fmt::format("claims/C17/{}/{}", title, draw_name(i, 0)));
    const interp::LinearNet net{.w_in = of_rank(s.hidden, width, s.rank, rng),
                                .w_out = of_rank(width, s.hidden, s.rank, rng)};
    const interp::CorrectedCount got =
        interp::corrected_count(net, of_rank(50, width, width, rng), claim_options(settings));
    ranks.push_back(got.jacobian_rank), sizes.push_back(got.n_eff);
  }
  table.expect(title + ": rank J", s.jacobian_rank, common_value(ranks)).because("arithmetic: " + s.arithmetic);
  const bool alike = std::ranges::count(sizes, sizes.front()) == std::ssize(sizes);
  const double n_eff = alike ? sizes.front() : NAN;  // which no measurement agrees with
  const Section section{s.hidden, s.rank};
  const double epsilons[] = {1e-6, 1e-12};
  const interp::Measured slope =
      interp::volume_by_splitting([&](std::span<const double> w) { return section.loss(w); }, {section.dimension()},
                                  epsilons, Rng(settings.seed, "claims/C17/volume/" + title),
                                  {.particles = 400, .replicas = 6, .threads = settings.threads})
          .n_eff[0];
  table.expect(title + ": N_eff", n_eff - logarithms_cost(s.logarithms, epsilons[0], epsilons[1]), slope.value)
      .within(allowed_errors * slope_error)
      .because(fmt::format("closed form: rank J and 2λ of reduced-rank regression, less {} logarithm{}; slope of log V "
                           "between ε = 1e-6 and 1e-12 by splitting, standard error {:.1g}",
                           s.logarithms, s.logarithms == 1 ? "" : "s", slope.error));
}

void doubly_null(ClaimTable& table, const ClaimSettings& settings) {
  expect_linear(table, settings,
                {3, 1, 5, 0, "rank J = 3 + 3 - 1; h = 2 doubly null directions, 2 lambda of a 2-2-2 at zero is 3"});
  expect_linear(table, settings,
                {2, 1, 5, 1, "rank J = 3 + 3 - 1; h = 1, 2 lambda of a 2-1-2 at zero is 2, of multiplicity 2"});
  expect_linear(table, settings, {2, 2, 8, 0, "rank J = 6 + 6 - 4; no direction is doubly null"});
}

const ClaimEntry c17{
    "C17", "doubly null directions count where the Hessian does not see them", {.fixed = 17}, doubly_null};

}  // namespace
}  // namespace basin::experiments
