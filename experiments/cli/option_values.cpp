#include "experiments/cli/option_values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace basin::experiments {
namespace {

std::string without_blanks(std::string_view text) {  // at its ends
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(' ') + 1 - first));
}

std::vector<std::string> items(std::string_view text) {
  std::vector<std::string> all;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    all.push_back(without_blanks(text.substr(0, comma)));
    if (comma == text.size() - 1) all.emplace_back();  // something should follow
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return all;
}

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <class T>
std::vector<T> values(const std::string& text) {
  std::vector<T> all;
  for (const std::string& item : items(text)) all.push_back(parse_number<T>(item).value());
  return all;
}

template <class T>
bool in_range(const OptionSpec& spec, const std::string& text) {
  const std::optional<T> value = parse_number<T>(text);
  return value && std::isfinite(double(*value)) && double(*value) >= spec.min && double(*value) <= spec.max;
}

bool printable(const std::string& text) {
  return std::ranges::none_of(text, [](unsigned char c) { return c < 32 || c == 127; });
}

std::string range(const OptionSpec& spec, double lowest, double highest) {
  if (spec.min > lowest && spec.max < highest) return fmt::format(" from {} to {}", spec.min, spec.max);
  if (spec.min > lowest) return fmt::format(" of at least {}", spec.min);
  return spec.max < highest ? fmt::format(" of at most {}", spec.max) : std::string();
}

}  // namespace

bool acceptable(const OptionSpec& spec, const std::string& text) {
  const auto each = [&](auto fits) { return std::ranges::all_of(items(text), fits); };
  switch (spec.kind) {
    case OptionKind::integer: return in_range<std::int64_t>(spec, text);
    case OptionKind::number: return in_range<double>(spec, text);
    case OptionKind::integers: return each([&](const auto& item) { return in_range<std::int64_t>(spec, item); });
    case OptionKind::numbers: return each([&](const auto& item) { return in_range<double>(spec, item); });
    case OptionKind::words: return each([](const auto& item) { return !item.empty() && printable(item); });
    case OptionKind::flag: return text == "true" || text == "false";
    case OptionKind::choice: return std::ranges::find(spec.choices, text) != spec.choices.end();
    case OptionKind::text: return printable(text);
  }
  return false;
}

std::string wanted_value(const OptionSpec& spec) {
  const std::string whole = range(spec, Options::int_min, Options::int_max);
  const std::string real = range(spec, -Options::no_limit, Options::no_limit);
  switch (spec.kind) {
    case OptionKind::integer: return "an integer" + whole;
    case OptionKind::integers: return "integers separated by commas, each" + whole;
    case OptionKind::number: return "a number" + real;
    case OptionKind::numbers: return "numbers separated by commas, each" + real;
    case OptionKind::words: return "words separated by commas, none of them empty";
    case OptionKind::flag: return "true or false";
    case OptionKind::choice: return fmt::format("one of {}", fmt::join(spec.choices, ", "));
    case OptionKind::text: return "text without control characters";
  }
  return {};
}

std::string canonical(const OptionSpec& spec, const std::string& text) {
  switch (spec.kind) {
    case OptionKind::integer:
    case OptionKind::integers: return fmt::format("{}", fmt::join(values<std::int64_t>(text), ","));
    case OptionKind::number:
    case OptionKind::numbers: {
      std::vector<double> all = values<double>(text);
      for (double& value : all) value += 0.0;  // -0 is 0
      return fmt::format("{}", fmt::join(all, ","));
    }
    case OptionKind::words: return fmt::format("{}", fmt::join(items(text), ","));
    default: return text;
  }
}

bool is_list(const OptionSpec& spec) {
  return spec.kind == OptionKind::integers || spec.kind == OptionKind::numbers || spec.kind == OptionKind::words;
}

std::vector<std::int64_t> integers_in(const OptionSpec& spec) { return values<std::int64_t>(spec.value); }
std::vector<double> numbers_in(const OptionSpec& spec) { return values<double>(spec.value); }
std::vector<std::string> words_in(const OptionSpec& spec) { return items(spec.value); }

}  // namespace basin::experiments
