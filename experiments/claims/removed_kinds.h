// Which free directions an interaction basis removes, kind by kind (docs/theory.md §5.7).
#pragma once
#include <string>
#include <tuple>
#include <vector>

#include "interp/basis/representation.h"
#include "interp/degeneracy/null_space.h"

namespace basin::experiments {

// The kind in a label of the null space: "layers.0 block 3 5" is of kind block. Layers of a file may have any name, so
// the first kind that is in it counts.
std::string kind_of(const std::string& label);

// Of one kind: "low rank" ((a) and (b)), "rescaling", "block", "always_on", "conditional", "related patterns",
// "unexplained"; of all free directions: "all".
struct RemovedKind {
  std::string kind;
  interp::SeenDirections seen;
};
inline auto fields(RemovedKind& r) { return std::tie(r.kind, r.seen); }

// The kinds that the network has, in the order of interp/degeneracy/null_space.h, each of what those before it left;
// "all" last. Errors of jacobian_null_space and representation_changes.
std::vector<RemovedKind> removed_kinds(const interp::ReluNet& net, const Matrix& x,
                                       const interp::RepresentationOptions& options = {});

// "14 of 14 (low rank 8 of 8, rescaling 6 of 6)"
std::string removed_text(const std::vector<RemovedKind>& kinds);

}  // namespace basin::experiments
