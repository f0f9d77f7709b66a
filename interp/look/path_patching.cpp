#include "interp/look/path_patching.h"

#include <fmt/format.h>

#include <algorithm>

#include "autodiff/lift.h"
#include "autodiff/ops.h"
#include "interp/look/fed_site.h"

namespace basin::interp {
namespace {

struct Receiver {
  Var value;
  Tensor<double> mask;  // [1, …] over the value: 1 in the regions of its sites
};

std::vector<Receiver> receivers_at(Graph& graph, const std::vector<Site>& sites, std::int64_t rows) {
  std::vector<std::vector<PlacedSite>> by_value;
  for (const Site& site : sites) {
    const PlacedSite at = placed(graph, site, rows);
    if (at.directions.size() > 0)
      throw UsageError(
          fmt::format("path patching: the receiver '{}' has directions; help: leave them out", text_of(site)));
    auto known = std::ranges::find_if(by_value, [&](const auto& list) { return list.front().value == at.value; });
    if (known == by_value.end()) known = by_value.insert(by_value.end(), std::vector<PlacedSite>{});
    known->push_back(at);
  }
  std::vector<Receiver> receivers;
  for (const auto& list : by_value) {
    const Tensor<double> each = masks_of(list);
    Receiver& r =
        receivers.emplace_back(Receiver{list.front().value, Tensor<double>(each.shape.last(each.shape.rank() - 1))});
    for (std::int64_t i = 0; i < each.size(); ++i)
      r.mask[i % r.mask.size()] = std::max(r.mask[i % r.mask.size()], each[i]);
  }
  return receivers;
}

Var repeated(Var x, std::int64_t copies) { return expand(x, Shape{copies} + x.shape()); }

}  // namespace

Var along_paths(Var metric, Var sender, Var copies, const std::vector<Site>& sites,
                const std::vector<std::string>& frozen, std::int64_t rows) {
  Graph& graph = *metric.graph;
  const std::vector<Receiver> receivers = receivers_at(graph, sites, rows);
  const auto receives = [&](Var v) {
    return std::ranges::any_of(receivers, [&](const auto& r) { return r.value == v; });
  };
  std::vector<Var> held{sender}, as{copies}, values;
  for (const std::string& name : frozen)
    if (const Var v = graph[name]; !(v == sender) && !receives(v))
      held.push_back(v), as.push_back(repeated(v, copies.shape()[0]));
  for (const Receiver& r : receivers) values.push_back(r.value);
  if (std::ranges::none_of(values, [&](Var v) { return depends_on(graph, v, sender); }))
    throw NameError(fmt::format("path patching: no receiver depends on the sender '{}'; help: leave it out",
                                graph.name_of(sender.id)));
  std::vector<Var> heard = lift(values, held, as);
  for (std::size_t i = 0; i < heard.size(); ++i)
    heard[i] = where(graph.constant(receivers[i].mask), heard[i], repeated(values[i], copies.shape()[0]));
  return lift({metric}, values, heard)[0];
}

std::vector<Site> heard_senders(const ModelPoint& model, const std::vector<Site>& senders,
                                const std::vector<Site>& receivers) {
  Graph graph;
  model.trace(graph, 1);
  std::vector<Site> heard;
  for (const Site& sender : senders) {
    const Var from = placed(graph, sender, 1).value;
    if (std::ranges::any_of(receivers,
                            [&](const Site& r) { return depends_on(graph, placed(graph, r, 1).value, from); }))
      heard.push_back(sender);
  }
  return heard;
}

Patching path_patching(const ModelPoint& model, const PatchData& data, const Paths& paths, const Metric& metric,
                       const PatchOptions& options) {
  if (paths.receivers.empty())
    throw UsageError("path patching: no receivers given; help: name some, as in blocks.1.attn.hook_q[:,3]");
  SiteProgramSpec spec{.sites = paths.senders,
                       .metric = metric,
                       .sweep = options.sweep,
                       .copies = options.copies,
                       .receivers = paths.receivers};
  if (!paths.frozen.empty()) spec.frozen = names_matching(model, paths.frozen);
  SiteProgram program(model, spec);
  Patching p = patching_from(run_sites(program, data, metric, options.runner), paths.senders);
  p.residual = residual_of(program, first_rows(data, options.sweep.chunk), paths.senders, metric,
                           [&](const PatchData& rows, const Site& sender) {
                             return fed_metric(model, rows, sender, paths.receivers, spec.frozen, metric);
                           });
  return p;
}

}  // namespace basin::interp
