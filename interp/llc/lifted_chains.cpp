#include "interp/llc/lifted_chains.h"

#include <algorithm>

#include "autodiff/lift.h"
#include "autodiff/ops.h"
#include "autodiff/transform.h"

namespace basin::interp {
namespace {

template <class T>
Parameters<T> copied(const Parameters<T>& one, std::int64_t copies) {
  std::vector<ParameterInfo> infos(one.slices().begin(), one.slices().end());
  for (ParameterInfo& info : infos) {
    info.name = "chains/" + info.name;
    info.shape = Shape{copies} + info.shape;
  }
  return Parameters<T>(infos);
}

}  // namespace

template <class T>
LiftedChains<T>::LiftedChains(const LocalPosterior& posterior, const ChainProgramSpec& spec)
    : ChainProgram<T>(posterior, spec), positions_(copied(this->center_, spec.chains)) {
  for (std::int64_t c = 0; c < spec.chains; ++c) this->move(c, this->center_.flat());
  Graph& graph = *graph_;
  const Ends ends = posterior.model.trace(graph, rows_);
  if (!ends.loss) throw UsageError("chains: the model has no loss");
  std::vector<Var> inputs, copies;
  for (std::size_t s = 0; s < positions_.slices().size(); ++s) {
    const auto& all = positions_.slices()[s];
    inputs.push_back(graph[this->center_.slices()[s].name]);
    copies.push_back(graph.input(all.name, all.shape));
  }
  const std::vector<Var> moving = copies;
  if (own_batches())
    for (const auto& [name, values] : data_) {
      inputs.push_back(graph[name]);
      copies.push_back(graph.input("chains/" + name, Shape{spec.chains} + graph[name].shape()));
    }
  losses_ = lift({ends.loss.shape().rank() == 0 ? ends.loss : mean(ends.loss)}, inputs, copies)[0];
  std::vector<Binding<T>> bindings = this->all_.bindings(graph);
  std::ranges::copy(positions_.bindings(graph), std::back_inserter(bindings));
  program_ = std::make_unique<Program<T>>(graph, ProgramSpec{.fetch = {losses_}, .flat = grad(sum(losses_), moving)},
                                          bindings);
  take_data();
}

// All rows once and for all, or where batches come from. Inputs that the loss does not need are left out.
template <class T>
void LiftedChains<T>::take_data() {
  for (const auto& [name, values] : data_) {
    const Var input = (*graph_)[own_batches() ? "chains/" + name : name];
    if (!program_->has(input)) continue;
    if (spec_.rows > 0)
      sources_.push_back({program_->input(input), &values.data, values.size() / values.shape[0]});
    else
      program_->feed(input, cast<T>(values).data);
  }
}

template <class T>
void LiftedChains<T>::feed_rows(std::int64_t chain, std::span<const std::int64_t> rows) {
  for (Source& source : sources_) {
    T* to = source.to.data() + chain * rows_ * source.length;
    for (const std::int64_t row : rows)
      for (std::int64_t i = 0; i < source.length; ++i) *to++ = T((*source.from)[row * source.length + i]);
  }
}

template class LiftedChains<float>;
template class LiftedChains<double>;

}  // namespace basin::interp
