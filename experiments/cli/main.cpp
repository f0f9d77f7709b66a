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
#include "experiments/cli/terminal.h"

namespace basin::experiments {
namespace {

int report(const std::string& program, const char* kind, const std::string& text, int code) {
  fmt::print(stderr, "{}: {} {}\n", program, coloured(kind, Colour::red, use_colour(stderr)), text);
  return code;
}

int answer(int argc, char** argv, const std::function<Options()>& declare,
           const std::function<int(const Options&)>& body) {
  Options options = declare();
  options.parse(argc, argv);
  int code = exit_ok;
  if (options.flag("help")) {
    fmt::print("{}", options.help_text());
  } else if (options.flag("version")) {
    fmt::print("{} (basin) {}\n", options.program(), BASIN_VERSION);
  } else {
    watch_interrupts();
    code = body(options);
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout))
    throw StorageError(fmt::format("the answer could not be written to stdout: {}", std::strerror(errno)));
  return code;
}

constexpr double patience = 1;  // seconds in which errors of all ranks count as one

// What the others say too goes nowhere. Returns where stderr was.
int be_silent() {
  const int kept = ::dup(STDERR_FILENO), nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, fd);
  ::close(nowhere);
  return kept;
}

int fail(const std::string& program, const std::exception& e, int kept_stderr) {
  const ExitCode code = exit_code_of(e);
  const char* const kind = code == exit_interrupted ? "interrupted:" : "error:";
  if (!team()) return report(program, kind, message_of(e), code);
  const bool of_all = team()->all_end(patience);
  if (kept_stderr >= 0) ::dup2(kept_stderr, STDERR_FILENO);
  if (!of_all) report(fmt::format("{}, rank {}", program, team()->rank()), kind, message_of(e), code);
  if (of_all && is_first()) report(program, kind, message_of(e), code);
  if (!of_all) team()->end_all(code);
  team()->leave();
  return code;
}

}  // namespace

int run_main(int argc, char** argv, const std::function<Options()>& declare,
             const std::function<int(const Options&)>& body) {
  const std::string program = argc > 0 ? std::filesystem::path(argv[0]).filename().string() : "basin";
  int kept_stderr = -1;
  try {
    join_team();
    if (!is_first()) kept_stderr = be_silent();
    const int code = answer(argc, argv, declare, body);
    if (team()) team()->leave();
    return code;
  } catch (const std::exception& e) {
    return fail(program, e, kept_stderr);
  }
}

}  // namespace basin::experiments
