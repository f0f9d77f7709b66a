// The stages of a build of the Local Interaction Basis, timed by themselves on a number of threads: layer_moments,
// interaction_bases, interaction_edges and all of them.
#pragma once
#include <array>

#include "benchmarks/timing.h"
#include "core/lapack.h"
#include "core/npz.h"
#include "interp/edges/edges.h"

namespace basin::benchmarks {

struct LibResults {
  interp::LayerMoments moments;
  std::vector<interp::Basis> bases;
  std::vector<Matrix> edges;
};

struct LibContest {
  interp::SweepOptions sweep;
  std::vector<Series> series{};

  explicit LibContest(const interp::SweepOptions& options) : sweep(options) {
    for (const char* part : {"layer_moments", "interaction_bases", "interaction_edges", "all"})
      series.push_back({part, fmt::format("basin x{}", sweep.threads)});
  }

  LibResults round(const interp::FoldedModel& model, const Inputs& inputs) {
    LibResults r;
    const Times moments = time_of([&] { r.moments = layer_moments(model, inputs, {{}}, sweep); });
    const Times bases = time_of([&] { r.bases = interaction_bases(model, r.moments, inputs, {.sweep = sweep}); });
    const Times edges = time_of([&] { r.edges = interaction_edges(model, r.bases, inputs, {.sweep = sweep}); });
    std::size_t i = 0;
    for (const Times& t : {moments, bases, edges, moments + bases + edges}) series[i++].rounds.push_back(t);
    return r;
  }

  // Of the three stages.
  void set_gflop(double moments, double bases, double edges) {
    std::size_t i = 0;
    for (const double gflop : {moments, bases, edges, moments + bases + edges}) series[i++].gflop = gflop;
  }
};

inline std::vector<Series> series_of(const std::vector<LibContest>& contests) {
  std::vector<Series> all;
  for (const LibContest& c : contests) all.insert(all.end(), c.series.begin(), c.series.end());
  return all;
}

// What peers compare theirs with: CC{l} = C C^T of node layer l, E{l} of section l.
inline void add_results(NpzWriter& out, const LibResults& r) {
  for (std::size_t l = 0; l < r.edges.size(); ++l) {
    out.add(fmt::format("CC{}", l), matmul(r.bases[l].C, r.bases[l].C, false, true));
    out.add(fmt::format("E{}", l), r.edges[l]);
  }
}

}  // namespace basin::benchmarks
