// look as its user runs it.
#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/npy.h"
#include "core/npz.h"
#include "experiments/look/interventions_file.h"
#include "experiments/look/look_study.h"
#include "nn/training_folder.h"
#include "tests/experiments/trained_runs.h"

using namespace basin;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

Result look(const std::string& out, const std::vector<std::string>& more) {
  return run_program("look", with_options({"--out", out, "--quiet", "--threads", "2"}, more));
}

std::string trained_digits(const TempFolder& tmp) {
  const Result r = run_program("train_mlp", {"--widths", "8", "--epochs", "3", "--quiet", "--out", tmp / "mlp"});
  REQUIRE_MESSAGE(r.code == 0, r.err);
  return tmp / "mlp";
}

std::string addition(const TempFolder& tmp) {
  const Result r = run_program(
      "modular_addition", {"--preset", "tiny", "--modulus", "7", "--epochs", "20", "--quiet", "--out", tmp / "sum"});
  REQUIRE_MESSAGE(r.code == 0, r.err);
  return tmp / "sum";
}

Json results_of(const Result& r) {
  REQUIRE_MESSAGE(r.code == 0, r.err);
  return Json::parse(r.out);
}

}  // namespace

TEST_CASE("effects in one value are bars over its places, in several a map") {
  std::vector<experiments::ShownEffect> effects;
  for (const char* site : {"a[0]", "a[1]", "a[2]"})
    effects.push_back({interp::site_from(site), {}, {.mean = double(effects.size()), .error = 0}});
  const auto drawn = [&] { return experiments::effect_figure("f", effects, "", "", interp::SitesBy::feature).figure; };
  CHECK(drawn().heatmap.size() == 0);
  REQUIRE(drawn().series.size() == 1);
  CHECK(drawn().series[0].y == std::vector<double>{0, 1, 2});
  effects.push_back({interp::site_from("b[0]"), {}, {.mean = 3, .error = 0}});
  CHECK(drawn().heatmap.shape == Shape{3, 2});
}

TEST_CASE("a transformer's map of values and positions, its lens, its page") {
  const TempFolder tmp;
  const std::string run = addition(tmp);
  const Result r = look(tmp / "a", {"--run", run, "--do", "patch,lens,cache,print", "--pairs", "20"});
  REQUIRE_MESSAGE(r.code == 0, r.err);
  CHECK_CONTAINS(r.out, "Of 20 pairs of rows");
  CHECK_CONTAINS(r.out, "blocks.0.hook_resid_pre[2]");
  const Json results = Json::parse(read_file(tmp / "a/results.json"));
  const Json& patch = results["patch"];
  CHECK(patch["residual"].get<double>() < 1e-10);
  CHECK(patch["table"]["rows"].size() == 7);  // three positions before attention, the last one behind it
  for (const Json& row : patch["table"]["rows"])
    if (row["site"] == "blocks.0.hook_resid_post[0]") CHECK(row["effect"].get<double>() == doctest::Approx(1));
  CHECK(results["lens"]["table"]["rows"].size() == 3);
  CHECK(results["lens"]["residual"].get<double>() < 1e-12);
  for (const char* file :
       {"figures/patch.svg", "figures/lens.svg", "arrays/patch.npz", "arrays/cache.npz", "report.html"})
    CHECK_MESSAGE(fs::exists(tmp / ("a/" + std::string(file))), file);
  CHECK(read_npz(tmp / "a/arrays/cache.npz").at("blocks.0.hook_resid_pre").shape[1] == 3);
  const Result again =
      look(tmp / "b", {"--run", run, "--do", "patch,lens,cache,print", "--pairs", "20", "--threads", "1"});
  REQUIRE(again.code == 0);
  CHECK(read_npz(tmp / "b/arrays/patch.npz").at("effect").data ==
        read_npz(tmp / "a/arrays/patch.npz").at("effect").data);
}

TEST_CASE("paths and heads, and an ablation of each kind") {
  const TempFolder tmp;
  const std::string run = addition(tmp);
  const Json path = results_of(look(tmp / "a", {"--run", run, "--do", "path", "--sites", "*.attn.hook_z", "--by",
                                                "head", "--receivers", "blocks.0.hook_mlp_in", "--json"}));
  CHECK(path["path"]["table"]["rows"].size() == 2);
  CHECK(path["path"]["frozen"] == "*.attn.hook_z, *.hook_mlp_out");
  for (const char* kind : {"zero", "mean", "resample"}) {
    const Json a = results_of(
        look(tmp / kind, {"--run", run, "--do", "ablate", "--sites", "*.hook_mlp_out", "--ablation", kind, "--json"}));
    const Json row = a["ablate"]["table"]["rows"][0];
    CHECK(a["ablate"]["metric"] == "loss");
    CHECK(row["effect"].get<double>() != 0);
    CHECK(row["effect_error"].get<double>() > 0);
  }
}

