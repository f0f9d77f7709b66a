#include "experiments/cli/options.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/file.h"
#include "core/parallel.h"
#include "experiments/cli/command_name.h"
#include "experiments/cli/option_values.h"
#include "experiments/cli/synonyms.h"

namespace basin::experiments {
namespace {

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
  add(standard("estimate", "false", "print how long it will take, and how much memory, and end", flag));
  add(standard("help", "false", "print this text", flag));
  add(standard("version", "false", "print the version", flag));
}

Options& Options::add(OptionSpec spec) {
  if (!well_named(spec.name))
    throw NameError(program_ + ": option name '" + spec.name + "' is not of the form [a-z][a-z0-9-]+");
  if (find(spec.name)) throw NameError(program_ + ": option --" + spec.name + " is declared twice");
  std::string value = spec.value;
  specs_.push_back(std::move(spec));
  return change_default(std::string(specs_.back().name), std::move(value));
}

Options& Options::add_numeric(OptionKind kind, std::string name, std::string value, std::string help, double min,
                              double max) {
  return add({.name = std::move(name),
              .value = std::move(value),
              .help = std::move(help),
              .kind = kind,
              .min = min,
              .max = max});
}

Options& Options::add_int(std::string name, std::int64_t value, std::string help, std::int64_t min, std::int64_t max) {
  return add_numeric(OptionKind::integer, std::move(name), std::to_string(value), std::move(help), double(min),
                     double(max));
}

Options& Options::add_double(std::string name, double value, std::string help, double min, double max) {
  return add_numeric(OptionKind::number, std::move(name), fmt::format("{}", value), std::move(help), min, max);
}

Options& Options::add_ints(std::string name, std::string value, std::string help, std::int64_t min, std::int64_t max) {
  return add_numeric(OptionKind::integers, std::move(name), std::move(value), std::move(help), double(min),
                     double(max));
}

Options& Options::add_doubles(std::string name, std::string value, std::string help, double min, double max) {
  return add_numeric(OptionKind::numbers, std::move(name), std::move(value), std::move(help), min, max);
}

Options& Options::add_words(std::string name, std::string value, std::string help) {
  return add({.name = std::move(name), .value = std::move(value), .help = std::move(help), .kind = OptionKind::words});
}

Options& Options::add_string(std::string name, std::string value, std::string help) {
  return add({.name = std::move(name), .value = std::move(value), .help = std::move(help)});
}

Options& Options::add_flag(std::string name, std::string help, bool value) {
  return add(
      {.name = std::move(name), .value = value ? "true" : "false", .help = std::move(help), .kind = OptionKind::flag});
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

Options& Options::add_shard() {
  return add(standard("shard", "auto",
                      "compute every N-th item only, from the I-th on, into shards/I-of-N of the run; given as I/N, or "
                      "auto: of a Slurm job array, else all; merge makes one run of the shards",
                      OptionKind::text));
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
  OptionSpec& spec = *std::ranges::find(specs_, name, &OptionSpec::name);
  set(spec, std::move(value), "default");
  spec.initial = spec.value;
  return *this;
}

Options& Options::settle(std::string_view name, std::string value) {
  set(config_key(std::string(name), "what was found"), std::move(value), "what was found");
  return *this;
}

Options& Options::without(std::string_view name) {
  if (std::erase_if(specs_, [&](const OptionSpec& spec) { return spec.name == name; }) == 0)
    throw NameError(program_ + ": no option --" + std::string(name) + " to take away");
  return *this;
}

Options& Options::operand(std::string_view name) {
  if (!has(name)) throw NameError(program_ + ": no option --" + std::string(name) + " whose value could stand alone");
  operands_.emplace_back(name);
  return *this;
}

const OptionSpec* Options::find(std::string_view name) const {
  auto found = std::ranges::find(specs_, name, &OptionSpec::name);
  return found == specs_.end() ? nullptr : &*found;
}

const OptionSpec& Options::get(std::string_view name, OptionKind kind) const {
  as_given(name);  // refuses what was never declared
  const OptionSpec* spec = find(name);
  bool same = spec->kind == kind || (kind == OptionKind::text && spec->kind == OptionKind::choice);
  if (!same)
    throw NameError(fmt::format("{}: option --{} is read as another type than it is declared", program_, name));
  return *spec;
}

std::int64_t Options::integer(std::string_view name) const { return integers_in(get(name, OptionKind::integer)).at(0); }
double Options::number(std::string_view name) const { return numbers_in(get(name, OptionKind::number)).at(0); }
const std::string& Options::text(std::string_view name) const { return get(name, OptionKind::text).value; }
bool Options::flag(std::string_view name) const { return get(name, OptionKind::flag).value == "true"; }
std::vector<std::int64_t> Options::integers(std::string_view name) const {
  return integers_in(get(name, OptionKind::integers));
}
std::vector<double> Options::numbers(std::string_view name) const { return numbers_in(get(name, OptionKind::numbers)); }
std::vector<std::string> Options::words(std::string_view name) const { return words_in(get(name, OptionKind::words)); }

const std::string& Options::as_given(std::string_view name) const {
  const OptionSpec* spec = find(name);
  if (!spec) throw NameError(fmt::format("{}: option --{} was never declared", program_, name));
  return spec->value;
}

int Options::threads() const {
  if (!has("threads")) return 1;
  std::int64_t n = integer("threads");
  return n ? int(n) : hardware_threads();
}

Shard Options::shard() const { return has("shard") ? shard_from(text("shard")) : Shard{}; }

std::filesystem::path Options::run_path() const {
  const Shard own = shard();
  if (own.is_part()) return whole_path() / "shards" / own.name();
  return whole_path();
}

std::filesystem::path Options::whole_path() const {
  if (!text("out").empty()) return text("out");
  std::string name = has("data") ? std::filesystem::path(text("data")).stem().string() : "";
  if (has("seed")) name += (name.empty() ? "seed" : "-seed") + get("seed", OptionKind::integer).value;
  return std::filesystem::path("runs") / program_ / (name.empty() ? "default" : name);
}

void Options::set(OptionSpec& spec, std::string value, const std::string& source) {
  if (!acceptable(spec, value))
    throw UsageError(fmt::format("{}: wants {}; given {} ({})", spec.in_config ? spec.name : "--" + spec.name,
                                 wanted_value(spec), excerpt(value), source));
  spec.value = canonical(spec, value);
}

void Options::require_unused(std::initializer_list<const char*> names, const std::string& why,
                             const std::string& instead) const {
  for (const char* name : names) {
    const OptionSpec* spec = find(name);
    if (!spec || spec->value == spec->initial) continue;
    const std::string value = spec->kind == OptionKind::flag ? "" : " " + spec->value;
    throw UsageError(fmt::format("--{}{} has no effect: {}; help: {}leave it out", name, value, why,
                                 instead.empty() ? "" : instead + ", or "));
  }
}

// "did you mean --epochs? `train_mlp --help` lists all", as far as there is a name that may be meant.
std::string Options::suggestion(const std::string& name, const char* quote, bool config_only) const {
  std::vector<std::string> names;
  for (const OptionSpec& spec : specs_)
    if (spec.in_config || !config_only) names.push_back(spec.name);
  const std::string meant = meant_name(name, names), closing = *quote == '-' ? "" : quote;
  return fmt::format("{}`{} --help` lists all",
                     meant.empty() ? "" : fmt::format("did you mean {}{}{}? ", quote, meant, closing),
                     as_typed(program_));
}

OptionSpec& Options::config_key(const std::string& name, const std::string& source) {
  auto spec = std::ranges::find(specs_, name, &OptionSpec::name);
  if (spec == specs_.end())
    throw UsageError(fmt::format("unknown key {} ({}); help: {}", excerpt(name), source, suggestion(name, "'", true)));
  if (!spec->in_config)
    throw UsageError(fmt::format("'{0}' is no config key ({1}); help: give it as an option: {2} --{0}", name, source,
                                 as_typed(program_)));
  return *spec;
}

void Options::apply(const KeyValues& values, const std::string& source) {
  for (const auto& [name, value] : values) set(config_key(name, source), value, source);
}

}  // namespace basin::experiments
