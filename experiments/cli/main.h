// The main function of every experiment:
//   int main(int argc, char** argv) { return run_main(argc, argv, declare, run); }
#pragma once
#include <functional>

#include "experiments/cli/options.h"

namespace basin::experiments {

enum ExitCode {
  exit_ok = 0,
  exit_check_failed = 1,
  exit_usage = 2,
  exit_data = 3,
  exit_numerical = 4,
  exit_resources = 6,
  exit_interrupted = 130
};

// Declares and parses the options, answers --help and --version, watches for interrupts, runs the body. Exceptions
// become one `program: error: …` on stderr and an exit code: UsageError and NameError 2, DataError and ShapeError (what
// was given does not fit) 3, NumericalError 4, ResourceError and a failed allocation 6, Interrupted 130, any other 1;
// so does an answer that stdout cannot take.
int run_main(int argc, char** argv, const std::function<Options()>& declare,
             const std::function<int(const Options&)>& body);

}  // namespace basin::experiments
