#include "experiments/cli/command_name.h"

#include <cstdlib>

namespace basin::experiments {

std::string as_typed(const std::string& command) {
  const char* driver = std::getenv(driver_variable);
  return driver && *driver ? std::string(driver) + " " + command : command;
}

}  // namespace basin::experiments
