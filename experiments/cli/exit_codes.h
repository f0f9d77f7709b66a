// Exit codes: which error ends a program with which, and what --help says of them.
#pragma once
#include <exception>
#include <string>

#include "core/error.h"

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
  exit_again = 75,  // a shard was stopped by SIGTERM or SIGUSR1, as schedulers do; the same command goes on
  exit_interrupted = 130
};

// A shard is saved and wants another go.
struct Again : Interrupted {
  using Interrupted::Interrupted;
};

// Not an error: a shard has done its part, and there is nothing more to do. `what` is the answer.
struct ShardDone : std::exception {
  explicit ShardDone(std::string text) : text_(std::move(text)) {}
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

// UsageError and NameError 2; DataError and ShapeError (what was given does not fit), and folders that cannot be looked
// into, 3; NumericalError 4; StorageError 5; ResourceError, a failed allocation, a size beyond all memory and threads
// that the system does not give 6; Again 75; Interrupted 130; any other
// 70.
ExitCode exit_code_of(const std::exception& error);

// What there is to say of it: its own words, or those of an error of the standard library put so that one can act.
std::string message_of(const std::exception& error);

// "  0 ok   1 a check failed …\n"; `resumable`: what was interrupted can go on.
std::string exit_code_help(bool resumable, bool sharded = false);

}  // namespace basin::experiments