TEST_CASE("attribution, integrated gradients that are complete, and circuits that are known") {
  const TempFolder tmp;
  const std::string run = trained_digits(tmp);
  const Json a = results_of(look(tmp / "a", {"--run", run, "--do", "attribute,integrate,patch", "--points", "0",
                                             "--pairs", "6", "--sites", "x,layers.0.post", "--json"}));
  // All of the metric goes through either value, and paths are exact over their kinks.
  for (const Json& row : a["integrate"]["residuals"]["rows"]) {
    CHECK(row["residual"].get<double>() < 1e-10);
    CHECK(row["kinks"].get<int>() >= 0);
    CHECK(row["after"].get<double>() == doctest::Approx(a["patch"]["clean"].get<double>()));
  }
  double sum = 0;
  for (const Json& row : a["integrate"]["table"]["rows"]) sum += row["effect"].get<double>();
  const double difference = a["patch"]["clean"].get<double>() - a["patch"]["corrupt"].get<double>();
  CHECK(sum == doctest::Approx(2 * difference));
  // Behind layers.0.post the network is linear, so that the first order is all there is.
  CHECK(a["attribute"]["table"]["rows"][1]["effect"].get<double>() == doctest::Approx(difference));
  const Json planted = results_of(look(tmp / "b", {"--planted", "--planted-networks", "2", "--json"}));
  CHECK(planted["planted"]["table"]["rows"].size() >= 7 * 8);
  CHECK(fs::exists(tmp / "b/report.html"));
}

TEST_CASE("a digit network with one pair of rows, and with interventions that all looks see") {
  const TempFolder tmp;
  const std::string run = trained_digits(tmp);
  const Json one = results_of(look(tmp / "a", {"--run", run, "--input", "3", "--against", "12", "--json"}));
  CHECK(one["pairs"] == 1);
  CHECK(one["patch"]["table"]["rows"].size() == 8);
  CHECK(one["patch"]["table"]["rows"][0]["effect_error"].is_null());
  const std::string file = tmp.with("i.toml", R"([[intervention]]
label = "none"
at = "layers.0.post"
replace = "zero"
[[intervention]]
label = "twice"
at = "layers.0.post"
replace = "scale"
factor = 2
[[set]]
label = "silence"
of = ["none"]
)");
  const Json silent = results_of(look(tmp / "b", {"--run", run, "--input", "3", "--against", "12", "--interventions",
                                                  file, "--apply", "silence", "--do", "print,patch", "--json"}));
  for (const Json& row : silent["print"]["table"]["rows"]) CHECK(row["zeros"] == 1);
  CHECK(silent["patch"]["differ"] == false);
  CHECK_CONTAINS(read_file(tmp / "b/report.html"), "All looks below see the network with these");
  const auto kept = experiments::read_interventions(tmp / "b/arrays/interventions.toml");
  REQUIRE(kept.interventions.size() == 1);
  CHECK(kept.interventions[0].label == "none");
}

TEST_CASE("weights and inputs by themselves, with and without labels") {
  const TempFolder tmp;
  const std::string run = trained_digits(tmp);
  const std::string weights = nn::newest_network(run);
  Tensor<double> x({30, 64}), y({30});
  for (std::int64_t i = 0; i < x.size(); ++i) x[i] = double(i * i % 17) / 16;
  for (std::int64_t i = 0; i < 30; ++i) y[i] = double(i % 10);
  write_npy(tmp / "x.npy", x), write_npy(tmp / "y.npy", y);
  const Json bare = results_of(look(tmp / "a", {"--weights", weights, "--inputs", tmp / "x.npy", "--json"}));
  CHECK(bare["metric"] == "logit:0");
  const Json labelled = results_of(
      look(tmp / "b", {"--weights", weights, "--inputs", tmp / "x.npy", "--targets", tmp / "y.npy", "--json"}));
  CHECK(labelled["metric"] == "difference:label,other");
}

