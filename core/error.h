// What can go wrong, by who can mend it. Every message says what, where, given and wanted; `help: …` names the next
// step when it is known. Executables map the kinds to exit codes (experiments/cli/exit_codes.h).
#pragma once
#include <stdexcept>
#include <string>

namespace basin {

struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct ShapeError : Error {  // shapes do not fit, found while tracing
  using Error::Error;
};
struct NameError : Error {  // a name is unknown, taken, or of the wrong kind
  using Error::Error;
};
struct UsageError : Error {  // an option, a config key, an argument outside its range
  using Error::Error;
};
struct DataError : Error {  // a file or a data set is missing, truncated, corrupt, or holds wrong values
  using Error::Error;
};
struct NumericalError : Error {  // NaN, Inf, an iteration that did not converge
  using Error::Error;
};
struct ResourceError : Error {  // more memory or time than there is
  using Error::Error;
};
struct StorageError : Error {  // a disk is full, a file or a folder cannot be written
  using Error::Error;
};
struct Interrupted : Error {  // SIGINT or SIGTERM; state was saved
  using Error::Error;
};

}  // namespace basin
