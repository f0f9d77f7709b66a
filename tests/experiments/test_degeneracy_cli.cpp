#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/npy.h"
#include "core/npz.h"
#include "core/safetensors.h"
#include "tests/experiments/process.h"
#include "tests/interp/degeneracy_golden.h"

using namespace basin;

namespace {

using Words = std::vector<std::string>;

Result degeneracy(Words words) {
  words.push_back("--quiet");
  return run_program("degeneracy", words);
}

// A golden network as the files that a user has.
struct Files {
  TempFolder tmp;
  nlohmann::json want;
  interp::ReluNet net;
  Matrix x;
  std::string weights = tmp / "net.safetensors", inputs = tmp / "x.npy";

  explicit Files(const std::string& name, const std::string& activation = "relu") : want(golden_net(name)) {
    const GoldenData golden = golden_data(want);
    net = golden.net, x = golden.x;
    save(activation);
  }
  void save(const std::string& activation = "relu") const {
    SafeTensorsWriter file;
    for (std::int64_t l = 0; l < net.layers(); ++l) {
      file.add(interp::layer_name(l) + ".weight", net.weights[l]);
      file.add(interp::layer_name(l) + ".bias", Matrix(Shape{std::int64_t(net.biases[l].size())}, net.biases[l]));
    }
    file.metadata("activation", activation).save(weights);
    write_npy(inputs, x);
  }
  Words words(Words more = {}) const {
    more.insert(more.begin(), {"--weights", weights, "--inputs", inputs});
    return more;
  }
};

std::string csv_of(const Matrix& x) {
  std::string text;
  for (std::int64_t j = 0; j < x.cols(); ++j) text += (j ? ",x" : "x") + std::to_string(j);
  for (std::int64_t i = 0; i < x.rows(); ++i)
    for (std::int64_t j = 0; j < x.cols(); ++j) text += (j ? "," : "\n") + nlohmann::json(x(i, j)).dump();
  return text + "\n";
}

// The blocks of a golden network that the answer lists: not the neurons that fire on their own.
nlohmann::json listed_blocks(const nlohmann::json& want) {
  auto blocks = nlohmann::json::array();
  for (const auto& block : want.at("blocks"))
    if (block.at("kind") != "synchronised" || block.at("neurons").size() > 1) blocks.push_back(block);
  return blocks;
}

}  // namespace

TEST_CASE("degeneracy --json has the promised keys and the integers of a golden network") {
  const Files files("c10_three_layers");
  const Result r = degeneracy(files.words({"--json"}));
  CHECK(r.code == 0);
  CHECK(r.err == "");
  const auto got = nlohmann::json::parse(r.out);
  for (const char* key :
       {"parameters", "samples", "outputs", "jacobian_rank", "free_directions", "lower_bound", "naive_sum"}) {
    CAPTURE(key);
    CHECK(got.at(key) == files.want.at(key));
  }
  CHECK(got.at("ceiling") == 198 - (7 + 7 + 8));
  CHECK(got.at("below_ceiling") == 119 - (7 + 7 + 8));
  CHECK(got.at("gauge_rank") == files.want.at("phi_rank"));
  CHECK(got.at("spectral_gap") > 1e6);
  CHECK(got.at("blocks") == listed_blocks(files.want));
  REQUIRE(got.at("layers").size() == files.want.at("layers").size());
  for (std::size_t l = 0; l < got.at("layers").size(); ++l)
    for (const char* key : {"name", "activation_rank", "gradient_rank", "free_low_rank"})
      CHECK(got.at("layers")[l].at(key) == files.want.at("layers")[l].at(key));
}

TEST_CASE("degeneracy --json has the conditional bound, and at each epsilon of a grid what is noticed") {
  const Files files("c10_three_layers");
  const auto got = nlohmann::json::parse(degeneracy(files.words({"--json", "--epsilon", "1e-3,1e-18"})).out);
  CHECK(got.at("lower_bound_conditional") == files.want.at("conditional_bound"));
  CHECK(got.at("unexplained") == 7);
  CHECK(got.at("n_eff_corrected").is_null());
  REQUIRE(got.at("epsilon").size() == 2);
  CHECK(got.at("epsilon")[1].at("jacobian_rank") == files.want.at("jacobian_rank"));
}

TEST_CASE("degeneracy --null-space writes a basis of the free directions, and replaces no file") {
  const Files files("c7_both");
  const std::string path = files.tmp / "null.npz";
  const Result r = degeneracy(files.words({"--null-space", path}));
  CHECK(r.code == 0);
  CHECK_CONTAINS(r.out, "effective parameters           34   1 doubly null directions\n");
  CHECK(read_npz(path).at("basis").shape == Shape{21, 54});
  const Result again = degeneracy(files.words({"--null-space", path}));
  CHECK(again.code == 2);
  CHECK_CONTAINS(again.err, path + " exists");
}

