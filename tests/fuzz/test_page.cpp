// A page in Markdown, a zero, then results.json, as `page` reads both.
#include "experiments/report/page.h"
#include "tests/fuzz/target.h"

using basin::report::Json;

FUZZ_TARGET(page) {
  const std::size_t end = std::min(bytes.find('\0'), bytes.size());
  const Json results = Json::parse(bytes.substr(std::min(end + 1, bytes.size())), nullptr, false);
  if (results.is_object()) basin::report::page_html(bytes.substr(0, end), "x.md", results, "/nonexistent");
}
