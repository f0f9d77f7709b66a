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

constexpr std::int64_t module_width = 4, modules = 2, width = module_width * modules, samples = 3000;

// 8-8-8-8 with biases: two networks of width 4 side by side, one twice as strong, on independent normal inputs.
ClaimNet modular_net(Rng& rng) {
  ClaimNet net{.net = {}, .x = normal_matrix(samples, width, rng)};
  for (int l = 0; l < 3; ++l) {
    Matrix& w = net.net.weights.emplace_back(Shape{width, width});
    for (std::int64_t i = 0; i < width; ++i)
      for (std::int64_t j = 0; j < width; ++j)
        if (i / module_width == j / module_width) w(i, j) = (i < module_width ? 1 : 0.7) * rng.normal();
    net.net.biases.push_back(normal_matrix(1, width, rng, 0.3).data);
  }
  return net;
}

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

// How the modules found agree with those planted (adjusted Rand index).
double agreement(const ClaimNet& net, BasisKind kind, const std::vector<Matrix>& coordinates, std::uint64_t seed) {
  const interp::FoldedModel model = folded(net.net, coordinates);
  const Inputs inputs{{"x", net.x}};
  const std::vector<interp::Basis> bases = bases_of(model, net.x, kind, kind != BasisKind::neuron);
  const interp::LayeredGraph graph = interp::interaction_graph(bases, interp::interaction_edges(model, bases, inputs));
  std::vector<double> cutoffs;
  for (const Matrix& E : graph.edges) cutoffs.push_back(1e-2 * std::ranges::max(E.data));
  const interp::Partition found =
      interp::find_modules(log_weights(graph, cutoffs), {.restarts = 5, .nulls = 0, .seed = seed}).partition();
  interp::Partition truth;
  for (std::size_t l = 0; l < bases.size(); ++l) {
    const Matrix C = rows_of(bases[l].C, 0, width);
    const Matrix on_neurons = coordinates.empty() || coordinates[l].size() == 0 ? C : matmul(coordinates[l], C);
    for (std::int64_t i = 0; i < graph.layer_sizes[l]; ++i)
      truth.push_back(module_of(on_neurons, feature_of(bases[l], i)));
  }
  return interp::adjusted_rand_index(found, truth);
}

std::vector<Matrix> rotations(Rng& rng) {
  std::vector<Matrix> all;
  for (int l = 0; l < 3; ++l) orthonormalise(all.emplace_back(normal_matrix(width, width, rng)));
  return all;
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
      const ClaimNet net = modular_net(rng);
      const std::vector<Matrix> turns = rotations(rng);
      return agreement(net, s.kind, s.rotated ? turns : std::vector<Matrix>{}, rng.next_u64());
    });
    table
        .expect(fmt::format("{}{}: networks whose two modules are found", name_of(s.kind),
                            s.rotated ? ", every layer rotated" : ""),
                s.predicted, std::ranges::count_if(found, [](double a) { return a > 0.99; }))
        .because(fmt::format("10 networks 8-8-8-8 of two modules; Leiden on log10(E / (max E / 100)); lowest agreement "
                             "{:.2f}, highest {:.2f}",
                             std::ranges::min(found), std::ranges::max(found)));
  }
}

const ClaimEntry c32{"C32", "planted modules are found in the interaction basis, rotated or not", planted};

}  // namespace
}  // namespace basin::experiments
