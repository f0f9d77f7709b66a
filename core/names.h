// Suggestions for misspelt names, for the `help:` of an error.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace basin {

// The candidate with the smallest edit distance to `given` (the first of equals); empty if there is no candidate.
std::string nearest_name(std::string_view given, std::span<const std::string> candidates);

}  // namespace basin
