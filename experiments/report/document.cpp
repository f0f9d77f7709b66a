#include "experiments/report/document.h"

#include <fmt/format.h>
#include <md4c-html.h>

#include <cctype>
#include <map>
#include <regex>

#include "core/error.h"
#include "experiments/report/formula.h"
#include "experiments/report/page_frame.h"

namespace basin::report {
namespace {

constexpr const char* document_style = R"css(
nav{margin-bottom:2rem}
h3{font-size:1.1rem;margin:2rem 0 .6rem}
img{max-width:100%;background:#fff;border-radius:.6rem}
code{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.92em}
pre code{font-size:1em}
.math{overflow-x:auto;margin:0 0 1rem;padding:.4rem 0}
math{font-size:1.1rem}
.boxed{border:1px solid var(--soft);padding:.4rem}
details{margin:0 0 1rem}
summary{cursor:pointer}
)css";

// The text with what `change` makes of every match of the pattern.
std::string changed(const std::string& text, const std::regex& pattern,
                    const std::function<std::string(const std::smatch&)>& change) {
  std::string out;
  auto at = text.cbegin();
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    out.append(at, (*match)[0].first);
    out += change(*match);
    at = (*match)[0].second;
  }
  return out.append(at, text.cend());
}

std::string plain(const std::string& html) {
  std::string text = changed(html, std::regex("<[^>]*>"), [](const auto&) { return ""; });
  for (const auto& [entity, sign] : {std::pair{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&amp;", "&"}})
    text = changed(text, std::regex(entity), [&](const auto&) { return sign; });
  return text;
}

std::string raw_html(const std::string& markdown, const std::string& name) {
  std::string html;
  const auto append = [](const MD_CHAR* part, MD_SIZE size, void* to) {
    static_cast<std::string*>(to)->append(part, size);
  };
  if (md_html(markdown.data(), MD_SIZE(markdown.size()), append, &html, MD_FLAG_TABLES, 0) != 0)
    throw DataError(name + ": this Markdown cannot be read");
  return html;
}

std::string with_links(const std::string& html, const LinkMap& link) {
  static const std::regex reference("(<a href|<img src)=\"([^\"#:]+)(#[^\"]*)?\"");
  return changed(html, reference,
                 [&](const std::smatch& m) { return fmt::format("{}=\"{}{}\"", m.str(1), link(m.str(2)), m.str(3)); });
}

std::string with_formulas(const std::string& html) {
  const std::string begin = "<pre><code class=\"language-math\">", end = "</code></pre>";
  std::string out;
  std::size_t at = 0;
  for (std::size_t from; (from = html.find(begin, at)) != std::string::npos;) {
    const std::size_t to = html.find(end, from), inside = from + begin.size();
    out += html.substr(at, from - at) + "<div class=\"math\">" + formula_html(plain(html.substr(inside, to - inside))) +
           "</div>";
    at = to + end.size();
  }
  return out + html.substr(at);
}

// A wide table scrolls by itself; the keyboard reaches it.
std::string with_table_frames(const std::string& html) {
  return changed(html, std::regex("<table>|</table>"), [](const std::smatch& m) {
    const char* frame = "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"table\"><table>";
    return m.str() == "<table>" ? frame : "</table></div>";
  });
}

std::string with_anchors(const std::string& html, PageFrame& page) {
  std::map<std::string, int> taken;
  static const std::regex heading("<h([1-6])>(.*)</h[1-6]>");
  return changed(html, heading, [&](const std::smatch& m) {
    std::string id = slug(plain(m.str(2)));
    if (const int earlier = taken[id]++) id += fmt::format("-{}", earlier);
    if (m.str(1) == "2") page.contents.emplace_back(id, m.str(2));
    return fmt::format("<h{0} id=\"{1}\">{2}</h{0}>", m.str(1), id, m.str(2));
  });
}

}  // namespace

// Letters of other scripts stay as they are; signs of several bytes ("§", "→", "–") go, as those of ASCII do.
std::string slug(const std::string& heading) {
  std::string out;
  for (std::size_t i = 0; i < heading.size(); ++i) {
    const auto c = static_cast<unsigned char>(heading[i]);
    const bool letters = (c >= 0xC3 && c <= 0xD4) || c == 0xE1;  // Latin to Cyrillic, and Latin with more accents
    if (std::isalnum(c) || c == '_' || c == '-') out += char(std::tolower(c));
    if (c == ' ') out += '-';
    for (std::size_t more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0, k = 0; c >= 0xC0 && k <= more; ++k)
      if (letters && i + k < heading.size()) out += heading[i + k];
  }
  return out;
}

std::string document_html(const std::string& markdown, const std::string& name, const LinkMap& link) {
  PageFrame page{.style = document_style};
  std::string html = raw_html(markdown, name);
  const std::size_t end = html.find("</h1>\n");
  if (!html.starts_with("<h1>") || end == std::string::npos)
    throw DataError(name + ":1: a document begins with its title; help: # Title");
  page.heading = html.substr(4, end - 4);
  page.title = changed(page.heading, std::regex("<[^>]*>"), [](const auto&) { return ""; });
  html = with_table_frames(with_links(with_formulas(html.substr(end + 6)), link));
  page.main = with_anchors(html, page);
  return framed(page);
}

}  // namespace basin::report
