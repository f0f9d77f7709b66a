// Interventions: what is put in the place of values while a model runs. They are values themselves, which can be named,
// kept and combined; a model with interventions is a model again, whose names mean the values as they are then, so that
// everything that looks at models looks at it too (docs/theory.md §5.9).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "interp/look/site.h"
#include "interp/sweep/sweep.h"

namespace basin::interp {

enum class Put {
  zero,
  mean,      // of the value over the data, in the model without interventions
  resample,  // the value of another row of the data, in the model without interventions
  patch,     // the value of the same row of other data, in the model without interventions
  numbers,   // that are given
  scale,     // the value itself times a factor
  add        // the value itself plus a factor times numbers: steering
};
Put put_from(std::string_view name);  // UsageError listing the names
std::string_view name_of(Put put);

struct Intervention {
  std::string label{};
  Site site{};
  Put put = Put::zero;
  // Of numbers and add: one for all, or as many as the region or the value has behind the rows, or as its last axis
  // (such as a direction).
  Tensor<double> numbers{};
  double factor = 1;  // of scale and add
  std::uint64_t seed =
      0;  // of resample: rows are paired alike by equal seeds (other_rows, interp/look/site_ablation.h)
};

struct Intervened {
  ModelPoint model{};
  Inputs data{};  // with what resample and patch run on: inputs that are named resample N/NAME and patch/NAME
};

// The model and the data with all interventions at once. They meet in the order of computation: one behind another sees
// what that one did; several at one value are put in one after the other, in the order given. `source` is what patch
// takes values from. The given model and data stay as they are, and nothing is shared with other calls. Errors of
// placed; NameError for a site on which neither output nor loss depends; ShapeError for numbers that do not fit;
// DataError for patch without source or with other numbers of rows; UsageError for resampling one row.
Intervened with_interventions(const ModelPoint& model, const Inputs& data,
                              const std::vector<Intervention>& interventions, const Inputs* source = nullptr,
                              const SweepOptions& options = {});

}  // namespace basin::interp
