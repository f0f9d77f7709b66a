#include "experiments/report/page.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "core/file.h"
#include "experiments/report/template.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using namespace basin::report;

namespace {

const Json results = Json::parse(R"({
  "planted": 60, "share": 0.2134, "violated": 0, "command": "claims --seed 1 *", "low": {"name": "5_6", "nets": 3},
  "pictures": [{"figure_name": "one", "says": "First."}, {"figure_name": "two", "says": "Second."}],
  "families": {"columns": [{"key": "name", "head": "layers", "format": ""}, {"key": "free", "head": "free <N>",
               "format": "{:.1f}"}],
               "rows": [{"name": "5-6-4", "free": 6.25}, {"name": "5-6-6-4", "free": 12}]},
  "claims": [{"id": "C1", "title": "ranks", "predicted": 3.0, "measured": 3.0, "tolerance": 0, "verdict": "pass",
              "how": "by hand"}]})");

// The Markdown of a page between its title and its end, filled in.
std::string filled(const std::string& text) {
  std::string all;
  for (const Piece& p : fill(text, "a.md", results)) all += p.text;
  return all;
}

}  // namespace

TEST_CASE("fields take their format, from objects and entries too, and are no markup") {
  CHECK(filled("{planted} of {share:.1%}, {planted:.1f}; {low.name}") == "60 of 21.3 %, 60.0; 5\\_6");
  CHECK(filled("`a`\n```\n{command}\n```\n{command}") == "`a`\n```\nclaims --seed 1 *\n```\nclaims --seed 1 \\*");
  CHECK(filled("{{planted}}") == "{planted}");
  CHECK(filled("{each families}{name}: {free:.0f} of {planted}. {end}") == "5-6-4: 6 of 60. 5-6-6-4: 12 of 60. ");
}

TEST_CASE("the code of a page is what a program says, with fields as they are") {
  const std::string page =
      "# T\n\nWords.\n```\n{each families}{name:<9}{free:>6.1f}\n{end}{command}\n```\n{if "
      "violated}\n```\nno\n```\n{end}";
  CHECK(page_code(page, "a.md", results) == "5-6-4       6.2\n5-6-6-4    12.0\nclaims --seed 1 *\n");
}

TEST_CASE("conditions choose") {
  CHECK(filled("{if violated}some{else}none{end}") == "none");
  CHECK(filled("{if not violated}none{end}{if violated}some{end}.") == "none.");
  CHECK(filled("{if planted}{if violated}a{else}b{end}{else}c{end}") == "b");
  CHECK(filled("{if families}rows{end}") == "rows");
}

TEST_CASE("what a page asks for and the results do not have is an error with its line") {
  const auto refused = [](const std::string& text, const char* said) {
    CHECK_THROWS_WITH_AS(fill(text, "a.md", results), doctest::Contains(said), DataError);
  };
  refused("# T\n\n{plantd}", "a.md:3: the results have no 'plantd'; help: the nearest name is 'planted'");
  refused("\n{command:.1f}", "a.md:2: {command:.1f}: '{:.1f}' does not fit");
  refused("{families}", "a.md:1: {families}: a list or a table");
  refused("one\n{if planted} two", "a.md:2: {if planted} has no {end}");
  refused("{planted", "a.md:1: a { without its }");
  refused("a\n}", "a.md:2: a } without its {");
  refused("{each planted}{end}", "'planted' is no list");
  refused("{table tables} words", "no 'tables'");
}

TEST_CASE("a page is one file with its words, figures, tables and claims") {
  const TempFolder folder;
  for (const char* name : {"one", "two"})
    folder.with(std::string(name) + ".svg",
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><path d=\"M0 0\"/></svg>");
  const std::string page =
      "# What makes it *so*?\nbasin: {planted} nets\n\n> In {planted} networks.\n\n{fact planted} networks\n"
      "{fact share:.1%} of it\n## Kinds\nA **bold** word <b>and no markup</b>.\n\n{table families} Means over "
      "{planted}.\n"
      "{each pictures}{figure figure_name} {says}\n{end}## Claims\n{claims}\n```\n{command}\n```\n";
  const std::string html = page_html(page, "a.md", results, folder.path());
  for (const char* wanted :
       {"<h1>What makes it *so*?</h1>", "basin: 60 nets", "<blockquote>\n<p>In 60 networks.</p>",
        "<dt>networks</dt><dd>60</dd>", "<dt>of it</dt><dd>21.3 %</dd>", "<h2 id=\"s1\">Kinds</h2>",
        "A <strong>bold</strong> word &lt;b&gt;", "<caption>Means over 60.</caption>", "free &lt;N&gt;", ">12.0</td>",
        "<b>Figure 2.</b> Second.", "badge pass", "claims --seed 1 *\n</code>"})
    CHECK_MESSAGE(html.find(wanted) != std::string::npos, wanted, " is not in\n", html);
  CHECK(html.find("seconds") == std::string::npos);
  CHECK_THROWS_WITH_AS(page_html("words", "a.md", results, ""), doctest::Contains("begins with its title"), DataError);
  CHECK_THROWS_WITH_AS(page_html("# T\n\n![x](http://y/z.png)\n", "a.md", results, ""),
                       doctest::Contains("help: {figure name}"), DataError);
  CHECK_THROWS_WITH_AS(page_text("kindz"), doctest::Contains("no page is named 'kindz'"), NameError);
}

