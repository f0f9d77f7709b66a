// Text of others in a message that is longer than an excerpt (core/file.h).
#pragma once
#include <string>
#include <string_view>

namespace basin {

// With ? in the place of control characters, which a terminal would obey, and what is behind 300 bytes left out.
std::string legible(std::string_view text);

}  // namespace basin
