// Names as people write them: suggestions for misspelt ones, for the `help:` of an error, and patterns for several.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace basin {

// The candidate with the smallest edit distance to `given`, two letters that changed places being one edit (the first
// of equals); empty if there is no candidate.
std::string nearest_name(std::string_view given, std::span<const std::string> candidates);

// The same, or empty if it is not near: more edits than a third of the longer name's letters make it another name.
std::string near_name(std::string_view given, std::span<const std::string> candidates);

std::string lower_case(std::string_view text);  // of ASCII letters

// Whether a shell's pattern (* any characters, dots among them; ? one; [ab] one of these) fits a name, or one that the
// name stands below: "blocks.0" fits "blocks.0.attn.W_Q".
bool matches_glob(const std::string& glob, std::string_view name);

}  // namespace basin
