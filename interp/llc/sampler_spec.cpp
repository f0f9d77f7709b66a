#include "interp/llc/sampler_spec.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "core/error.h"

namespace basin::interp {
namespace {

using Named = std::pair<const char*, SamplerKind>;
constexpr std::array<Named, 6> kinds{Named{"sgld", SamplerKind::sgld}, {"psgld", SamplerKind::preconditioned_sgld},
                                     {"sgnht", SamplerKind::sgnht},    {"mala", SamplerKind::mala},
                                     {"hmc", SamplerKind::hmc},        {"tempering", SamplerKind::tempering}};

}  // namespace

SamplerKind sampler_from(std::string_view name) {
  for (const auto& [known, kind] : kinds)
    if (name == known) return kind;
  throw UsageError(fmt::format("sampler '{}' is not known; wanted sgld, psgld, sgnht, mala, hmc or tempering", name));
}

std::string name_of(SamplerKind kind) {
  for (const auto& [name, known] : kinds)
    if (kind == known) return name;
  return "?";
}

void validate(const SamplerSpec& s) {
  if (!(s.step >= 0) || s.leapfrogs < 1 || s.batch < 0)
    throw UsageError(fmt::format("sampler: a step of {}, {} leapfrog steps, batches of {}; wanted 0, 1 and 0 or more",
                                 s.step, s.leapfrogs, s.batch));
  if (s.rejects() && s.batch > 0)
    throw UsageError(
        fmt::format("sampler: {} accepts on all data; help: sgld and sgnht take batches, or leave the "
                    "batch out",
                    name_of(s.kind)));
  if (!(s.friction > 0)) throw UsageError(fmt::format("sampler: a friction of {}; wanted more than 0", s.friction));
  if (s.temperatures < 2 || !(s.hottest > 0 && s.hottest < 1))
    throw UsageError(fmt::format("sampler: {} temperatures to {} nβ; wanted 2 or more, and a share between 0 and 1",
                                 s.temperatures, s.hottest));
}

}  // namespace basin::interp
