// Config files: the same keys as the options, at top level.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "core/file.h"
#include "core/legible.h"
#include "experiments/cli/command_name.h"
#include "experiments/cli/option_values.h"

namespace basin::experiments {
namespace {

std::string place(const std::string& path, const toml::source_region& source) {
  return fmt::format("{}:{}:{}", path, source.begin.line, source.begin.column);
}

std::string literal(const toml::node& node) {
  std::ostringstream out;
  out << toml::node_view<const toml::node>(node);
  return out.str();
}

std::string said(const toml::node& node) {  // TOML has quotes of its own
  const std::string quoted = excerpt(literal(node));
  return quoted.substr(1, quoted.size() - 2);
}

std::string in_quotes(const std::string& text) { return literal(toml::value<std::string>(text)); }

// The items as the command line would have them, if all are of the kind; a whole number is a number too.
std::optional<std::string> list(const toml::node& node, OptionKind kind) {
  if (!node.is_array()) return std::nullopt;
  std::string text;
  for (const toml::node& item : *node.as_array()) {
    const bool fits = kind == OptionKind::integers  ? item.is_integer()
                      : kind == OptionKind::numbers ? item.is_number()
                                                    : item.is_string();
    if (!fits) return std::nullopt;
    text += (text.empty() ? "" : ",") + (item.is_string() ? **item.as_string() : literal(item));
  }
  return text;
}

// The value as the command line would have it; nullopt when it is of another TOML type than the key.
std::optional<std::string> as_text(const OptionSpec& spec, const toml::node& node) {
  switch (spec.kind) {
    case OptionKind::integer: return node.is_integer() ? std::optional(literal(node)) : std::nullopt;
    case OptionKind::number:
      if (!node.is_number()) return std::nullopt;
      return fmt::format("{}", node.value<double>().value());
    case OptionKind::flag: return node.is_boolean() ? std::optional(literal(node)) : std::nullopt;
    case OptionKind::integers:
    case OptionKind::numbers:
    case OptionKind::words: return list(node, spec.kind);
    case OptionKind::text:
    case OptionKind::choice: return node.value<std::string>();
  }
  return std::nullopt;
}

const char* toml_type(OptionKind kind) {
  switch (kind) {
    case OptionKind::integer: return "an integer";
    case OptionKind::number: return "a number";
    case OptionKind::flag: return "true or false";
    case OptionKind::integers: return "an array of integers";
    case OptionKind::numbers: return "an array of numbers";
    case OptionKind::words: return "an array of strings";
    default: return "a string in quotes";
  }
}

toml::table parse_toml(const std::string& path) {
  const std::string bytes = read_file(path);
  try {
    return toml::parse(bytes);
  } catch (const toml::parse_error& error) {
    throw UsageError(fmt::format("{}: not valid TOML: {}", place(path, error.source()), legible(error.description())));
  }
}

std::string as_toml(const OptionSpec& spec) {
  switch (spec.kind) {
    case OptionKind::number: return fmt::format("{}", numbers_in(spec).at(0));  // TOML has no ".5"
    case OptionKind::integers: return "[" + spec.value + "]";
    case OptionKind::numbers: return fmt::format("[{}]", fmt::join(numbers_in(spec), ","));
    case OptionKind::words: {
      std::vector<std::string> words = words_in(spec);
      for (std::string& word : words) word = in_quotes(word);
      return fmt::format("[{}]", fmt::join(words, ","));
    }
    case OptionKind::text:
    case OptionKind::choice: return in_quotes(spec.value);
    default: return spec.value;
  }
}

}  // namespace

void Options::apply_config(const std::string& path) {
  const toml::table table = parse_toml(path);
  for (const auto& [key, node] : table) {
    const std::string source = place(path, node.source());
    OptionSpec& spec = config_key(std::string(key.str()), source);
    std::optional<std::string> value = as_text(spec, node);
    if (!value)
      throw UsageError(fmt::format("{}: {} wants {}; given {}", source, spec.name, toml_type(spec.kind), said(node)));
    set(spec, *value, source);
  }
  if (std::ssize(table) == std::ranges::count(specs_, true, &OptionSpec::in_config))
    for (OptionSpec& spec : specs_) spec.initial = spec.value;
}

std::string Options::resolved_toml() const {
  std::string text =
      fmt::format("# Every value of one run of {}. Again: {} --config FILE\n", program_, as_typed(program_));
  for (const OptionSpec& spec : specs_)
    if (spec.in_config) text += fmt::format("{} = {}\n", spec.name, as_toml(spec));
  return text;
}

}  // namespace basin::experiments
