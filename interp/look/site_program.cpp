#include "interp/look/site_program.h"

#include <fmt/format.h>

#include <algorithm>

#include "autodiff/lift.h"
#include "autodiff/op.h"
#include "autodiff/ops.h"
#include "interp/look/mixed_runs.h"
#include "interp/look/path_patching.h"

namespace basin::interp {
namespace {

constexpr const char* source_prefix = "source/";
constexpr const char* base_name = "look/base";
constexpr const char* source_name = "look/source";

std::string group_name(std::size_t group) { return fmt::format("look/sites {}", group); }

// Sites of one value, by their places in the list.
struct Group {
  std::string value;
  std::vector<std::size_t> sites;
};

std::vector<Group> groups_of(const std::vector<Site>& sites) {
  std::vector<Group> groups;
  for (std::size_t i = 0; i < sites.size(); ++i) {
    auto known = std::ranges::find(groups, sites[i].value, &Group::value);
    if (known == groups.end()) known = groups.insert(groups.end(), {sites[i].value, {}});
    known->sites.push_back(i);
  }
  return groups;
}

// Lists of sites of which none has more than `copies` of one value.
std::vector<std::vector<Site>> parts_of(const std::vector<Site>& sites, std::int64_t copies) {
  std::vector<std::vector<Site>> parts(1);
  for (const Site& site : sites) {
    if (copies > 0 && std::ranges::count(parts.back(), site.value, &Site::value) >= copies) parts.emplace_back();
    parts.back().push_back(site);
  }
  return parts;
}

// All values up to `last` in the run of inputs source/NAME. The labels are those of this run.
OtherRun other_run(Graph& graph, Var last, const std::vector<std::string>& parameters) {
  std::vector<Var> inputs, copies, values;
  OtherRun other{.differs = std::vector<char>(std::size_t(last.id) + 1)};
  for (Id id = 0; id <= last.id; ++id) values.push_back({&graph, id});
  for (const Var x : data_inputs(graph, parameters)) {
    const std::string name = graph.name_of(x.id);
    if (name == label_input || name == other_label_input) continue;
    inputs.push_back(x);
    copies.push_back(reshape(graph.input(source_prefix + name, x.shape()), Shape{1} + x.shape()));
    if (x.id <= last.id) other.differs[std::size_t(x.id)] = 1;
  }
  for (Id id = 0; id <= last.id; ++id)
    for (int i = 0; i < graph.node(id).arity(); ++i)
      other.differs[std::size_t(id)] |= other.differs[std::size_t(graph.node(id).in[std::size_t(i)])];
  other.values = lift(values, inputs, copies);
  return other;
}

Var numbers_for(Graph& graph, const NumbersByName& numbers, const PlacedSite& at) {
  const auto known = numbers.find(graph.name_of(at.value.id));
  return known == numbers.end() ? graph.constant(0) : graph.constant(known->second);
}

std::vector<PlacedSite> placed_sites(Graph& graph, const SiteProgramSpec& spec, const Group& group, std::int64_t rows) {
  std::vector<PlacedSite> at;
  for (const std::size_t i : group.sites) at.push_back(placed(graph, spec.sites[i], rows));
  return at;
}

// What a group's sites make of the metric, [sites, rows].
Var metric_with(Var metric, const std::vector<PlacedSite>& sites, const OtherRun& other, const SiteProgramSpec& spec,
                std::int64_t rows) {
  const Var value = sites.front().value;
  const bool plain = std::ranges::none_of(sites, [](const PlacedSite& s) { return s.directions.size() > 0; });
  const bool runs = spec.source == SiteSource::other_run;
  if (runs && plain && spec.receivers.empty())
    if (const Tensor<double> masks = masks_of(sites); mixes_along_one_axis(masks))
      return mixed(metric, value, masks, other);
  const Var source = runs ? reshape(other.values[std::size_t(value.id)], value.shape())
                          : numbers_for(*metric.graph, spec.numbers, sites.front());
  const Var copies = replaced(value, source, sites);
  if (spec.receivers.empty()) return lift({metric}, {value}, {copies})[0];
  return along_paths(metric, value, copies, spec.receivers, spec.frozen, rows);
}

// Adds the metric of every site to a traced model, under names of their own.
void trace_sites(Graph& graph, const Ends& ends, const SiteProgramSpec& spec,
                 const std::vector<std::string>& parameters, std::int64_t rows) {
  const Var metric = graph.name(metric_of(graph, ends, spec.metric, rows), base_name);
  const std::vector<Group> groups = groups_of(spec.sites);
  OtherRun other;
  if (spec.source == SiteSource::other_run) other = other_run(graph, metric, parameters);
  const Var source = other.values.empty() ? metric : reshape(other.values.back(), metric.shape());
  graph.name(source, source_name);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const std::vector<PlacedSite> sites = placed_sites(graph, spec, groups[g], rows);
    if (!depends_on(graph, metric, sites.front().value))
      throw NameError(fmt::format("{} does not depend on the site '{}'; help: leave it out", text_of(spec.metric),
                                  text_of(spec.sites[groups[g].sites.front()])));
    graph.name(metric_with(metric, sites, other, spec, rows), group_name(g));
  }
}

std::int64_t bytes_of(const Graph& graph, const std::vector<Var>& wanted, std::int64_t each) {
  std::vector<char> needed(std::size_t(graph.size()));
  for (const Var v : wanted) needed[std::size_t(v.id)] = 1;
  std::int64_t numbers = 0;
  for (Id id = graph.size() - 1; id >= 0; --id) {
    if (!needed[std::size_t(id)]) continue;
    if (!is_alias(graph.node(id))) numbers += graph.node(id).shape.numel();
    for (int i = 0; i < graph.node(id).arity(); ++i) needed[std::size_t(graph.node(id).in[i])] = 1;
  }
  return numbers * each;
}

}  // namespace

