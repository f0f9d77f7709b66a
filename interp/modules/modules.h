// Modules of a layered graph, and what they are worth (docs/theory.md §4.5): the Leiden partition, Newman's Q against a
// null model, agreement of restarts, and what other resolutions say.
//   const LayeredGraph weights = log_weights(interactions, cutoffs);
//   const Modules found = find_modules(weights, {.seed = 1});
#pragma once
#include <functional>
#include <string>

#include "interp/modules/partition.h"

namespace basin::interp {

struct ModuleOptions {
  double resolution = 1;              // gamma of the partition that is reported
  std::vector<double> resolutions{};  // more of them, for the table
  int restarts = 20;                  // of Leiden, for the graph and for every null: the best counts
  int nulls = 100;                    // random graphs of the null model; 0: none
  std::uint64_t seed = 1;
  // Called after each search (of `restarts` runs): one of the graph, one of each null, one for each more resolution.
  std::function<void(std::int64_t searches_done, std::int64_t searches)> progress{};
};

// Over the restarts: what Leiden maximises (modularity at the resolution), and how much pairs of partitions agree.
struct RestartSpread {
  double best = 0, mean = 0, sd = 0;
  double adjusted_rand = 1, mutual_information = 1;  // means over pairs; 1 if there is one restart
  double variation = 0;                              // of information, normalised: mean over pairs; 0 if there is one
};

// Q of modules found in the same way in `nulls` random graphs with the degrees, weights and strengths of this one
// (interp/modules/null_model.h). The search finds some structure in any graph, so Q alone says little.
struct NullComparison {
  double mean = 0, sd = 0;
  double z = 0;               // (Q - mean) / sd; if all nulls have one Q: 0 if it is this one, else infinite
  double at_least = 1;        // (1 + nulls with Q as high) / (1 + nulls): a p-value
  double strength_error = 0;  // the largest of a null; 0.1 and more: read z with care
};

struct ResolutionRow {
  double resolution = 0;
  std::int64_t modules = 0;  // nodes without edges left out
  double Q = 0;              // Newman's, at gamma 1, of the partition found at this resolution
  double adjusted_rand = 0;  // agreement with the partition that is reported
  double variation = 0;      // of information, normalised: distance from it
  RestartSpread spread{};
};

struct Modules {
  std::vector<std::vector<std::int64_t>> of_node;  // by layer and node: the number of the module, 0, 1, …
  std::int64_t modules = 0;                        // with edges
  std::int64_t isolated = 0;                       // nodes without edges, each a module of its own in of_node
  double Q = 0;                                    // Newman's modularity of the partition, at gamma 1
  RestartSpread spread{};
  NullComparison null{};  // z is 0 if there are no nulls
  std::vector<ResolutionRow> resolutions{};

  Partition partition() const;  // of_node, layers one behind the other
};

// Equal seeds give equal results. Errors: those of validate and leiden; UsageError for fewer than 1 restart, fewer than
// 0 nulls.
Modules find_modules(const LayeredGraph& weights, const ModuleOptions& options = {});

// Of the logarithms of a network's interactions on samples x [n, d_0] (weight_activation_graph). Below the share
// `cutoff` of the largest between two layers there are none.
Modules find_modules(const ReluNet& net, const Matrix& x, double cutoff, const ModuleOptions& options = {});

// All of it as JSON; an infinite z is null.
std::string to_json(const Modules& modules);

// The graph for other programs, by the ending of the path: .graphml, .json {"layers": [sizes], "nodes": [{layer,
// index, module}], "edges": [{source, target, weight}]} with nodes numbered as in LayeredGraph, both of which
// interp/modules/graph_readers.h reads again, or .dot for graphviz, coloured by module. Labels are those of some nodes
// or none. UsageError for other endings, ShapeError if the modules are of another graph. Written atomically.
void write_graph(const std::string& path, const LayeredGraph& graph, const Modules& modules,
                 const NodeLabels& labels = {});

}  // namespace basin::interp
