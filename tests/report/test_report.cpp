#include <doctest/doctest.h>

#include <set>

#include "core/file.h"
#include "experiments/report/figure.h"
#include "experiments/report/markdown.h"
#include "experiments/report/report.h"
#include "experiments/report/report_svg.h"
#include "tests/core/temp_folder.h"
#include "tests/report/has.h"

using namespace basin;
using namespace basin::report;

namespace {

std::string drawn() {
  static const std::string svg = [] {
    TempFolder tmp;
    write_figure(tmp.path(), "f", {.title = "a < b & c", .series = {{"s", {1, 2}, {3, 4}, SeriesStyle::points}}});
    return read_file(tmp / "f.svg");
  }();
  return svg;
}

const char* const hostile = "<script>alert(1)</script> & \"double\" 'single'";

Report full() {
  Report r(hostile, hostile);
  r.facts({{hostile, hostile}});
  r.section(hostile).table({hostile, "n"}, {{hostile, "1"}, {"x", "2.5e-3"}}, hostile);
  r.section("Figures").figure(drawn(), hostile).figure(drawn(), "second");
  r.section("Claims").claims(
      {{"C1", hostile, "1", "1", "0", hostile, "pass", hostile}, {"C2", "t", "1", "2", "0", "predicted", "fail", ""}});
  return r;
}

// The open elements at the first mistake, or "" when every tag is closed in order. Attributes must be quoted.
std::string first_mistake(const std::string& html) {
  const std::set<std::string> empty = {"meta", "!DOCTYPE"};
  std::vector<std::string> open;
  for (std::size_t at = 0; (at = html.find('<', at)) != std::string::npos;) {
    std::size_t end = at + 1;
    for (char quote = 0; end < html.size() && (quote || html[end] != '>'); ++end) {
      if (!quote && html[end] == '<') return "a < inside a tag at: " + html.substr(at, 60);
      if (quote ? html[end] == quote : html[end] == '"' || html[end] == '\'') quote = quote ? 0 : html[end];
    }
    std::string tag = html.substr(at + 1, end - at - 1), name = tag.substr(0, tag.find_first_of(" \n\t/", 1));
    at = end;
    if (tag.ends_with("/") || empty.contains(name)) continue;
    if (name[0] != '/') {
      open.push_back(name);
    } else if (open.empty() || "/" + open.back() != tag) {
      return tag + " closes " + (open.empty() ? "nothing" : open.back());
    } else {
      open.pop_back();
    }
  }
  return open.empty() ? "" : open.back() + " stays open";
}

std::vector<std::string> values_of(const std::string& html, const std::string& before) {
  std::vector<std::string> values;
  for (std::size_t at = 0; (at = html.find(before, at)) != std::string::npos;) {
    at += before.size();
    values.push_back(html.substr(at, html.find_first_of("\"')", at) - at));
  }
  return values;
}

}  // namespace

TEST_CASE("the checker of tags finds mistakes") {
  CHECK(first_mistake("<p><b>x</b></p>").empty());
  CHECK_FALSE(first_mistake("<p><b>x</p></b>").empty());
  CHECK_FALSE(first_mistake("<p>").empty());
  CHECK_FALSE(first_mistake("</p>").empty());
  CHECK_FALSE(first_mistake("<p <b>").empty());
}

TEST_CASE("a report is well-formed, empty or full") {
  CHECK(first_mistake(full().html()) == "");
  CHECK(first_mistake(Report("t").html()) == "");
  CHECK(first_mistake(Report("t").section("s").html()) == "");
}

TEST_CASE("texts are escaped everywhere") {
  CHECK(html_escaped("<a href=\"x\">'&'\x01") == "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39; ");
  const std::string html = full().html();
  CHECK_FALSE(has(html, "<script"));
  CHECK_FALSE(has(html, "\"double\""));
  CHECK_FALSE(has(html, "'single'"));
  CHECK(has(html, "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;double&quot; &#39;single&#39;"));
}

TEST_CASE("ids are unique and every reference inside the report is met") {
  const std::string html = full().html();
  std::vector<std::string> ids = values_of(html, " id=\"");
  for (const std::string& id : values_of(html, " id='")) ids.push_back(id);
  std::set<std::string> known(ids.begin(), ids.end());
  CHECK(known.size() == ids.size());
  CHECK(known.contains("f1-gpDot"));
  CHECK(known.contains("f2-gpDot"));
  std::size_t references = 0;
  for (const char* before : {"href=\"#", "href='#", "url(#", "aria-labelledby=\""})
    for (const std::string& id : values_of(html, before)) {
      CHECK_MESSAGE(known.contains(id), id);
      ++references;
    }
  CHECK(references > 10);
}

