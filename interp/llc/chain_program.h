// The mean losses of several chains, and their gradients, in one program: the model lifted over copies of the
// parameters that move (autodiff/lift.h, docs/theory.md §6.4).
#pragma once
#include <memory>

#include "autodiff/program.h"
#include "interp/llc/local_posterior.h"

namespace basin::interp {

template <class T>
class ChainProgram {
 public:
  // For runs on `rows` rows of the data, a batch of its own for each chain unless they share it, or on all of them if
  // `rows` is 0. The chains start at w*. Errors of tracing and of LocalPosterior::validate.
  ChainProgram(const LocalPosterior& posterior, std::int64_t chains, std::int64_t rows = 0, bool share = false);

  std::int64_t chains() const { return chains_; }
  std::int64_t dimension() const { return center_.size(); }  // of one chain
  std::int64_t rows() const { return rows_; }                // of a run

  Parameters<T>& positions() { return positions_; }  // slices [chains, own shape]
  const Parameters<T>& positions() const { return positions_; }
  const Parameters<T>& center() const { return center_; }  // the same slices, [own shape]: w*
  // Of one chain: body(offset into positions().flat(), offset into center().flat(), length) for each slice.
  template <class Body>
  void for_slices(std::int64_t chain, const Body& body) const {
    for (std::size_t s = 0; s < center_.slices().size(); ++s) {
      const auto& own = center_.slices()[s];
      body(std::size_t(positions_.slices()[s].offset + chain * own.size), std::size_t(own.offset),
           std::size_t(own.size));
    }
  }

  // The rows of a chain's next run, or of all chains' where they share them; for programs that run on batches.
  void feed_rows(std::int64_t chain, std::span<const std::int64_t> rows);
  void run() { program_->run(); }
  std::span<const T> losses() const { return program_->view(losses_); }  // [chains]
  std::span<const T> gradient() const { return program_->flat(); }       // as positions().flat()

 private:
  struct Source {
    std::span<T> to;  // [chains, rows, …]
    const std::vector<double>* from;
    std::int64_t length;  // of a row
  };

  void start_at_center();
  void take_data(bool in_batches, bool share);

  std::int64_t chains_, rows_;
  std::unique_ptr<Graph> graph_ = std::make_unique<Graph>();
  Parameters<T> all_, center_, positions_;
  Inputs data_;
  std::vector<Source> sources_;
  Var losses_;
  std::unique_ptr<Program<T>> program_;
};

}  // namespace basin::interp
