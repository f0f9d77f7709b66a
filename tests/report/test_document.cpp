#include "experiments/report/document.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "experiments/report/formula.h"
#include "tests/report/has.h"

using namespace basin;
using namespace basin::report;

namespace {

std::string made(const std::string& text) {
  return document_html(text, "a.md", [](const std::string& to) { return "<" + to + ">"; });
}

// The elements of a formula, without those around every formula.
std::string formula(const std::string& tex) {
  const std::string html = formula_html(tex), begin = "<semantics><mrow>";
  const std::size_t at = html.find(begin) + begin.size();
  return html.substr(at, html.find("</mrow><annotation") - at);
}

}  // namespace

TEST_CASE("headings have the anchors that code hosts give them") {
  CHECK(slug("The first program: `x` & more") == "the-first-program-x--more");
  CHECK(slug("5.1 N_eff – at ε, C17/C18") == "51-n_eff--at-ε-c17c18");
  CHECK(slug("Größe λ̂ → 0 §2") == "größe-λ̂--0-2");
  const std::string html = made("# T\n\n## One `a<b`\n\n### One `a<b`\n\n## Two\n");
  CHECK(has(html, "<h2 id=\"one-ab\">One <code>a&lt;b</code></h2>"));
  CHECK(has(html, "<h3 id=\"one-ab-1\">"));
  CHECK(has(html, "<li><a href=\"#two\">Two</a></li>"));
}

TEST_CASE("a document has its title, HTML, pictures, tables and links") {
  const std::string html = made(
      "# What *it* is\n\n[a](b.md#c) [d](https://x.y/z) [e](#f) ![g](h.svg)\n\n<details>\n<summary>Hint</summary>\n\n"
      "`x`\n\n</details>\n\n| a |\n|---|\n| 1 |\n");
  for (const char* wanted : {"<title>What it is</title>", "<h1>What <em>it</em> is</h1>", "<a href=\"<b.md>#c\">",
                             "<a href=\"https://x.y/z\">", "<a href=\"#f\">", "<img src=\"<h.svg>\"",
                             "<summary>Hint</summary>", "aria-label=\"table\"><table>"})
    CHECK_MESSAGE(has(html, wanted), wanted);
  CHECK_THROWS_WITH_AS(made("## Two\n"), doctest::Contains("a.md:1: a document begins with its title"), DataError);
}

TEST_CASE("formulas are MathML and carry their TeX") {
  CHECK(formula("a_i^2") == "<msubsup><mi>a</mi><mrow><mi>i</mi></mrow><mrow><mn>2</mn></mrow></msubsup>");
  CHECK(formula("a'^\\top") == "<msup><mi>a</mi><mrow><mo>′</mo><mi mathvariant=\"normal\">⊤</mi></mrow></msup>");
  CHECK(formula("\\frac12") == "<mfrac><mn>1</mn><mn>2</mn></mfrac>");
  CHECK(formula("-12") == "<mo>−</mo><mn>12</mn>");
  CHECK(formula("\\sum_{i<j}") ==
        "<munder><mo movablelimits=\"false\">∑</mo><mrow><mrow><mi>i</mi><mo>&lt;</mo>"
        "<mi>j</mi></mrow></mrow></munder>");
  CHECK(formula("\\hat f\\,\\text{ on }") ==
        "<mover accent=\"true\"><mi>f</mi><mo stretchy=\"false\">^</mo></mover><mspace width=\"0.17em\"/>"
        "<mtext>&#160;on&#160;</mtext>");
  CHECK(has(formula("\\begin{cases} 1 & a \\\\ 2 & b \\end{cases}"), "<mtr><mtd><mn>2</mn></mtd><mtd><mi>b</mi>"));
  const std::string html = made("# T\n\n```math\na < b\n```\n");
  CHECK(has(html, "<math display=\"block\">"));
  CHECK(has(html, "<annotation encoding=\"application/x-tex\">a &lt; b"));
}

TEST_CASE("formulas that are not understood are refused with the place") {
  const auto refused = [](const char* tex, const char* said) {
    CHECK_THROWS_WITH_AS(formula_html(tex), doctest::Contains(said), DataError);
  };
  refused("a + \\unheard b", "the command \\unheard, at character 12");
  refused("a}\x1b[2J", "formula 'a}?[2J'");
  refused("\\frac{1", "a { without its }");
  refused("a}", "out of place");
  refused("a_1_2", "a second subscript");
  refused("a_", "something is missing");
}