TEST_CASE("nothing outside the file is asked for") {
  const std::string html = full().html();
  for (const char* part : {"src=", "@import", "<link", "href=\"http", "url(http", "<script"})
    CHECK_FALSE(has(html, part));
}

TEST_CASE("figures carry a name for screen readers, and tables have headers") {
  const std::string html = full().html();
  CHECK(has(html, "role=\"img\" aria-label=\"second\""));
  CHECK(has(html, "<figcaption><b>Figure 2.</b> second</figcaption>"));
  CHECK(has(html, "<th scope=\"col\""));
  CHECK(has(html, "<th scope=\"row\">C2</th>"));
  CHECK(has(html, "<span class=\"badge fail\">fail</span>"));
}

TEST_CASE("columns of numbers are aligned right, others are not") {
  auto html = [](const std::vector<std::string>& cells) {
    std::vector<std::vector<std::string>> rows;
    for (const std::string& c : cells) rows.push_back({"row", c});
    return Report("t").section("s").table({"name", "value"}, rows).html();
  };
  CHECK(has(html({"1", "-2.5e-3", "12 %", "3,466", "nan", "-", "1.5 ms", "<1e-9"}), "<td class=\"n\">1</td>"));
  CHECK_FALSE(has(html({"1", "five"}), "<td class=\"n\">"));
  CHECK_FALSE(has(html({"33 of 65"}), "<td class=\"n\">"));
  CHECK_FALSE(has(html({"2026-01-02"}), "<td class=\"n\">"));
}

TEST_CASE("the table of contents links to the sections, when there are several") {
  CHECK(has(full().html(), "<li><a href=\"#s2\">Figures</a></li>"));
  CHECK_FALSE(has(Report("t").section("only").html(), "<nav"));
}

TEST_CASE("what is no figure, no row and no verdict is refused") {
  Report r("t");
  CHECK_THROWS_AS(r.figure("hello", "c"), DataError);
  CHECK_THROWS_AS(r.figure("<svg>", "c"), DataError);
  CHECK_THROWS_AS(r.figure("<svg><script>1</script></svg>", "c"), DataError);
  CHECK_THROWS_AS(r.figure("<svg><g onload=\"x()\"></g></svg>", "c"), DataError);
  CHECK_THROWS_AS(r.figure("<svg><image href=\"http://x/y.png\"/></svg>", "c"), DataError);
  CHECK_THROWS_AS(r.figure("<svg><g fill=\"url(http://x)\"/></svg>", "c"), DataError);
  CHECK_THROWS_AS(r.table({"a", "b"}, {{"1"}}), ShapeError);
  CHECK_THROWS_AS(r.claims({{"C1", "t", "1", "1", "0", "predicted", "maybe", ""}}), UsageError);
}

TEST_CASE("an svg inside the page fills the width and keeps its view box") {
  const std::string svg = inline_svg(
      "<?xml?>\n<svg\n width=\"7\" height=\"5\" viewBox=\"0 0 7 5\"><g id='a' fill='url(#a)'/></svg>\n", "p-", "l");
  CHECK(svg == "<svg\n viewBox=\"0 0 7 5\" role=\"img\" aria-label=\"l\"><g id='p-a' fill='url(#p-a)'/></svg>");
}

TEST_CASE("a report is the same bytes each time") { CHECK(full().html() == full().html()); }

TEST_CASE("words are HTML without markup of their own, above the first section and in it") {
  const std::string words =
      markdown_html(std::string("> ") + hostile + "\n\n" + hostile + "\n\n```\n" + hostile + "\n```\n", "a.md");
  Report r("t");
  r.html_block(words).section("s").html_block(words);
  const std::string html = r.html();
  CHECK(first_mistake(html) == "");
  CHECK_FALSE(has(html, "<script>"));
  CHECK_FALSE(has(html, "\"double\""));
  CHECK(html.find("<blockquote>") < html.find("<main>"));
  CHECK(html.rfind("<blockquote>") > html.find("<h2 id=\"s1\">"));
}
