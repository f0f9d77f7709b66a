// `modules` as its user runs it: formats, answers, files, and what it refuses.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "experiments/modules/modules_findings.h"
#include "tests/experiments/process.h"

using namespace basin;
using namespace basin::experiments;
namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

// Two modules of two nodes in each of three layers, joined by one weak edge; node 4 of layer 2 has no edges.
const std::string edges =
    "from_layer,from,to_layer,to,weight\n"
    "0,0,1,0,1\n0,0,1,1,2\n0,1,1,0,1\n0,1,1,1,1\n0,2,1,2,1\n0,2,1,3,1\n0,3,1,2,1\n0,3,1,3,1\n0,0,1,3,0.01\n"
    "1,0,2,0,1\n1,0,2,1,1\n1,1,2,0,1\n1,1,2,1,1\n1,2,2,2,1\n1,2,2,3,1\n1,3,2,2,1\n1,3,2,3,1\n1,3,2,4,0\n";

struct Run : TempFolder {
  Run() { with("edges.csv", edges); }
  Result modules(Words words) const {
    const Words usual{"--graph", *this / "edges.csv", "--restarts", "3", "--nulls", "9", "--quiet"};
    return run_program("modules", with_options(usual, words));
  }
  nlohmann::json json(const std::string& file) const { return nlohmann::json::parse(read_file(*this / file)); }
};

}  // namespace

TEST_CASE("modules says the answer, and leaves files and a page") {
  const Run run;
  const Result r = run.modules({"--out", run / "a"});
  CHECK(r.code == 0);
  CHECK(r.err == "");
  CHECK_CONTAINS(r.out, "2 modules in 13 nodes and 17 edges of 3 layers, with Q = 0.49");
  CHECK_CONTAINS(r.out, "With so few rewired graphs p cannot be small");
  CHECK_CONTAINS(r.out, "2 + 2 + 2");
  CHECK_CONTAINS(r.out, run / "a/report.html");
  const auto modules = run.json("a/modules.json");
  CHECK(modules["of_node"] == nlohmann::json::parse("[[0,0,1,1],[0,0,1,1],[0,0,1,1,2]]"));
  CHECK(modules["isolated"] == 1);
  const std::string html = read_file(run / "a/report.html"), graphml = read_file(run / "a/graph.graphml");
  CHECK_CONTAINS(html, "1 of them without edges");
  CHECK_CONTAINS(html, "<script");
  CHECK_CONTAINS(graphml, "<edge source=\"n0\" target=\"n7\"><data key=\"weight\">0.01</data>");
  CHECK_CONTAINS(read_file(run / "a/graph.dot"), "n0 -- n7");
  for (const char* file : {"modularity.svg", "agreement.svg", "graph.json"})
    CHECK(fs::exists(fs::path(run / "a/figures") / file));
}

TEST_CASE("modules reads its own graphs again, of every format, and finds the same") {
  const Run run;
  REQUIRE(run.modules({"--out", run / "a"}).code == 0);
  fs::copy(run / "a/figures/graph.json", run / "graph.json");
  for (const char* file : {"a/graph.graphml", "graph.json"}) {
    const Result r = run_program("modules", {"--graph", run / file, "--restarts", "3", "--nulls", "9", "--quiet",
                                             "--json", "--out", run / "b", "--force"});
    CHECK_MESSAGE(r.code == 0, r.err);
    CHECK(r.out == read_file(run / "a/modules.json"));
    CHECK(run.json("b/results.json")["matching"] == run.json("a/results.json")["matching"]);
  }
}

TEST_CASE("names of nodes reach the page and the files") {
  const Run run;
  const std::string graph = std::string(BASIN_SOURCE_DIR) + "/tests/golden/graphs/networkx_names.graphml";
  REQUIRE(run_program("modules", {"--graph", graph, "--nulls", "0", "--quiet", "--out", run / "a"}).code == 0);
  CHECK_CONTAINS(read_file(run / "a/graph.graphml"), "<data key=\"label\">b1 &lt;&amp;&gt;</data>");
  CHECK_CONTAINS(read_file(run / "a/graph.dot"), "label=\"c0 <&>\"");
  CHECK(run.json("a/figures/graph.json")["nodes"][0]["label"] == "a0 <&>");
}

TEST_CASE("equal seeds give equal files; weights and resolutions reach the search") {
  const Run run;
  for (const char* out : {"a", "b"}) REQUIRE(run.modules({"--out", run / out, "--seed", "4"}).code == 0);
  CHECK(read_file(run / "a/modules.json") == read_file(run / "b/modules.json"));
  const Words logarithms{"--weight", "log", "--cutoff", "0.1,0.5", "--resolution", "3", "--resolutions", "0.1"};
  Words words = logarithms;
  words.insert(words.end(), {"--out", run / "c", "--json"});
  const Result r = run.modules(words);
  REQUIRE_MESSAGE(r.code == 0, r.err);
  const auto found = nlohmann::json::parse(r.out), results = run.json("c/results.json");
  CHECK(found["resolutions"].size() == 2);
  CHECK(found["resolutions"][0]["modules"] == 2);
  CHECK(found["resolutions"][1]["Q"] == found["Q"]);
  CHECK(found["modules"] > 2);
  CHECK(results["cut"] == 1);
  CHECK(results["sum"].get<double>() == doctest::Approx(8 + std::log10(2.0) + 8 * std::log10(2.0)));
  CHECK_CONTAINS(read_file(run / "c/report.html"), "cut-off 0.1, 0.5; 1 of the 17 edges");
}

