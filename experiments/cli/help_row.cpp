#include "experiments/cli/help_row.h"

#include <algorithm>

namespace basin::experiments {

std::string help_row(std::string head, const std::string& text) {
  constexpr std::size_t text_column = 26, page_width = 100;
  std::string out = std::move(head);
  std::size_t line_start = 0, at = 0;
  if (out.size() + 2 > text_column) {  // two blanks part them
    out += "\n";
    line_start = out.size();
  }
  out.resize(line_start + text_column, ' ');
  while (at < text.size()) {
    std::size_t end = std::min(text.find(' ', at), text.size());
    if (out.size() - line_start + end - at > page_width) {
      out.back() = '\n';  // in place of the blank between the words
      line_start = out.size();
      out.resize(line_start + text_column, ' ');
    }
    out += text.substr(at, end - at) + (end < text.size() ? " " : "");
    at = end + 1;
  }
  return out + "\n";
}

}  // namespace basin::experiments
