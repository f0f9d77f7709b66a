#include "experiments/report/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/file.h"
#include "experiments/report/graph_element.h"
#include "experiments/report/page_frame.h"
#include "experiments/report/report_svg.h"

namespace basin::report {
namespace {

// Numbers, also with a unit or a sign behind or in front, and the marks for "no number".
bool looks_numeric(std::string text) {
  if (text.empty() || text == "-" || text == "–" || text == "—" || text == "nan") return true;
  if (text[0] == '<' || text[0] == '>' || text[0] == '+' || text[0] == '~') text.erase(0, 1);
  if (text.starts_with("±")) text.erase(0, std::string_view("±").size());
  text.erase(0, std::min(text.size(), text.find_first_not_of(' ')));
  std::erase(text, ',');
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string_view unit(end, std::size_t(text.data() + text.size() - end));
  return error == std::errc() && unit.size() <= 6 && unit.find_first_of("0123456789-") == std::string_view::npos;
}

std::vector<bool> numeric_columns(std::size_t columns, const std::vector<std::vector<std::string>>& rows) {
  std::vector<bool> numeric(columns, !rows.empty());
  for (const auto& row : rows)
    for (std::size_t j = 0; j < columns; ++j) numeric[j] = numeric[j] && looks_numeric(row[j]);
  return numeric;
}

std::string cell(const char* tag, const std::string& attributes, bool number, const std::string& html) {
  return fmt::format("<{0}{1}{2}>{3}</{0}>", tag, attributes, number ? " class=\"n\"" : "", html);
}

std::string header_row(const std::vector<std::string>& headers, const std::vector<bool>& numeric) {
  std::string row = "<thead><tr>";
  for (std::size_t j = 0; j < headers.size(); ++j)
    row += cell("th", " scope=\"col\"", numeric[j], html_escaped(headers[j]));
  return row + "</tr></thead>";
}

// A wide table scrolls by itself; the keyboard reaches it.
std::string table_frame(const std::string& label, const std::string& content) {
  return fmt::format("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{}\"><table>{}</table></div>\n",
                     html_escaped(label), content);
}

std::string claim_html(const ClaimRow& c) {
  bool known = c.verdict == "pass" || c.verdict == "fail" || c.verdict == "report";
  if (!known)
    throw UsageError(
        fmt::format("report: claim {}: verdict {}; wanted pass, fail or report", excerpt(c.id), excerpt(c.verdict)));
  std::string how = c.how.empty() ? "" : fmt::format("<span class=\"how\">{}</span>", html_escaped(c.how));
  std::string row = "<tr>" + cell("th", " scope=\"row\"", false, html_escaped(c.id)) +
                    cell("td", "", false, html_escaped(c.title) + how);
  for (const std::string* value : {&c.predicted, &c.measured, &c.tolerance})
    row += cell("td", "", looks_numeric(*value), html_escaped(*value));
  row += cell("td", "", false, html_escaped(c.standing));
  return row + cell("td", "", false, fmt::format("<span class=\"badge {0}\">{0}</span>", c.verdict)) + "</tr>\n";
}

}  // namespace

std::string html_escaped(const std::string& text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += static_cast<unsigned char>(c) < 32 && c != '\n' && c != '\t' ? ' ' : c;
    }
  }
  return out;
}

std::string shortened(const std::string& text, std::size_t most) {
  std::size_t characters = 0, cut = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    if (characters + 1 == most) cut = i;
    if (++characters > most) return text.substr(0, cut) + "…";
  }
  return text;
}

Report::Report(std::string title, std::string subtitle) : title_(std::move(title)), subtitle_(std::move(subtitle)) {}

Report& Report::facts(const std::vector<std::pair<std::string, std::string>>& items) {
  std::string list = "<dl class=\"facts\">";
  for (const auto& [name, value] : items)
    list += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", html_escaped(name), html_escaped(value));
  (sections_.empty() ? lead_ : body_) += list + "</dl>\n";
  return *this;
}

Report& Report::section(const std::string& title) {
  if (!sections_.empty()) body_ += "</section>\n";
  sections_.push_back(title);
  body_ += fmt::format("<section aria-labelledby=\"s{0}\"><h2 id=\"s{0}\">{1}</h2>\n", sections_.size(),
                       html_escaped(title));
  return *this;
}

Report& Report::html_block(const std::string& html) {
  (sections_.empty() ? lead_ : body_) += html;
  return *this;
}

Report& Report::table(const std::vector<std::string>& headers, const std::vector<std::vector<std::string>>& rows,
                      const std::string& caption) {
  for (const auto& row : rows)
    if (row.size() != headers.size())
      throw ShapeError(
          fmt::format("report: table '{}': a row of {} cells under {} headers", caption, row.size(), headers.size()));
  const std::vector<bool> numeric = numeric_columns(headers.size(), rows);
  std::string html = caption.empty() ? "" : fmt::format("<caption>{}</caption>", html_escaped(caption));
  html += header_row(headers, numeric) + "<tbody>\n";
  for (const auto& row : rows) {
    html += "<tr>";
    for (std::size_t j = 0; j < row.size(); ++j)
      html += cell(j ? "td" : "th", j ? "" : " scope=\"row\"", numeric[j], html_escaped(row[j]));
    html += "</tr>\n";
  }
  body_ += table_frame(caption.empty() ? "table" : caption, html + "</tbody>");
  return *this;
}

Report& Report::figure(const std::string& svg, const std::string& caption) {
  ++figures_;
  body_ += fmt::format(
      "<figure><div class=\"scroll\" tabindex=\"0\">{}</div><figcaption><b>Figure {}.</b> {}"
      "</figcaption></figure>\n",
      inline_svg(svg, fmt::format("f{}-", figures_), html_escaped(caption)), figures_, html_escaped(caption));
  return *this;
}

Report& Report::claims(const std::vector<ClaimRow>& rows) {
  const std::vector<std::string> headers = {"claim", "", "predicted", "measured", "tolerance", "standing", "verdict"};
  std::string html = "<thead><tr>";
  for (std::size_t j = 0; j < headers.size(); ++j)
    html += cell("th", " scope=\"col\"", j >= 2 && j <= 4, j == 1 ? "what it says" : headers[j]);
  html += "</tr></thead><tbody>\n";
  for (const ClaimRow& row : rows) html += claim_html(row);
  body_ += table_frame("claims", html + "</tbody>");
  return *this;
}

std::string Report::html() const {
  PageFrame page{.title = html_escaped(title_), .heading = html_escaped(title_)};
  if (!subtitle_.empty()) page.lead = fmt::format("<p class=\"subtitle\">{}</p>", html_escaped(subtitle_));
  page.lead += "\n" + lead_;
  for (std::size_t i = 0; i < sections_.size(); ++i)
    page.contents.emplace_back(fmt::format("s{}", i + 1), html_escaped(sections_[i]));
  page.main = body() + (sections_.empty() ? "" : "</section>\n");
  if (!graphs_.empty()) page.style = graph_style(), page.script = graph_script();
  return framed(page);
}

}  // namespace basin::report
