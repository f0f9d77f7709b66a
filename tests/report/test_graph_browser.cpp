// What a reader's browser makes of a page with a graph. Chromium is asked if it is installed.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <regex>

#include "core/file.h"
#include "experiments/report/report.h"
#include "experiments/report/table.h"
#include "tests/core/temp_folder.h"
#include "tests/report/has.h"
#include "tests/report/made_graph.h"

using namespace basin;
using namespace basin::report;

namespace {

bool has_chromium() {
  static const bool found = std::system("chromium --version >/dev/null 2>&1") == 0;
  if (!found) MESSAGE("skipped: chromium is not installed");
  return found;
}

const std::string& page() {
  static const std::string html =
      Report("t").section("s").graph("g", made_graph({12, 8, 3}, 3), "figures/g.json", "A graph.").html();
  return html;
}

// The document when all scripts have run, at page.html#hash. `script` runs last.
std::string document(const std::string& hash, const std::string& script = "") {
  const TempFolder tmp;
  const std::size_t end = page().find("</body>");
  tmp.with("page.html", page().substr(0, end) + "<script type=\"module\">" + script + "</script>" + page().substr(end));
  const std::string command =
      "timeout 120 chromium --headless --no-sandbox --disable-gpu --window-size=1200,900 --virtual-time-budget=3000 "
      "--user-data-dir='" +
      tmp / "profile" + "' --dump-dom 'file://" + tmp / "page.html" + "#" + hash + "' >'" + tmp / "out" +
      "' 2>/dev/null";
  REQUIRE(std::system(command.c_str()) == 0);
  return read_file(tmp / "out");
}

// What `expressions` are in the page after `script`.
Json found(const std::string& hash, const std::string& script, const std::string& expressions) {
  const std::string tools = R"js(
    const all = (selector) => [...document.querySelectorAll(selector)];
    const one = (selector) => document.querySelector(selector);
    const dot = (label) => all(".nodes circle").find((c) => c.getAttribute("aria-label").startsWith(label));
    const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    const focused = () => document.activeElement.getAttribute("aria-label");
    const pinned = () => all("circle[aria-pressed=true]").map((c) => c.getAttribute("aria-label"));
    const put = (selector, value) => { one(selector).value = value; one(selector).oninput(); };
    const at = (circle, type) => { const r = circle.getBoundingClientRect(); circle.dispatchEvent(new PointerEvent(type,
      { bubbles: true, clientX: r.x + r.width / 2, clientY: r.y + r.height / 2 })); };
    const saved = [];
    URL.createObjectURL = (blob) => (saved.push(blob), "");
    HTMLAnchorElement.prototype.click = () => {};
  )js";
  const std::string html = document(
      hash, tools + script + "\none('h1').textContent = encodeURIComponent(JSON.stringify([" + expressions + "]));");
  const std::size_t begin = html.find("<h1>"), end = html.find("</h1>");
  REQUIRE(begin < end);
  const std::string s = html.substr(begin + 4, end - begin - 4);
  std::string json;
  for (std::size_t i = 0; i < s.size(); ++i)
    if (s[i] == '%')
      json += char(std::stoi(s.substr(i + 1, 2), nullptr, 16)), i += 2;
    else
      json += s[i];
  return Json::parse(json);
}

std::string lines_of(const std::string& html) {
  const std::size_t from = html.find('>', html.find("<g class=\"edges\"")) + 1;
  std::string lines = html.substr(from, html.find("</g>", from) - from);
  std::erase(lines, '\n');
  return std::regex_replace(lines, std::regex("></path>"), "/>");
}

}  // namespace

TEST_CASE("a page with a graph asks for nothing outside itself") {
  for (const char* part : {"http:", "https:", "//www", "@import", "src=", "<link", "fetch(", "XMLHttp", "url("})
    CHECK_MESSAGE(!has(page(), part), part);
}

TEST_CASE("the script draws the picture that stands there without it") {
  if (!has_chromium()) return;
  const std::string still = lines_of(page()), live = lines_of(document(""));
  CHECK(still.size() > 10000);
  CHECK((live == still));
}

