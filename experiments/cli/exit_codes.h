// Exit codes: which error ends a program with which, and what --help says of them.
#pragma once
#include <exception>
#include <string>

namespace basin::experiments {

enum ExitCode {
  exit_ok = 0,
  exit_check_failed = 1,  // and nothing else: scripts may read it as a verdict
  exit_usage = 2,
  exit_data = 3,
  exit_numerical = 4,
  exit_storage = 5,
  exit_memory = 6,
  exit_fault = 70,  // none of the others: a tool that is missing, or a fault of the program
  exit_interrupted = 130
};

// UsageError and NameError 2; DataError and ShapeError (what was given does not fit), and folders that cannot be looked
// into, 3; NumericalError 4; StorageError 5; ResourceError, a failed allocation, a size beyond all memory and threads
// that the system does not give 6; Interrupted 130; any other 70.
ExitCode exit_code_of(const std::exception& error);

// What there is to say of it: its own words, or those of an error of the standard library put so that one can act.
std::string message_of(const std::exception& error);

// "  0 ok   1 a check failed …\n"; `resumable`: what was interrupted can go on.
std::string exit_code_help(bool resumable);

}  // namespace basin::experiments
