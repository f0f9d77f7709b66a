#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/experiments/process.h"

using basin::read_file;
namespace fs = std::filesystem;

namespace {

nlohmann::json last_metrics(const std::string& run) {
  std::istringstream lines(read_file(run + "/metrics.jsonl"));
  std::string last;
  for (std::string line; std::getline(lines, line);) last = line;
  return nlohmann::json::parse(last);
}

long count(const std::string& text, const std::string& part) {
  long n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

// Every element is closed, in order; what HTML leaves open is not.
void check_nesting(const std::string& html) {
  const std::vector<std::string> open_ones{"meta", "link", "br", "hr", "img", "col", "input", "!doctype", "!DOCTYPE"};
  std::vector<std::string> stack;
  for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at)) {
    if (html.compare(at, 4, "<!--") == 0) {
      at = html.find("-->", at);
      continue;
    }
    const std::size_t end = html.find('>', at);
    REQUIRE(end != std::string::npos);
    const std::string tag = html.substr(at + 1, end - at - 1), name = tag.substr(0, tag.find_first_of(" \t\n/", 1));
    at = end;
    if (tag.back() == '/' || std::ranges::find(open_ones, name) != open_ones.end()) continue;
    if (name[0] != '/') {
      stack.push_back(name);
      if (name == "script") at = std::min(html.find("</script", at), html.size());  // what is inside is no HTML
      continue;
    }
    REQUIRE(!stack.empty());
    REQUIRE(name == "/" + stack.back());
    stack.pop_back();
  }
  CHECK(stack.empty());
}

// Nothing is loaded from elsewhere; xmlns and links that a reader may follow are no loads.
void check_self_contained(const std::string& html) {
  for (const char* load :
       {"<link", "<script src", "@import", "src=\"http", "url(http", "href=\"file", "<img", "<iframe"})
    CHECK_MESSAGE(count(html, load) == 0, load);
}

// The other experiments have run: their reports are linked, their claims hold.
void check_parts(const std::string& run, const std::string& html, const std::string& out) {
  for (const std::string name :
       {"interaction_graph", "ablation", "sparsity", "degeneracy_kinds", "free_directions", "degeneracy_training",
        "modularity_degeneracy", "modular_addition", "modular_addition_graph"}) {
    CAPTURE(name);
    CHECK_CONTAINS(html, "href=\"experiments/" + name + "/report.html\"");
    CHECK_CONTAINS(out, "\n" + name + ": ");
    const std::string part = run + "/experiments/" + name;
    CHECK(fs::exists(part + "/report.html"));
    CHECK(nlohmann::json::parse(read_file(part + "/manifest.json")).at("status") == "finished");
    for (const auto& claim : nlohmann::json::parse(read_file(part + "/claims.json")))
      CHECK_MESSAGE(claim.at("verdict") != "fail", claim.dump());
  }
}

}  // namespace

TEST_CASE("reproduce --preset quick trains, measures, checks the claims and writes the report it names last") {
  TempFolder tmp;
  const std::string run = tmp / "run";
  const Result r = run_program("reproduce", {"--preset", "quick", "--out", run, "--quiet"});
  CHECK(r.code == 0);
  CHECK(r.err == "");
  CHECK(r.out.ends_with("\n" + run + "/report.html\n"));
  CHECK_CONTAINS(r.out, " fail");

  const auto claims = nlohmann::json::parse(read_file(run + "/claims.json"));
  CHECK(claims.size() >= 9);
  for (const auto& claim : claims) CHECK_MESSAGE(claim.at("verdict") != "fail", claim.dump());

  const std::string html = read_file(run + "/report.html");
  check_nesting(html);
  check_self_contained(html);
  CHECK(count(html, "<svg") >= 7);
  CHECK(count(html, "nan") + count(html, "-inf") == 0);

  check_parts(run, html, r.out);
  CHECK_CONTAINS(html, "A transformer that groks");
  CHECK_CONTAINS(read_file(run + "/figures/grokking.json"), "% cos(");
  CHECK(nlohmann::json::parse(read_file(run + "/results.json")).at("grokking").at("grokked") == 1);
  for (const char* file : {"manifest.json", "config.toml", "metrics.jsonl", "results.json",
                           "checkpoints/last.safetensors", "arrays/degeneracy_over_training.npz"})
    CHECK_MESSAGE(fs::exists(run + "/" + file), file);
  for (const char* figure : {"training_loss", "test_accuracy", "spectra_activations", "spectra_gradients",
                             "spectra_jacobian", "degeneracy_over_training", "planted_free_directions"})
    for (const char* end : {".csv", ".gp", ".svg"})
      CHECK_MESSAGE(fs::exists(run + "/figures/" + figure + end), figure, end);
  CHECK(nlohmann::json::parse(read_file(run + "/manifest.json")).at("status") == "finished");

  const Result counted = run_program("degeneracy", {"--run", run, "--rows", "20", "--json", "--quiet"});
  CHECK(counted.code == 0);
  CHECK(nlohmann::json::parse(counted.out).at("samples") == 20);
}

TEST_CASE("the digits network of the main job reads at least 96 % of the test digits") {
  TempFolder tmp;
  const Result r = run_program("train_mlp", {"--widths", "32", "--epochs", "60", "--lr", "0.003", "--schedule",
                                             "cosine", "--out", tmp / "a", "--quiet"});
  CHECK(r.code == 0);
  CHECK(last_metrics(tmp / "a").at("test_accuracy") >= 0.96);
}

TEST_CASE("reproduce refuses what its report is not about before a folder is made") {
  TempFolder tmp;
  const auto refused = [&](std::vector<std::string> words, const std::string& part) {
    words.insert(words.end(), {"--out", tmp / "a"});
    const Result r = run_program("reproduce", words);
    CHECK(r.code == 2);
    CHECK_CONTAINS(r.err, part);
    CHECK_FALSE(fs::exists(tmp / "a"));
  };
  refused({"--activation", "tanh"}, "help: leave out --activation and --no-bias");
  refused({"--no-bias"}, "help: leave out --activation and --no-bias");
  refused({"--epochs", "0"}, "wants at least 1; given 0");
  refused({"--data", "regression"}, "data set 'regression' has no classes");
}

TEST_CASE("reproduce's help has every option") {
  const Result r = run_program("reproduce", {"--help"});
  CHECK(r.code == 0);
  std::istringstream options(
      "data data-dir widths epochs lr schedule checkpoint-every rows spectrum-rows final-rows nets mixed-nets "
      "experiments "
      "seed threads dtype preset config set out force resume quiet help version");
  for (std::string option; options >> option;) CHECK_CONTAINS(r.out, "  --" + option);
}
