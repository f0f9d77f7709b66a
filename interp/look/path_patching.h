// Path patching: what a sender does to the metric along the paths that enter given receivers, and along no others
// (Wang et al. 2022, arXiv 2211.00593; Goldowsky-Dill et al. 2023, arXiv 2304.05969; docs/theory.md §5.9). For one
// sender s, receivers R and frozen values F:
//   1. the corrupt run, with s as in the clean run and every value of F held as in the corrupt run, but for s itself
//      and R. What the values of R are then, is kept.
//   2. the corrupt run with R as kept. Nothing else is held: what lies behind R follows.
// So a path from s to a receiver counts if no value of F lies on it between the two; paths that are to count run
// through values that are not frozen, such as the residual stream. Receivers that lie behind one another are all given
// what step 1 found.
#pragma once
#include "interp/look/patching.h"

namespace basin::interp {

struct Paths {
  std::vector<Site> senders{};
  std::vector<Site> receivers{};      // without directions; they all listen to each sender
  std::vector<std::string> frozen{};  // names with * and ?: of transformers *.attn.hook_z and *.hook_mlp_out
};

// An effect for each sender, in their order. NameError for a sender
// on which no receiver depends and for a pattern that matches nothing; UsageError without receivers and for directions
// of a receiver; errors of Patcher.
Patching path_patching(const ModelPoint& model, const PatchData& data, const Paths& paths, const Metric& metric,
                       const PatchOptions& options = {});

// Those senders on which a receiver depends. Errors of placed.
std::vector<Site> heard_senders(const ModelPoint& model, const std::vector<Site>& senders,
                                const std::vector<Site>& receivers);

// For programs of sites: the metric [copies, rows], of copies [copies, rows, …] of a sender's value, through receivers.
Var along_paths(Var metric, Var sender, Var copies, const std::vector<Site>& receivers,
                const std::vector<std::string>& frozen, std::int64_t rows);

}  // namespace basin::interp
