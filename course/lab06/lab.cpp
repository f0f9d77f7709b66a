#include "lab.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "common/course.h"

namespace lab {

void langevin_step([[maybe_unused]] std::span<double> w, [[maybe_unused]] std::span<const double> gradient,
                   [[maybe_unused]] std::span<const double> center, [[maybe_unused]] double n_beta,
                   [[maybe_unused]] double gamma, [[maybe_unused]] double step,
                   [[maybe_unused]] std::span<const double> noise) {
  //@ solution step
  for (std::size_t i = 0; i < w.size(); ++i)
    w[i] += -0.5 * step * (n_beta * gradient[i] + gamma * (w[i] - center[i])) + std::sqrt(step) * noise[i];
  //@ stub
  todo("step", "half a step down the gradient of the energy, and noise of variance ε (Background, Langevin steps)");
  //@ end
}

basin::Matrix sgld([[maybe_unused]] const LocalPosterior& posterior, [[maybe_unused]] const Settings& settings,
                   [[maybe_unused]] const basin::Rng& rng) {
  //@ solution sgld
  RowLoss loss(posterior, settings.batch);
  const std::span<const double> start = posterior.model.parameters.flat();
  const bool batches = settings.batch > 0 && loss.n() > 0;
  std::vector<std::int64_t> rows(std::size_t(loss.batch()));
  std::iota(rows.begin(), rows.end(), 0);
  const double base_of_all = batches ? 0 : loss.loss(start, rows);
  std::vector<double> noise(start.size());
  basin::Matrix u({settings.chains, settings.draws});
  for (std::int64_t c = 0; c < settings.chains; ++c) {
    basin::Rng own = rng.stream(std::to_string(c));
    std::vector<double> w(start.begin(), start.end());
    for (std::int64_t t = -settings.warm_up; t < settings.draws; ++t) {
      if (batches)
        for (std::int64_t& row : rows) row = std::int64_t(own.below(std::uint64_t(loss.n())));
      const double base = batches ? loss.loss(start, rows) : base_of_all, here = loss.loss(w, rows);
      if (t >= 0) u(c, t) = posterior.n_beta * (here - base);
      own.fill_normal(std::span(noise));
      langevin_step(w, loss.gradient(), start, posterior.n_beta, posterior.gamma, settings.step, noise);
    }
  }
  return u;
  //@ stub
  todo("sgld",
       "for each chain and step: rows, loss and gradient at w, the loss at w* on the same rows, a step (Hint 1)");
  //@ end
}

Estimate lambda_hat([[maybe_unused]] const basin::Matrix& u) {
  //@ solution lambda
  const double chains = double(u.rows());
  double sum = 0, squares = 0;
  std::vector<double> means;
  for (std::int64_t c = 0; c < u.rows(); ++c)
    means.push_back(std::accumulate(u.row(c).begin(), u.row(c).end(), 0.0) / double(u.cols()));
  for (const double m : means) sum += m;
  for (const double m : means) squares += (m - sum / chains) * (m - sum / chains);
  return {sum / chains, std::sqrt(squares / (chains - 1) / chains)};
  //@ stub
  todo("lambda",
       "the mean of the chains' means, and their standard deviation over sqrt(chains) (Background, error bar)");
  //@ end
}

double lambda_of_bowl([[maybe_unused]] const std::vector<double>& h, [[maybe_unused]] double n_beta,
                      [[maybe_unused]] double gamma, [[maybe_unused]] double step,
                      [[maybe_unused]] double gradient_variance) {
  //@ solution bowl
  double sum = 0;
  for (const double hi : h) {
    const double a = n_beta * hi + gamma;
    sum += 0.5 * n_beta * hi / a / (1 - step * a / 4);
  }
  return sum * (1 + step * n_beta * n_beta * gradient_variance / 4);
  //@ stub
  todo("bowl", "add up the directions, each with its own a_i, and heat the sum (Background, what SGLD shows)");
  //@ end
}

double lying_step([[maybe_unused]] double ratio, [[maybe_unused]] double stiffness) {
  //@ solution lying_step
  return 4 * (1 - 1 / ratio) / stiffness;
  //@ stub
  todo("lying_step", "solve 1 / (1 - ε a / 4) = ratio for ε");
  //@ end
}

double lying_gamma([[maybe_unused]] double ratio, [[maybe_unused]] double n_beta, [[maybe_unused]] double curvature) {
  //@ solution lying_gamma
  return n_beta * curvature * (1 / ratio - 1);
  //@ stub
  todo("lying_gamma", "solve nβ h / (nβ h + γ) = ratio for γ");
  //@ end
}

std::int64_t burn_in_steps([[maybe_unused]] double share, [[maybe_unused]] double step,
                           [[maybe_unused]] double stiffness) {
  //@ solution burn_in
  const double kept = 1 - step * stiffness / 2;
  return std::int64_t(std::ceil(std::log(1 - share) / (2 * std::log(std::abs(kept)))));
  //@ stub
  todo("burn_in", "a step keeps 1 - ε a / 2 of w; u is a square (Background, burn-in)");
  //@ end
}

std::int64_t lying_batch([[maybe_unused]] double ratio, [[maybe_unused]] double step, [[maybe_unused]] double n_beta,
                         [[maybe_unused]] double row_variance) {
  //@ solution lying_batch
  return std::llround(step * n_beta * n_beta * row_variance / (4 * (ratio - 1)));
  //@ stub
  todo("lying_batch", "solve 1 + ε (nβ)² v / 4 = ratio for B, where v = row_variance / B");
  //@ end
}

double lying_baseline([[maybe_unused]] double wanted, [[maybe_unused]] double lambda, [[maybe_unused]] double n_beta,
                      [[maybe_unused]] double curvature) {
  //@ solution lying_baseline
  return std::sqrt(2 * (lambda - wanted) / (n_beta * curvature));
  //@ stub
  todo("lying_baseline", "by how much is nβ L(w*) above the minimum at a distance δ? Solve for δ (Hint 3)");
  //@ end
}

}  // namespace lab
