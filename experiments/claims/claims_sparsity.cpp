// C28: are interactions sparser in the interaction basis (docs/theory.md §5.6)? Nothing is predicted; the experiment
// `sparsity` asks at length.
#include <fmt/format.h>

#include <algorithm>

#include "core/parallel.h"
#include "experiments/claims/compared_bases.h"
#include "experiments/claims/degeneracy_claims.h"
#include "nn/data/registry.h"
#include "nn/supervised.h"

namespace basin::experiments {
namespace {

using interp::BasisKind;
using interp::SectionSparsity;
using Net = std::map<BasisKind, std::vector<SectionSparsity>>;

constexpr std::int64_t seeds = 3, first_hidden = 32, second_hidden = 16, epochs = 15;

Net measure(const nn::Dataset& data, std::uint64_t seed) {
  const interp::ReluNet net =
      trained_nets(data, {.hidden = {first_hidden, second_hidden}, .epochs = {epochs}, .seed = seed}).back();
  const interp::DenseNetwork network = interp::dense_network(net);
  const interp::FoldedModel model(network.model, node_layers(network));
  const Inputs inputs{{"x", nn::analysis_inputs(data, data.size())}};
  const auto loss = interp::share_of_the_way(model, inputs, scoring_of(data), 0.01);
  Net found;
  for (const BasisKind kind : compared_bases)
    found[kind] = interp::basis_sparsity(model, basis_options(kind), inputs, {*loss});
  return found;
}

void sparser(ClaimTable& table, const ClaimSettings& settings) {
  const nn::Dataset data = nn::load_data("digits", {}).train;
  const std::vector<Net> nets = parallel_results(
      settings.threads, seeds, [&](std::int64_t i) { return measure(data, settings.seed + std::uint64_t(i)); });
  const auto row = [&](const std::string& title, BasisKind first, BasisKind second, std::size_t l, const auto& value) {
    std::vector<double> a, b;
    for (const Net& net : nets) a.push_back(value(net.at(first)[l])), b.push_back(value(net.at(second)[l]));
    const LogDifference difference(a, b);
    table
        .report(fmt::format("section {}, {} against {}: log {}", l, name_of(second), name_of(first), title),
                difference.text())
        .because(
            fmt::format("mean of {} networks of equal data with 95 % interval; {} times as many; 64-{}-{}-10 on {} "
                        "rows of digits",
                        seeds, fmt::format("{:.2f}", difference.ratio()), first_hidden, second_hidden, data.size()));
  };
  for (const BasisKind second : {BasisKind::ib, BasisKind::lib})
    for (const BasisKind first : {BasisKind::neuron, BasisKind::pca})
      for (const std::size_t l : {0, 1, 2}) {
        row("edges required within 1 % of the loss", first, second, l,
            [](const SectionSparsity& s) { return double(s.required[0]); });
        row("effective number of edges", first, second, l, [](const SectionSparsity& s) { return s.effective; });
      }
}

const ClaimEntry c28{
    "C28", "interactions are sparser in interaction bases than in PCA or neurons", {.fixed = 0.96}, sparser};

}  // namespace
}  // namespace basin::experiments
