#include "experiments/cli/shard.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <optional>

#include "core/error.h"

namespace basin::experiments {
namespace {

constexpr std::int64_t most_shards = 10'000'000;

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// The two numbers beside a separator, if they make sense.
std::optional<Shard> two_numbers(std::string_view text, std::string_view separator) {
  const std::size_t at = text.find(separator);
  if (at == text.npos) return std::nullopt;
  const auto number = whole_number(text.substr(0, at)), count = whole_number(text.substr(at + separator.size()));
  if (!number || !count || *number < 1 || *number > *count || *count > most_shards) return std::nullopt;
  return Shard{*number, *count};
}

std::int64_t of_slurm(const char* name, std::int64_t otherwise) {
  const char* text = std::getenv(name);
  if (!text) return otherwise;
  const auto number = whole_number(text);
  if (!number)
    throw UsageError(fmt::format("{}: '{}' given, wanted a number; help: --shard I/N says it instead", name, text));
  return *number;
}

Shard of_array() {
  if (!std::getenv("SLURM_ARRAY_TASK_ID") || !std::getenv("SLURM_ARRAY_TASK_COUNT")) return {};
  const std::int64_t id = of_slurm("SLURM_ARRAY_TASK_ID", 0), count = of_slurm("SLURM_ARRAY_TASK_COUNT", 1);
  const std::int64_t first = of_slurm("SLURM_ARRAY_TASK_MIN", 0), step = of_slurm("SLURM_ARRAY_TASK_STEP", 1);
  const std::int64_t last = of_slurm("SLURM_ARRAY_TASK_MAX", first + (count - 1) * step);
  const std::int64_t at = step > 0 ? (id - first) / step : -1;
  if (step < 1 || id < first || (id - first) % step != 0 || at >= count || (last - first) / step + 1 != count)
    throw UsageError(
        fmt::format("the job array has gaps: task {} of {} from {} to {} in steps of {}, so its tasks are no "
                    "numbered shards; help: send the whole array, or give --shard I/N",
                    id, count, first, last, step));
  return {.number = at + 1, .count = count, .from_array = true};
}

}  // namespace

std::string Shard::name() const { return fmt::format("{}-of-{}", number, count); }

Shard shard_from(const std::string& text) {
  if (text == "auto") return of_array();
  if (text == "merge") return {.merging = true};
  if (const auto shard = two_numbers(text, "/")) return *shard;
  throw UsageError(
      fmt::format("--shard: '{}' given; wanted I/N with I from 1 to N, such as 3/8; auto; or merge", text));
}

Shard shard_named(const std::string& name) {
  const auto shard = two_numbers(name, "-of-");
  if (!shard || shard->name() != name)
    throw DataError(fmt::format("'{}' is no shard; wanted a name like 3-of-8", name));
  return *shard;
}

}  // namespace basin::experiments