// Two neurons that nearly are one: their weights differ by `apart` in one place.
struct NearlyOne : Files {
  explicit NearlyOne(double apart) : Files("c3_321") {
    for (std::int64_t j = 0; j < net.weights[0].cols(); ++j) net.weights[0](1, j) = 2 * net.weights[0](0, j);
    net.biases[0][1] = 2 * net.biases[0][0];
    for (std::int64_t o = 0; o < net.weights[1].rows(); ++o) net.weights[1](o, 1) = net.weights[1](o, 0);
    net.weights[0](1, 0) += apart;
    save();
  }
};

TEST_CASE("what the numbers do not decide is said in words, in JSON and, if asked, by the exit code") {
  const NearlyOne close(1e-11), apart(1e-3);
  const Result words = degeneracy(close.words());
  CHECK(words.code == 0);
  CHECK_CONTAINS(words.out, "free directions          undecided, ");
  CHECK_CONTAINS(words.out, "Undecided: some singular values are too small for the tolerance 1e-09");
  CHECK(degeneracy(close.words({"--strict"})).code == 4);
  CHECK(degeneracy(close.words({"--strict"})).out == words.out);
  CHECK(degeneracy(apart.words({"--strict"})).code == 0);
  const auto got = nlohmann::json::parse(degeneracy(close.words({"--json"})).out);
  CHECK(got.at("verdict") == "undecided");
  CHECK(got.at("free_directions").is_null());
  CHECK(got.at("largest_dropped") > got.at("rounding"));
  CHECK(got.at("below_ceiling").is_null());
  CHECK(got.at("readings").contains("below_ceiling"));
  const auto exact = nlohmann::json::parse(degeneracy(apart.words({"--json"})).out);
  CHECK(exact.at("verdict") == "decided");
  CHECK(got.at("readings").at("free_directions")[0] == exact.at("free_directions"));
  CHECK(got.at("readings").at("free_directions")[1] > exact.at("free_directions"));
  // Where weights are only good to 1e-6 the second reading counts: all between is below the tolerance.
  const auto loose = nlohmann::json::parse(degeneracy(apart.words({"--json", "--tolerance", "1e-2"})).out);
  CHECK(loose.at("verdict") == "undecided");
}

TEST_CASE("the counts come whatever becomes of the null space, and what is written is null") {
  const NearlyOne close(1e-8);
  const std::string path = close.tmp / "null.npz";
  const Result r = degeneracy(close.words({"--null-space", path, "--json"}));
  CHECK(r.code == 0);
  const auto got = nlohmann::json::parse(r.out);
  CHECK(got.at("parameters") == 64);
  const auto arrays = read_npz(path);
  for (double residual : arrays.at("residual").data) CHECK(residual <= 1e-9);
  CHECK_CONTAINS(r.err, "null directions written");
}

TEST_CASE("degeneracy --json is the same for 1, 2 and 3 threads") {
  const Files files("c5_two_layers");
  const std::string one = degeneracy(files.words({"--json", "--threads", "1"})).out;
  CHECK_CONTAINS(one, "jacobian_rank");
  for (const char* threads : {"2", "3"}) CHECK(degeneracy(files.words({"--json", "--threads", threads})).out == one);
}

TEST_CASE("inputs come as .csv too, and --rows takes the first of them") {
  const Files files("c14");
  const std::string csv = files.tmp.with("x.csv", csv_of(files.x));
  const Words words{"--weights", files.weights, "--inputs", csv, "--json"};
  CHECK(degeneracy(words).out == degeneracy(files.words({"--json"})).out);
  for (const auto& [rows, rank] : files.want.at("prefix_ranks").items()) {
    Words few = words;
    few.insert(few.end(), {"--rows", rows});
    const auto got = nlohmann::json::parse(degeneracy(few).out);
    CHECK(got.at("samples") == std::stoi(rows));
    CHECK(got.at("jacobian_rank") == rank);
  }
}

TEST_CASE("without --json degeneracy tells the same in words") {
  const Files files("c4");
  const Result r = degeneracy(files.words());
  CHECK(r.code == 0);
  CHECK_CONTAINS(r.out, "64 parameters, 200 samples, 4 outputs");
  CHECK_CONTAINS(r.out, "layers.0 always_on: neurons 0 1 2\n");
  CHECK_CONTAINS(r.out, "layers.0 synchronised: neurons 4 5\n");
  CHECK_CONTAINS(r.out, "largest possible rank          58   the rank is 11 below\n");
  CHECK_CONTAINS(r.out, "free directions                17\n");
  CHECK_FALSE(contains(r.out, "as high as it can be"));
  const Result few = degeneracy(files.words({"--rows", "2"}));
  CHECK_CONTAINS(few.out, "as high as it can be: with more rows");
  CHECK_CONTAINS(few.out, "largest possible rank          58   the rank is 50 below; these rows allow 8\n");
  CHECK_CONTAINS(degeneracy(Files("c2").words()).out, "largest possible rank          58   reached\n");
}

