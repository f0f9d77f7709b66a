#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "experiments/llc_training/llc_training_study.h"
#include "experiments/shared/rows.h"

namespace basin::experiments {
namespace {

using report::Json;
using report::Series;
using report::SeriesStyle;
using report::Table;

struct Row {
  const CheckpointLlc* at;
  const LlcPoint* point;

  const interp::LlcEstimate& estimate() const { return point->sampled.estimate; }
};

std::vector<Row> rows_of(const TrainingLlc& t) {
  std::vector<Row> rows;
  for (const CheckpointLlc& c : t.checkpoints)
    for (const LlcPoint& p : c.found.points) rows.push_back({&c, &p});
  return rows;
}

interp::Measured volume(const Row& r) {
  if (r.at->volume_count.empty()) return {NAN, NAN};
  return r.at->volume_count[std::size_t(r.point - r.at->found.points.data())];
}

Json table_of(const TrainingLlc& t) {
  const auto of = [](auto member) { return [member](const Row& r) { return std::invoke(member, *r.at); }; };
  Table<Row> table{
      {"epoch", "epoch", of(&CheckpointLlc::epoch)},
      {"train_loss", "training loss", of(&CheckpointLlc::train_loss), "{:.4g}"},
      {"test_loss", "test loss", of(&CheckpointLlc::test_loss), "{:.4g}"},
      {"n_beta", "nβ", [](const Row& r) { return r.point->n_beta(); }, "{:.4g}"},
      {"lambda", "λ̂", [](const Row& r) { return r.estimate().lambda.mean; }, "{:.4g}"},
      {"error", "standard error", [](const Row& r) { return r.estimate().lambda.error; }, "{:.2g}"},
      {"n_eff", "N_eff(ε)", [](const Row& r) { return 2 * r.estimate().lambda.mean; }, "{:.4g}"},
      {"epsilon", "ε", [](const Row& r) { return r.estimate().epsilon(); }, "{:.2e}"},
      {"gauss_newton", "quadratic count", [](const Row& r) { return r.point->gauss_newton.value; }, "{:.4g}"},
      {"share", "λ̂ of it", [](const Row& r) { return r.point->share_of_quadratic(); }, "{:.3f}"},
      {"rank", "rank J", [](const Row& r) { return r.at->rank ? Json(r.at->rank->rank) : Json(); }},
      {"free", "free directions",
       [](const Row& r) { return r.at->rank ? Json(r.at->parameters() - r.at->rank->rank) : Json(); }},
      {"decided", "decided", [](const Row& r) { return r.at->rank ? Json(r.at->rank->decided()) : Json(); }},
      {"chains", "chains that count", [](const Row& r) { return r.estimate().chains; }},
      {"ess", "independent draws' worth", [](const Row& r) { return r.estimate().lambda.ess; }, "{:.0f}"},
      {"r_hat", "R̂", [](const Row& r) { return r.estimate().lambda.r_hat; }, "{:.3f}"},
      {"doubts", "doubtful", [](const Row& r) {
         std::vector<std::string> names;
         for (const interp::Verdict& v : r.estimate().verdicts)
           if (!v.good) names.push_back(v.name);
         return fmt::format("{}", fmt::join(names, ", "));
       }}};
  if (std::ranges::any_of(t.checkpoints, [](const CheckpointLlc& c) { return !c.volume_count.empty(); }))
    table.add({"volume", "N_eff by volume", [](const Row& r) { return volume(r).value; }, "{:.4g}"})
        .add({"volume_error", "±", [](const Row& r) { return volume(r).error; }, "{:.2g}"});
  return table.json(rows_of(t));
}

// λ̂ at the largest nβ.
const ChainMean& finest(const CheckpointLlc& c) { return c.found.points.back().sampled.estimate.lambda; }

Json change(const CheckpointLlc& from, const CheckpointLlc& to) {
  const ChainMean &a = finest(from), &b = finest(to);
  const double z = (b.mean - a.mean) / std::hypot(a.error, b.error);
  return {{"from", from.epoch}, {"to", to.epoch},           {"before", a.mean}, {"before_error", a.error},
          {"after", b.mean},    {"after_error", b.error},   {"z", z},           {"falls", z < -3},
          {"rises", z > 3},     {"level", std::abs(z) <= 3}};
}

// Of a network that groks: from the first checkpoint that knows the training rows to the first behind it that knows the
// test rows too.
Json transition(const TrainingLlc& t) {
  constexpr double knows = 0.99;
  const auto& all = t.checkpoints;
  const auto fits = std::ranges::find_if(all, [](const CheckpointLlc& c) { return c.train_accuracy >= knows; });
  const auto generalises =
      std::find_if(fits, all.end(), [](const CheckpointLlc& c) { return c.test_accuracy >= knows; });
  if (generalises == all.end() || generalises == fits) return {{"seen", false}};
  Json found = change(*fits, *generalises);
  found["seen"] = true;
  found["end"] = change(*generalises, all.back());
  return found;
}

double epoch_axis(const CheckpointLlc& c) { return double(c.epoch) + 1; }

report::Figure lambda_figure(const TrainingLlc& t) {
  report::Figure figure{
      .title = "λ̂ over training", .x_label = "epoch + 1", .y_label = "λ̂", .log_x = true, .log_y = true};
  for (std::size_t i = 0; i < t.n_betas.size(); ++i) {
    const auto estimate = [i](const CheckpointLlc& c) -> const ChainMean& {
      return c.found.points[i].sampled.estimate.lambda;
    };
    const auto known = where(t.checkpoints, [&](const CheckpointLlc& c) { return estimate(c).mean > 0; });
    if (known.empty()) continue;
    Series sampled = report::points(
        fmt::format("sampled, nβ = {:.3g}", t.n_betas[i]), known, epoch_axis,
        [&](const CheckpointLlc& c) { return estimate(c).mean; }, SeriesStyle::lines_points);
    sampled.error = values(known, [&](const CheckpointLlc& c) {
      return std::isfinite(estimate(c).upper) ? estimate(c).upper - estimate(c).mean : 0;
    });
    Series quadratic = report::points(
        fmt::format("quadratic, nβ = {:.3g}", t.n_betas[i]), t.checkpoints, epoch_axis,
        [&](const CheckpointLlc& c) { return c.found.points[i].gauss_newton.value; }, SeriesStyle::lines);
    quadratic.dashed = true;
    figure.series.push_back(std::move(sampled));
    figure.series.push_back(std::move(quadratic));
  }
  const auto ranked = where(t.checkpoints, [](const CheckpointLlc& c) { return c.rank.has_value(); });
  if (!ranked.empty())
    figure.series.push_back(report::points(
        "rank J / 2, exact", ranked, epoch_axis, [](const CheckpointLlc& c) { return double(c.rank->rank) / 2; },
        SeriesStyle::lines_points));
  return figure;
}

report::Figure loss_figure(const TrainingLlc& t) {
  report::Figure figure{
      .title = "Loss over training", .x_label = "epoch + 1", .y_label = "loss", .log_x = true, .log_y = true};
  for (const auto& [label, member] :
       {std::pair{"training rows", &CheckpointLlc::train_loss}, {"test rows", &CheckpointLlc::test_loss}}) {
    const auto known = where(t.checkpoints, [&](const CheckpointLlc& c) { return c.*member > 0; });
    if (!known.empty())
      figure.series.push_back(report::points(label, known, epoch_axis, member, SeriesStyle::lines_points));
  }
  return figure;
}

}  // namespace

Json training_llc_results(const TrainingLlc& t) {
  const CheckpointLlc &first = t.checkpoints.front(), &last = t.checkpoints.back();
  const LlcSettings& s = first.found.settings;
  const std::vector<Row> rows = rows_of(t);
  const auto healthy = std::ranges::count_if(rows, [](const Row& r) { return r.estimate().healthy(); });
  return {{"what", t.what},
          {"data", t.data},
          {"loss", t.loss},
          {"parameters", last.parameters()},
          {"count", t.checkpoints.size()},
          {"n_betas", fmt::format("{:.4g}", fmt::join(t.n_betas, ", "))},
          {"finest", t.n_betas.back()},
          {"n", first.found.subject.samples},
          {"gamma", s.gamma},
          {"sampler", interp::name_of(s.sampler.kind)},
          {"batch", s.sampler.batch},
          {"chains", s.chains.chains},
          {"draws", s.chains.draws},
          {"warm_up", s.chains.warm_up},
          {"seed", s.chains.seed},
          {"estimates", rows.size()},
          {"healthy", healthy},
          {"ranked", last.rank.has_value()},
          {"first_rank", first.rank ? Json(first.rank->rank) : Json()},
          {"last_rank", last.rank ? Json(last.rank->rank) : Json()},
          {"rank_rows", last.rank_rows},
          {"whole", change(first, last)},
          {"transition", transition(t)},
          {"losses", !loss_figure(t).series.empty()},
          {"points", table_of(t)}};
}

std::vector<report::NamedFigure> training_llc_figures(const TrainingLlc& t) {
  std::vector<report::NamedFigure> figures;
  if (report::Figure lambda = lambda_figure(t); !lambda.series.empty())
    figures.push_back({"lambda", std::move(lambda)});
  if (report::Figure loss = loss_figure(t); !loss.series.empty()) figures.push_back({"loss", std::move(loss)});
  return figures;
}

}  // namespace basin::experiments
