#include "interp/llc/chain_program.h"

#include <fmt/format.h>

#include <algorithm>

#include "autodiff/lift.h"
#include "autodiff/ops.h"
#include "autodiff/transform.h"

namespace basin::interp {
namespace {

Shape with_copies(std::int64_t copies, const Shape& own) {
  std::vector<std::int64_t> axes{copies};
  for (int i = 0; i < own.rank(); ++i) axes.push_back(own[i]);
  return Shape(std::span<const std::int64_t>(axes));
}

std::vector<ParameterInfo> free_infos(const LocalPosterior& posterior) {
  std::vector<ParameterInfo> infos;
  for (const auto& slice : posterior.model.parameters.slices())
    if (posterior.moves(slice.name)) infos.push_back(slice);
  return infos;
}

std::vector<ParameterInfo> copied(std::vector<ParameterInfo> infos, std::int64_t copies) {
  for (ParameterInfo& info : infos) {
    info.name = "chains/" + info.name;
    info.shape = with_copies(copies, info.shape);
  }
  return infos;
}

}  // namespace

template <class T>
ChainProgram<T>::ChainProgram(const LocalPosterior& posterior, std::int64_t chains, std::int64_t rows, bool share)
    : chains_(chains),
      rows_(rows > 0 || posterior.data.empty() ? std::max<std::int64_t>(rows, 1) : rows_of(posterior.data, "chains")),
      all_(cast<T>(posterior.model.parameters)),
      center_(free_infos(posterior)),
      positions_(copied(free_infos(posterior), chains)),
      data_(posterior.data) {
  posterior.validate();
  Graph& graph = *graph_;
  const Ends ends = posterior.model.trace(graph, rows_);
  if (!ends.loss) throw UsageError("chains: the model has no loss");
  start_at_center();
  std::vector<Var> inputs, copies;
  for (std::size_t s = 0; s < center_.slices().size(); ++s) {
    const auto& all = positions_.slices()[s];
    inputs.push_back(graph[center_.slices()[s].name]);
    copies.push_back(graph.input(all.name, all.shape));
  }
  const std::vector<Var> moving = copies;
  if (rows > 0 && !share)
    for (const auto& [name, values] : data_) {
      inputs.push_back(graph[name]);
      copies.push_back(graph.input("chains/" + name, with_copies(chains, graph[name].shape())));
    }
  losses_ = lift({ends.loss.shape().rank() == 0 ? ends.loss : mean(ends.loss)}, inputs, copies)[0];
  std::vector<Binding<T>> bindings = all_.bindings(graph);
  std::ranges::copy(positions_.bindings(graph), std::back_inserter(bindings));
  program_ = std::make_unique<Program<T>>(graph, ProgramSpec{.fetch = {losses_}, .flat = grad(sum(losses_), moving)},
                                          bindings);
  take_data(rows > 0, share);
}

template <class T>
void ChainProgram<T>::start_at_center() {
  for (std::size_t s = 0; s < center_.slices().size(); ++s) {
    const auto& own = center_.slices()[s];
    std::ranges::copy(all_[own.name], center_[own.name].begin());
    for (std::int64_t c = 0; c < chains_; ++c)
      std::ranges::copy(all_[own.name], positions_[positions_.slices()[s].name].begin() + c * own.size);
  }
}

// All rows once and for all, or where batches come from. Inputs that the loss does not need are left out.
template <class T>
void ChainProgram<T>::take_data(bool in_batches, bool share) {
  for (const auto& [name, values] : data_) {
    const Var input = (*graph_)[in_batches && !share ? "chains/" + name : name];
    if (!program_->has(input)) continue;
    if (in_batches)
      sources_.push_back({program_->input(input), &values.data, values.size() / values.shape[0]});
    else
      program_->feed(input, cast<T>(values).data);
  }
}

template <class T>
void ChainProgram<T>::feed_rows(std::int64_t chain, std::span<const std::int64_t> rows) {
  for (Source& source : sources_) {
    T* to = source.to.data() + chain * rows_ * source.length;
    for (const std::int64_t row : rows)
      for (std::int64_t i = 0; i < source.length; ++i) *to++ = T((*source.from)[row * source.length + i]);
  }
}

template class ChainProgram<float>;
template class ChainProgram<double>;

}  // namespace basin::interp