TEST_CASE("degeneracy reads a run of train_mlp by its folder") {
  TempFolder tmp;
  const std::string csv = tmp.with("t.csv", "a,b,y\n1,2,3\n2,1,0.5\n0,1,2\n3,1,1\n-1,2,4\n");
  CHECK(
      run_program("train_mlp", {"--data", csv, "--widths", "3", "--epochs", "1", "--quiet", "--out", tmp / "a"}).code ==
      0);
  const Result r = degeneracy({"--run", tmp / "a", "--json"});
  CHECK(r.code == 0);
  CHECK(nlohmann::json::parse(r.out).at("parameters") == 13);
  CHECK(nlohmann::json::parse(r.out).at("samples") == 4);
  tmp.with("t.csv", "a,b,y\n9,2,3\n2,1,0.5\n0,1,2\n3,1,1\n-1,2,4\n");
  const Result changed = degeneracy({"--run", tmp / "a"});
  CHECK(changed.code == 3);
  CHECK_CONTAINS(changed.err, "the run was made with other data");
}

TEST_CASE("degeneracy refuses what it cannot count with exit code 3, naming file and reason") {
  const Files files("c4");
  const auto refused = [&](const std::string& weights, const std::string& inputs, const std::string& part) {
    const Result r = degeneracy({"--weights", weights, "--inputs", inputs, "--json"});
    CHECK(r.code == 3);
    CHECK(r.out == "");
    CHECK_CONTAINS(r.err, part);
  };
  const TempFolder& tmp = files.tmp;
  refused(tmp / "no.safetensors", files.inputs, "cannot read " + tmp / "no.safetensors");
  refused(files.weights, tmp / "no.npy", "cannot read " + tmp / "no.npy");
  refused(files.weights, tmp.with("x.txt", "1"), "wanted a file ending in .npy, .npz or .csv");
  refused(files.weights, tmp.with("bad.csv", "a,b,c,d,e\n1,2,oops,4,5\n"), "line 2, column 3 ('c'): 'oops'");
  refused(files.weights, tmp.with("narrow.csv", "a,b\n1,2\n"),
          tmp / "narrow.csv" + " has 2 columns; wanted 5, the inputs of the network in " + files.weights);
  refused(tmp.with("cut.safetensors", read_file(files.weights).substr(0, 200)), files.inputs, "truncated");
  refused(tmp.with("text.safetensors", "hello"), files.inputs, "text.safetensors: not a valid safetensors file");
  const Files tanh("c4", "tanh");
  refused(tanh.weights, tanh.inputs, "its activation is 'tanh'; wanted relu");
  Matrix x = files.x;
  x(7, 1) = std::nan("");
  write_npy(tmp / "nan.npy", x);
  refused(files.weights, tmp / "nan.npy", "the number in sample 7 is nan");
  CHECK(degeneracy({"--run", tmp.path()}).code == 3);
}

TEST_CASE("degeneracy refuses wrong options with exit code 2") {
  const Files files("c4");
  const auto refused = [&](const Words& words, const std::string& part) {
    const Result r = degeneracy(words);
    CHECK(r.code == 2);
    CHECK_CONTAINS(r.err, part);
  };
  refused({}, "give either --run FOLDER, or both --weights FILE and --inputs FILE");
  refused({"--weights", files.weights}, "give either --run FOLDER");
  refused(files.words({"--run", files.tmp.path()}), "give either --run FOLDER");
  refused(files.words({"--tolerence", "1e-6"}), "did you mean --tolerance?");
  refused(files.words({"--tolerance", "2"}), "wants a number from 0 to 1; given '2'");
  refused(files.words({"--rows", "0"}), "wants an integer of at least 1; given '0'");
  refused(files.words({"--out", "x"}), "unknown option --out");
  for (const char* grid : {"x", "1e-2,,1e-3", "0", "2", "1e-2 1e-3"})
    refused(files.words({"--epsilon", grid}), "epsilon: wants numbers separated by commas, each from 1e-30 to 1");
}

TEST_CASE("degeneracy's help has every option and promises no files") {
  const Result r = degeneracy({"--help"});
  CHECK(r.code == 0);
  for (const char* option : {"run", "weights", "inputs", "tolerance", "rows", "epsilon", "null-space", "threads",
                             "config", "set", "quiet", "json", "help", "version"})
    CHECK_CONTAINS(r.out, std::string("  --") + option);
  CHECK_FALSE(contains(r.out, "files in"));
}
