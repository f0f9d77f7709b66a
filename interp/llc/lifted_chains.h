// Chains as lifted copies of the parameters, in front: BLAS does their products.
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
  void run() override { program_->run(); }
  double loss(std::int64_t chain) const override { return double(program_->view(losses_)[std::size_t(chain)]); }
  std::span<const T> gradient() const override { return program_->flat(); }

 private:
  struct Source {
    std::span<T> to;  // [chains, rows, …], or [rows, …] for all
    const std::vector<double>* from;
    std::int64_t length;  // of a row
  };

  bool own_batches() const { return spec_.rows > 0 && !spec_.share_batches; }
  void take_data();

  using ChainProgram<T>::spec_;
  using ChainProgram<T>::rows_;
  using ChainProgram<T>::data_;
  std::unique_ptr<Graph> graph_ = std::make_unique<Graph>();
  Parameters<T> positions_;  // slices [chains, own shape]
  std::vector<Source> sources_;
  Var losses_;
  std::unique_ptr<Program<T>> program_;
};

}  // namespace basin::interp
