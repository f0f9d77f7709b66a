#include "experiments/report/page_frame.h"

#include <fmt/format.h>

#include "core/version.h"
#include "experiments/report/report_style.h"

namespace basin::report {

std::string framed(const PageFrame& page) {
  std::string contents;
  for (const auto& [id, title] : page.contents) contents += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", id, title);
  if (page.contents.size() > 1)
    contents = fmt::format("<nav aria-labelledby=\"contents\"><h2 id=\"contents\">Contents</h2><ol>\n{}</ol></nav>\n",
                           contents);
  else
    contents.clear();
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}{}</style></head>\n<body><div class=\"page\">\n"
      "<header><h1>{}</h1>{}</header>\n{}<main>\n{}</main>\n"
      "<footer>Made by basin {}.</footer>\n</div>{}</body></html>\n",
      page.title, report_style, page.style, page.heading, page.lead, contents, page.main, BASIN_VERSION,
      page.script.empty() ? "" : fmt::format("<script>\n{}</script>", page.script));
}

}  // namespace basin::report
