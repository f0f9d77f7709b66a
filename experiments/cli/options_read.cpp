// The command line, and the order in which the sources of values are applied.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cxxopts.hpp>

#include "experiments/cli/command_name.h"
#include "experiments/cli/option_values.h"

namespace basin::experiments {
namespace {

std::string last_value(const KeyValues& given, std::string_view name) {
  std::string value;
  for (const auto& [key, text] : given)
    if (key == name) value = text;
  return value;
}

}  // namespace

void Options::parse(int argc, const char* const* argv) {
  argv_.assign(argv, argv + argc);
  const KeyValues given = read_command_line();
  for (const char* name : {"help", "version"})
    if (last_value(given, name) == "true") return apply_option(name, "true");

  const std::vector<OptionSpec> defaults = specs_;
  resolve(given);
  if (resumes_by_itself()) apply_option("resume", "true");
  if (!has("resume") || !flag("resume") || !text("config").empty()) return;
  const std::string earlier = (run_path() / "config.toml").string();
  if (!std::filesystem::exists(earlier)) return;  // RunDirectory says that there is nothing to resume
  specs_ = defaults;
  KeyValues with_config = given;
  with_config.emplace_back("config", earlier);
  if (last_value(given, "resume").empty()) with_config.emplace_back("resume", "true");
  resolve(with_config);
}

bool Options::resumes_by_itself() const {
  return has("resume") && !flag("force") && shard().is_part() && std::filesystem::exists(run_path() / "config.toml");
}

void Options::resolve(const KeyValues& given) {
  if (std::string preset = last_value(given, "preset"); !preset.empty()) apply_preset(preset);
  if (std::string config = last_value(given, "config"); !config.empty()) apply_config(config);
  for (const auto& [name, value] : once_each(set_keys(given))) apply({{name, value}}, "--set " + name + "=" + value);
  for (const auto& [name, value] : once_each(given))
    if (name != "set") apply_option(name, value);
}

KeyValues Options::set_keys(const KeyValues& given) const {
  KeyValues keys;
  for (const auto& [name, value] : given) {
    if (name != "set") continue;
    const std::size_t equals = value.find('=');
    if (equals == std::string::npos)
      throw UsageError(
          fmt::format("--set wants key=value; given '{}'; help: {} --set seed=1", value, as_typed(program_)));
    keys.emplace_back(value.substr(0, equals), value.substr(equals + 1));
  }
  return keys;
}

// Lists that are given several times one behind the other; of other options a second value is a mistake.
KeyValues Options::once_each(const KeyValues& given) const {
  KeyValues all;
  for (const auto& [name, value] : given) {
    const auto earlier = std::ranges::find(all, name, &KeyValues::value_type::first);
    const OptionSpec* spec = find(name);
    if (earlier == all.end() || name == "set") {
      all.emplace_back(name, value);
    } else if (spec && is_list(*spec)) {
      earlier->second += (earlier->second.empty() || value.empty() ? "" : ",") + value;
    } else if (earlier->second != value) {
      throw UsageError(fmt::format("option --{} is given twice, as '{}' and as '{}'; help: give it once", name,
                                   earlier->second, value));
    }
  }
  return all;
}

void Options::apply_preset(const std::string& name) {
  for (const auto& [preset, values] : presets_)
    if (preset == name) {
      apply(values, "preset " + name);
      for (const auto& [key, value] : values) config_key(key, "preset " + name).initial = as_given(key);
      return;
    }
  std::vector<std::string> known;
  for (const auto& [preset, values] : presets_) known.push_back(preset);
  throw UsageError(
      fmt::format("--preset: no preset '{}' here; {}", name,
                  known.empty() ? program_ + " has none" : fmt::format("wanted: {}", fmt::join(known, ", "))));
}

void Options::apply_option(const std::string& name, const std::string& value) {
  set(*std::ranges::find(specs_, name, &OptionSpec::name), value, "option --" + name);
}

// cxxopts finds names and values; their types are checked here, with the same words as for config files.
KeyValues Options::read_command_line() const {
  cxxopts::Options parser(program_);
  parser.allow_unrecognised_options();  // they come back as unmatched, and get a better message than cxxopts has
  for (const OptionSpec& spec : specs_) {
    auto value = cxxopts::value<std::string>();
    if (spec.kind == OptionKind::flag) value->implicit_value("true");
    parser.add_options()(spec.name == "help" ? "h,help" : spec.name, spec.help, value);
  }
  std::vector<const char*> words;
  for (const std::string& word : argv_) words.push_back(word.c_str());
  KeyValues given;
  try {
    cxxopts::ParseResult result = parser.parse(int(words.size()), words.data());
    for (const auto& argument : result.arguments()) given.emplace_back(argument.key(), argument.value());
    for (const std::string& word : result.unmatched()) {
      const auto open = [&](const std::string& name) { return last_value(given, name).empty(); };
      const auto operand = std::ranges::find_if(operands_, open);
      if (word.starts_with("-") || operand == operands_.end()) refuse_word(word);
      given.emplace_back(*operand, word);
    }
  } catch (const cxxopts::exceptions::exception&) {  // the one thing left: a value that does not follow
    throw UsageError(
        fmt::format("{} wants a value, and none follows; help: {} --help", argv_.back(), as_typed(program_)));
  }
  for (const auto& [name, value] : given)
    if (value.starts_with("--") && find(value.substr(2)))
      throw UsageError(fmt::format("--{} wants a value; given the option {}", name, value));
  return given;
}

void Options::refuse_word(const std::string& word) const {
  if (!word.starts_with("-"))
    throw UsageError(
        fmt::format("'{}' is neither an option nor the value of one; help: values follow their option, "
                    "flags take =true or =false; `{} --help` lists all",
                    word, as_typed(program_)));
  std::string name = word.substr(std::min(word.size(), word.find_first_not_of('-')));
  name.resize(std::min(name.size(), name.find('=')));
  throw UsageError(fmt::format("unknown option {}; help: {}", word, suggestion(name, "--", false)));
}

}  // namespace basin::experiments
