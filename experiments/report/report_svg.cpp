#include "experiments/report/report_svg.h"

#include <fmt/format.h>

#include <regex>

namespace basin::report {
namespace {

void refuse(const std::string& what) {
  throw DataError("report: figure: " + what + "; help: give the text of an .svg file that write_figure made");
}

void check_closed(const std::string& svg) {
  static const std::regex script(R"(<\s*(script|foreignObject|iframe)\b|\son[a-z]+\s*=\s*["']|javascript:)",
                                 std::regex::icase);
  static const std::regex outside(R"((href\s*=\s*["'](?!#|data:image/png))|(url\(\s*["']?(?!#|["'])))",
                                  std::regex::icase);
  if (std::regex_search(svg, script)) refuse("the SVG carries a script");
  if (std::regex_search(svg, outside)) refuse("the SVG refers to something outside itself");
}

// Attributes of the opening tag that fix the size, clash with ours or are of no use in HTML; the viewBox stays.
std::string opening_tag(std::string tag, const std::string& label) {
  static const std::regex fixed(R"(\s(id|xmlns|width|height|role|aria-label)\s*=\s*("[^"]*"|'[^']*'))");
  tag = std::regex_replace(tag, fixed, "");
  tag.pop_back();
  return fmt::format("{} role=\"img\" aria-label=\"{}\">", tag, label);
}

}  // namespace

std::string inline_svg(const std::string& svg, const std::string& prefix, const std::string& label) {
  static const std::regex title(R"(\s*<title>[^<]*</title>\s*<desc>[^<]*</desc>)");  // gnuplot's: a tooltip of no use
  static const std::regex id(R"((\sid\s*=\s*["']))"), reference(R"((href\s*=\s*["']#|url\(\s*["']?#))");
  const std::size_t start = svg.find("<svg"), end = svg.rfind("</svg>");
  const std::size_t body = start == std::string::npos ? start : svg.find('>', start);
  if (body == std::string::npos || end == std::string::npos || end < body) refuse("not the text of an SVG file");
  std::string content = svg.substr(body + 1, end - body - 1);
  check_closed(svg.substr(start, end - start));
  content = std::regex_replace(content, title, "", std::regex_constants::format_first_only);
  content = std::regex_replace(content, id, "$1" + prefix);
  content = std::regex_replace(content, reference, "$1" + prefix);
  return opening_tag(svg.substr(start, body - start + 1), label) + content + "</svg>";
}

std::string labelled_svg(const std::string& svg, const std::string& label) {
  const std::size_t end = svg.find('>');
  return opening_tag(svg.substr(0, end + 1), label) + svg.substr(end + 1);
}

}  // namespace basin::report
