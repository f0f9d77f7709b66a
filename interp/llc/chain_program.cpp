#include "interp/llc/chain_program.h"

#include <algorithm>

#include "interp/llc/lane_chains.h"
#include "interp/llc/lifted_chains.h"

namespace basin::interp {
namespace {

std::vector<ParameterInfo> free_infos(const LocalPosterior& posterior) {
  std::vector<ParameterInfo> infos;
  for (const auto& slice : posterior.model.parameters.slices())
    if (posterior.moves(slice.name)) infos.push_back(slice);
  return infos;
}

}  // namespace

// Measured with AVX-512 on MLPs of 32 and 200 rows, 16 chains in float and 8 in double: lanes are 6 times as fast at 18
// parameters, 2 to 4 times at 66, 1.4 to 2 at 500, and in double level with BLAS at 1,000. Fewer chains leave lanes
// idle.
bool lanes_pay(const LocalPosterior& posterior) { return posterior.model.parameters.size() <= 500; }

template <class T>
ChainProgram<T>::ChainProgram(const LocalPosterior& posterior, const ChainProgramSpec& spec)
    : spec_(spec),
      rows_(spec.rows > 0 || posterior.data.empty() ? std::max<std::int64_t>(spec.rows, 1)
                                                    : rows_of(posterior.data, "chains")),
      all_(cast<T>(posterior.model.parameters)),
      center_(free_infos(posterior)),
      layout_(center_, spec.chains, spec.in_lanes),
      data_(posterior.data) {
  posterior.validate();
  for (const auto& slice : center_.slices()) std::ranges::copy(all_[slice.name], center_[slice.name].begin());
}

template <class T>
std::unique_ptr<ChainProgram<T>> ChainProgram<T>::make(const LocalPosterior& posterior, const ChainProgramSpec& spec) {
  if (spec.in_lanes) return std::make_unique<LaneChains<T>>(posterior, spec);
  return std::make_unique<LiftedChains<T>>(posterior, spec);
}

template <class T>
void ChainProgram<T>::move(std::int64_t chain, std::span<const T> to) {
  layout_.for_chain(chain, [&, w = positions()](std::size_t at, std::size_t own) { w[at] = to[own]; });
}

template class ChainProgram<float>;
template class ChainProgram<double>;

}  // namespace basin::interp