TEST_CASE("what cannot be is refused, with what is wanted") {
  const TempFolder tmp;
  const std::string run = trained_digits(tmp);
  const auto refused = [&](const std::vector<std::string>& words, int code, const std::string& part) {
    const Result r = look(tmp / "a", with_options({"--run", run}, words));
    CHECK_MESSAGE(r.code == code, r.err);
    CHECK_CONTAINS(r.err, part);
  };
  refused({"--do", "patches"}, 2, "'patches' given; wanted some of print, cache, patch");
  refused({"--sites", "layers.7.*"}, 2, "matches no value");
  refused({"--sites", "layers.0.post", "--by", "head"}, 2, "none has the axis");
  refused({"--metric", "logit:10"}, 2, "classes 0 to 9");
  refused({"--metric", "logits"}, 2, "wanted logit:label");
  refused({"--input", "100000"}, 2, "there are rows 0 to");
  refused({"--input", "1,2", "--against", "3"}, 2, "wanted as many of each");
  refused({"--against", "3"}, 2, "give both, or neither");
  refused({"--do", "path"}, 2, "wants --receivers");
  refused({"--do", "lens"}, 2, "no values called blocks.*.hook_resid_*");
  refused({"--points", "8"}, 2, "it is for --do integrate");
  refused({"--planted"}, 2, "--planted has its own circuits");
  refused({"--do", "integrate", "--points", "0", "--metric", "loss", "--sites", "x"}, 2, "help: ");
  refused({"--ablation", "zero"}, 2, "it is for --do ablate");
  refused({"--apply", "a"}, 2, "it is for --interventions");
  refused({"--interventions", tmp / "none.toml"}, 3, "none.toml");
}

TEST_CASE("files of interventions are read, kept and combined") {
  using namespace experiments;
  const std::string text = R"([[intervention]]
label = "a"
at = "x[1:3]"
replace = "numbers"
numbers = [[1, 2.5], [3, 4]]
[[intervention]]
label = "b"
at = "x"
replace = "add"
numbers = 2
factor = -1
directions = [[1, 0]]
[[intervention]]
label = "c"
at = "x[:,-1]"
replace = "resample"
seed = 9
[[set]]
label = "ends"
of = ["c", "a"]
)";
  const InterventionsFile file = interventions_from(text, "i.toml");
  REQUIRE(file.interventions.size() == 3);
  CHECK(file.interventions[0].numbers.shape == Shape{2, 2});
  CHECK(file.interventions[0].numbers[1] == 2.5);
  CHECK(file.chosen({}).size() == 3);
  CHECK(file.chosen({"ends"})[1].label == "c");
  CHECK(file.chosen({"b", "ends"}).size() == 3);
  CHECK_THROWS_WITH_AS(file.chosen({"end"}), doctest::Contains("the nearest is 'ends'"), NameError);
  const std::string kept = toml_of(file.interventions);
  CHECK(toml_of(interventions_from(kept, "kept.toml").interventions) == kept);
  CHECK(interventions_from(kept, "kept.toml").interventions[2].seed == 9);
}

TEST_CASE("files that hold no interventions are refused with their line") {
  using namespace experiments;
  const auto refused = [](const std::string& bad, const std::string& part) {
    CHECK_THROWS_WITH_AS(interventions_from(bad, "i.toml"), doctest::Contains(part.c_str()), DataError);
  };
  const std::string start = "[[intervention]]\nlabel = \"a\"\nat = \"x\"\n";
  refused(start, "'replace' is missing");
  refused(start + "replace = \"zero\"\nfactr = 2\n", "i.toml:5: the key 'factr' is unknown");
  refused(start + "replace = \"numbers\"\n", "'numbers' wants");
  refused(start + "replace = \"zero\"\nnumbers = 1\n", "has no use for");
  refused(start + "replace = \"add\"\nnumbers = [[1, 2], [3]]\n", "no array of numbers");
  refused(start + "replace = \"zero\"\nseed = 2\n", "'seed' is for resample");
  refused(start + "replace = \"zero\"\n[[set]]\nlabel = \"s\"\nof = [\"b\"]\n", "'b', which is no intervention");
  refused(start + "replace = \"zero\"\n" + start + "replace = \"mean\"\n", "given twice");
  refused("[intervention]\nlabel = \"a\"\n", "no list of tables");
  refused("", "no [[intervention]]");
  refused("a = [", "i.toml:1");
  CHECK_THROWS_AS(interventions_from(start + "replace = \"noise\"\n", "i.toml"), UsageError);
}
