// Chains in the lanes of packs: the model as it is, in a program whose numbers are packs. What a kernel call costs is
// shared by all chains, and its loops are vector code for the smallest of layers. Rows go through in blocks whose
// values stay in the nearest caches.
#pragma once
#include "autodiff/program.h"
#include "interp/llc/chain_program.h"

namespace basin::interp {

template <class T>
class LaneChains final : public ChainProgram<T> {
 public:
  // UsageError for more chains than lanes.
  LaneChains(const LocalPosterior& posterior, const ChainProgramSpec& spec);

  std::span<T> positions() override { return scalars(positions_.span()); }
  void feed_rows(std::int64_t chain, std::span<const std::int64_t> rows) override;
  void run() override;
  double loss(std::int64_t chain) const override { return losses_[std::size_t(chain)]; }
  std::span<const T> gradient() const override { return scalars(gradient_.span()); }

 private:
  static constexpr std::int64_t lanes = Pack<T>::lanes;
  struct Source {
    std::span<Pack<T>> to;  // a block
    std::vector<T> from;    // all rows
    std::int64_t length;    // of a row
  };

  void trace(const LocalPosterior& posterior, std::int64_t block);
  std::vector<Binding<Pack<T>>> bindings();
  void take_data();
  void feed_block(std::int64_t first);
  void feed_own_rows(Source& source, std::int64_t first);
  void add_block();

  using ChainProgram<T>::spec_;
  using ChainProgram<T>::rows_;
  using ChainProgram<T>::data_;
  using ChainProgram<T>::center_;
  using ChainProgram<T>::all_;
  std::unique_ptr<Graph> graph_;
  Slab<Pack<T>> positions_, fixed_, gradient_;  // fixed_: all parameters, as in all_
  std::unique_ptr<Program<Pack<T>>> program_;
  std::int64_t block_ = 0;  // rows of a run of the program
  Var loss_, weights_;      // weights_ of rows, 0 behind the last; none if all rows are one block
  std::span<Pack<T>> weight_of_row_;
  std::vector<Source> sources_;
  std::vector<std::vector<std::int64_t>> batches_;  // rows, by chain or for all
  std::array<double, std::size_t(lanes)> losses_{};
};

}  // namespace basin::interp
