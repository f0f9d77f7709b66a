// Everything that a sampler remembers from one step to the next, as a list of numbers: so that chains can go on from a
// file. What a sampler is made of it names once, in its `visit`; the state writes it down, or puts it back.
#pragma once
#include <span>
#include <vector>

#include "core/error.h"
#include "core/rng.h"

namespace basin::interp {

class ChainState {
 public:
  ChainState() = default;  // to be filled
  explicit ChainState(std::vector<double> numbers) : numbers_(std::move(numbers)), loading_(true) {}

  bool loading() const { return loading_; }
  const std::vector<double>& numbers() const { return numbers_; }

  template <class U>
  void visit(U& number) {
    if (loading_) {
      if (at_ == numbers_.size()) throw DataError("chains: the saved state ends too early; help: begin anew");
      number = U(numbers_[at_++]);
    } else {
      numbers_.push_back(double(number));
    }
  }
  template <class U>
  void visit(std::span<U> numbers) {
    for (U& number : numbers) visit(number);
  }
  void visit(Rng& rng) {
    RngState state = rng.state();
    for (std::uint64_t* word : {&state.seed, &state.stream, &state.drawn}) {
      std::uint32_t low = std::uint32_t(*word), high = std::uint32_t(*word >> 32);  // each a double holds exactly
      visit(low), visit(high);
      *word = std::uint64_t(high) << 32 | low;
    }
    if (loading_) rng = Rng(state);
  }
  // DataError if numbers are left that nothing asked for.
  void finish() const {
    if (loading_ && at_ != numbers_.size())
      throw DataError("chains: the saved state is of other chains; help: begin anew");
  }

 private:
  std::vector<double> numbers_{};
  std::size_t at_ = 0;
  bool loading_ = false;
};

}  // namespace basin::interp
