// How a program is called: "train_mlp" by itself, "basin train_mlp" where the driver started it.
#pragma once
#include <string>

namespace basin::experiments {

// A variable of the environment that the driver sets to its own name.
inline constexpr const char* driver_variable = "BASIN_DRIVER";

// A program's name, or a command line that begins with it, as one would type it.
std::string as_typed(const std::string& command);

}  // namespace basin::experiments
