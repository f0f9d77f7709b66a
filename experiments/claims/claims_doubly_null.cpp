// C17: directions that are null on both sides of a linear network (docs/theory.md §3.5).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/lapack.h"
#include "core/matrix.h"
#include "experiments/claims/claim_nets.h"
#include "interp/degeneracy/doubly_null.h"

namespace basin::experiments {
namespace {

// A factor [rows, columns] of exact rank.
Matrix of_rank(std::int64_t rows, std::int64_t columns, std::int64_t rank, Rng& rng) {
  const Matrix a = normal_matrix(rows, rank, rng), b = normal_matrix(rank, columns, rng);
  return matmul(a, b);
}

struct LinearSetting {
  std::int64_t hidden, rank, jacobian_rank, n_eff;
  std::string arithmetic;
};

void expect_linear(ClaimTable& table, const LinearSetting& s, const ClaimSettings& settings) {
  const std::string title = fmt::format("linear 3-{}-3, both factors of rank {}", s.hidden, s.rank);
  const Rng seeds(settings.seed, "claims/C17/" + title);
  std::vector<std::int64_t> ranks;
  std::vector<double> sizes;
  for (int i = 0; i < settings.nets; ++i) {
    Rng rng = seeds.stream(draw_name(i, 0));
    interp::LinearNet net{.w_in = of_rank(s.hidden, 3, s.rank, rng), .w_out = of_rank(3, s.hidden, s.rank, rng)};
    const interp::CorrectedCount got = interp::corrected_count(net, of_rank(50, 3, 3, rng), claim_options(settings));
    ranks.push_back(got.jacobian_rank);
    sizes.push_back(got.n_eff);
  }
  const auto common = [](const auto& values) -> ClaimValue {
    if (std::ranges::count(values, values.front()) != std::ssize(values))
      return fmt::format("{}", fmt::join(values, ", "));
    return double(values.front());
  };
  table.expect(title + ": rank J", s.jacobian_rank, common(ranks)).because(s.arithmetic);
  // By construction: both sides are the learning coefficient of reduced-rank regression in closed form; only the ranks
  // that go into it are measured. Sampling would measure it (C18).
  table.expect(title + ": N_eff", s.n_eff, common(sizes)).because(s.arithmetic).by_construction();
}

void doubly_null(ClaimTable& table, const ClaimSettings& settings) {
  for (const LinearSetting& s :
       {LinearSetting{3, 1, 5, 8, "rank J = 3 + 3 - 1; h = 2 doubly null directions, 2 lambda of a 2-2-2 at zero is 3"},
        LinearSetting{2, 1, 5, 7, "rank J = 3 + 3 - 1; h = 1, 2 lambda of a 2-1-2 at zero is 2"},
        LinearSetting{2, 2, 8, 8, "rank J = 6 + 6 - 4; no direction is doubly null"}})
    expect_linear(table, s, settings);
}

const ClaimEntry c17{"C17", "doubly null directions count where the Hessian does not see them", doubly_null};

}  // namespace
}  // namespace basin::experiments
