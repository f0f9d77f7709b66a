#include "interp/modules/graph_readers.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>

#include "core/file.h"
#include "interp/modules/modules.h"
#include "tests/core/fuzz.h"
#include "tests/core/temp_folder.h"
#include "tests/interp/module_graphs.h"

using namespace basin;
using namespace basin::interp;

namespace {

const std::string golden_graphs = std::string(BASIN_SOURCE_DIR) + "/tests/golden/graphs/";

const std::string csv =
    "from_layer,from,to_layer,to,weight\n0,0,1,0,0.5\n1,0,0,1,2\n0,2,1,1,1e-3\n1,0,2,1,.25\n1,1,2,0,3\n";
const std::string json =
    R"({"layers": [3, 2, 2], "edges": [{"source": 0, "target": 3, "weight": 0.5},
        {"source": 3, "target": 1, "weight": 2}, {"source": 2, "target": 4, "weight": 1e-3},
        {"source": 3, "target": 6, "weight": 0.25}, {"source": 4, "target": 5, "weight": 3}]})";
// As reports write it: layers with names, a list of nodes in an order of its own, a constant.
const std::string report_json =
    R"({"layers": [{"name": "inputs", "features": 3}, {"name": "hidden", "features": 2},
                   {"name": "outputs", "features": 2}],
        "nodes": [{"layer": 2, "index": 1, "label": "1", "importance": 0.5, "module": 1},
                  {"layer": 1, "index": 0, "label": "edge", "importance": 0, "module": -1},
                  {"layer": 0, "index": 0, "label": "pixel", "importance": 1, "module": 0},
                  {"layer": 0, "index": 2, "label": "1", "importance": 1, "module": 0, "constant": true}],
        "edges": [{"source": 2, "target": 1, "strength": 0.5}, {"source": 3, "target": 1, "strength": 7},
                  {"source": 1, "target": 0, "strength": 0.25}]})";

const std::string defaults =
    "<?xml version='1.0'?>\n<!-- by hand -->\n<graphml><key id='l' for='node' attr.name='layer'><default>0</default>"
    "</key>\n<key id='w' for='edge' attr.name='weight'/><key id='n' attr.name='name'/><graph>\n"
    "<node id='a'><data key='n'>&lt;&#233;&#x1F600;<![CDATA[ & <b>]]></data></node>\n"
    "<node id='b'><data key='l'> 1 </data><port name='p'/></node>\n"
    "<edge source='b' target='a'><data key='w'>1.5</data></edge></graph></graphml>\n";

// The graph of make_graphs.py.
LayeredGraph small_graph() {
  return {.layer_sizes = {3, 2, 2},
          .edges = {Matrix({2, 3}, {0.5, 2, 0, 0, 0, 1e-3}), Matrix({2, 2}, {0, 3, 0.25, 0})}};
}

bool same(const LayeredGraph& a, const LayeredGraph& b) {
  return a.layer_sizes == b.layer_sizes && edge_list(a) == edge_list(b);
}

void refused_with(const std::string& text, const std::string& name, const std::string& part) {
  std::string said = "nothing";
  try {
    parse_graph(text, name);
  } catch (const DataError& e) {
    said = e.what();
  }
  CHECK_MESSAGE(said.find(part) != std::string::npos, "wanted: ", part, "\ngiven: ", said);
}

std::string replaced(std::string text, const std::string& old, const std::string& now) {
  return text.replace(text.find(old), old.size(), now);
}

}  // namespace

TEST_CASE("a table of edges, in either direction and any order of columns") {
  CHECK(same(parse_graph(csv, "g.csv").graph, small_graph()));
  std::string semicolons = csv;
  std::ranges::replace(semicolons, ',', ';');
  CHECK(same(parse_graph(semicolons, "g.csv").graph, small_graph()));
  const GraphFile turned = parse_graph_csv("weight,to,to_layer,from,from_layer\n2,1,1,0,0\n0,4,1,0,0\n", "g.csv");
  CHECK(turned.graph.layer_sizes == std::vector<std::int64_t>{1, 5});
  CHECK(turned.graph.edges[0](1, 0) == 2);
  CHECK(edge_list(turned.graph).size() == 1);
  CHECK(turned.labels.empty());
}

