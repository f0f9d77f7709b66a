// C32: planted modules are found in the interaction basis, in whatever coordinates activations are given
// (docs/theory.md §4.5, §5).
#include <fmt/format.h>

#include <algorithm>

#include "core/lapack.h"
#include "core/matrix.h"
#include "core/parallel.h"
#include "experiments/claims/basis_claims.h"
#include "interp/edges/edges.h"
#include "interp/edges/interaction_graph.h"
#include "interp/modules/modules.h"

namespace basin::experiments {
namespace {

using interp::BasisKind;

constexpr std::int64_t module_width = planted_width / 2, width = planted_width;
constexpr double cutoff = 1e-4, resolution = 0.5;  // of the largest edge of each section; gamma

// Of a feature: the module on whose neurons it stands.
std::int64_t module_of(const Matrix& on_neurons, std::int64_t feature) {
  double first = 0, all = 0;
  for (std::int64_t i = 0; i < width; ++i) {
    const double part = on_neurons(i, feature) * on_neurons(i, feature);
    all += part;
    if (i < module_width) first += part;
  }
  return first < all / 2;
}

// How the modules found agree with those planted (adjusted Rand index), over features that have an edge.
double agreement(const ClaimNet& net, BasisKind kind, const std::vector<Matrix>& coordinates, std::uint64_t seed) {
  const interp::FoldedModel model = folded(net.net, coordinates);
  const std::vector<interp::Basis> bases = bases_of(model, net.x, kind, kind != BasisKind::neuron);
  const interp::LayeredGraph graph =
      interp::interaction_graph(bases, interp::interaction_edges(model, bases, {{"x", net.x}}));
  std::vector<double> cutoffs;
  for (const Matrix& E : graph.edges) cutoffs.push_back(cutoff * std::ranges::max(E.data));
  const interp::LayeredGraph weights = log_weights(graph, cutoffs);
  const interp::Partition all =
      interp::find_modules(weights, {.resolution = resolution, .restarts = 5, .nulls = 0, .seed = seed}).partition();
  std::vector<char> joined(weights.nodes());
  for (const interp::LayeredEdge& e : edge_list(weights)) joined[e.from] = joined[e.to] = 1;
  interp::Partition found, truth;
  std::int64_t node = 0;
  for (std::size_t l = 0; l < bases.size(); ++l) {
    const Matrix C = rows_of(bases[l].C, 0, width);
    const Matrix on_neurons = l >= coordinates.size() ? C : matmul(coordinates[l], C);
    for (std::int64_t i = 0; i < graph.layer_sizes[l]; ++i, ++node) {
      if (!joined[node]) continue;
      found.push_back(all[node]);
      truth.push_back(module_of(on_neurons, feature_of(bases[l], i)));
    }
  }
  return interp::adjusted_rand_index(found, truth);
}

void planted(ClaimTable& table, const ClaimSettings& settings) {
  constexpr std::int64_t nets = 10;
  struct Setting {
    BasisKind kind;
    bool rotated;
    std::int64_t predicted;
  };
  const std::vector<Setting> list{{BasisKind::lib, false, nets},    {BasisKind::lib, true, nets},
                                  {BasisKind::ib, false, nets},     {BasisKind::ib, true, nets},
                                  {BasisKind::neuron, false, nets}, {BasisKind::neuron, true, 0}};
  for (const Setting& s : list) {
    const std::vector<double> found = parallel_results(settings.threads, nets, [&](std::int64_t i) {
      Rng rng = Rng(settings.seed, "claims/C32").stream(std::to_string(i));
      const ClaimNet net = planted_modules(rng);
      const std::vector<Matrix> turns = planted_rotations(rng);
      return agreement(net, s.kind, s.rotated ? turns : std::vector<Matrix>{}, rng.next_u64());
    });
    table
        .expect(fmt::format("{}{}: networks whose two modules are found", name_of(s.kind),
                            s.rotated ? ", every layer rotated" : ""),
                s.predicted, std::ranges::count_if(found, [](double a) { return a == 1; }))
        .because(fmt::format("arithmetic: the planted partition, in all of 10 networks of two modules of 6 or in none; "
                             "Leiden on log10(E / (1e-4 max E)); adjusted Rand index "
                             "from {:.2f} to {:.2f}",
                             std::ranges::min(found), std::ranges::max(found)));
  }
}

const ClaimEntry c32{
    "C32", "planted modules are found in the interaction basis, rotated or not", {.fixed = 0.73}, planted};

}  // namespace
}  // namespace basin::experiments