TEST_CASE("the address pins a node and filters") {
  if (!has_chromium()) return;
  const Json r = found("g.pin=1.2&g.off=0&g.min=0.02&s1", "",
                       "pinned(), one('.below').hidden, one('.below h3').textContent, one('output').textContent,"
                       "all('.chip input').filter((b) => !b.checked).map((b) => b.value), all('.edges path').length,"
                       "all('.edges .m0').length, one('.count span').textContent, all('.below canvas').length");
  CHECK(r[0].size() == 1);
  CHECK(has(r[0][0], "f2, layer 1 · feature 2"));
  CHECK(r[1] == false);
  CHECK(r[2] == "f2");
  CHECK(r[3] == "0.02");
  CHECK(r[4] == Json::array({"0"}));
  CHECK(r[5] > 0);
  CHECK(r[5] < 60);
  CHECK(r[6] == 0);
  CHECK(has(r[7], fmt::format("{} of 120 edges are drawn", r[5].get<int>())));
  CHECK(r[8] == 1);
}

TEST_CASE("keys move, pin and let go, and the address follows") {
  if (!has_chromium()) return;
  const Json r = found("other.pin=1.1", R"js(
    dot("f0, layer 1").focus();
    const shown = [one(".near").hidden, one(".near h3").textContent, all(".lit path").length];
    press("ArrowDown"); const below = focused();
    press("ArrowUp"); press("ArrowUp"); const above = focused();
    press("ArrowLeft"); press("ArrowRight"); press("Enter");
    const pins = pinned(), address = location.hash;
    press("Escape");
  )js",
                       "shown, below, above, pins, address, pinned(), location.hash, one('.below').hidden");
  CHECK(r[0] == Json::array({false, "f0", 15}));
  CHECK(has(r[1], "layer 2"));
  CHECK(has(r[2], "layer 0"));
  CHECK(r[3].size() == 1);
  CHECK(std::regex_match(r[4].get<std::string>(), std::regex("#other\\.pin=1\\.1&g\\.pin=0\\.\\d+")));
  CHECK(r[5].empty());
  CHECK(r[6] == "#other.pin=1.1");
  CHECK(r[7] == true);
}

TEST_CASE("the pointer shows and pins, search, strength and modules filter") {
  if (!has_chromium()) return;
  const Json r = found("", R"js(
    at(dot("f1, layer 1"), "pointermove"); const hovered = one(".near h3").textContent;
    at(dot("f1, layer 1"), "click"); const pins = pinned();
    at(dot("f1, layer 1"), "click"); const none = pinned();
    put("input[type=search]", "F11"); const found = one(".count span").textContent, drawn = all(".edges path").length;
    put("input[type=search]", "");
    put("input[type=range]", 200); const strongest = all(".edges path").length;
    put("input[type=range]", 0); const everything = all(".edges path").length;
    all(".controls button").find((b) => b.textContent === "none").click(); const nothing = all(".edges path").length;
  )js",
                       "hovered, pins.length, none, found, drawn, strongest, everything, nothing, location.hash");
  CHECK(r[0] == "f1");
  CHECK(r[1] == 1);
  CHECK(r[2].empty());
  CHECK(has(r[3], "; 1 of 23 nodes"));
  CHECK(r[4] == 8);
  CHECK(r[5] == 1);
  CHECK(r[6] == 120);
  CHECK(r[7] == 0);
  CHECK(has(r[8], "#g.off="));
}

TEST_CASE("what is shown is saved, as a graph that reads back and as a picture") {
  if (!has_chromium()) return;
  const Json r = found("g.off=0&g.min=0.02", R"js(
    for (const kind of ["JSON", "SVG"]) all(".controls button").find((b) => b.textContent === kind).click();
    const [json, svg] = await Promise.all(saved.map((blob) => blob.text()));
  )js",
                       "json, svg, all('.edges path').length");
  const LayeredGraphView view = graph_from_json(r[0], "saved.json");
  CHECK(view.edges.size() == r[2]);
  for (const GraphNode& n : view.nodes) CHECK(n.module != 0);
  for (const GraphEdge& e : view.edges) CHECK(e.strength >= 0.02);
  CHECK(r[1].get<std::string>().starts_with("<svg xmlns="));
}
