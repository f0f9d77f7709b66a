// Chains as lifted copies of the parameters, in front: BLAS does their products. Where all rows take more memory than
// is good, they go through in blocks.
#pragma once
#include "autodiff/program.h"
#include "interp/llc/chain_program.h"

namespace basin::interp {

template <class T>
class LiftedChains final : public ChainProgram<T> {
 public:
  LiftedChains(const LocalPosterior& posterior, const ChainProgramSpec& spec);

  std::span<T> positions() override { return positions_.flat(); }
  void feed_rows(std::int64_t chain, std::span<const std::int64_t> rows) override;
  void run() override;
  double loss(std::int64_t chain) const override;
  std::span<const T> gradient() const override;

 private:
  struct Source {
    std::span<T> to;  // [chains, rows, …], or [rows, …] for all
    const std::vector<double>* from;
    std::int64_t length;  // of a row
  };

  bool own_batches() const { return spec_.rows > 0 && !spec_.share_batches; }
  bool in_blocks() const { return block_ < rows_; }
  void trace(const LocalPosterior& posterior, std::int64_t block);
  void take_data();
  void feed_block(std::int64_t first);

  using ChainProgram<T>::spec_;
  using ChainProgram<T>::rows_;
  using ChainProgram<T>::data_;
  std::unique_ptr<Graph> graph_;
  std::int64_t block_ = 0;   // rows of a run of the program
  Parameters<T> positions_;  // slices [chains, own shape]
  std::vector<Source> sources_;
  Var losses_, weights_;
  std::vector<double> sums_;  // over blocks: losses by chain
  std::vector<T> gradient_;   // and gradients
  std::unique_ptr<Program<T>> program_;
};

}  // namespace basin::interp
