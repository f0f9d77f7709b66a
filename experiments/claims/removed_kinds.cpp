#include "experiments/claims/removed_kinds.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/matrix.h"

namespace basin::experiments {
namespace {

std::string counted(const interp::SeenDirections& seen) {
  return fmt::format("{} of {}", seen.removed(), seen.directions);
}

}  // namespace

std::string kind_of(const std::string& label) {
  for (const char* kind : {"low rank", "rescaling", "always_on", "block", "conditional", "related patterns"})
    if (label.find(kind) != std::string::npos) return kind;
  return "unexplained";
}

std::vector<RemovedKind> removed_kinds(const interp::ReluNet& net, const Matrix& x,
                                       const interp::RepresentationOptions& options) {
  const interp::NullSpace space = interp::jacobian_null_space(net, x);
  std::vector<std::string> kinds;
  for (const std::string& label : space.labels)  // in their order
    if (std::ranges::find(kinds, kind_of(label)) == kinds.end()) kinds.push_back(kind_of(label));
  const Matrix along = interp::representation_changes(net, x, space.basis, options).along;
  std::vector<RemovedKind> all;
  for (const std::string& kind : kinds) {
    Matrix of_kind({0, along.cols()});
    for (std::int64_t i = 0; i < along.rows(); ++i)
      if (kind_of(space.labels[i]) == kind) {
        of_kind.data.insert(of_kind.data.end(), along.row(i).begin(), along.row(i).end());
        ++of_kind.shape[0];
      }
    all.push_back({kind, interp::seen_directions(of_kind, options.tolerance)});
  }
  all.push_back({"all", interp::seen_directions(along, options.tolerance)});
  return all;
}

std::string removed_text(const std::vector<RemovedKind>& kinds) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i + 1 < kinds.size(); ++i) parts.push_back(kinds[i].kind + " " + counted(kinds[i].seen));
  return fmt::format("{} ({})", counted(kinds.back().seen), fmt::join(parts, ", "));
}

}  // namespace basin::experiments