TEST_CASE("graphs in JSON, without nodes and as reports write them") {
  CHECK(same(parse_graph(json, "g.json").graph, small_graph()));
  const GraphFile report = parse_graph(report_json, "g.json");
  CHECK(report.graph.layer_sizes == std::vector<std::int64_t>{3, 2, 2});
  CHECK(report.graph.edges[0](0, 0) == 0.5);
  CHECK(report.graph.edges[1](1, 0) == 0.25);
  CHECK(edge_list(report.graph).size() == 2);  // not those of the constant
  CHECK(report.layers == std::vector<std::string>{"inputs", "hidden", "outputs"});
  CHECK(report.labels == NodeLabels{{0, "pixel"}, {2, "1"}, {3, "edge"}});
}

TEST_CASE("GraphML of networkx and igraph, with and without indices") {
  const GraphFile indices = read_graph(golden_graphs + "networkx.graphml"),
                  names = read_graph(golden_graphs + "networkx_names.graphml"),
                  igraph = read_graph(golden_graphs + "igraph.graphml");
  for (const GraphFile& file : {indices, names, igraph}) CHECK(same(file.graph, small_graph()));
  CHECK(indices.labels.empty());
  CHECK(names.labels.at(4) == "b1 <&>");
  CHECK(igraph.labels.at(6) == "c1");
}

TEST_CASE("what write_graph writes is read again to the last bit, nodes without edges too") {
  Rng rng(4, "test/round trip");
  LayeredGraph graph = layered_graph(
      {6, 4, 5}, [&](auto, auto, auto) { return rng.uniform() < 0.5 ? std::exp(20 * rng.uniform(-1, 1)) : 0.0; });
  for (std::int64_t j = 0; j < 4; ++j) graph.edges[1](4, j) = 0;
  TempFolder tmp;
  for (const char* name : {"g.json", "g.graphml"}) {
    const NodeLabels labels{{3, "<é> & \"quoted\""}, {14, "last"}};
    write_graph(tmp / name, graph, find_modules(graph, {.nulls = 0}), labels);
    CHECK(same(read_graph(tmp / name).graph, graph));
    CHECK(read_graph(tmp / name).labels == labels);
    write_graph(tmp / name, graph, find_modules(graph, {.nulls = 0}), {{0, "\xff\x01"}});
    CHECK(read_graph(tmp / name).labels.at(0).starts_with("\xEF\xBF\xBD"));
  }
}

TEST_CASE("keys of GraphML have defaults, texts have entities and CDATA") {
  const GraphFile file = parse_graph(defaults, "g.graphml");
  CHECK(file.graph.edges[0](0, 0) == 1.5);
  CHECK(file.labels == NodeLabels{{0, "<é😀 & <b>"}, {1, "b"}});
}

TEST_CASE("edges that no layered graph has are refused in every format") {
  refused_with(csv + "0,0,2,0,1\n", "g.csv",
               "g.csv: line 7: the edge from node 0 of layer 0 to node 0 of layer 2 skips");
  refused_with(csv + "1,0,1,1,1\n", "g.csv",
               "g.csv: line 7: the edge from node 0 of layer 1 to node 1 of layer 1 lies inside");
  refused_with(csv + "0,2,1,0,-1\n", "g.csv", "weighs -1; wanted 0 or more; help: take absolute values or squares");
  refused_with(csv + "1,1,0,2,1\n", "g.csv",
               "line 7: there is an edge from node 1 of layer 1 to node 2 of layer 0 already");
  refused_with(replaced(json, "\"target\": 6", "\"target\": 0"), "g.json", "g.json: edge 3: there is an edge");
  refused_with(replaced(json, "\"target\": 6", "\"target\": 4"), "g.json",
               "g.json: edge 3: the edge from node 0 of layer 1");
  refused_with(replaced(json, "\"target\": 4", "\"target\": 5"), "g.json", "skips a layer");
  const std::string graphml = read_file(golden_graphs + "networkx_names.graphml");
  refused_with(replaced(graphml, ">2.0<", ">-2.0<"), "g.graphml", "weighs -2; wanted 0 or more");
  refused_with(replaced(graphml, ">2.0<", ">inf<"), "g.graphml", "weighs inf; wanted a finite number");
}

