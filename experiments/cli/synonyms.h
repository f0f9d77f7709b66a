// What options are called elsewhere: suggestions for who looks for them by that name.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace basin::experiments {

// The first of `names` that is another word for `given` in the field ("batch-size": "batch"), or else the one that is
// spelt nearly the same (near_name); empty if there is neither, as no name is better than a wrong one.
std::string meant_name(std::string_view given, std::span<const std::string> names);

}  // namespace basin::experiments
