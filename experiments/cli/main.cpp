#include "experiments/cli/main.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/interrupt.h"
#include "core/team.h"
#include "core/version.h"
#include "experiments/cli/command_name.h"
#include "experiments/cli/cost.h"
#include "experiments/cli/terminal.h"

namespace basin::experiments {
namespace {

int answer(const Options& options, const std::function<int(const Options&)>& body) {
  if (options.flag("help")) return fmt::print("{}", options.help_text()), exit_ok;
  if (options.flag("version")) return fmt::print("{} (basin) {}\n", options.program(), BASIN_VERSION), exit_ok;
  watch_interrupts();
  return body(options);
}

constexpr double patience = 1;  // seconds in which errors of all ranks count as one

int kept_stderr = -1;  // of a rank that is silent

// What the others say too goes nowhere.
void be_silent() {
  kept_stderr = ::dup(STDERR_FILENO);
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, fd);
  ::close(nowhere);
}

void say(const std::string& who, const std::exception& e, ExitCode code) {
  const char* kind = code == exit_interrupted || code == exit_again ? "interrupted:" : "error:";
  fmt::print(stderr, "{}: {} {}\n", who, coloured(kind, Colour::red, use_colour(stderr)), message_of(e));
}

int fail(const std::string& command, const std::exception& e) {
  const ExitCode code = exit_code_of(e);
  if (!team()) return say(command, e, code), code;
  const bool of_all = team()->all_end(patience);
  if (kept_stderr >= 0) ::dup2(kept_stderr, STDERR_FILENO);
  if (!of_all) say(fmt::format("{}, rank {}", command, team()->rank()), e, code);
  if (of_all && is_first()) say(command, e, code);
  if (!of_all) team()->end_all(code);
  team()->leave();
  return code;
}

int said(const std::string& text) {
  fmt::print("{}\n", text);
  return exit_ok;
}

}  // namespace

int run_main(int argc, char** argv, const std::function<Options()>& declare,
             const std::function<int(const Options&)>& body) {
  const std::string program = argc > 0 ? std::filesystem::path(argv[0]).filename().string() : "basin";
  return exit_code_after(as_typed(program), [&] {
    join_team();
    if (!is_first()) be_silent();
    Options options = declare();
    options.parse(argc, argv);
    try {
      return answer(options, body);
    } catch (const ShardDone& done) {
      return said(done.what());
    } catch (const CostSaid& said) {
      return fmt::print("{}", said.text), int(exit_ok);
    }
  });
}

int exit_code_after(const std::string& command, const std::function<int()>& work) {
  try {
    const int code = work();
    if (std::fflush(stdout) != 0 || std::ferror(stdout))
      throw StorageError(fmt::format("the answer could not be written to stdout: {}", std::strerror(errno)));
    if (team()) team()->leave();
    return code;
  } catch (const std::exception& e) {
    return fail(command, e);
  }
}

}  // namespace basin::experiments