TEST_CASE("tables that are no graph are refused with line and column") {
  refused_with("source,target,weight\n0,1,1\n", "g.csv",
               "g.csv: line 1: the columns are 'source,target,weight'; wanted from_layer,from,to_layer,to,weight");
  refused_with("0,0,1,0,1\n0,1,1,0,1\n", "g.csv",
               "g.csv: line 1 holds numbers; wanted the names of the columns: from_layer,from,to_layer,to,weight");
  refused_with(csv + "0,0.5,1,0,1\n", "g.csv", "g.csv: line 7: from is 0.5; wanted a whole number");
  refused_with(csv + "-1,0,0,0,1\n", "g.csv", "from_layer is -1");
  refused_with(csv + "0,0,1,x,1\n", "g.csv", "line 7, column 4 ('to'): 'x' is not a finite number");
  refused_with("from_layer,from,to_layer,to,weight\n1,0,2,0,1\n", "g.csv", "layer 0 has no nodes, layer 1 has");
  refused_with("from_layer,from,to_layer,to,weight\n0,900000,1,900000,1\n", "g.csv",
               "layers of 900001, 900001 nodes have 8.10002e+11 pairs of neighbours, for 1 edges");
  refused_with("", "g.csv", "the file is empty");
  refused_with("", "g.gml", "wanted a graph in a file that ends in .csv, .json or .graphml");
}

TEST_CASE("JSON that is no graph is refused with the element") {
  refused_with("[1, 2", "g.json", "g.json is no JSON");
  refused_with("[1, 2]", "g.json", "g.json: has no \"layers\"; help: wanted {\"layers\"");
  refused_with(R"({"layers": [2, 2], "links": []})", "g.json", "has no \"edges\"");
  refused_with(R"({"layers": [2, 0], "edges": []})", "g.json", "layer 1: has no nodes");
  refused_with(R"({"layers": [2, "x"], "edges": []})", "g.json", "layer 1: its size is '\"x\"'; wanted a number");
  refused_with(R"({"layers": [2], "edges": []})", "g.json", "1 layers; wanted edges between two or more");
  refused_with(replaced(json, "\"target\": 6", "\"target\": 7"), "g.json",
               "edge 3: its target is node 7; there are 7 nodes");
  refused_with(replaced(json, "\"weight\": 2", "\"weight\": \"2\""), "g.json",
               "edge 1: weight is '\"2\"'; wanted a number");
  refused_with(replaced(json, "\"weight\": 2", "\"value\": 2"), "g.json", "edge 1: has no \"weight\"");
  refused_with(replaced(report_json, "\"index\": 2", "\"index\": 3"), "g.json",
               "node 3: has index 3; layer 0 has 3 nodes");
  refused_with(replaced(report_json, "\"index\": 2", "\"index\": 0"), "g.json",
               "node 3: there is a node 0 of layer 0 already");
  refused_with(replaced(report_json, "\"layer\": 2", "\"layer\": 3"), "g.json",
               "node 0: is in layer 3; there are 3 layers");
}

