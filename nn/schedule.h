// Learning-rate schedules: a pure function of the step, so that a resumed run needs no state.
#pragma once
#include <cstdint>
#include <string_view>

namespace basin::nn {

enum class Decay { constant, cosine };

Decay decay_from(std::string_view name);  // UsageError listing the names

struct Schedule {
  double rate = 1e-3;        // the highest rate
  std::int64_t warm_up = 0;  // steps of linear rise: step i < warm_up has rate (i + 1) / warm_up
  Decay decay = Decay::constant;
  std::int64_t steps = 0;  // cosine: the step at which `final_rate` is reached
  double final_rate = 0;

  double at(std::int64_t step) const;  // step counts from 0
  void validate() const;               // UsageError for a value outside its range
};

}  // namespace basin::nn
