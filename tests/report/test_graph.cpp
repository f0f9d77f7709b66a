#include "experiments/report/graph.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/file.h"
#include "experiments/report/report.h"
#include "experiments/report/table.h"
#include "tests/core/fuzz.h"
#include "tests/core/temp_folder.h"
#include "tests/report/has.h"
#include "tests/report/made_graph.h"

using namespace basin;
using namespace basin::report;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

LayeredGraphView small() {
  LayeredGraphView view{.layers = {{"in", 3}, {"out", 1}}};
  view.nodes = {{.layer = 1, .index = 0, .label = "yes", .importance = 1, .module = 2},
                {.layer = 0, .index = 2, .importance = 0.1, .module = 2, .image = {2, 1, {-1, 0.5}}},
                {.layer = 0, .index = 0, .label = "one", .importance = 3, .constant = true}};
  view.edges = {{2, 0, 0.25}, {1, 0, 1e-9}};
  return view;
}

const char* const small_json = R"({"layers": [
{"name": "in", "features": 3},
{"name": "out", "features": 1}
],
"nodes": [
{"layer": 0, "index": 0, "label": "one", "importance": 3, "module": -1, "constant": true},
{"layer": 0, "index": 2, "label": "2", "importance": 0.1, "module": 2, )"
                               R"("image": {"width": 2, "height": 1, "values": [-1.0,0.5]}},
{"layer": 1, "index": 0, "label": "yes", "importance": 1, "module": 2}
],
"edges": [
{"source": 0, "target": 2, "strength": 0.25},
{"source": 1, "target": 2, "strength": 1e-09}
]}
)";

std::string page(const LayeredGraphView& view) {
  return Report("t").section("s").graph("g", view, "figures/g.json", "A graph.").html();
}

LayeredGraphView with_everything(LayeredGraphView view) {
  for (GraphNode& n : view.nodes) {
    n.label = std::string(1000, '"') + n.label;
    n.image = {28, 28, std::vector<double>(784, -1.0)};
  }
  return view;
}

const char* const small_svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"></svg>";

const char* const evil = "</script><script>alert(1)</script> & \"double\" 'single' url(http://x) javascript:x";

}  // namespace

TEST_CASE("a graph's JSON has these bytes, in whatever order it was given, and reads back") {
  LayeredGraphView turned = small();
  std::ranges::reverse(turned.edges);
  CHECK(graph_json(small()) == small_json);
  CHECK(graph_json(turned) == small_json);
  CHECK(graph_json(graph_from_json(small_json, "a.json")) == small_json);
  const LayeredGraphView made = made_graph({30, 20, 5});
  CHECK(graph_json(graph_from_json(graph_json(made), "a.json")) == graph_json(made));
  CHECK(graph_svg(made) == graph_svg(graph_from_json(graph_json(made), "a.json")));
}

TEST_CASE("what is no graph is refused by the name of its node or edge") {
  const auto refused = [](const auto& spoil, const char* said) {
    LayeredGraphView view = small();
    spoil(view);
    CHECK_THROWS_WITH_AS(graph_json(view), doctest::Contains(said), Error);
    CHECK_THROWS_AS(page(view), Error);
  };
  refused([](auto& v) { v.nodes[1].importance = NAN; }, "node 1 (layer 0, feature 2, ''): its importance is nan");
  refused([](auto& v) { v.edges[1].strength = NAN; }, "edge 1 (from node 1 to node 0): its strength is nan");
  refused([](auto& v) { v.edges[0].strength = -1; }, "its strength is -1; wanted a finite number");
  refused([](auto& v) { v.edges[0].strength = INFINITY; }, "its strength is inf");
  refused([](auto& v) { v.edges[0].to = 3; }, "edge 0 (from node 2 to node 3): there are 3 nodes");
  refused([](auto& v) { std::swap(v.edges[0].from, v.edges[0].to); }, "from layer 1 to layer 0; wanted a later one");
  refused([](auto& v) { v.edges[1] = v.edges[0]; }, "there are two edges from node 2 to node 0");
  refused([](auto& v) { v.nodes[0].layer = 2; }, "node 0 (layer 2, feature 0, 'yes'): there are 2 layers");
  refused([](auto& v) { v.nodes[0].index = 1; }, "the layer 'out' has 1 features");
  refused([](auto& v) { v.nodes[1].index = 0; }, "there is another node for this feature");
  refused([](auto& v) { v.nodes[1].module = -2; }, "module -2");
  refused([](auto& v) { v.nodes[1].image.width = 3; }, "an image of 3 × 1 with 2 values");
  refused([](auto& v) { v.nodes[1].image.values[0] = NAN; }, "its image has a value that is not finite");
  for (const char* text : {"", "{}", "[1]", R"({"layers": [], "nodes": [{}], "edges": []})",
                           R"({"layers": [], "nodes": [], "edges": [{"source": 0, "target": 1, "strength": null}]})"})
    CHECK_THROWS_WITH_AS(graph_from_json(text, "a.json"), doctest::Contains("a.json is no layered graph"), DataError);
  CHECK_THROWS_AS(graph_svg({.layers = std::vector<GraphLayer>(301)}), UsageError);
}