bool depends_on(const Graph& graph, Var y, Var x) {
  if (y.id < x.id) return false;
  std::vector<char> depends(std::size_t(y.id) + 1);
  depends[std::size_t(x.id)] = 1;
  for (Id id = x.id + 1; id <= y.id; ++id)
    for (int i = 0; i < graph.node(id).arity(); ++i)
      depends[std::size_t(id)] |= depends[std::size_t(graph.node(id).in[i])];
  return depends[std::size_t(y.id)];
}

std::vector<std::string> parameter_names(const ModelPoint& model) {
  std::vector<std::string> names;
  for (const auto& slice : model.parameters.slices()) names.push_back(slice.name);
  return names;
}

std::vector<Var> data_inputs(Graph& graph, const std::vector<std::string>& parameters) {
  std::vector<Var> inputs;
  for (Id id = 0; id < graph.size(); ++id) {
    const std::string name = graph.name_of(id);
    if (!is_input(graph.node(id)) || !graph.has(name)) continue;
    if (std::ranges::count(parameters, name) == 0) inputs.push_back({&graph, id});
  }
  return inputs;
}

// One program: the sites of one part.
struct SiteProgram::Part {
  std::size_t sites;
  std::vector<Group> groups;
  Sweeper sweeper;

  Part(const ModelPoint& model, const SiteProgramSpec& spec)
      : sites(spec.sites.size()), groups(groups_of(spec.sites)), sweeper(traced(model, spec), wanted(), spec.sweep) {}

  static ModelPoint traced(ModelPoint model, const SiteProgramSpec& spec) {
    model.trace = [base = model.trace, spec, parameters = parameter_names(model)](Graph& graph, std::int64_t rows) {
      const Ends ends = base(graph, rows);
      trace_sites(graph, ends, spec, parameters, rows);
      return ends;
    };
    return model;
  }

  SweepSpec wanted() const {
    SweepSpec spec{.fetch = {base_name, source_name}};
    for (std::size_t g = 0; g < groups.size(); ++g) spec.fetch.push_back(group_name(g));
    return spec;
  }

  void add(SiteSums& to, const Chunk& chunk) const {
    const auto base = chunk.values[0], source = chunk.values[1];
    to.rows += chunk.rows;
    for (std::int64_t r = 0; r < chunk.rows; ++r) {
      const double D = source[r] - base[r];
      to.base += base[r], to.base2 += base[r] * base[r];
      to.source += source[r], to.source2 += source[r] * source[r];
      to.D += D, to.D2 += D * D;
    }
    for (std::size_t g = 0; g < groups.size(); ++g)
      for (std::size_t s = 0; s < groups[g].sites.size(); ++s) {
        const auto patched = chunk.values[g + 2].subspan(s * std::size_t(chunk.rows), std::size_t(chunk.rows));
        const std::size_t i = groups[g].sites[s];
        for (std::int64_t r = 0; r < chunk.rows; ++r) {
          const double d = patched[r] - base[r];
          to.d[i] += d, to.d2[i] += d * d, to.dD[i] += d * (source[r] - base[r]);
        }
      }
  }
};

SiteProgram::SiteProgram(const ModelPoint& model, const SiteProgramSpec& spec) {
  if (spec.sites.empty()) throw UsageError("look: no sites given; help: name some, as in blocks.0.hook_resid_pre[2]");
  for (const std::vector<Site>& sites : parts_of(spec.sites, spec.copies)) {
    SiteProgramSpec part = spec;
    part.sites = sites;
    parts_.push_back(std::make_unique<Part>(model, part));
    Graph graph;
    Part::traced(model, part).trace(graph, spec.sweep.chunk);
    std::vector<Var> wanted;
    for (const std::string& name : parts_.back()->wanted().fetch) wanted.push_back(graph[name]);
    bytes_ = std::max(bytes_, bytes_of(graph, wanted, spec.sweep.precision == Precision::f32 ? 4 : 8));
  }
}

SiteProgram::~SiteProgram() = default;

std::int64_t SiteProgram::bytes() const { return bytes_; }

SiteSums SiteProgram::run(const Inputs& base, const Inputs& source, const Tensor<double>* labels,
                          const Tensor<double>* others, const PartsRunner& runner) {
  Inputs data = base;
  if (labels) data[label_input] = *labels;
  if (others) data[other_label_input] = *others;
  for (const auto& [name, numbers] : source)
    if (name != label_input) data[source_prefix + name] = numbers;
  const auto sums_of = [&](std::int64_t i) {
    Part& part = *parts_[std::size_t(i)];
    return sweep_reduce(part.sweeper, data, SiteSums(part.sites),
                        [&](SiteSums& to, const Chunk& chunk) { part.add(to, chunk); });
  };
  SiteSums all;
  if (!runner)
    for (std::int64_t i = 0; i < std::ssize(parts_); ++i) all.append(sums_of(i));
  else
    for (const SiteSums& sums : runner(std::ssize(parts_), sums_of)) all.append(sums);
  return all;
}

}  // namespace basin::interp
