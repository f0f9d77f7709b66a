#include "experiments/shared/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "core/names.h"
#include "core/parallel.h"

namespace basin::experiments {
namespace {

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// nullopt if one of the items is no integer.
std::optional<std::vector<std::int64_t>> parse_integers(std::string_view text) {
  std::vector<std::int64_t> values;
  while (!text.empty()) {
    std::size_t comma = text.find(',');
    auto value = parse_number<std::int64_t>(text.substr(0, comma));
    bool dangling = comma == text.size() - 1;
    if (!value || dangling) return std::nullopt;
    values.push_back(*value);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return values;
}

std::string wanted(const OptionSpec& spec) {
  auto limit = [](double x) { return fmt::format("{}", x); };
  auto range = [&](double lowest, double highest) {
    if (spec.min > lowest && spec.max < highest) return " from " + limit(spec.min) + " to " + limit(spec.max);
    if (spec.min > lowest) return " of at least " + limit(spec.min);
    return spec.max < highest ? " of at most " + limit(spec.max) : std::string();
  };
  switch (spec.kind) {
    case OptionKind::integer: return "an integer" + range(Options::int_min, Options::int_max);
    case OptionKind::integers: return "integers separated by commas, each" + range(Options::int_min, Options::int_max);
    case OptionKind::number: return "a number" + range(-Options::no_limit, Options::no_limit);
    case OptionKind::flag: return "true or false";
    case OptionKind::choice: return fmt::format("one of {}", fmt::join(spec.choices, ", "));
    case OptionKind::text: return "text without control characters";
  }
  return {};
}

bool in_range(const OptionSpec& spec, double x) { return std::isfinite(x) && x >= spec.min && x <= spec.max; }

bool acceptable(const OptionSpec& spec, const std::string& text) {
  auto fits = [&](auto value) { return value && in_range(spec, double(*value)); };
  switch (spec.kind) {
    case OptionKind::integer: return fits(parse_number<std::int64_t>(text));
    case OptionKind::number: return fits(parse_number<double>(text));
    case OptionKind::integers: {
      auto values = parse_integers(text);
      return values && std::ranges::all_of(*values, [&](std::int64_t x) { return in_range(spec, double(x)); });
    }
    case OptionKind::flag: return text == "true" || text == "false";
    case OptionKind::choice: return std::ranges::find(spec.choices, text) != spec.choices.end();
    case OptionKind::text: return std::ranges::none_of(text, [](unsigned char c) { return c < 32 || c == 127; });
  }
  return false;
}

bool well_named(const std::string& name) {
  auto legal = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return name.size() >= 2 && name[0] >= 'a' && name[0] <= 'z' && std::ranges::all_of(name, legal);
}

OptionSpec standard(std::string name, std::string value, std::string help, OptionKind kind, bool in_config = false) {
  return {.name = std::move(name),
          .value = std::move(value),
          .help = std::move(help),
          .kind = kind,
          .in_config = in_config,
          .standard = true,
          .min = 0,
          .max = Options::int_max};
}

}  // namespace

Options::Options(std::string program, std::string what, std::vector<std::string> examples)
    : program_(std::move(program)), what_(std::move(what)), examples_(std::move(examples)) {
  using enum OptionKind;
  add(standard("seed", "0", "start of every random stream", integer, true));
  add(standard("threads", "0", "worker threads, 0 for one per processor; results do not depend on it", integer, true));
  specs_.back().max = 4096;
  OptionSpec dtype = standard("dtype", "f32", "precision of training", choice, true);
  dtype.choices = {"f32", "f64"};
  add(dtype);
  add(standard("preset", "", "a named set of values", text));
  add(standard("config", "", "read values from a TOML file", text));
  add(standard("set", "", "set one config key; may be repeated", text));
  add(standard("out", "", "folder of the results", text));
  add(standard("force", "false", "replace the results of an earlier run", flag));
  add(standard("resume", "false", "go on with an interrupted run, with its own config", flag));
  add(standard("quiet", "false", "no progress on stderr", flag));
  add(standard("json", "false", "print the answer as one JSON object", flag));
  add(standard("help", "false", "print this text", flag));
  add(standard("version", "false", "print the version", flag));
}

Options& Options::add(OptionSpec spec) {
  if (!well_named(spec.name))
    throw NameError(program_ + ": option name '" + spec.name + "' is not of the form [a-z][a-z0-9-]+");
  if (find(spec.name)) throw NameError(program_ + ": option --" + spec.name + " is declared twice");
  std::string value = spec.value;
  specs_.push_back(std::move(spec));
  set(specs_.back(), value, "default");
  return *this;
}

Options& Options::add_int(std::string name, std::int64_t value, std::string help, std::int64_t min, std::int64_t max) {
  return add({.name = std::move(name),
              .value = std::to_string(value),
              .help = std::move(help),
              .kind = OptionKind::integer,
              .min = double(min),
              .max = double(max)});
}

Options& Options::add_double(std::string name, double value, std::string help, double min, double max) {
  return add({.name = std::move(name),
              .value = fmt::format("{}", value),
              .help = std::move(help),
              .kind = OptionKind::number,
              .min = min,
              .max = max});
}

Options& Options::add_string(std::string name, std::string value, std::string help) {
  return add({.name = std::move(name), .value = std::move(value), .help = std::move(help)});
}

Options& Options::add_flag(std::string name, std::string help, bool value) {
  return add(
      {.name = std::move(name), .value = value ? "true" : "false", .help = std::move(help), .kind = OptionKind::flag});
}

Options& Options::add_ints(std::string name, std::string value, std::string help, std::int64_t min, std::int64_t max) {
  return add({.name = std::move(name),
              .value = std::move(value),
              .help = std::move(help),
              .kind = OptionKind::integers,
              .min = double(min),
              .max = double(max)});
}

Options& Options::add_choice(std::string name, std::string value, std::vector<std::string> choices, std::string help) {
  return add({.name = std::move(name),
              .value = std::move(value),
              .help = std::move(help),
              .kind = OptionKind::choice,
              .choices = std::move(choices)});
}

Options& Options::add_data(std::string value, std::string help) {
  return add(standard("data", std::move(value), std::move(help), OptionKind::text, true));
}

// Values are set and checked now, so that a preset cannot be wrong only on the day when it is used.
Options& Options::add_preset(std::string name, KeyValues values) {
  Options trial = *this;
  trial.apply(values, "preset " + name);
  presets_.emplace_back(std::move(name), std::move(values));
  return *this;
}

Options& Options::change_default(std::string_view name, std::string value) {
  if (!find(name)) throw NameError(program_ + ": no option --" + std::string(name) + " to change the default of");
  set(*std::ranges::find(specs_, name, &OptionSpec::name), std::move(value), "default");
  return *this;
}

Options& Options::without(std::string_view name) {
  if (std::erase_if(specs_, [&](const OptionSpec& spec) { return spec.name == name; }) == 0)
    throw NameError(program_ + ": no option --" + std::string(name) + " to take away");
  return *this;
}

const OptionSpec* Options::find(std::string_view name) const {
  auto found = std::ranges::find(specs_, name, &OptionSpec::name);
  return found == specs_.end() ? nullptr : &*found;
}

const OptionSpec& Options::get(std::string_view name, OptionKind kind) const {
  const OptionSpec* spec = find(name);
  if (!spec) throw NameError(fmt::format("{}: option --{} was never declared", program_, name));
  bool same = spec->kind == kind || (kind == OptionKind::text && spec->kind == OptionKind::choice);
  if (!same)
    throw NameError(fmt::format("{}: option --{} is read as another type than it is declared", program_, name));
  return *spec;
}

std::int64_t Options::integer(std::string_view name) const {
  return parse_number<std::int64_t>(get(name, OptionKind::integer).value).value();
}
double Options::number(std::string_view name) const {
  return parse_number<double>(get(name, OptionKind::number).value).value();
}
const std::string& Options::text(std::string_view name) const { return get(name, OptionKind::text).value; }
bool Options::flag(std::string_view name) const { return get(name, OptionKind::flag).value == "true"; }
std::vector<std::int64_t> Options::integers(std::string_view name) const {
  return parse_integers(get(name, OptionKind::integers).value).value();
}

int Options::threads() const {
  std::int64_t n = integer("threads");
  return n ? int(n) : hardware_threads();
}

std::filesystem::path Options::run_path() const {
  if (!text("out").empty()) return text("out");
  std::string name = has("data") ? std::filesystem::path(text("data")).stem().string() : "";
  if (has("seed")) name += (name.empty() ? "seed" : "-seed") + get("seed", OptionKind::integer).value;
  return std::filesystem::path("runs") / program_ / (name.empty() ? "default" : name);
}

void Options::set(OptionSpec& spec, std::string value, const std::string& source) {
  if (!acceptable(spec, value))
    throw UsageError(fmt::format("{}: wants {}; given '{}' ({})", spec.in_config ? spec.name : "--" + spec.name,
                                 wanted(spec), value, source));
  spec.value = std::move(value);
}

std::vector<std::string> Options::names(bool config_only) const {
  std::vector<std::string> list;
  for (const OptionSpec& spec : specs_)
    if (spec.in_config || !config_only) list.push_back(spec.name);
  return list;
}

OptionSpec& Options::config_key(const std::string& name, const std::string& source) {
  auto spec = std::ranges::find(specs_, name, &OptionSpec::name);
  if (spec == specs_.end())
    throw UsageError(fmt::format("unknown key '{}' ({})\n  help: did you mean '{}'? `{} --help` lists all", name,
                                 source, nearest_name(name, names(true)), program_));
  if (!spec->in_config)
    throw UsageError(
        fmt::format("'{0}' is no config key ({1})\n  help: give it as an option: {2} --{0}", name, source, program_));
  return *spec;
}

void Options::apply(const KeyValues& values, const std::string& source) {
  for (const auto& [name, value] : values) set(config_key(name, source), value, source);
}

}  // namespace basin::experiments
