// The named values of a model and what a program may do with each (autodiff/program.h): all can be fetched.
//   for (const NamedValue& v : named_values(model)) … v.name, v.shape "[n,12,64]" …
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "autodiff/model.h"

namespace basin {

enum class ValueRole {
  input,      // must be fed
  parameter,  // bound to Parameters, or fed
  inner,      // computed, and may be fed instead: what lies behind it then follows from what was fed
  end,        // computed, and nothing depends on it: it can only be fetched
};
std::string_view name_of(ValueRole role);

struct NamedValue {
  std::string name, shape;  // for n rows: "[n,32]"; "[4n+1]" if the rows are in a longer axis
  ValueRole role;
};

// In the order in which they are computed. Errors are those of the model's trace.
std::vector<NamedValue> named_values(const Model& model);

}  // namespace basin
