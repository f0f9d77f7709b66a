// Sites in a graph: masks, and other numbers in their places.
#include <algorithm>

#include "autodiff/ops.h"
#include "core/lapack.h"
#include "interp/look/site.h"

namespace basin::interp {
namespace {

// [begin, end) of each axis of `to` set to 1, from the place `at` on, `size` numbers.
void mark(const Shape& own, const PlacedSite& site, std::span<double> to) {
  for (std::int64_t i = 0; i < std::ssize(to); ++i) {
    std::int64_t rest = i;
    bool inside = true;
    for (int axis = own.rank() - 1; axis >= 0; --axis) {
      const std::int64_t place = rest % own[axis];
      const auto& [begin, end] = site.ranges[std::size_t(axis)];
      inside &= own[axis] == 1 || (place >= begin && place < end);
      rest /= own[axis];
    }
    to[std::size_t(i)] = inside ? 1 : 0;
  }
}

bool cuts(const PlacedSite& site, int axis) {
  const auto& [begin, end] = site.ranges[std::size_t(axis)];
  return end - begin < site.value.shape()[axis + 1];
}

// x's component in the span of orthonormal rows.
Var component(Var x, const Matrix& directions) {
  Graph& graph = *x.graph;
  const Var q = graph.constant(directions);
  return matmul(matmul(x, graph.constant(transpose(directions))), q);
}

}  // namespace

Tensor<double> masks_of(const std::vector<PlacedSite>& sites) {
  Shape own;
  for (int axis = 0; axis + 1 < sites.front().value.shape().rank(); ++axis) {
    const bool cut = std::ranges::any_of(sites, [&](const PlacedSite& s) { return cuts(s, axis); });
    own.push_back(cut ? sites.front().value.shape()[axis + 1] : 1);
  }
  Tensor<double> masks(Shape{std::ssize(sites), 1} + own);
  const std::int64_t size = own.numel();
  for (std::size_t s = 0; s < sites.size(); ++s)
    mark(own, sites[s], std::span(masks.data).subspan(s * std::size_t(size), std::size_t(size)));
  return masks;
}

Var replaced(Var current, Var other, const PlacedSite& site) {
  if (site.directions.size() > 0)
    other = current + reshape(component(reshape(other - current, current.shape()), site.directions), current.shape());
  other = expand(other, current.shape());
  if (PlacedSite all = site; all.directions = {}, all.whole()) return other;
  Tensor<double> mask = masks_of({site});
  mask.shape = mask.shape.last(mask.shape.rank() - 1);
  return where(current.graph->constant(std::move(mask)), other, current);
}

Var replaced(Var current, Var other, const std::vector<PlacedSite>& sites) {
  const bool plain = std::ranges::none_of(sites, [](const PlacedSite& s) { return s.directions.size() > 0; });
  if (plain && sites.size() > 1) return where(current.graph->constant(masks_of(sites)), other, current);
  std::vector<Var> each;
  for (const PlacedSite& site : sites)
    each.push_back(reshape(replaced(current, other, site), Shape{1} + current.shape()));
  return concat(each, -current.shape().rank() - 1);
}

}  // namespace basin::interp
