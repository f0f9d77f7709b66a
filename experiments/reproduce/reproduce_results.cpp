#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "experiments/reproduce/findings.h"

namespace basin::experiments {
namespace {

using interp::DegeneracyReport;
using interp::ValueSummary;
using report::Json;
using report::Table;

const Table<ValueSummary> values_table{
    {"value", "value", [](const ValueSummary& v) { return (v.gradient ? "gradient of the loss at " : "") + v.name; }},
    {"shape", "shape", [](const ValueSummary& v) { return v.shape.str(); }},
    {"root_mean_square", "root mean square", &ValueSummary::root_mean_square, "{:.3g}"},
    {"zeros", "zeros", &ValueSummary::share_of_zeros, "{:.1%}"}};

const Table<interp::LayerDegeneracy> layers_table{
    {"layer", "layer", &interp::LayerDegeneracy::name},
    {"shape", "weights and bias",
     [](const interp::LayerDegeneracy& l) { return fmt::format("{} × {}", l.rows, l.columns); }},
    {"activation_rank", "activation rank", [](const interp::LayerDegeneracy& l) { return l.activation.rank; }},
    {"gradient_rank", "gradient rank", [](const interp::LayerDegeneracy& l) { return l.gradient.rank; }},
    {"free_low_rank", "free by low rank", &interp::LayerDegeneracy::free_low_rank}};

// ε-ranks of one matrix of one layer at one time, by ε.
struct RankRow {
  std::string layer, matrix;
  std::int64_t epoch = 0;
  std::vector<std::int64_t> counts{};
};

Table<RankRow> ranks_table() {
  Table<RankRow> table{{"layer", "layer", &RankRow::layer},
                       {"matrix", "matrix", &RankRow::matrix},
                       {"epoch", "when", &RankRow::epoch, "epoch {}"}};
  for (std::size_t e = 0; e < epsilon_grid.size(); ++e) {
    const std::string epsilon = fmt::format("{:g}", epsilon_grid[e]);
    table.add({epsilon, "ε = " + epsilon, [e](const RankRow& row) { return row.counts[e]; }});
  }
  return table;
}

// Of activations (G) and gradients (K), at the start and at the end.
std::vector<RankRow> rank_rows(const Findings& f) {
  std::vector<RankRow> rows;
  for (std::size_t l = 0; l < f.spectra.size(); ++l)
    for (const CheckpointDegeneracy* c : {&f.training.front(), &f.training.back()}) {
      rows.push_back({f.spectra[l].name, "G", c->epoch, c->layers[l].activations});
      rows.push_back({f.spectra[l].name, "K", c->epoch, c->layers[l].gradients});
    }
  return rows;
}

// A count, or both its readings where the numbers do not decide it.
Json count(const DegeneracyReport& net, interp::Count c) {
  const interp::Reading both = interp::reading(net, c);
  return {{"at_tolerance", both.at_tolerance},
          {"at_rounding", both.at_rounding},
          {"text", both.decided() ? fmt::format("{}", both.at_tolerance)
                                  : fmt::format("{} or {} (undecided)", both.at_rounding, both.at_tolerance)}};
}

Json exact_counts(const DegeneracyReport& net) {
  std::int64_t dead = 0;
  for (const interp::FiringBlock& b : net.blocks)
    if (b.kind == interp::BlockKind::dead) dead += std::int64_t(b.neurons.size());
  return {{"parameters", net.parameters},
          {"samples", net.samples},
          {"free", count(net, [](const DegeneracyReport& r) { return r.free_directions(); })},
          {"explained", count(net, [](const DegeneracyReport& r) { return r.lower_bound(); })},
          {"rank", count(net, [](const DegeneracyReport& r) { return r.jacobian.rank; })},
          {"unexplained", count(net, [](const DegeneracyReport& r) { return r.residual(); })},
          {"free_share", double(net.free_directions()) / double(net.parameters)},
          {"gap", std::isinf(net.jacobian.gap) ? Json() : Json(net.jacobian.gap)},
          {"low_rank", net.formula() - net.gauge.rank},
          {"gauge", net.gauge.rank},
          {"dead", dead},
          {"layers", layers_table.json(net.layers)}};
}

// The share of directions below one ε, before and after.
Json over_training(const Findings& f) {
  constexpr std::size_t e = 3;
  const auto share = [&](const CheckpointDegeneracy& c) {
    return 1 - double(c.counts[e].count) / double(f.final_network.parameters);
  };
  const double before = share(f.training.front()), after = share(f.training.back());
  return {{"rows", f.analysis_rows},
          {"directions", f.analysis_rows * f.final_network.outputs},
          {"epsilon", epsilon_grid[e]},
          {"before", before},
          {"after", after},
          {"rose", after > before},
          {"fell", after < before},
          {"epoch", f.training.back().epoch},
          {"ranks", ranks_table().json(rank_rows(f))}};
}

Json training(const Findings& f) {
  const nn::RunMetrics &first = f.history.front(), &last = f.history.back();
  return {{"widths", fmt::format("{}", fmt::join(f.spec.mlp.widths, "-"))},
          {"rows", f.train_rows},
          {"test_rows", f.test_rows},
          {"epochs", last.epoch},
          {"first_loss", first.train_loss},
          {"loss", last.train_loss},
          {"test_loss", last.test.loss},
          {"accuracy", last.test.accuracy}};
}

Json parts(const Findings& f) {
  Json list = Json::array();
  for (const Part& part : f.parts)
    list.push_back({{"title", part.name},
                    {"page", part.page},
                    {"summary", part.outcome.summary},
                    {"verdicts", part.outcome.claims.empty() ? "" : claims_summary(part.outcome.claims)}});
  return list;
}

}  // namespace

Json reproduce_results(const Findings& f) {
  return {{"data", f.data_name},
          {"source", f.data_source},
          {"spectrum_rows", f.spectrum_rows},
          {"training", training(f)},
          {"values", values_table.json(f.values)},
          {"network", exact_counts(f.final_network)},
          {"over_training", over_training(f)},
          {"planted",
           {{"networks", f.planted.size()},
            {"exact", std::ranges::count_if(f.planted, [](const MixedNet& m) { return m.planned == m.free; })},
            {"naive_too_large", std::ranges::count_if(f.planted, [](const MixedNet& m) { return m.naive > m.free; })}}},
          {"parts", parts(f)},
          {"grokking", f.grokking}};
}

}  // namespace basin::experiments
