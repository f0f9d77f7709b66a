#include "interp/degeneracy/ceiling.h"

#include <algorithm>
#include <numeric>

namespace basin::interp {
namespace {

// x -> M x + c with M of rank r at most, r the least width. The last bias adds to c whatever lies in the range of the
// layers behind it: all there is if these are wider than r, else the range of M.
std::int64_t linear_ceiling(const ReluNet& net) {
  const std::vector<std::int64_t> widths = net.widths();
  const std::int64_t r = std::ranges::min(widths), outputs = widths.back();
  const std::int64_t maps = r * (widths.front() + outputs - r);
  std::int64_t last = net.layers() - 1;
  while (last >= 0 && !net.has_bias(last)) --last;
  if (last < 0) return maps;
  const std::int64_t behind = *std::min_element(widths.begin() + last + 1, widths.end());
  return maps + (behind > r ? outputs : r);
}

}  // namespace

std::int64_t rank_ceiling(const ReluNet& net) {
  if (net.linear) return linear_ceiling(net);
  const std::vector<std::int64_t> widths = net.widths();
  return net.parameters() - std::accumulate(widths.begin() + 1, widths.end() - 1, std::int64_t(0));
}

}  // namespace basin::interp
