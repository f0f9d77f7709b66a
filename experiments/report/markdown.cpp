#include "experiments/report/markdown.h"

#include <md4c-html.h>

#include <cctype>

#include "core/file.h"

namespace basin::report {
namespace {

void check_links(const std::string& html, const std::string& page) {
  const std::string link = "<a href=\"";
  for (std::size_t at = html.find(link); at != std::string::npos; at = html.find(link, at)) {
    at += link.size();
    const std::string to = html.substr(at, html.find('"', at) - at);
    const bool relative = !to.empty() && to[0] != '/' && to.find(':') == std::string::npos;
    if (!relative && !to.starts_with("https://"))
      throw DataError(page + ": a link to " + excerpt(to) + "; help: a relative path, or https://");
  }
}

}  // namespace

std::string markdown_html(const std::string& text, const std::string& page) {
  std::string html;
  const auto append = [](const MD_CHAR* part, MD_SIZE size, void* to) {
    static_cast<std::string*>(to)->append(part, size);
  };
  if (md_html(text.data(), MD_SIZE(text.size()), append, &html, MD_FLAG_NOHTML | MD_FLAG_TABLES, 0) != 0)
    throw DataError(page + ": this Markdown cannot be read: " + excerpt(text));
  if (html.find("<img ") != std::string::npos)
    throw DataError(page + ": a picture by a link would not be in the file; help: {figure name} and its caption");
  check_links(html, page);
  return html;
}

std::string unescaped(const std::string& line) {
  std::string text;
  for (std::size_t i = 0; i < line.size(); ++i)
    if (line[i] != '\\' || i + 1 == line.size() || !std::ispunct(static_cast<unsigned char>(line[i + 1])))
      text += line[i];
    else
      text += line[++i];
  return text;
}

}  // namespace basin::report
