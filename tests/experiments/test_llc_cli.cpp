// llc as its user runs it.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/npz.h"
#include "core/safetensors.h"
#include "experiments/llc/calibration.h"
#include "tests/experiments/trained_runs.h"

using namespace basin;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

Result llc(const std::string& out, const std::vector<std::string>& more) {
  return run_program("llc", with_options({"--out", out, "--quiet", "--threads", "2"}, more));
}

// A network of the toy model of superposition that has found a pentagon with a live sixth output.
std::string pentagon(const TempFolder& tmp) {
  const Result r =
      run_program("train_superposition", {"--starts", "1", "--epochs", "300", "--samples", "600", "--batch", "100",
                                          "--phase-hidden=", "--quiet", "--out", tmp / "tms"});
  REQUIRE_MESSAGE(r.code == 0, r.err);
  return tmp / "tms";
}

std::string digits(const TempFolder& tmp) {
  const Result r = run_program("train_mlp", {"--widths", "8", "--epochs", "3", "--quiet", "--out", tmp / "mlp"});
  REQUIRE_MESSAGE(r.code == 0, r.err);
  return tmp / "mlp";
}

}  // namespace

TEST_CASE("a polygon's coefficient over two nβ: page, figures, chains, and every setting in the results") {
  const TempFolder tmp;
  const std::string run = pentagon(tmp);
  const Result r = llc(tmp / "a", {"--run", run, "--n-beta", "1e4,2e4", "--draws", "600", "--warm-up", "300"});
  CHECK_MESSAGE(r.code == 0, r.err);
  CHECK_CONTAINS(r.out, "for 18 parameters");
  for (const char* name : {"lambda", "trace_0", "mean_1", "distance_1"})
    CHECK_MESSAGE(fs::exists(tmp / ("a/figures/" + std::string(name) + ".svg")), name);
  const Json results = Json::parse(read_file(tmp / "a/results.json"));
  const Json at = results["points"]["rows"][0];
  CHECK(at["n_beta"] == 1e4);
  CHECK(at["lambda"].get<double>() == doctest::Approx(8.4).epsilon(0.06));
  CHECK(at["error"].get<double>() < 0.2);
  CHECK(at["gauss_newton"].get<double>() == doctest::Approx(8.6).epsilon(0.05));
  CHECK(results["settings"]["n"] == 600);
  CHECK(results["settings"]["sampler"] == "hmc");
  CHECK(results["settings"]["gamma"] == 1);
  const auto arrays = read_npz(tmp / "a/arrays/chains.npz");
  CHECK(arrays.at("u_1").shape == Shape{8, 600});
  CHECK(arrays.at("distance_0").shape == Shape{8, 600});
  CHECK(arrays.at("n_beta")[1] == 2e4);
}

TEST_CASE("parts of a network, of the data, and the behavioural loss; the parameters of draws are kept if asked for") {
  const TempFolder tmp;
  const std::string run = digits(tmp);
  const std::vector<std::string> quick{"--run", run, "--preset", "quick", "--gamma", "100", "--draws", "60", "--json"};
  const auto with = [&](const std::string& out, const std::vector<std::string>& more) {
    const Result r = llc(tmp / out, with_options(quick, more));
    CHECK_MESSAGE(r.code == 0, r.err);
    return Json::parse(r.out);
  };
  const Json part = with("a", {"--restrict", "layers.1.*", "--loss", "behavioural", "--keep-every", "20"});
  CHECK(part["parameters"] == 90);
  CHECK_CONTAINS(part["loss"].get<std::string>(), "squared distance");
  CHECK(part["base_loss"] == 0);
  CHECK(part["points"]["rows"][0]["escaped"] == 0);
  CHECK(read_npz(tmp / "a/arrays/chains.npz").at("places_0").shape == Shape{12, 90});
  const Json threes = with("b", {"--labels", "3", "--loss", "behavioural", "--dtype", "f32"});
  CHECK(threes["settings"]["n"].get<int>() < 200);
  CHECK(threes["settings"]["precision"] == "float32");
  CHECK_CONTAINS(threes["data"].get<std::string>(), "labels 3");
  const Json batches = with("c", {"--sampler", "sgld", "--batch", "50", "--loss", "behavioural", "--rows", "300"});
  CHECK(batches["settings"]["n"] == 300);
  CHECK(batches["settings"]["batch"] == 50);
  const Json early = with("d", {"--epoch", "0", "--loss", "behavioural"});
  CHECK_CONTAINS(early["what"].get<std::string>(), "epoch-0000");
}

