#include "interp/look/interventions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>

#include "autodiff/ops.h"
#include "interp/look/copied_graph.h"
#include "interp/look/site_ablation.h"
#include "interp/sweep/rows.h"

namespace basin::interp {
namespace {

// Inputs of the run that an intervention takes values from; empty: none.
std::string prefix_of(const Intervention& i) {
  if (i.put == Put::patch) return "patch";
  return i.put == Put::resample ? fmt::format("resample {}", i.seed) : "";
}

// Given numbers as they lie in a value: those of a region are put into zeros.
Tensor<double> laid_out(const Intervention& i, const PlacedSite& at) {
  const Shape own = at.value.shape().last(at.value.shape().rank() - 1), region = at.shape();
  const Shape& given = i.numbers.shape;
  if (given == own || i.numbers.size() == 1 || (own.rank() > 0 && given == Shape{own.back()})) {
    Tensor<double> numbers = i.numbers;
    if (i.numbers.size() == 1) numbers.shape = {};
    return numbers;
  }
  if (i.numbers.size() != region.numel())
    throw ShapeError(fmt::format("intervention '{}': numbers of shape {} given; wanted one, or {} as the region {}",
                                 i.label, given.str(), region.str(), text_of(i.site)));
  Tensor<double> mask = masks_of({at}), all(own);
  mask.shape = mask.shape.last(own.rank());
  std::int64_t next = 0;
  for (std::int64_t place = 0; place < all.size(); ++place) {
    bool inside = true;
    for (std::int64_t axis = own.rank() - 1, rest = place; axis >= 0; rest /= own[int(axis)], --axis) {
      const auto& [begin, end] = at.ranges[std::size_t(axis)];
      inside &= rest % own[int(axis)] >= begin && rest % own[int(axis)] < end;
    }
    if (inside) all[place] = i.numbers[next++];
  }
  return all;
}

// One intervention on a value as it is by then; `before` is the value in the run that it takes from, if any.
Var applied(const Intervention& i, const PlacedSite& site, Var current, Var before, const NumbersByName& means) {
  Graph& graph = *current.graph;
  switch (i.put) {
    case Put::zero: return replaced(current, graph.constant(0), site);
    case Put::mean: return replaced(current, graph.constant(means.at(i.site.value)), site);
    case Put::resample:
    case Put::patch: return replaced(current, before, site);
    case Put::numbers: return replaced(current, graph.constant(laid_out(i, site)), site);
    case Put::scale: return replaced(current, i.factor * current, site);
    case Put::add: break;
  }
  return replaced(current, current + i.factor * graph.constant(laid_out(i, site)), site);
}

// A site of `from`, placed in the graph that it is copied to.
struct Prepared {
  const Intervention* what;
  PlacedSite site;
};

// Checks that all sites are there and used; their values' ids in a traced model.
std::vector<Prepared> prepared(Graph& graph, const Ends& ends, const std::vector<Intervention>& all,
                               std::int64_t rows) {
  std::vector<Prepared> sites;
  for (const Intervention& i : all) {
    const PlacedSite& at = sites.emplace_back(Prepared{&i, placed(graph, i.site, rows)}).site;
    const auto reaches = [&](Var end) { return end && depends_on(graph, end, at.value); };
    if (!reaches(ends.output) && !reaches(ends.loss))
      throw NameError(fmt::format("intervention '{}': neither output nor loss depends on '{}'; help: leave it out",
                                  i.label, text_of(i.site)));
    if (i.put == Put::numbers || i.put == Put::add) (void)laid_out(i, at);
  }
  return sites;
}

Ends trace_intervened(const Model& model, const std::vector<Intervention>& all, const NumbersByName& means, Graph& to,
                      std::int64_t rows) {
  Graph from;
  const Ends ends = model.trace(from, rows);
  const std::vector<Prepared> sites = prepared(from, ends, all, rows);
  std::map<std::string, CopiedGraph> runs;
  CopiedGraph main(from, to);
  main.copy_with_names([&](Id id, Var current) {
    for (const Prepared& p : sites) {
      if (p.site.value.id != id) continue;
      const std::string prefix = prefix_of(*p.what);
      Var before{};
      if (!prefix.empty()) {
        CopiedGraph& run = runs.try_emplace(prefix, from, to).first->second;
        run.copy_beside(prefix, id);
        before = run.of(id);
      }
      PlacedSite site = p.site;
      site.value = current;
      current = applied(*p.what, site, current, before, means);
    }
    return current;
  });
  return {main.of(ends.output), main.of(ends.loss)};
}

Inputs with_runs(const Inputs& data, const std::vector<Intervention>& all, const Inputs* source) {
  Inputs extended = data;
  const auto add = [&](const std::string& prefix, const Inputs& run) {
    for (const auto& [name, numbers] : run) extended[prefix + "/" + name] = numbers;
  };
  const std::int64_t n = rows_of(data, "interventions");
  for (const Intervention& i : all) {
    if (i.put == Put::resample) add(prefix_of(i), rows_at(data, other_rows(n, i.seed, 0)));
    if (i.put != Put::patch) continue;
    if (!source)
      throw DataError(fmt::format("intervention '{}' patches from other data; help: say which rows", i.label));
    if (rows_of(*source, "interventions") != n)
      throw DataError(fmt::format("intervention '{}': {} rows to patch from given, wanted {}", i.label,
                                  rows_of(*source, "interventions"), n));
    add(prefix_of(i), *source);
  }
  return extended;
}

}  // namespace

Intervened with_interventions(const ModelPoint& model, const Inputs& data, const std::vector<Intervention>& all,
                              const Inputs* source, const SweepOptions& options) {
  constexpr std::int64_t few = 2;
  Graph graph;
  const Ends ends = model.trace(graph, few);
  (void)prepared(graph, ends, all, few);
  std::vector<std::string> averaged;
  for (const Intervention& i : all)
    if (i.put == Put::mean) averaged.push_back(i.site.value);
  NumbersByName means;
  if (!averaged.empty()) means = mean_values(model, data, averaged, options);
  Intervened with{.model = model, .data = with_runs(data, all, source)};
  with.model.trace = [base = Model(model), all, means](Graph& to, std::int64_t rows) {
    return trace_intervened(base, all, means, to, rows);
  };
  Graph again;  // inputs of other runs are there as far as something that is put in follows from them
  with.model.trace(again, few);
  std::erase_if(with.data, [&](const auto& input) { return !data.contains(input.first) && !again.has(input.first); });
  return with;
}

}  // namespace basin::interp
