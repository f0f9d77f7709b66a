#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "experiments/modular/modular_study.h"
#include "experiments/shared/rows.h"

namespace basin::experiments {
namespace {

using report::Json;
using report::Table;

Json or_null(const std::optional<std::int64_t>& epoch) { return epoch ? Json(*epoch) : Json(); }

const Table<ModularNetwork> networks_table{
    {"seed", "seed", &ModularNetwork::seed},
    {"memorised", "memorised at", [](const ModularNetwork& n) { return or_null(n.memorised); }},
    {"grokked", "grokked at", [](const ModularNetwork& n) { return or_null(n.grokked); }},
    {"train_loss", "training loss", [](const ModularNetwork& n) { return n.last("train_loss"); }, "{:.1e}"},
    {"test_loss", "test loss", [](const ModularNetwork& n) { return n.last("test_loss"); }, "{:.1e}"},
    {"train_accuracy", "training accuracy", [](const ModularNetwork& n) { return n.last("train_accuracy"); }, "{:.2%}"},
    {"test_accuracy", "test accuracy", [](const ModularNetwork& n) { return n.last("test_accuracy"); }, "{:.2%}"},
    {"fourier_share", "Fourier share", [](const ModularNetwork& n) { return n.last("fourier_share"); }, "{:.1%}"},
    {"weight_norm", "length of θ", [](const ModularNetwork& n) { return n.last("weight_norm"); }, "{:.1f}"}};

struct HeadRow {
  std::int64_t head;
  double a, b, equals;
};
const Table<HeadRow> attention_table{{"head", "head", &HeadRow::head},
                                     {"a", "to a", &HeadRow::a, "{:.1%}"},
                                     {"b", "to b", &HeadRow::b, "{:.1%}"},
                                     {"equals", "to =", &HeadRow::equals, "{:.1%}"}};

struct FrequencyRow {
  std::int64_t frequency, neurons;
  double embedding;
};
const Table<FrequencyRow> frequency_table{{"frequency", "frequency", &FrequencyRow::frequency},
                                          {"embedding", "share of the embedding", &FrequencyRow::embedding, "{:.1%}"},
                                          {"neurons", "neurons", &FrequencyRow::neurons}};

std::vector<HeadRow> heads_of(const Matrix& attention) {
  std::vector<HeadRow> rows;
  for (std::int64_t h = 0; h < attention.rows(); ++h)
    rows.push_back({h, attention(h, 0), attention(h, 1), attention(h, 2)});
  return rows;
}

// Those that a tenth of the neurons or of the embedding has, the strongest in the embedding first.
std::vector<FrequencyRow> frequencies_of(const ModularLook& look) {
  std::vector<FrequencyRow> rows;
  for (std::int64_t k = 1; k < std::int64_t(look.embedding.size()); ++k) {
    const FrequencyRow row{k, std::ranges::count(look.strongest, k), look.embedding[std::size_t(k)]};
    if (row.embedding >= 0.1 || 10 * row.neurons >= std::ssize(look.strongest)) rows.push_back(row);
  }
  std::ranges::stable_sort(rows, std::greater(), &FrequencyRow::embedding);
  return rows;
}

// Mean share of a neuron's power in its strongest frequency, over the neurons that have one.
Json neurons_of(const ModularLook& look) {
  double sum = 0;
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < std::ssize(look.strongest); ++i)
    if (const std::int64_t k = look.strongest[std::size_t(i)]; k > 0) sum += look.neurons(i, k), ++count;
  return {{"all", look.strongest.size()}, {"with", count}, {"share", count ? sum / double(count) : 0.0}};
}

Json head_of(const ModularLook& look) {
  const Estimate to_a = estimate(look.head_to_a.data);
  return {{"index", look.head}, {"mean", to_a.mean}, {"deviation", to_a.deviation}};
}

// The weights and the Fourier share when the network has memorised and at the end.
Json change(const ModularNetwork& n, const char* name) {
  const auto at = [&](std::int64_t epoch) {
    return std::ranges::find_if(n.curve, [&](const auto& line) { return line.number("epoch") >= double(epoch); })
        ->number(name);
  };
  return {{"memorised", n.memorised ? Json(at(*n.memorised)) : Json()},
          {"grokked", n.grokked ? Json(at(*n.grokked)) : Json()},
          {"end", n.last(name)}};
}

}  // namespace

Json modular_results(const ModularFindings& f) {
  const ModularNetwork& shown = f.network();
  const auto others = where(f.networks, [](const ModularNetwork& n) { return !n.grokked; });
  const double chance = 1 / double(f.modulus);
  return {{"task", f.task},
          {"modulus", f.modulus},
          {"train_rows", f.train_rows},
          {"test_rows", f.test_rows},
          {"chance", chance},
          {"level", grokking_level},
          {"epochs", std::int64_t(shown.last("epoch"))},
          {"parameters", shown.parameters},
          {"count", f.networks.size()},
          {"several", f.networks.size() > 1},
          {"grokked", f.networks.size() - others.size()},
          {"failed", values(others, &ModularNetwork::seed)},
          {"failed_text", fmt::format("{}", fmt::join(values(others, &ModularNetwork::seed), ", "))},
          {"networks", networks_table.json(f.networks)},
          {"seed", shown.seed},
          {"shown_grokked", or_null(shown.grokked)},
          {"shown_memorised", or_null(shown.memorised)},
          {"fourier", change(shown, "fourier_share")},
          {"norm", change(shown, "weight_norm")},
          {"tenth", (f.modulus / 2 + 9) / 10},
          {"frequency", f.look.frequency},
          {"frequency_share", f.look.embedding[std::size_t(f.look.frequency)]},
          {"radius", f.look.radius},
          {"radius_deviation", f.look.radius_deviation / f.look.radius},
          {"frequencies", frequency_table.json(frequencies_of(f.look))},
          {"attention", attention_table.json(heads_of(f.look.attention))},
          {"head", head_of(f.look)},
          {"neurons", neurons_of(f.look)}};
}

}  // namespace basin::experiments