TEST_CASE("GraphML that is no layered graph is refused with the line") {
  const std::string graphml = read_file(golden_graphs + "igraph.graphml");
  const auto refused = [&](const std::string& old, const std::string& now, const std::string& part) {
    refused_with(replaced(graphml, old, now), "g.graphml", part);
  };
  refused("attr.name=\"layer\"", "attr.name=\"depth\"",
          "g.graphml: line 12: node 'n0': no data named layer; help: every node");
  refused("attr.name=\"weight\"", "attr.name=\"w\"", "the edge from 'n0' to 'n3': no data named weight");
  refused("\"v_layer\">0<", "\"v_layer\">conv1<", "line 12: node 'n0': layer is 'conv1'; wanted a number");
  refused("\"v_layer\">0<", "\"v_layer\">0.5<", "layer is 0.5; wanted a whole number");
  refused("\"v_index\">0<", "\"v_index\">1<", "line 17: node 'n1': there is a node 1 of layer 0 already");
  refused("      <data key=\"v_index\">0</data>\n", "", "node 'n0': no data named index");
  refused("node id=\"n1\"", "node id=\"n0\"", "node 'n0': there is a node with this id already");
  refused("source=\"n0\"", "source=\"m0\"", "line 47: the edge from 'm0' to 'n3': there is no node 'm0'");
  refused("source=\"n0\" ", "", "line 47: <edge> has no source");
  refused("key=\"e_weight\"", "key=\"weight\"", "line 48: data for key 'weight', which no <key> declares");
  refused("<edge source", "<hyperedge/><edge source", "wanted edges of two nodes");
  refused("<edge source", "<graph/><edge source", "another <graph>");
  refused("</graph>", "</grpah>", "'</grpah>' closes nothing that is open");
  refused("<graph id=\"G\"", "<graph id=\"G", "without");
  refused("<!-- Created", "<!DOCTYPE x", "a declaration");
  refused(">a0<", ">a&0<", "is no character; help: write &amp; for &");
  refused_with("<svg></svg>", "g.graphml", "'<svg>' on top; wanted <graphml>");
  refused_with("<graphml></graphml>", "g.graphml", "no <graph>");
  refused_with("<graphml><graph>", "g.graphml", "'<graph>' is not closed");
  refused_with("layers", "g.graphml", "wanted XML");
  refused_with("", "g.graphml", "wanted XML");
}

TEST_CASE("a file of another format is called by its name in every format of graphs") {
  for (const char* path : {"x.csv", "x.json", "x.graphml"})
    CHECK_THROWS_WITH_AS(parse_graph("<html><body>", path), doctest::Contains("not a graph: it is an HTML page"),
                         DataError);
}

TEST_CASE("a byte order mark and CRLF change nothing") {
  const auto by_spreadsheet = [](const std::string& text) {
    std::string out = "\xEF\xBB\xBF";
    for (const char c : text) out += c == '\n' ? "\r\n" : std::string(1, c);
    return out;
  };
  for (const auto& [text, name] : {std::pair{csv, "g.csv"}, {json, "g.json"}})
    CHECK(same(parse_graph(by_spreadsheet(text), name).graph, small_graph()));
  CHECK(
      same(parse_graph(by_spreadsheet(read_file(golden_graphs + "igraph.graphml")), "g.graphml").graph, small_graph()));
  CHECK(same(parse_graph(replaced(csv, "from_layer", "\"from_layer\""), "g.csv").graph, small_graph()));
}

TEST_CASE("an edge that is named twice is refused also where it weighs nothing") {
  const std::string head = "from_layer,from,to_layer,to,weight\n";
  for (const char* lines : {"0,0,1,0,0\n1,0,0,0,1\n", "0,0,1,0,1\n1,0,0,0,0\n", "0,0,1,0,0\n0,0,1,0,-0\n"})
    refused_with(head + lines, "g.csv", "line 3: there is an edge");
}

TEST_CASE("numbers beyond what is counted or held are called that") {
  refused_with(csv + "1e15,0,1,0,1\n", "g.csv", "from_layer is 1000000000000000; wanted a whole number from 0 to 1e9");
  refused_with(replaced(json, "\"target\": 6", "\"target\": 9007199254740993"), "g.json",
               "edge 3: target is 9007199254740992; wanted a whole number from 0 to 1e9");
  refused_with(csv + "0,1,1,0,1e999\n", "g.csv", "'1e999' is beyond what a double holds");
  refused_with(replaced(json, "\"weight\": 2", "\"weight\": 1e999"), "g.json", "beyond what a double holds");
  refused_with(replaced(read_file(golden_graphs + "networkx_names.graphml"), ">2.0<", ">1e999<"), "g.graphml",
               "weight is '1e999', which is beyond what a double holds");
}

