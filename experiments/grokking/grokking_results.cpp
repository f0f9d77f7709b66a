#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "experiments/grokking/grokking_findings.h"
#include "experiments/shared/intervals.h"
#include "experiments/shared/rows.h"

namespace basin::experiments {
namespace {

using report::Json;
using report::Table;

Json or_null(const std::optional<std::int64_t>& epoch) { return epoch ? Json(*epoch) : Json(); }

const Table<GrokkingNetwork> networks_table{
    {"seed", "seed", &GrokkingNetwork::seed},
    {"memorised", "memorised at", [](const GrokkingNetwork& n) { return or_null(n.memorised); }},
    {"generalised", "generalised at", [](const GrokkingNetwork& n) { return or_null(n.generalised); }},
    {"train_accuracy", "training accuracy",
     [](const GrokkingNetwork& n) { return n.curve.back().number("train_accuracy"); }, "{:.2%}"},
    {"test_accuracy", "test accuracy", [](const GrokkingNetwork& n) { return n.curve.back().number("test_accuracy"); },
     "{:.2%}"},
    {"points", "checkpoints looked at", [](const GrokkingNetwork& n) { return n.points.size(); }}};

// A point of a network, as a row.
struct Row {
  const GrokkingNetwork* network;
  const GrokkingPoint* at;
  double number(const char* name) const { return network->number_at(at->epoch, name); }
};

std::string moments_of(const Row& r) {
  std::vector<std::string> names;
  for (const Moment m : moments)
    if (r.network->epoch_of(m) == r.at->epoch) names.push_back(name_of(m));
  return fmt::format("{}", fmt::join(names, ", "));
}

std::vector<Row> rows_of(const GrokkingFindings& f) {
  std::vector<Row> rows;
  for (const GrokkingNetwork& n : f.networks)
    for (const GrokkingPoint& p : n.points) rows.push_back({&n, &p});
  return rows;
}

std::vector<Row> rows_with(const GrokkingFindings& f, GrokkingPart part) {
  return where(rows_of(f), [&](const Row& r) { return r.at->has(part); });
}

bool has(const GrokkingFindings& f, GrokkingPart part) { return !rows_with(f, part).empty(); }

// A field of a part, or null where the part was not measured.
template <class Part, class Value>
auto of(std::optional<Part> GrokkingPoint::*part, const Value& value) {
  return [=](const Row& r) { return r.at->*part ? Json(std::invoke(value, *(r.at->*part))) : Json(); };
}

Table<Row> points_table(const GrokkingFindings& f) {
  Table<Row> table{{"seed", "seed", [](const Row& r) { return r.network->seed; }},
                   {"epoch", "epoch", [](const Row& r) { return r.at->epoch; }},
                   {"moment", "moment", moments_of},
                   {"train_accuracy", "training", [](const Row& r) { return r.number("train_accuracy"); }, "{:.1%}"},
                   {"test_accuracy", "test", [](const Row& r) { return r.number("test_accuracy"); }, "{:.1%}"}};
  for (const GrokkingMeasure& m : grokking_measures(f.networks))
    table.add({m.key, m.name, [m](const Row& r) { return m.value(*r.at); }, fmt::format("{{:.{}f}}", m.digits)});
  if (has(f, GrokkingPart::rank))
    table.add({"rank", "rank J", of(&GrokkingPoint::rank, &RankReading::rank)})
        .add({"above", "above rounding", of(&GrokkingPoint::rank, &RankReading::above_rounding)})
        .add({"gap", "gap", of(&GrokkingPoint::rank, &RankReading::gap), "{:.0e}"})
        .add({"dropped", "largest dropped", of(&GrokkingPoint::rank, &RankReading::largest_dropped), "{:.0e}"})
        .add({"decided", "decided", of(&GrokkingPoint::rank, &RankReading::decided)});
  if (has(f, GrokkingPart::lambda))
    table.add({"error", "λ̂ ±", of(&GrokkingPoint::lambda, &MeasuredLambda::error), "{:.2g}"})
        .add({"r_hat", "R̂", of(&GrokkingPoint::lambda, &MeasuredLambda::r_hat), "{:.2f}"})
        .add({"doubts", "doubtful", of(&GrokkingPoint::lambda, [](const MeasuredLambda& l) {
                return fmt::format("{}", fmt::join(l.doubts, ", "));
              })});
  return table;
}

// A measure at the four moments, over the networks that grokked.
struct AtMoments {
  GrokkingMeasure measure;
  std::vector<Estimate> at;
};

std::vector<AtMoments> at_moments(const GrokkingFindings& f, const std::vector<GrokkingMeasure>& measures) {
  const auto grokked = where(f.networks, &GrokkingNetwork::grokked);
  std::vector<AtMoments> all;
  for (const GrokkingMeasure& m : measures) {
    AtMoments& one = all.emplace_back(AtMoments{m, {}});
    for (const Moment moment : moments) {
      auto numbers = values(grokked, [&](const GrokkingNetwork& n) { return m.value(*n.at(*n.epoch_of(moment))); });
      std::erase_if(numbers, [](double v) { return !std::isfinite(v); });
      one.at.push_back(estimate(numbers));
    }
  }
  return all;
}

std::string mean_text(const Estimate& e, int digits) {
  if (e.count == 0) return "–";
  const std::string format = fmt::format("{{:.{}f}}", digits), mean = report::shown(e.mean, format);
  if (!std::isfinite(e.low)) return mean;
  return fmt::format("{} [{}, {}]", mean, report::shown(e.low, format), report::shown(e.high, format));
}

Json moments_table(const std::vector<AtMoments>& all) {
  Table<AtMoments> table{{"measure", "measure", [](const AtMoments& m) { return m.measure.name; }}};
  for (std::size_t i = 0; i < std::size(moments); ++i)
    table.add({name_of(moments[i]), name_of(moments[i]),
               [i](const AtMoments& m) { return mean_text(m.at[i], m.measure.digits); }});
  return table.json(all);
}

const Table<GrokkingEffect> effects_table{
    {"measure", "measure", [](const GrokkingEffect& e) { return e.measure.name; }},
    {"count", "networks", [](const GrokkingEffect& e) { return e.difference.count; }},
    {"before", "before", &GrokkingEffect::before, "{:.1f}"},
    {"after", "after", &GrokkingEffect::after, "{:.1f}"},
    {"change", "change", [](const GrokkingEffect& e) { return e.difference.mean; }, "{:+.1f}"},
    {"low", "95 % from", [](const GrokkingEffect& e) { return e.difference.low; }, "{:+.1f}"},
    {"high", "to", [](const GrokkingEffect& e) { return e.difference.high; }, "{:+.1f}"},
    {"doubtful", "doubtful ends", &GrokkingEffect::doubtful},
    {"verdict", "more degenerate?", &GrokkingEffect::verdict}};

// Of the measures with this verdict: their names, and how many.
Json with_verdict(const std::vector<GrokkingEffect>& effects, const char* verdict) {
  std::vector<std::string> names;
  for (const GrokkingEffect& e : effects)
    if (e.verdict() == verdict)
      names.push_back(
          fmt::format("{} ({})", e.measure.name, interval(e.difference, e.measure.digits)["text"].get<std::string>()));
  return {{"count", names.size()}, {"text", fmt::format("{}", fmt::join(names, "; "))}};
}

Json change_results(const std::vector<GrokkingEffect>& all, Moment from) {
  const auto effects = where(all, [&](const GrokkingEffect& e) { return e.from == from; });
  return {{"table", effects_table.json(effects)},
          {"holds", with_verdict(effects, "holds")},
          {"fails", with_verdict(effects, "does not hold")},
          {"undecided", with_verdict(effects, "undecided")}};
}

// At which epoch of the grid the mean over networks is least degenerate, and at which most.
struct Extremes {
  std::string measure;
  std::int64_t least = 0, most = 0;
  double least_value = 0, most_value = 0;
};

std::vector<Extremes> extremes_of(const GrokkingFindings& f, const std::vector<GrokkingMeasure>& measures) {
  std::vector<Extremes> all;
  for (const GrokkingMeasure& m : measures) {
    Extremes e{.measure = m.name, .least_value = NAN, .most_value = NAN};
    const std::vector<Estimate> means = over_grid(f, m);
    for (std::size_t i = 0; i < means.size(); ++i) {
      const double value = means[i].mean * m.sign;
      if (!std::isfinite(value)) continue;
      if (!(value >= e.least_value * m.sign)) e.least = f.grid[i], e.least_value = means[i].mean;
      if (!(value <= e.most_value * m.sign)) e.most = f.grid[i], e.most_value = means[i].mean;
    }
    all.push_back(e);
  }
  return all;
}

const Table<Extremes> extremes_table{{"measure", "measure", &Extremes::measure},
                                     {"least", "least degenerate at epoch", &Extremes::least},
                                     {"least_value", "mean there", &Extremes::least_value, "{:.1f}"},
                                     {"most", "most degenerate at epoch", &Extremes::most},
                                     {"most_value", "mean there", &Extremes::most_value, "{:.1f}"}};

Json rank_results(const GrokkingFindings& f, GrokkingPart part) {
  const auto rows = rows_with(f, part);
  if (rows.empty()) return nullptr;
  const auto readings =
      values(rows, [&](const Row& r) { return part == GrokkingPart::rank ? *r.at->rank : *r.at->training; });
  return {{"rows", readings[0].rows},
          {"pairs", readings[0].rows / (f.modulus + 1)},
          {"bounded", readings[0].rows < f.parameters},
          {"decided", std::ranges::count_if(readings, &RankReading::decided)},
          {"count", readings.size()}};
}

Json lambda_results(const GrokkingFindings& f, const LlcSettings& s) {
  const auto rows = rows_with(f, GrokkingPart::lambda);
  if (rows.empty()) return nullptr;
  return {{"n_beta", rows[0].at->lambda->n_beta},
          {"gamma", s.gamma},
          {"sampler", interp::name_of(s.sampler.kind)},
          {"batch", s.sampler.batch},
          {"chains", s.chains.chains},
          {"draws", s.chains.draws},
          {"warm_up", s.chains.warm_up},
          {"seed", s.chains.seed},
          {"count", rows.size()},
          {"doubtful", std::ranges::count_if(rows, [](const Row& r) { return !r.at->lambda->doubts.empty(); })}};
}

}  // namespace

std::string grokking_lines(const GrokkingFindings& f) {
  return report::table_json_lines(points_table(f).json(rows_of(f)));
}

Json grokking_results(const GrokkingFindings& f, const GrokkingSpec& spec) {
  const std::vector<GrokkingMeasure> measures = grokking_measures(f.networks);
  const std::vector<GrokkingEffect> effects = grokking_effects(f.networks);
  const auto others = where(f.networks, [](const GrokkingNetwork& n) { return !n.grokked(); });
  Json results{
      {"what", f.what},
      {"task", f.task},
      {"parameters", f.parameters},
      {"train_rows", f.train_rows},
      {"test_rows", f.test_rows},
      {"outputs", f.modulus + 1},
      {"level", grokking_level},
      {"count", f.networks.size()},
      {"grokked", f.grokked()},
      {"not_grokked", others.size()},
      {"not_grokked_text", fmt::format("{}", fmt::join(values(others, &GrokkingNetwork::seed), ", "))},
      {"points", f.points()},
      {"grid", fmt::format("{}", fmt::join(f.grid, ", "))},
      {"epsilons", fmt::format("{}", fmt::join(grokking_epsilons, ", "))},
      {"loss_share", grokking_loss_share},
      {"pairs", f.train_rows + f.test_rows},
      {"rank", rank_results(f, GrokkingPart::rank)},
      {"training_rank", rank_results(f, GrokkingPart::training)},
      {"lambda", lambda_results(f, spec.sampling)},
      {"edges", has(f, GrokkingPart::edges)},
      {"moments_only",
       fmt::format("{}", fmt::join(values(spec.moments_only, [](GrokkingPart p) { return name_of(p); }), ", "))},
      {"generalising", change_results(effects, Moment::memorised)},
      {"afterwards", change_results(effects, Moment::generalised)},
      {"moments", moments_table(at_moments(f, measures))},
      {"extremes", extremes_table.json(extremes_of(f, measures))},
      {"networks", networks_table.json(f.networks)},
      {"table", points_table(f).json(rows_of(f))}};
  return results;
}

}  // namespace basin::experiments