TEST_CASE("numbers that no graph has are refused, whatever their size, and messages stay short") {
  const auto with = [](const std::string& old, const std::string& now) {
    std::string text = small_json;
    return graph_from_json(text.replace(text.find(old), old.size(), now), "a.json");
  };
  for (const auto& [old, now] : {std::pair{"\"features\": 3", "\"features\": 1e15"},
                                 {"\"features\": 3", "\"features\": 4294967299"},
                                 {"\"layer\": 0", "\"layer\": 4294967296"},
                                 {"\"index\": 0", "\"index\": 0.5"},
                                 {"\"module\": -1", "\"module\": true"},
                                 {"\"source\": 0", "\"source\": -1"},
                                 {"\"source\": 0", "\"source\": 18446744073709551616"},
                                 {"\"width\": 2", "\"width\": 1e999"}})
    CHECK_THROWS_AS(with(old, now), DataError);
  CHECK_NOTHROW(with("\"features\": 3", "\"features\": 3.0"));
  LayeredGraphView long_name = small();
  long_name.layers[1].name = std::string(5000, 'x'), long_name.nodes[0].index = 1;
  try {
    graph_json(long_name);
  } catch (const ShapeError& e) {
    CHECK(std::string_view(e.what()).size() < 300);
  }
}

TEST_CASE("damaged graphs are refused or read, never worse") {
  fuzz(
      "graph of a page", small_json, [](const std::string& bytes) { graph_from_json(bytes, "a.json"); }, 1000);
}

TEST_CASE("the largest strengths can be drawn") {
  LayeredGraphView view = small();
  view.edges[0].strength = view.nodes[2].importance = 1.7976931348623157e308;
  for (const char* bad : {"nan", "inf"}) CHECK_FALSE(has(graph_svg(view), bad));
  CHECK(std::isfinite(shown_part(view, {}).edges[0].strength));
  CHECK(std::isfinite(shown_part(view, {}).nodes[0].importance));
}

TEST_CASE("a picture shows the most important nodes of each layer and the strongest edges") {
  const LayeredGraphView shown = shown_part(made_graph({50, 20, 5}), {.nodes = 35, .edges = 60});
  CHECK(shown.nodes.size() == 35);
  CHECK(shown.edges.size() == 60);
  CHECK(std::ranges::count(shown.nodes, 0, &GraphNode::layer) == 15);
  CHECK(std::ranges::count(shown.nodes, 2, &GraphNode::layer) == 5);
  CHECK(std::ranges::max(shown.nodes, {}, &GraphNode::index).index == 14);
  CHECK(std::ranges::is_sorted(shown.edges, std::greater(), &GraphEdge::strength));
  CHECK(count(graph_svg(shown), "<circle") == 35);
  CHECK(count(graph_svg(made_graph({50, 20, 5}), {.nodes = 35, .edges = 60}), "C") >= 60);
  LayeredGraphView none = small();
  for (GraphEdge& e : none.edges) e.strength = 0;
  CHECK(shown_part(none, {}).edges.empty());
  CHECK(has(page(none), "0 of 2 edges are drawn"));
  CHECK(has(page({.layers = {{"empty", 0}}}), "0 of 0 edges are drawn"));
}

