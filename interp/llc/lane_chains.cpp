#include "interp/llc/lane_chains.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "autodiff/plan.h"
#include "autodiff/transform.h"
#include "interp/llc/row_blocks.h"

namespace basin::interp {
namespace {

constexpr std::int64_t fewest_rows = 16, cached_bytes = 48 << 10;  // of a block

// The same number for each lane.
template <class T>
void spread(std::span<const T> from, Pack<T>* to) {
  for (const T v : from) *to++ = v;
}

}  // namespace

template <class T>
LaneChains<T>::LaneChains(const LocalPosterior& posterior, const ChainProgramSpec& spec)
    : ChainProgram<T>(posterior, spec),
      positions_(std::size_t(center_.size())),
      fixed_(std::size_t(all_.size())),
      gradient_(std::size_t(center_.size())) {
  if (spec.chains > lanes) throw UsageError(fmt::format("chains: {} of them in {} lanes", spec.chains, lanes));
  spread<T>(center_.flat(), positions_.data());
  spread<T>(all_.flat(), fixed_.data());
  trace(posterior, std::min(rows_, fewest_rows));
  const std::int64_t of_row = std::max<std::int64_t>(1, std::int64_t(program_->plan().bytes()) / block_);
  const std::int64_t most = std::max(fewest_rows, cached_bytes / of_row);
  const bool by_row = weights_ || block_ == rows_;  // else the loss is a number that cannot be had block by block
  trace(posterior, by_row ? even_block(rows_, most) : rows_);
  take_data();
}

template <class T>
void LaneChains<T>::trace(const LocalPosterior& posterior, std::int64_t block) {
  program_.reset();
  graph_ = std::make_unique<Graph>();
  block_ = block;
  const Ends ends = posterior.model.trace(*graph_, block);
  if (!ends.loss) throw UsageError("chains: the model has no loss");
  const BlockLoss part = block_loss(*graph_, ends.loss, block, rows_);
  loss_ = part.loss, weights_ = part.weights;
  std::vector<Var> moving;
  for (const auto& slice : center_.slices()) moving.push_back((*graph_)[slice.name]);
  program_ = std::make_unique<Program<Pack<T>>>(*graph_, ProgramSpec{.fetch = {loss_}, .flat = grad(loss_, moving)},
                                                bindings());
}

// Those of all parameters, and then of those that move: the later one holds.
template <class T>
std::vector<Binding<Pack<T>>> LaneChains<T>::bindings() {
  std::vector<Binding<Pack<T>>> packs;
  const auto bind = [&](Parameters<T>& numbers, Slab<Pack<T>>& to) {
    for (const Binding<T>& b : numbers.bindings(*graph_))
      packs.push_back({b.var, to.data() + (b.data - numbers.flat().data())});
  };
  bind(all_, fixed_);
  bind(center_, positions_);
  return packs;
}

template <class T>
void LaneChains<T>::take_data() {
  for (const auto& [name, values] : data_) {
    const Var input = (*graph_)[name];
    if (program_->has(input))
      sources_.push_back({program_->input(input), cast<T>(values).data, values.size() / values.shape[0]});
  }
  if (weights_) weight_of_row_ = program_->input(weights_);
  batches_.resize(spec_.rows > 0 && !spec_.share_batches ? std::size_t(spec_.chains) : 1);
  for (auto& batch : batches_) batch.resize(std::size_t(rows_));
  if (spec_.rows == 0) std::iota(batches_[0].begin(), batches_[0].end(), 0);
  if (block_ == rows_) feed_block(0);
}

template <class T>
void LaneChains<T>::feed_rows(std::int64_t chain, std::span<const std::int64_t> rows) {
  std::ranges::copy(rows, batches_[std::size_t(chain)].begin());
}

// Rows from `first` on; behind the last stands the first again, and counts nothing.
template <class T>
void LaneChains<T>::feed_block(std::int64_t first) {
  const std::int64_t there = std::min(block_, rows_ - first);
  row_weights<T>(weight_of_row_, first, rows_);
  for (Source& source : sources_) {
    if (batches_.size() > 1) {
      feed_own_rows(source, first);
      continue;
    }
    for (std::int64_t r = 0; r < block_; ++r) {
      const std::int64_t row = batches_[0][std::size_t(r < there ? first + r : 0)];
      spread(std::span(std::as_const(source.from)).subspan(row * source.length, source.length),
             source.to.data() + r * source.length);
    }
  }
}

template <class T>
void LaneChains<T>::feed_own_rows(Source& source, std::int64_t first) {
  const std::int64_t there = std::min(block_, rows_ - first), length = source.length;
  for (std::size_t c = 0; c < batches_.size(); ++c)
    for (std::int64_t r = 0; r < block_; ++r) {
      const T* from = source.from.data() + batches_[c][std::size_t(r < there ? first + r : 0)] * length;
      for (std::int64_t i = 0; i < length; ++i) source.to[std::size_t(r * length + i)].lane[c] = from[i];
    }
}

template <class T>
void LaneChains<T>::run() {
  losses_.fill(0);
  std::ranges::fill(scalars(gradient_.span()), T(0));
  for (std::int64_t first = 0; first < rows_; first += block_) {
    if (spec_.rows > 0 || block_ < rows_) feed_block(first);
    program_->run();
    add_block();
  }
}

template <class T>
void LaneChains<T>::add_block() {
  const T* loss = scalars(program_->view(loss_).data());
  for (std::size_t l = 0; l < losses_.size(); ++l) losses_[l] += double(loss[l]);
  const std::span<const T> part = scalars(program_->flat());
  const std::span<T> all = scalars(gradient_.span());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] += part[i];
}

template class LaneChains<float>;
template class LaneChains<double>;

}  // namespace basin::interp
