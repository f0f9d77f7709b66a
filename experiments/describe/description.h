// What a file of tensors holds, as text for a terminal and as JSON.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "autodiff/named_values.h"
#include "core/tensor_summary.h"
#include "experiments/report/table.h"

namespace basin::experiments {

struct NamedValues {
  std::string from;  // what the network was rebuilt from
  std::vector<NamedValue> values;
};

struct Description {
  std::string path;
  FileSummary file;
  std::optional<NamedValues> network{};
};

// Leaves only what a pattern (core/names.h) fits. NameError with the nearest name if that is nothing.
void keep_matching(Description& description, const std::string& glob);

// `depth` is how many levels of names are shown; deeper ones are only in the totals. 0: all.
std::string description_text(const Description& description, std::int64_t depth);
report::Json description_json(const Description& description, std::int64_t depth);

}  // namespace basin::experiments
