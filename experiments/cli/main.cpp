#include "experiments/cli/main.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/interrupt.h"
#include "core/version.h"
#include "experiments/cli/command_name.h"
#include "experiments/cli/terminal.h"

namespace basin::experiments {
namespace {

int answer(const Options& options, const std::function<int(const Options&)>& body) {
  if (options.flag("help")) return fmt::print("{}", options.help_text()), exit_ok;
  if (options.flag("version")) return fmt::print("{} (basin) {}\n", options.program(), BASIN_VERSION), exit_ok;
  watch_interrupts();
  return body(options);
}

}  // namespace

int run_main(int argc, char** argv, const std::function<Options()>& declare,
             const std::function<int(const Options&)>& body) {
  const std::string program = argc > 0 ? std::filesystem::path(argv[0]).filename().string() : "basin";
  return exit_code_after(as_typed(program), [&] {
    Options options = declare();
    options.parse(argc, argv);
    return answer(options, body);
  });
}

int exit_code_after(const std::string& command, const std::function<int()>& work) {
  try {
    const int code = work();
    if (std::fflush(stdout) != 0 || std::ferror(stdout))
      throw StorageError(fmt::format("the answer could not be written to stdout: {}", std::strerror(errno)));
    return code;
  } catch (const ShardDone& done) {
    fmt::print("{}\n", done.what());
    return exit_ok;
  } catch (const std::exception& e) {
    const ExitCode code = exit_code_of(e);
    const char* kind = code == exit_interrupted || code == exit_again ? "interrupted:" : "error:";
    fmt::print(stderr, "{}: {} {}\n", command, coloured(kind, Colour::red, use_colour(stderr)), message_of(e));
    return code;
  }
}

}  // namespace basin::experiments
