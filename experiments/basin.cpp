// One command in front of all programs: `basin NAME …` becomes the program NAME. They lie in libexec/basin of the
// installed tree, which can be moved, or, in a build tree, beside this one.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/file.h"
#include "core/names.h"
#include "core/version.h"
#include "experiments/cli/command_name.h"
#include "experiments/cli/help_row.h"
#include "experiments/cli/main.h"

using namespace basin;
using namespace basin::experiments;
namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

// The build says which there are, and where libexec/basin is as seen from bin.
Words program_names() {
  std::istringstream names(BASIN_PROGRAMS);
  return {std::istream_iterator<std::string>(names), {}};
}

std::string path_of(const std::string& program) {
  const fs::path beside = fs::read_symlink("/proc/self/exe").parent_path();
  const fs::path installed = beside / BASIN_LIBEXEC;
  return ((fs::is_directory(installed) ? installed : beside) / program).lexically_normal().string();
}

void require_known(const std::string& name) {
  const Words known = program_names();
  if (std::ranges::find(known, name) != known.end()) return;
  std::string spelt = lower_case(name);
  std::ranges::replace(spelt, '-', '_');
  const std::string meant = near_name(spelt, known);
  throw UsageError(fmt::format("there is no program '{}'; help: {}`basin --help` lists all", name,
                               meant.empty() ? "" : "did you mean " + meant + "? "));
}

// Does not return: this process is the program from here on.
int become(const std::string& name, Words words) {
  require_known(name);
  const std::string path = path_of(name);
  std::vector<char*> argv{const_cast<char*>(path.c_str())};
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  setenv(driver_variable, "basin", 1);
  execv(path.c_str(), argv.data());
  throw Error(
      fmt::format("{} cannot be started: {}; help: `cmake --install` puts all programs there, and in a build "
                  "tree `cmake --build BUILD --target {}` makes it",
                  path, std::strerror(errno), name));
}

// The first clause of what a program's --help says it does; "Trains a transformer on sequences of tokens".
std::string first_clause(const std::string& help) {
  const std::size_t begin = std::min(help.find(": "), help.size());
  std::string text = help.substr(std::min(begin + 2, help.size()));
  for (const char* end : {"\n", ". ", ": ", "; ", " ("}) text.resize(std::min(text.size(), text.find(end)));
  while (!text.empty() && std::strchr(".:", text.back())) text.pop_back();
  return text;
}

// Of all programs, in their order; they are asked side by side. Nothing for those that are not there.
Words descriptions(const Words& names) {
  using Pipe = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
  std::vector<Pipe> pipes;
  for (const std::string& name : names) {
    setenv("BASIN_PROGRAM", path_of(name).c_str(), 1);  // so the shell need not be told of blanks in the path
    pipes.emplace_back(popen("exec \"$BASIN_PROGRAM\" --help 2>/dev/null", "r"), pclose);
    if (!pipes.back()) throw Error(fmt::format("{} --help cannot be asked: {}", name, std::strerror(errno)));
  }
  Words found;
  for (const Pipe& pipe : pipes) {
    std::string help;
    std::array<char, 4096> part;
    while (const std::size_t n = std::fread(part.data(), 1, part.size(), pipe.get())) help.append(part.data(), n);
    found.push_back(first_clause(help));
  }
  return found;
}

int list() {
  const Words names = program_names(), what = descriptions(names);
  std::string rows;
  for (std::size_t i = 0; i < names.size(); ++i)
    rows += help_row("  " + names[i], what[i].empty() ? "is not here: " + path_of(names[i]) : what[i]);
  fmt::print(
      "basin: {}\n\nusage: basin NAME [options]\n       basin help NAME\n\nprograms\n{}\noptions\n{}{}\nexamples\n"
      "  basin train_mlp\n  basin degeneracy --run runs/train_mlp/digits-seed0\n  basin help look\n\nexit codes\n"
      "  those of the program; 2 for a name that none has\n",
      BASIN_DESCRIPTION, rows, help_row("  --help", "print this text, or behind a name what that program does"),
      help_row("  --version", "print the version"));
  return exit_ok;
}

int answer(Words words) {
  const std::string first = words.empty() ? "--help" : words[0];
  const bool help = first == "help";
  if (words.size() > (help ? 2u : 1u) && (help || first.starts_with('-')))
    throw UsageError(
        fmt::format("'{}' behind {}; help: basin NAME [options], or basin help NAME", words.back(), first));
  if (help && words.size() == 2) return become(words[1], {"--help"});
  if (help || first == "--help" || first == "-h") return list();
  if (first == "--version") return fmt::print("basin {}\n", BASIN_VERSION), exit_ok;
  if (first.starts_with('-'))
    throw UsageError(
        fmt::format("unknown option {}; help: options follow the name of a program; `basin --help` lists "
                    "the programs",
                    first));
  words.erase(words.begin());
  return become(first, std::move(words));
}

}  // namespace

int main(int argc, char** argv) {
  return exit_code_after("basin", [&] { return answer(Words(argv + std::min(argc, 1), argv + argc)); });
}