TEST_CASE("how the loss would answer if digits or rows counted more, from the same chains") {
  const TempFolder tmp;
  const Result r = llc(tmp / "a", {"--run", digits(tmp), "--preset", "quick", "--gamma", "100", "--loss", "behavioural",
                                   "--responses", "--draws", "100", "--rows", "300", "--json"});
  CHECK_MESSAGE(r.code == 0, r.err);
  const Json responses = Json::parse(r.out)["responses"];
  REQUIRE(responses.size() == 1);
  CHECK(responses[0]["classes"]["rows"].size() == 10);
  CHECK(responses[0]["rows"]["rows"].size() == 10);
  double rows = 0, sum = 0;
  for (const Json& c : responses[0]["classes"]["rows"]) {
    rows += c["rows"].get<double>(), sum += c["weight"].get<double>();
    CHECK(c["weight_error"].get<double>() > 0);
  }
  CHECK(rows == 300);
  CHECK(sum < 0);  // all classes weighing more is a larger nβ, and so a lower loss
  CHECK_CONTAINS(read_file(tmp / "a/report.html"), "Responses to the data");
}

TEST_CASE("a loss whose exact value is known") {
  const TempFolder tmp;
  const Result r = llc(tmp / "a", {"--oracle", "crossing/1-1-t579", "--json"});
  CHECK_MESSAGE(r.code == 0, r.err);
  const Json results = Json::parse(r.out);
  CHECK(results["exact"].get<double>() == doctest::Approx(8 * .3833).epsilon(0.001));
  CHECK(results["lambda"].get<double>() == doctest::Approx(8 * .3833).epsilon(0.02));
  CHECK(results["points"]["rows"][0]["exact"] == results["exact"]);
  CHECK_CONTAINS(llc(tmp / "b", {"--oracle", "crossing/9"}).err, "none is called 'crossing/9'");
  CHECK(llc(tmp / "b", {"--oracle", "crossing/1-1-t579", "--draws", "50"}).code == 2);
  CHECK(llc(tmp / "b", {"--oracle", "crossing/*"}).code == 2);
}

TEST_CASE("weights and data by themselves") {
  const TempFolder tmp;
  const std::string run = digits(tmp);
  const Result r = llc(tmp / "a", {"--weights", run + "/checkpoints/last.safetensors", "--data", "digits", "--preset",
                                   "quick", "--draws", "40", "--gamma", "1000", "--rows", "200", "--json"});
  CHECK_MESSAGE((r.code == 0 || r.code == 4), r.err);
  CHECK(Json::parse(r.out)["loss"] == "cross-entropy, the mean over rows");
}

TEST_CASE("chains that were stopped go on, and end as those that were not") {
  const TempFolder tmp;
  const std::string run = pentagon(tmp);
  const std::vector<std::string> asked{"--run",     run,   "--n-beta", "1e4,2e4", "--draws", "3000",
                                       "--warm-up", "200", "--rows",   "60",      "--loss",  "behavioural"};
  Process process("llc", with_options({"--out", tmp / "a", "--threads", "2"}, asked));
  const Result stopped = interrupted_after(process, tmp / "a/checkpoints/chains-10000-0.safetensors");
  CHECK_MESSAGE(stopped.code == 130, stopped.err);
  CHECK_CONTAINS(stopped.err, "--resume");
  CHECK_MESSAGE(run_program("llc", {"--resume", "--quiet", "--out", tmp / "a"}).code == 0, "resumed");
  CHECK(llc(tmp / "b", asked).code == 0);
  const Json a = Json::parse(read_file(tmp / "a/results.json")), b = Json::parse(read_file(tmp / "b/results.json"));
  CHECK(a["points"] == b["points"]);
  const Result other = run_program("llc", {"--resume", "--gamma", "3", "--quiet", "--out", tmp / "a"});
  CHECK(other.code == 3);
  CHECK_CONTAINS(other.err, "gamma");
}