TEST_CASE("nesting without end is refused and not followed") {
  const std::string deep(200000, '[');
  refused_with("{\"layers\": [" + deep + std::string(200000, ']') + "]}", "g.json", "layer 0: its size is an array");
  std::string xml = "<graphml><graph>";
  for (int i = 0; i < 100000; ++i) xml += "<a>";
  refused_with(xml, "g.graphml", "'<a>' is not closed");
}

TEST_CASE("data of GraphML are those of their node alone, and one of each name") {
  const auto graph = [](const std::string& keys, const std::string& in_a) {
    return "<graphml><key id='l' attr.name='layer'/><key id='w' attr.name='weight'/><key id='y'/><key id='z'/>" + keys +
           "<graph><node id='a'><data key='l'>0</data>" + in_a +
           "</node><node id='b'><data key='l'>1</data></node><edge source='a' target='b'><data key='w'>1</data></edge>"
           "</graph></graphml>";
  };
  for (const char* passed_over :
       {"<port name='p'><data key='l'>7</data></port>", "<data key='y'>1</data><data key='z'/>",
        "<port name='p'/><data key='y'>1</data><data key='y'>1</data>"})
    CHECK(parse_graph(graph("", passed_over), "g.graphml").graph.layer_sizes == std::vector<std::int64_t>{1, 1});
  CHECK(parse_graph(graph("<key id='n' attr.name='name'/>", "<port name='p'/><data key='n'>A</data>"), "g.graphml")
            .labels.at(0) == "A");
  refused_with(graph("", "<data key='l'>0</data>"), "g.graphml", "line 1: the data 'layer' are given twice");
  refused_with(graph("<key id='l' attr.name='weight'/>", ""), "g.graphml", "line 1: there is a key 'l' already");
}

TEST_CASE("long texts are held once, however many nodes and edges they belong to") {
  const std::string text(100000, 'x');
  std::string xml =
      "<graphml><key id='l' attr.name='layer'/><key id='w' attr.name='weight'/><key id='n' "
      "attr.name='label'><default>" +
      text +
      "</default></key><graph><node id='0'><data key='l'>0</data>"
      "<data key='n'>" +
      text + "</data></node>";
  std::string list = R"({"layers": [1, 500], "nodes": [{"layer": 0, "index": 0, "label": ")" + text + "\"}", edges;
  for (int i = 1; i <= 500; ++i) {
    xml += fmt::format(
        "<node id='{0}'><data key='l'>1</data></node>"
        "<edge source='0' target='{0}'><data key='w'>1</data></edge>",
        i);
    list += fmt::format(R"(,{{"layer": 1, "index": {}}})", i - 1);
    edges += fmt::format(R"({}{{"source": 0, "target": {}, "weight": 1}})", i > 1 ? "," : "", i);
  }
  const MemoryLimit limit;
  CHECK(parse_graph(xml + "</graph></graphml>", "g.graphml").labels.at(0) == text);
  CHECK(parse_graph(list + "], \"edges\": [" + edges + "]}", "g.json").labels == NodeLabels{{0, text}});
}

TEST_CASE("damaged graphs are refused or read, never worse") {
  const auto reader = [](const char* name) -> FuzzedReader {
    return [name](const std::string& bytes) { parse_graph(bytes, name); };
  };
  fuzz("graph csv", csv, reader("x.csv"), 1000);
  fuzz("graph json", json, reader("x.json"), 1000);
  fuzz("report json", report_json, reader("x.json"), 1000);
  fuzz("graphml defaults", defaults, reader("x.graphml"), 1000);
  for (const char* file : {"networkx", "networkx_names", "igraph"})
    fuzz(file, read_file(golden_graphs + file + ".graphml"), reader("x.graphml"), 1000);
}
