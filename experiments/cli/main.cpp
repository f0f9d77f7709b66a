#include "experiments/cli/main.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/interrupt.h"
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

}  // namespace

int run_main(int argc, char** argv, const std::function<Options()>& declare,
             const std::function<int(const Options&)>& body) {
  const std::string program = argc > 0 ? std::filesystem::path(argv[0]).filename().string() : "basin";
  try {
    return answer(argc, argv, declare, body);
  } catch (const ShardDone& done) {
    fmt::print("{}\n", done.what());
    return exit_ok;
  } catch (const std::exception& e) {
    const ExitCode code = exit_code_of(e);
    return report(program, code == exit_interrupted || code == exit_again ? "interrupted:" : "error:", message_of(e),
                  code);
  }
}

}  // namespace basin::experiments