TEST_CASE("a graph stands among the figures, and what is not there is an error with its line and the nearest name") {
  const TempFolder folder;
  folder.with("one.svg", "<svg><path d=\"M0 0\"/></svg>");
  folder.with("net.json", R"({"layers": [{"name": "in", "features": 1}, {"name": "out", "features": 1}],
    "nodes": [{"layer": 0, "index": 0, "label": "a", "importance": 1, "module": 0},
              {"layer": 1, "index": 0, "label": "b", "importance": 1, "module": 0}],
    "edges": [{"source": 0, "target": 1, "strength": 0.5}]})");
  folder.with("bad.json", "{}");
  const auto html = [&](const std::string& words) {
    return page_html("# T\n\n## S\n\n" + words + "\n", "a.md", results, folder.path());
  };
  const std::string page = html("{figure one} First.\n{graph net} Of {planted} networks.");
  const std::string link = std::filesystem::path(folder.path()).filename().string() + "/net.json";
  for (const std::string& wanted :
       {std::string("<figure class=\"graph\">"), std::string("role=\"img\" aria-label=\"Of 60"),
        std::string("<b>Figure 2.</b> Of 60 networks."), "<a href=\"" + link + "\""})
    CHECK_MESSAGE(page.find(wanted) != std::string::npos, wanted);
  CHECK(html("{figure one} First.").find("<script") == std::string::npos);
  CHECK_THROWS_WITH_AS(html("{graph nets} x"), doctest::Contains("'nets.json'; help: the nearest name is 'net'"),
                       DataError);
  CHECK_THROWS_WITH_AS(html("{graph nets} x"), doctest::Contains("a.md:5: there is no"), DataError);
  CHECK_THROWS_WITH_AS(html("\n{figure ones} x"), doctest::Contains("a.md:6: there is no"), DataError);
  CHECK_THROWS_WITH_AS(html("{graph bad} x"), doctest::Contains("bad.json is no layered graph"), DataError);
  CHECK_THROWS_WITH_AS(html("{graph} x"), doctest::Contains("a.md:5: {graph} has no name"), DataError);
}

TEST_CASE("a page links others by relative paths or https, and nothing else") {
  const auto html = [](const std::string& to) {
    const Json with_page{{"to", to}, {"title", "a_b"}};
    return page_html("# T\n\n## S\n\n### [{title}]({to})\n\nfound 3\n", "a.md", with_page, "");
  };
  CHECK(html("a_b/report.html").find("<h3><a href=\"a_b/report.html\">a_b</a></h3>\n<p>found 3</p>") !=
        std::string::npos);
  CHECK(html("https://a.b/c").find("<a href=\"https://a.b/c\">") != std::string::npos);
  for (const char* page : {"", "/etc/passwd", "http://a.b/c", "javascript:alert(1)", "file:///etc/passwd"})
    CHECK_THROWS_WITH_AS(html(page), doctest::Contains("help: a relative path, or https://"), DataError);
}

TEST_CASE("results that are damaged and formats beyond a page are refused") {
  const auto page = [](const std::string& markdown, const char* results) {
    return page_html("# T\n\n" + markdown, "a.md", Json::parse(results), "figures");
  };
  CHECK_THROWS_WITH_AS(page("{table t} x", R"({"t": {"rows": [{}]}})"), doctest::Contains("a.md: the results are not"),
                       DataError);
  CHECK_THROWS_WITH_AS(page("{x:1000000000}", R"({"x": 1})"), doctest::Contains("is wider than a page"), DataError);
  CHECK_THROWS_WITH_AS(page("{x:.999999999f}", R"({"x": 1.5})"), doctest::Contains("is wider than a page"), DataError);
}
