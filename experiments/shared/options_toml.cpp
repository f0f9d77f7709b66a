// Config files: the same keys as the options, at top level.
#include <fmt/format.h>
#include <toml++/toml.h>

#include <sstream>

#include "core/file.h"
#include "experiments/shared/options.h"

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

std::string integer_list(const toml::array& array) {
  std::string list;
  for (const toml::node& item : array) list += (list.empty() ? "" : ",") + literal(item);
  return list;
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
      if (!node.is_array() || !(node.as_array()->empty() || node.is_homogeneous(toml::node_type::integer)))
        return std::nullopt;
      return integer_list(*node.as_array());
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
    default: return "a string in quotes";
  }
}

toml::table parse_toml(const std::string& path) {
  const std::string bytes = read_file(path);
  try {
    return toml::parse(bytes);
  } catch (const toml::parse_error& error) {
    throw UsageError(fmt::format("{}: not valid TOML: {}", place(path, error.source()), error.description()));
  }
}

std::string as_toml(const OptionSpec& spec) {
  switch (spec.kind) {
    case OptionKind::integers: return "[" + spec.value + "]";
    case OptionKind::text:
    case OptionKind::choice: {
      toml::value<std::string> quoted(spec.value);
      return literal(quoted);
    }
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
      throw UsageError(
          fmt::format("{}: {} wants {}; given {}", source, spec.name, toml_type(spec.kind), literal(node)));
    set(spec, *value, source);
  }
}

std::string Options::resolved_toml() const {
  std::string text = fmt::format("# Every value of one run of {0}. Again: {0} --config FILE\n", program_);
  for (const OptionSpec& spec : specs_)
    if (spec.in_config) text += fmt::format("{} = {}\n", spec.name, as_toml(spec));
  return text;
}

}  // namespace basin::experiments
