// What interventions are called in files and options.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "core/file.h"
#include "interp/look/interventions.h"

namespace basin::interp {
namespace {

constexpr std::array<std::string_view, 7> put_names{"zero", "mean", "resample", "patch", "numbers", "scale", "add"};

}  // namespace

Put put_from(std::string_view name) {
  for (std::size_t i = 0; i < put_names.size(); ++i)
    if (put_names[i] == name) return Put(i);
  throw UsageError(fmt::format("{} given; wanted one of {}", excerpt(name), fmt::join(put_names, ", ")));
}

std::string_view name_of(Put put) { return put_names[std::size_t(put)]; }

}  // namespace basin::interp
