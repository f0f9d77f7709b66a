#include "interp/llc/lifted_chains.h"

#include <algorithm>

#include "autodiff/lift.h"
#include "autodiff/plan.h"
#include "autodiff/transform.h"
#include "interp/llc/row_blocks.h"

namespace basin::interp {
namespace {

constexpr std::int64_t trial_rows = 64, most_bytes = 256 << 20;  // of a program; more rows go through in blocks

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
  trace(posterior, spec.rows > 0 ? rows_ : std::min(rows_, trial_rows));
  const std::int64_t most = std::max(trial_rows, most_bytes * block_ / std::int64_t(program_->plan().bytes()));
  if (in_blocks()) trace(posterior, weights_ ? even_block(rows_, most) : rows_);
  if (in_blocks()) sums_.resize(std::size_t(spec.chains)), gradient_.resize(positions_.flat().size());
  take_data();
}

template <class T>
void LiftedChains<T>::trace(const LocalPosterior& posterior, std::int64_t block) {
  program_.reset();
  graph_ = std::make_unique<Graph>();
  block_ = block;
  Graph& graph = *graph_;
  const Ends ends = posterior.model.trace(graph, block);
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
      copies.push_back(graph.input("chains/" + name, Shape{spec_.chains} + graph[name].shape()));
    }
  const BlockLoss part = block_loss(graph, ends.loss, block, rows_);
  weights_ = part.weights;
  losses_ = lift({part.loss}, inputs, copies)[0];
  std::vector<Binding<T>> bindings = this->all_.bindings(graph);
  std::ranges::copy(positions_.bindings(graph), std::back_inserter(bindings));
  program_ = std::make_unique<Program<T>>(graph, ProgramSpec{.fetch = {losses_}, .flat = grad(sum(losses_), moving)},
                                          bindings);
}

// All rows once and for all, or where batches and blocks come from. Inputs that the loss does not need are left out.
template <class T>
void LiftedChains<T>::take_data() {
  for (const auto& [name, values] : data_) {
    const Var input = (*graph_)[own_batches() ? "chains/" + name : name];
    if (!program_->has(input)) continue;
    if (spec_.rows > 0 || in_blocks())
      sources_.push_back({program_->input(input), &values.data, values.size() / values.shape[0]});
    else
      program_->feed(input, cast<T>(values).data);
  }
}

// Rows from `first` on; behind the last stands the first of all, and counts nothing.
template <class T>
void LiftedChains<T>::feed_block(std::int64_t first) {
  row_weights<T>(program_->input(weights_), first, rows_);
  for (Source& source : sources_)
    for (std::int64_t r = 0; r < block_; ++r) {
      const std::int64_t row = first + r < rows_ ? first + r : 0;
      for (std::int64_t i = 0; i < source.length; ++i)
        source.to[std::size_t(r * source.length + i)] = T((*source.from)[std::size_t(row * source.length + i)]);
    }
}

template <class T>
void LiftedChains<T>::run() {
  if (!in_blocks()) return program_->run();
  std::ranges::fill(sums_, 0.0);
  std::ranges::fill(gradient_, T(0));
  for (std::int64_t first = 0; first < rows_; first += block_) {
    feed_block(first);
    program_->run();
    for (std::size_t c = 0; c < sums_.size(); ++c) sums_[c] += double(program_->view(losses_)[c]);
    for (std::size_t i = 0; i < gradient_.size(); ++i) gradient_[i] += program_->flat()[i];
  }
}

template <class T>
double LiftedChains<T>::loss(std::int64_t chain) const {
  return in_blocks() ? sums_[std::size_t(chain)] : double(program_->view(losses_)[std::size_t(chain)]);
}

template <class T>
std::span<const T> LiftedChains<T>::gradient() const {
  return in_blocks() ? std::span<const T>(gradient_) : program_->flat();
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
