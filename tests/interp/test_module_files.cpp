// Modules and their graphs as files for other programs.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/file.h"
#include "interp/modules/modules.h"
#include "tests/core/temp_folder.h"
#include "tests/interp/module_graphs.h"

using namespace basin;
using namespace basin::interp;

TEST_CASE("graphs are written with layers, modules and weights") {
  const LayeredGraph graph = two_cliques();
  const Modules found = find_modules(graph, {.nulls = 0});
  TempFolder tmp;
  write_graph(tmp / "g.json", graph, found);
  const auto json = nlohmann::json::parse(read_file(tmp / "g.json"));
  CHECK(json["layers"] == nlohmann::json{4, 4});
  CHECK(json["nodes"][6] == nlohmann::json{{"layer", 1}, {"index", 2}, {"module", 1}});
  CHECK(json["edges"].size() == 8);
  CHECK(json["edges"][7] == nlohmann::json{{"source", 3}, {"target", 7}, {"weight", 1.0}});
  write_graph(tmp / "g.graphml", graph, found);
  const std::string xml = read_file(tmp / "g.graphml");
  CHECK(xml.find("<node id=\"n6\"><data key=\"layer\">1</data><data key=\"index\">2</data>"
                 "<data key=\"module\">1</data></node>") != std::string::npos);
  CHECK(xml.find("<edge source=\"n3\" target=\"n7\"><data key=\"weight\">1</data></edge>") != std::string::npos);
  CHECK(xml.ends_with("</graph>\n</graphml>\n"));
  write_graph(tmp / "g.dot", graph, found);
  const std::string dot = read_file(tmp / "g.dot");
  CHECK(dot.find("n6 [label=\"2\" layer=1 index=2 module=1 fillcolor=2];\n") != std::string::npos);
  CHECK(dot.find("n3 -- n7 [strength=1 penwidth=4.00];\n") != std::string::npos);
  write_graph(tmp / "g.dot", graph, found, {{6, "a \"name\""}});
  CHECK(read_file(tmp / "g.dot").find("n6 [label=\"a \\\"name\\\"\" layer=1") != std::string::npos);
  CHECK_THROWS_AS(write_graph(tmp / "g.gml", graph, found), UsageError);
  CHECK_THROWS_AS(write_graph(tmp / "h.json", layered_graph({4, 3}, [](auto, auto, auto) { return 1.0; }), found),
                  ShapeError);
}

TEST_CASE("modules as JSON hold all that was found") {
  const Modules found = find_modules(two_cliques(), {.resolutions = {2}, .nulls = 2});
  const auto json = nlohmann::json::parse(to_json(found));
  CHECK(json["of_node"] == nlohmann::json(found.of_node));
  CHECK(json["Q"] == found.Q);
  CHECK(json["null"]["at_least"] == found.null.at_least);
  CHECK(json["restarts"]["variation"] == 0);
  CHECK(json["resolutions"][0]["restarts"]["best"] == found.resolutions[0].spread.best);
}
