// How lists in --help are laid out.
#pragma once
#include <string>

namespace basin::experiments {

// A line "  name      words", the words wrapped in a column of their own.
std::string help_row(std::string head, const std::string& text);

}  // namespace basin::experiments
