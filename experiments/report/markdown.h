// Markdown (CommonMark and tables) as HTML.
#pragma once
#include <string>

namespace basin::report {

// HTML in the text is not markup but text. DataError, naming `page`, for a picture (pages say {figure}) and for a link
// that is neither a relative path nor https.
std::string markdown_html(const std::string& text, const std::string& page);

// A line as plain text: without the backslashes that keep its characters from being markup.
std::string unescaped(const std::string& line);

}  // namespace basin::report
