// Fills a page's fields in and splits it into pieces (experiments/report/page.h has the language).
#pragma once
#include <string>
#include <vector>

#include "experiments/report/table.h"

namespace basin::report {

// A piece of a page whose fields are filled in: Markdown ("text"), or a line that names something: "table", "figure",
// "graph", "fact" or "claims", with what it names and the words behind it.
struct Piece {
  std::string kind, text;
  Json value{};  // of a table, a fact or claims; the name of a figure or graph
  int line = 0;
};

// Errors: see page_html.
std::vector<Piece> fill(const std::string& markdown, const std::string& name, const Json& results);

}  // namespace basin::report
