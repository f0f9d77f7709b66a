#include "experiments/shared/module_cost.h"

#include <fmt/format.h>

#include "experiments/shared/pass_cost.h"
#include "interp/modules/leiden.h"
#include "interp/modules/null_model.h"

namespace basin::experiments {

CostPart module_cost(const interp::LayeredGraph& weights, const interp::ModuleOptions& options) {
  const std::vector<interp::LayeredEdge> edges = edge_list(weights);
  CostPart part{.what = fmt::format("{} restarts of Leiden on {} edges, {} random graphs and {} more resolutions",
                                    options.restarts, edges.size(), options.nulls, options.resolutions.size())};
  if (edges.empty()) return part;
  constexpr int runs = 5;  // some go on for longer than others
  Rng rng(options.seed, "cost");
  interp::NullGraph random;
  const double made = options.nulls > 0 ? seconds_of([&] { random = interp::null_graph(weights, rng); }) : 0;
  const auto search = [&](const std::vector<interp::LayeredEdge>& of) {
    return seconds_of([&] {
             for (int i = 0; i < runs; ++i) interp::leiden(weights.nodes(), of, options.resolution, rng.next_u64());
           }) /
           runs;
  };
  const double own = search(edges), others = options.nulls > 0 ? search(edge_list(random.graph)) : 0;
  part.seconds =
      options.restarts * (own * double(1 + options.resolutions.size()) + others * options.nulls) + made * options.nulls;
  return part;
}

}  // namespace basin::experiments
