// The options of an experiment: declared once, then read from presets, config files and the command line alike.
//   Options o("train_mlp", "Trains a multi-layer perceptron on digits.", {"train_mlp --preset quick"});
//   o.add_int("epochs", 10, "passes over the training data", 1, 100000);
//   o.add_preset("quick", {{"epochs", "2"}});
//   o.parse(argc, argv);  ... o.integer("epochs") ...
// Precedence: default < preset < config file (TOML) < --set key=value < option. An option and its config key have the
// same name. An option that takes a list may be repeated, and its values add up; another given twice with different
// values is refused. Whatever is unknown, of the wrong type or out of range is a UsageError that names the key, where
// the value came from, what was given and what is wanted.
#pragma once
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "experiments/cli/shard.h"

namespace basin::experiments {

enum class OptionKind { integer, number, text, flag, integers, numbers, words, choice };

// Values are kept as the text that the command line would have, in one spelling: equal values are equal texts. They are
// checked when set.
struct OptionSpec {
  std::string name = {}, value = {}, help = {};
  std::string initial = {};  // the default, or what a preset or the config of a run put in its place
  OptionKind kind = OptionKind::text;
  bool in_config = true;  // false: steers this one run (--force, --out), is no part of what is computed
  bool standard = false;  // common to all experiments
  double min = 0, max = 0;
  std::vector<std::string> choices = {};
};

using KeyValues = std::vector<std::pair<std::string, std::string>>;

class Options {
 public:
  static constexpr std::int64_t int_min = -(std::int64_t(1) << 53), int_max = std::int64_t(1) << 53;  // exact in double
  static constexpr double no_limit = std::numeric_limits<double>::infinity();

  // Has the standard options: help version estimate config set preset out force resume quiet json, and as
  // config keys seed threads dtype. `what` is one sentence; an example is a command line.
  Options(std::string program, std::string what, std::vector<std::string> examples = {});

  // Names are lower case with hyphens and at least two letters. NameError when taken. Limits are inclusive.
  Options& add_int(std::string name, std::int64_t value, std::string help, std::int64_t min = int_min,
                   std::int64_t max = int_max);
  Options& add_double(std::string name, double value, std::string help, double min = -no_limit, double max = no_limit);
  Options& add_string(std::string name, std::string value, std::string help);
  Options& add_flag(std::string name, std::string help, bool value = false);
  Options& add_ints(std::string name, std::string value, std::string help, std::int64_t min = int_min,
                    std::int64_t max = int_max);  // "64,32"; "" is the empty list
  Options& add_doubles(std::string name, std::string value, std::string help, double min = -no_limit,
                       double max = no_limit);                                // "0,1e-3"
  Options& add_words(std::string name, std::string value, std::string help);  // "digits,blocks"; none is empty
  Options& add_choice(std::string name, std::string value, std::vector<std::string> choices, std::string help);
  Options& add_data(std::string value, std::string help);  // the standard --data NAME|PATH, for those who read data
  Options& add_shard();  // the standard --shard, for those whose work is a list of independent items
  Options& add_preset(std::string name, KeyValues values);
  Options& change_default(std::string_view name, std::string value);  // of a standard option
  Options& without(std::string_view name);                            // a standard option that would do nothing here
  Options& settle(std::string_view name, std::string value);          // after parsing: what was found for an "auto"
  // Its value may also stand alone, "describe x.npy"; those of several in the order of these calls.
  Options& operand(std::string_view name);

  // With --resume and no --config, the config.toml of the run to be resumed is read. A shard that was begun is resumed
  // unless there is --force. DataError when a config file
  // cannot be read. After --help or --version nothing but these two flags may be asked for.
  void parse(int argc, const char* const* argv);

  std::int64_t integer(std::string_view name) const;
  double number(std::string_view name) const;
  const std::string& text(std::string_view name) const;  // strings and choices
  bool flag(std::string_view name) const;
  std::vector<std::int64_t> integers(std::string_view name) const;
  std::vector<double> numbers(std::string_view name) const;
  std::vector<std::string> words(std::string_view name) const;
  bool has(std::string_view name) const { return find(name) != nullptr; }
  const std::string& as_given(std::string_view name) const;  // of any type, as the command line has it

  // Refuses options that would be ignored: UsageError where one of these that are declared here was given another value
  // than its default. "--momentum 0.9 has no effect: <why>; help: <instead, or> leave it out". What a preset says
  // counts as default, and so does a config with every key: a run wrote it, values of no effect among them.
  void require_unused(std::initializer_list<const char*> names, const std::string& why,
                      const std::string& instead = "") const;

  const std::string& program() const { return program_; }
  const std::vector<std::string>& argv() const { return argv_; }
  int threads() const;  // --threads, with 0 replaced by the number of processors; 1 without that option
  Shard shard() const;  // --shard; the whole where it is not declared
  // --out, else runs/<program>/<data>-seed<N>; of a shard shards/I-of-N in it.
  std::filesystem::path run_path() const;
  std::filesystem::path whole_path() const;  // the same of all shards together

  std::string resolved_toml() const;  // every config key; read again with --config it gives the same values
  std::string command() const;        // for a shell: every option that says what is computed
  std::string help_text() const;

 private:
  const OptionSpec* find(std::string_view name) const;
  const OptionSpec& get(std::string_view name, OptionKind kind) const;
  OptionSpec& config_key(const std::string& name, const std::string& source);
  Options& add(OptionSpec spec);
  Options& add_numeric(OptionKind kind, std::string name, std::string value, std::string help, double min, double max);
  void set(OptionSpec& spec, std::string value, const std::string& source);
  void apply(const KeyValues& values, const std::string& source);
  void apply_preset(const std::string& name);
  void apply_config(const std::string& path);
  void apply_option(const std::string& name, const std::string& value);
  void resolve(const KeyValues& given);
  bool resumes_by_itself() const;
  KeyValues read_command_line() const;
  KeyValues once_each(const KeyValues& given) const;
  KeyValues set_keys(const KeyValues& given) const;
  [[noreturn]] void refuse_word(const std::string& word) const;
  std::string suggestion(const std::string& name, const char* quote, bool config_only) const;

  std::string program_, what_;
  std::vector<std::string> operands_{}, examples_, argv_;
  std::vector<OptionSpec> specs_;
  std::vector<std::pair<std::string, KeyValues>> presets_;
};

}  // namespace basin::experiments