TEST_CASE("a page with a huge graph is below 2 MB and draws at most 3,000 edges") {
  LayeredGraphView view = made_graph({2500, 2500, 2500, 2500}, 60, 62);
  CHECK(view.nodes.size() == 10000);
  REQUIRE(view.edges.size() > 300000);
  const std::string html = page(with_everything(view));
  CHECK(html.size() < 2'000'000);
  const std::string picture = html.substr(html.find("<svg"), html.find("</svg>") - html.find("<svg"));
  CHECK(count(picture, "<path") <= 3000 + 3);  // and the legend's
  CHECK(has(html, "3,000 of 302,"));
  CHECK(has(html, "3,000 of 10,000 nodes"));
}

TEST_CASE("two huge graphs share what a page may hold") {
  const LayeredGraphView view = with_everything(made_graph({2500, 2500, 2500}, 60, 62));
  Report report("t");
  report.section("s").graph("a", view, "figures/a.json", "One.").figure(small_svg, "Between.");
  report.graph("b", view, "figures/b.json", "Another.").html_block("<p>Last.</p>");
  const std::string html = report.html();
  CHECK(html.size() < 2'000'000);
  CHECK(count(html, ">1,500 of 201,") == 2);
  CHECK(count(html, "1,500 of 7,500 nodes") == 2);
  const char* const order[] = {"One.", "Between.", "Another.", "Last."};
  for (int i = 0; i < 3; ++i) CHECK(html.rfind(order[i]) < html.find(order[i + 1]));
}

TEST_CASE("a page says how many feature images it shows, if not all") {
  const std::string part = page(with_everything(made_graph({300, 20})));
  CHECK(has(part, "</a> 230 of 320 feature images are on the page, those of the most important nodes.</p>"));
  CHECK_FALSE(has(page(made_graph({300, 20})), "feature images"));
}

TEST_CASE("labels are text, in every file") {
  LayeredGraphView view = small();
  view.nodes[0].label = view.layers[0].name = evil;
  view.nodes[1].label = "broken \xff byte";
  const std::string html = page(view), svg = graph_svg(view);
  CHECK(count(html, "</script>") == 2);
  CHECK_FALSE(has(html, "<script>alert"));
  CHECK(has(svg, "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;double&quot; &#39;single&#39;"));
  CHECK(has(svg, "broken \xef\xbf\xbd byte"));
  CHECK(has(graph_dot(view), R"(label="</script><script>alert(1)</script> & \"double\" 'single')"));
  CHECK(Json::parse(graph_json(view))["nodes"][2]["label"] == evil);
}

TEST_CASE("a graph is three files") {
  const TempFolder tmp;
  write_graph(tmp / "figures", "g-1", small());
  CHECK(read_file(tmp / "figures/g-1.json") == small_json);
  CHECK(read_file(tmp / "figures/g-1.dot") == graph_dot(small()));
  CHECK(read_file(tmp / "figures/g-1.svg") == graph_svg(small()));
  CHECK(has(graph_dot(small()), "n0 -> n2 [strength=0.25 penwidth=4.00];"));
  CHECK_THROWS_AS(write_graph(tmp.path(), "a/b", small()), UsageError);
}

TEST_CASE("long names of layers are told apart by their last part") {
  LayeredGraphView view = small();
  view.layers[0].name = "blocks.0.hook_resid_pre";
  view.layers[1].name = "a_name_without_any_dot";
  const std::string svg = graph_svg(view);
  CHECK(has(svg, ">blocks.0</text>"));
  CHECK(has(svg, ">hook_resid_pre</text>"));
  CHECK_FALSE(has(svg, ">a_name_without_any_dot</text>"));
}

TEST_CASE("modules are told by number and colour, labels stand where they fit") {
  const std::string svg = graph_svg(small());
  CHECK(has(svg, ">module 2</text>"));
  CHECK(has(svg, ">no module</text>"));
  CHECK(has(svg, ">yes</text>"));
  CHECK(has(svg, ">2 of 3</text>"));
  CHECK(count(graph_svg(made_graph({200, 200}, 100)), "<rect") == 0);
  CHECK(count(graph_svg(made_graph({97, 90, 50, 10})), ">f3</text>") == 0);
  CHECK(count(graph_svg(made_graph({97, 90, 50, 10})), ">3</text>") > 0);
}
