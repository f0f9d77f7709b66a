#include "interp/look/fed_site.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace basin::interp {
namespace {

using Numbers = std::vector<double>;
using Fed = std::map<Id, Numbers>;

bool inside(const PlacedSite& at, std::int64_t place) {
  const Shape& shape = at.value.shape();
  for (int axis = shape.rank() - 1; axis >= 1; --axis) {
    const auto& [begin, end] = at.ranges[std::size_t(axis - 1)];
    if (place % shape[axis] < begin || place % shape[axis] >= end) return false;
    place /= shape[axis];
  }
  return true;
}

void put(Numbers& into, const Numbers& from, const PlacedSite& at) {
  for (std::size_t i = 0; i < into.size(); ++i)
    if (inside(at, std::int64_t(i))) into[i] = from[i];
}

// The fed values from which v is computed, without those that lie behind others alone.
std::vector<Var> fed_on_the_way(Graph& graph, Var v, const Fed& fed) {
  std::vector<char> needed(std::size_t(v.id) + 1);
  needed[std::size_t(v.id)] = 1;
  std::vector<Var> places;
  for (Id id = v.id; id >= 0; --id) {
    if (!needed[std::size_t(id)]) continue;
    if (fed.contains(id)) {
      places.push_back({&graph, id});
      continue;
    }
    for (int i = 0; i < graph.node(id).arity(); ++i) needed[std::size_t(graph.node(id).in[i])] = 1;
  }
  return places;
}

// A traced model, with a program of its own for each question.
class FedRun {
 public:
  FedRun(const ModelPoint& model, const PatchData& data, const Metric& metric)
      : model_(model), data_(data), rows_(rows_of(data.clean, "patching")) {
    const Ends ends = model.trace(graph_, rows_);
    metric_ = metric_of(graph_, ends, metric, rows_);
  }

  PlacedSite at(const Site& site) { return placed(graph_, site, rows_); }
  Var named(const std::string& name) { return graph_[name]; }
  Numbers clean(Var v) { return value(v, data_.clean, {}); }
  Numbers corrupt(Var v, const Fed& fed = {}) { return value(v, data_.corrupt, fed); }

  Numbers patched(const PlacedSite& site) {
    Numbers value = corrupt(site.value);
    put(value, clean(site.value), site);
    return value;
  }

  double mean_metric(const Fed& fed) {
    const Numbers numbers = corrupt(metric_, fed);
    return std::accumulate(numbers.begin(), numbers.end(), 0.0) / double(rows_);
  }

 private:
  Numbers value(Var v, const Inputs& data, const Fed& fed) {
    if (const auto known = fed.find(v.id); known != fed.end()) return known->second;
    const std::vector<Var> places = fed_on_the_way(graph_, v, fed);
    Program<double> program(graph_, {.fetch = {v}, .feed = places}, model_.parameters.bindings(graph_));
    for (const Var x : data_inputs(graph_, parameter_names(model_)))
      if (program.has(x) && !fed.contains(x.id)) program.feed(x, numbers_for(graph_.name_of(x.id), data));
    for (const Var x : places) program.feed(x, fed.at(x.id));
    program.run();
    const auto numbers = program.view(v);
    return {numbers.begin(), numbers.end()};
  }

  const Numbers& numbers_for(const std::string& name, const Inputs& data) const {
    if (name == other_label_input) return data_.corrupt.at(label_input).data;
    return (name == label_input ? data_.clean : data).at(name).data;
  }

  const ModelPoint& model_;
  const PatchData& data_;
  std::int64_t rows_;
  Graph graph_;
  Var metric_;
};

}  // namespace

double fed_metric(const ModelPoint& model, const PatchData& data, const Site& site, const Metric& metric) {
  FedRun run(model, data, metric);
  const PlacedSite at = run.at(site);
  return run.mean_metric({{at.value.id, run.patched(at)}});
}

double fed_metric(const ModelPoint& model, const PatchData& data, const Site& sender,
                  const std::vector<Site>& receivers, const std::vector<std::string>& frozen, const Metric& metric) {
  FedRun run(model, data, metric);
  const PlacedSite from = run.at(sender);
  std::vector<PlacedSite> hearing;
  for (const Site& site : receivers) hearing.push_back(run.at(site));
  Fed held{{from.value.id, run.patched(from)}};
  for (const std::string& name : frozen)
    if (const Var v = run.named(name); std::ranges::none_of(hearing, [&](const auto& r) { return r.value == v; }))
      held.try_emplace(v.id, run.corrupt(v));
  Fed heard;
  for (const PlacedSite& r : hearing)
    put(heard.try_emplace(r.value.id, run.corrupt(r.value)).first->second, run.corrupt(r.value, held), r);
  return run.mean_metric(heard);
}

}  // namespace basin::interp
