// The text of --help, and the command line that computes the same again.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "experiments/cli/command_name.h"
#include "experiments/cli/exit_codes.h"
#include "experiments/cli/help_row.h"
#include "experiments/cli/options.h"

namespace basin::experiments {
namespace {

constexpr std::size_t npos = std::string_view::npos;

std::string placeholder(const OptionSpec& spec) {
  switch (spec.kind) {
    case OptionKind::flag: return "";
    case OptionKind::integer: return " N";
    case OptionKind::number: return " X";
    case OptionKind::integers: return " N,N,...";
    case OptionKind::numbers: return " X,X,...";
    case OptionKind::words: return " NAME,NAME,...";
    case OptionKind::choice: return fmt::format(" {}", fmt::join(spec.choices, "|"));
    case OptionKind::text: break;
  }
  if (spec.name == "config") return " FILE";
  if (spec.name == "out") return " DIR";
  if (spec.name == "set") return " key=value";
  if (spec.name == "shard") return " I/N";
  return spec.name == "data" ? " NAME|PATH" : spec.name == "preset" ? " NAME" : " TEXT";
}

std::string limits(const OptionSpec& spec) {
  bool real = spec.kind == OptionKind::number || spec.kind == OptionKind::numbers;
  bool low = spec.min > (real ? -Options::no_limit : double(Options::int_min));
  bool high = spec.max < (real ? Options::no_limit : double(Options::int_max));
  if (low && high) return fmt::format("{} to {}", spec.min, spec.max);
  return low ? fmt::format("at least {}", spec.min) : high ? fmt::format("at most {}", spec.max) : "";
}

std::string line_of(const OptionSpec& spec) {
  std::vector<std::string> notes;
  constexpr std::array numeric_kinds{OptionKind::integer, OptionKind::number, OptionKind::integers,
                                     OptionKind::numbers};
  const bool numeric = std::ranges::find(numeric_kinds, spec.kind) != numeric_kinds.end();
  if (spec.kind != OptionKind::flag && !spec.value.empty()) notes.push_back("default " + spec.value);
  if (spec.kind == OptionKind::flag && !spec.standard && spec.value == "true") notes.push_back("on; off with =false");
  if (numeric && !limits(spec).empty()) notes.push_back(limits(spec));
  std::string text = spec.help + (notes.empty() ? "" : fmt::format(" [{}]", fmt::join(notes, "; ")));
  return help_row("  --" + spec.name + placeholder(spec), text);
}

std::string for_shell(const std::string& value) {
  const auto plain = [](unsigned char c) { return std::isalnum(c) || std::string_view("_-+.,:/").find(c) != npos; };
  if (!value.empty() && std::ranges::all_of(value, plain)) return value;
  std::string quoted = "'";
  for (char c : value) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

std::string Options::command() const {
  std::string line = as_typed(program_);
  for (const OptionSpec& spec : specs_) {
    if (!spec.in_config || spec.name == "threads" || (spec.kind == OptionKind::text && spec.value.empty())) continue;
    const bool joined = spec.kind == OptionKind::flag || spec.value.starts_with('-');
    line += fmt::format(" --{}{}{}", spec.name, joined ? "=" : " ", for_shell(spec.value));
  }
  return line;
}

std::string Options::help_text() const {
  std::string own, standard, presets, examples;
  for (const OptionSpec& spec : specs_) (spec.standard ? standard : own) += line_of(spec);
  for (const auto& [name, values] : presets_) {
    std::vector<std::string> words;
    for (const auto& [key, value] : values) words.push_back(key + "=" + value);
    presets += help_row("  " + name, fmt::format("{}", fmt::join(words, " ")));
  }
  for (const std::string& example : examples_) examples += "  " + as_typed(example) + "\n";
  std::string operands;
  for (const std::string& name : operands_) operands += " " + name;
  std::ranges::transform(operands, operands.begin(), [](unsigned char c) { return char(std::toupper(c)); });
  std::string text = fmt::format("{}: {}\n\nusage: {}{} [options]\n", program_, what_, as_typed(program_), operands);
  auto part = [&](const char* title, const std::string& body) {
    if (!body.empty()) text += fmt::format("\n{}\n{}", title, body);
  };
  part("options", own);
  part("options of every experiment", standard);
  part("presets", presets);
  part("examples", examples);
  part("where values come from",
       "  default < preset < config file < --set < option; config keys are the names of the options;\n"
       "  an option that takes a list may be repeated, which makes the list longer; any other is given once\n");
  std::string results = "  the answer on stdout, progress on stderr";
  if (has("out"))
    results += fmt::format(
        ", files in {}/\n  (config.toml there runs the same again); nothing is overwritten without "
        "--force",
        whole_path().string());
  part("results", results + "\n");
  part("exit codes", exit_code_help(has("resume"), has("shard")));
  return text;
}

}  // namespace basin::experiments