TEST_CASE("without nulls nothing is said about chance, and beyond 2000 nodes nothing about matchings") {
  Run run;
  run.with("edges.csv", "from_layer,from,to_layer,to,weight\n0,0,1,0,1\n0,1,1,1,1\n0,1999,1,1,0\n");
  const Result r = run.modules({"--out", run / "a", "--nulls", "0", "--restarts", "1"});
  CHECK(r.code == 0);
  CHECK_CONTAINS(r.out, "2 modules in 2002 nodes and 2 edges");
  CHECK_CONTAINS(r.out, "Q was not held against rewired graphs");
  CHECK_CONTAINS(read_file(run / "a/report.html"), "computed for up to 2000 nodes; this graph has 2002");
}

TEST_CASE("modules refuses what is no layered graph, and leaves no folder") {
  Run run;
  const auto refused = [&](Words words, int code, const std::string& part) {
    words.insert(words.end(), {"--out", run / "a"});
    const Result r = run.modules(words);
    CHECK(r.code == code);
    CHECK(r.out == "");
    CHECK_CONTAINS(r.err, part);
    CHECK_FALSE(fs::exists(run / "a"));
  };
  refused({"--weight", "log"}, 2, "0 cut-offs given for log, wanted one, or one for each pair of layers");
  refused({"--cutoff", "1"}, 2, "--cutoff 1 has no effect: it is for --weight log and node-log");
  refused({"--weight", "log", "--cutoff", "1,1,1"}, 3, "3 cut-offs given for 2 pairs of layers");
  refused({"--weight", "log", "--cutoff", "5"}, 3, "of its 17 edges none is above the cut-off; help: a lower --cutoff");
  refused({"--weight", "cube"}, 2, "weight: wants");
  refused({"--resolution", "0"}, 2, "resolution: wants");
  refused({"--graph", run / "none.csv"}, 3, "none.csv");
  refused({"--graph", ""}, 2, "no --graph given; help: modules --graph edges.csv");
  run.with("edges.csv", edges + "0,0,2,0,1\n");
  refused({}, 3, "edges.csv: line 20: the edge from node 0 of layer 0 to node 0 of layer 2 skips a layer");
  run.with("edges.csv", "from_layer,from,to_layer,to,weight\n0,0,1,0,0\n");
  refused({}, 3, "edges.csv: no edge weighs more than 0");
  run.with("edges.csv", "from_layer,from,to_layer,to,weight\n0,0,1,0,1e308\n0,1,1,0,1e308\n");
  refused({}, 3, "edges.csv: the weights add up to more than a double holds; help: --weight max");
  std::string deep = "from_layer,from,to_layer,to,weight\n";
  for (int l = 0; l < 300; ++l) deep += fmt::format("{},0,{},0,1\n", l, l + 1);
  run.with("edges.csv", deep);
  refused({}, 3, "edges.csv: 301 layers; wanted at most 300");
  const Result help = run_program("modules", {"--help"});
  CHECK(help.code == 0);
  CHECK_CONTAINS(help.out, "from_layer,from,to_layer,to,weight");
}

TEST_CASE("a name of a file that is no UTF-8 stops nothing") {
  Run run;
  run.with("b\xff.csv", edges);
  const Result r = run.modules({"--graph", run / "b\xff.csv", "--out", run / "a", "--nulls", "0"});
  CHECK_MESSAGE(r.code == 0, r.err);
  CHECK_CONTAINS(run.json("a/results.json")["source"].get<std::string>(), "b\xEF\xBF\xBD.csv");
}

TEST_CASE("an interrupt ends the search, and the manifest says so") {
  const Run run;
  Process process("modules", {"--graph", run / "edges.csv", "--nulls", "100000", "--out", run / "a", "--quiet"});
  while (!fs::exists(run / "a/config.toml")) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  process.signal(SIGINT);
  const Result r = process.wait();
  CHECK(r.code == 130);
  CHECK_CONTAINS(r.err, "the search was not done; nothing of it is kept");
  CHECK(run.json("a/manifest.json")["status"] == "interrupted");
}

TEST_CASE("the weight of a module: with both ends inside, and with one") {
  const interp::LayeredGraph graph = interp::layered_graph({2, 2}, [](auto, auto i, auto j) {
    return i == j ? 3.0 : i < j ? 1.0 : 0.0;
  });
  const interp::Modules found{.of_node = {{0, 1}, {0, 1}}, .modules = 2};
  const std::vector<ModuleRow> rows = module_rows(graph, found);
  REQUIRE(rows.size() == 2);
  for (const ModuleRow& row : rows) {
    CHECK(row.nodes == std::vector<std::int64_t>{1, 1});
    CHECK(row.inside == 3);
    CHECK(row.touching == 4);
  }
}
