// What the terminal can show.
#pragma once
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace basin::experiments {

inline bool is_terminal(std::FILE* stream) { return isatty(fileno(stream)) == 1; }

// Colours on a terminal only, and not when the user has set NO_COLOR (to anything but nothing).
inline bool use_colour(std::FILE* stream) {
  const char* no_color = std::getenv("NO_COLOR");
  return is_terminal(stream) && !(no_color && *no_color);
}

enum class Colour { red = 31, green = 32, yellow = 33, blue = 34 };

inline std::string coloured(std::string_view text, Colour colour, bool enabled) {
  if (!enabled) return std::string(text);
  return "\033[1;" + std::to_string(int(colour)) + "m" + std::string(text) + "\033[0m";
}

// Columns that UTF-8 text takes, for the scripts used here (one column per code point).
inline std::size_t columns_of(std::string_view text) {
  std::size_t n = 0;
  for (unsigned char c : text) n += (c & 0xC0) != 0x80;
  return n;
}

}  // namespace basin::experiments