TEST_CASE("what cannot be is refused before anything is sampled") {
  const TempFolder tmp;
  const std::string run = digits(tmp);
  struct Row {
    std::vector<std::string> words;
    int code;
    const char* said;
  };
  for (const Row& row : {Row{{}, 2, "--run FOLDER"},
                         {{"--run", tmp / "none"}, 3, "none"},
                         {{"--run", run, "--n-beta", "many"}, 2, "'many' given; wanted auto, grid"},
                         {{"--run", run, "--n-beta", "-3"}, 2, "numbers above 0"},
                         {{"--run", run, "--sampler", "hmc", "--batch", "10"}, 2, "accepts on all data"},
                         {{"--run", run, "--sampler", "sgld", "--batch", "100000"}, 2, "there are 1437 rows"},
                         {{"--run", run, "--restrict", "layers.9.*"}, 2, "no parameter fits 'layers.9.*'"},
                         {{"--run", run, "--labels", "77"}, 2, "no row has one of these"},
                         {{"--run", run, "--epoch", "9"}, 2, "there are checkpoints of 0"},
                         {{"--run", run, "--leapfrogs", "3", "--sampler", "sgld"}, 2, "it is for --sampler hmc"},
                         {{"--run", run, "--most-draws", "50"}, 2, "it is for --standard-error"},
                         {{"--run", run, "--network", "3"}, 2, "holds one network"}}) {
    const Result r = llc(tmp / "refused", row.words);
    CHECK_MESSAGE(r.code == row.code, r.err);
    CHECK_CONTAINS(r.err, row.said);
    CHECK_FALSE(fs::exists(tmp / "refused/manifest.json"));
  }
}

TEST_CASE("where every chain escapes there is no estimate, and the code says so") {
  const TempFolder tmp;
  const Result r = llc(tmp / "a", {"--run", digits(tmp), "--preset", "quick", "--draws", "100", "--gamma", "0.1"});
  CHECK_MESSAGE(r.code == 4, r.out);
  CHECK_CONTAINS(r.out, "There is no estimate");
  CHECK_CONTAINS(r.out, "chains went below the loss at w*");
}

TEST_CASE("a plateau is the longest row of steps that agree") {
  using namespace basin::experiments;
  const auto trial = [](double share, double lambda, bool usable = true) {
    return StepTrial{.share = share, .step = share, .lambda = lambda, .error = 0.1, .usable = usable};
  };
  const basin::experiments::Plateau p =
      plateau_of({trial(.001, 1), trial(.01, 3.9), trial(.03, 4.1), trial(.1, 4), trial(.3, 5.5), trial(.9, 9, false)});
  CHECK(p.found);
  CHECK(p.first == 1);
  CHECK(p.last == 3);
  CHECK(p.lambda == doctest::Approx(4));
  CHECK(p.step == 0.03);
  CHECK_FALSE(plateau_of({trial(.01, 1), trial(.03, 2), trial(.1, 3), trial(.3, 4)}).found);
  CHECK_FALSE(plateau_of({trial(.01, 4), trial(.03, 4, false), trial(.1, 4)}).found);
}

TEST_CASE("--calibrate finds the plateau of steps") {
  const TempFolder tmp;
  const Result r = llc(tmp / "a", {"--run", pentagon(tmp), "--n-beta", "1e4", "--calibrate", "--draws", "400",
                                   "--chains", "4", "--warm-up", "100", "--json"});
  CHECK_MESSAGE(r.code == 0, r.err);
  const Json results = Json::parse(r.out);
  CHECK(results["settled"] == true);
  CHECK(results["plateaus"]["rows"][0]["lambda"].get<double>() == doctest::Approx(8.4).epsilon(0.07));
  CHECK(fs::exists(tmp / "a/figures/calibration.svg"));
}
