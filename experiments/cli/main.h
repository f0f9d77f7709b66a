// The main function of every experiment:
//   int main(int argc, char** argv) { return run_main(argc, argv, declare, run); }
#pragma once
#include <functional>
#include <string>

#include "experiments/cli/exit_codes.h"
#include "experiments/cli/options.h"

namespace basin::experiments {

// Declares and parses the options, answers --help and --version, watches for interrupts, runs the body, all of it as
// work of exit_code_after. Started by mpirun, it joins the team (core/team.h): rank 0 speaks for all; an error of one
// rank alone is said by that rank, under its number, and ends all of them with its exit code.
int run_main(int argc, char** argv, const std::function<Options()>& declare,
             const std::function<int(const Options&)>& body);

// What the work returns. Exceptions become one `command: error: …` on stderr and the exit code of exit_codes.h; an
// answer that stdout cannot take is a StorageError.
int exit_code_after(const std::string& command, const std::function<int()>& work);

}  // namespace basin::experiments
