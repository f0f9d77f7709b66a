#include "experiments/llc/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/shared/rows.h"

namespace basin::experiments {
namespace {

constexpr double shares[calibration_trials] = {0.003, 0.01, 0.03, 0.1, 0.2, 0.4, 0.7};
constexpr double agree = 3, mixed = 1.05;

double longest_stable(const interp::SamplerSpec& sampler, double stiffness) {
  const bool langevin =
      sampler.kind == interp::SamplerKind::sgld || sampler.kind == interp::SamplerKind::preconditioned_sgld;
  return langevin ? 4 / stiffness : 2 / std::sqrt(stiffness);
}

StepTrial trial(const interp::LocalPosterior& posterior, interp::SamplerSpec sampler, const LlcSettings& s,
                double share, double step) {
  sampler.step = step;
  const interp::Chains chains = s.f32 ? interp::sample<float>(posterior, sampler, s.chains)
                                      : interp::sample<double>(posterior, sampler, s.chains);
  StepTrial t{.share = share, .step = step, .lambda = NAN, .error = NAN, .r_hat = NAN};
  const interp::LlcEstimate e = interp::estimate_llc(chains, posterior, sampler);
  if (e.chains == 0) return t;
  t.lambda = e.lambda.mean, t.error = e.lambda.error, t.r_hat = e.lambda.r_hat;
  t.usable = e.diverged + e.escaped == 0 && e.lambda.r_hat <= mixed && e.burn_in.settled && std::isfinite(t.error);
  return t;
}

struct Mean {
  double value = 0, error = 0;
};

Mean weighted(std::span<const StepTrial> trials, std::size_t without) {
  double weights = 0, sum = 0;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    if (i == without) continue;
    const double w = 1 / (trials[i].error * trials[i].error);
    weights += w, sum += w * trials[i].lambda;
  }
  return {sum / weights, 1 / std::sqrt(weights)};
}

bool level(std::span<const StepTrial> trials) {
  for (std::size_t i = 0; i < trials.size(); ++i) {
    if (!trials[i].usable) return false;
    const Mean others = weighted(trials, i);
    if (std::abs(trials[i].lambda - others.value) > agree * std::hypot(trials[i].error, others.error)) return false;
  }
  return true;
}

}  // namespace

Plateau plateau_of(const std::vector<StepTrial>& trials) {
  Plateau best;
  for (std::size_t first = 0; first < trials.size(); ++first)
    for (std::size_t last = first + 2; last < trials.size(); ++last) {
      const std::span<const StepTrial> part(trials.data() + first, last - first + 1);
      if (!level(part) || (best.found && last - first <= best.last - best.first)) continue;
      const Mean mean = weighted(part, part.size());
      best = {.found = true, .first = first, .last = last, .lambda = mean.value, .error = mean.error};
      best.step = trials[(first + last) / 2].step;
    }
  return best;
}

bool Calibration::settled() const {
  return std::ranges::all_of(rows, [](const Row& r) { return r.plateau.found; });
}

Calibration calibrate(const LlcSubject& subject, const LlcSettings& s,
                      const std::function<void(std::int64_t, std::int64_t)>& progress) {
  Calibration found;
  interp::LocalPosterior posterior = subject.posterior;
  posterior.gamma = s.gamma;
  const std::int64_t all = std::int64_t(s.n_betas.size() * std::size(shares));
  std::int64_t done = 0;
  posterior.n_beta = s.n_betas.front();
  const double top = interp::local_curvature(posterior, s.chains.threads).top;
  for (const double n_beta : s.n_betas) {
    posterior.n_beta = n_beta;
    Calibration::Row& row = found.rows.emplace_back(Calibration::Row{.n_beta = n_beta});
    const double stiffness = n_beta * std::max(top, 0.0) + s.gamma;
    for (const double share : shares) {
      const double step = share * longest_stable(s.sampler, stiffness > 0 ? stiffness : 1);
      row.trials.push_back(trial(posterior, s.sampler, s, share, step));
      if (progress) progress(++done, all);
    }
    row.plateau = plateau_of(row.trials);
  }
  return found;
}

report::Json calibration_results(const Calibration& c) {
  struct Cell {
    double n_beta;
    StepTrial trial;
    bool on_plateau;
  };
  std::vector<Cell> cells;
  for (const auto& row : c.rows)
    for (std::size_t i = 0; i < row.trials.size(); ++i)
      cells.push_back(
          {row.n_beta, row.trials[i], row.plateau.found && row.plateau.first <= i && i <= row.plateau.last});
  using Row = Calibration::Row;
  const report::Table<Cell> trials{{"n_beta", "nβ", &Cell::n_beta, "{:.4g}"},
                                   {"share", "of the longest stable step", [](const Cell& t) { return t.trial.share; }},
                                   {"step", "step", [](const Cell& t) { return t.trial.step; }, "{:.3g}"},
                                   {"lambda", "λ̂", [](const Cell& t) { return t.trial.lambda; }, "{:.4g}"},
                                   {"error", "±", [](const Cell& t) { return t.trial.error; }, "{:.2g}"},
                                   {"r_hat", "R̂", [](const Cell& t) { return t.trial.r_hat; }, "{:.3f}"},
                                   {"usable", "usable", [](const Cell& t) { return t.trial.usable; }},
                                   {"plateau", "on the plateau", &Cell::on_plateau}};
  const auto of = [](auto member) {
    return [member](const Row& r) { return r.plateau.found ? std::invoke(member, r.plateau) : NAN; };
  };
  const report::Table<Row> plateaus{
      {"n_beta", "nβ", &Row::n_beta, "{:.4g}"},
      {"lambda", "λ̂ on the plateau", of(&Plateau::lambda), "{:.4g}"},
      {"error", "±", of(&Plateau::error), "{:.2g}"},
      {"steps", "steps on it", [](const Row& r) { return r.plateau.found ? r.plateau.last - r.plateau.first + 1 : 0; }},
      {"step", "recommended step", of(&Plateau::step), "{:.3g}"}};
  return {{"trials", trials.json(cells)},
          {"plateaus", plateaus.json(c.rows)},
          {"settled", c.settled()},
          {"found", std::ranges::count_if(c.rows, [](const Row& r) { return r.plateau.found; })},
          {"all", c.rows.size()}};
}

std::vector<report::NamedFigure> calibration_figures(const Calibration& c) {
  report::Figure figure{
      .title = "λ̂ by step", .x_label = "share of the longest stable step", .y_label = "λ̂", .log_x = true};
  for (const auto& row : c.rows) {
    const auto usable = where(row.trials, &StepTrial::usable);
    if (usable.empty()) continue;
    report::Series s = report::points(fmt::format("nβ = {:.3g}", row.n_beta), usable, &StepTrial::share,
                                      &StepTrial::lambda, report::SeriesStyle::lines_points);
    s.error = values(usable, &StepTrial::error);
    figure.series.push_back(std::move(s));
  }
  if (figure.series.empty()) return {};
  return {{"calibration", std::move(figure)}};
}

}  // namespace basin::experiments
