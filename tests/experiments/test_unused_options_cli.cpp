// Options that would be ignored beside the others are refused before anything is done.
#include <doctest/doctest.h>

#include "core/npy.h"
#include "core/npz.h"
#include "core/safetensors.h"
#include "tests/experiments/process.h"

using namespace basin;
namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

struct Refusals {
  TempFolder tmp{};
  std::string program;
  Words base{};

  void operator()(Words words, const std::string& part) const {
    words.insert(words.begin(), base.begin(), base.end());
    if (program != "degeneracy") words.insert(words.end(), {"--out", tmp / "out"});
    const Result r = run_program(program, words);
    CHECK_MESSAGE(r.code == 2, r.err);
    CHECK(r.out == "");
    CHECK_CONTAINS(r.err, part);
    CHECK_CONTAINS(r.err, " has no effect: ");
    CHECK_CONTAINS(r.err, "leave it out");
    CHECK_FALSE(fs::exists(tmp / "out"));
  }
};

void save_network(const std::string& path) {
  SafeTensorsWriter().add("l.0.weight", Matrix({3, 2}, 1.0)).add("l.1.weight", Matrix({2, 3}, 1.0)).save(path);
}

}  // namespace

TEST_CASE("training refuses options of other data, optimizers and longer runs") {
  for (const char* program : {"train_mlp", "reproduce"}) {
    const Refusals refused{.program = program};
    refused({"--momentum", "0.9"}, "--momentum 0.9 has no effect: it is of sgd, and --optimizer is adam");
    refused({"--momentum", "0.9"}, "help: give --optimizer sgd, or leave it out");
    refused({"--train-fraction", "0.5"}, "--data digits has training and test rows of its own");
    refused({"--modulus", "7"}, "--modulus 7 has no effect: it is of modadd, modsub and modquad, and --data is digits");
    refused({"--data-dir", "x"}, "it is the folder of mnist and fashion-mnist");
    refused({"--target", "y"}, "it is for tables");
    refused({"--standardise"},
            "--standardise has no effect: it is for tables, .csv, .tsv or .txt, and --data is digits");
    refused({"--epochs", "1", "--warm-up", "46"}, "--warm-up 46 has no effect: the run has 45 steps");
  }
  const Refusals table{.program = "train_mlp"};
  const std::string csv = table.tmp.with("modern.csv", "a,y\n1,2\n2,1\n3,4\n");
  table({"--data", csv, "--modulus", "7"}, "it is of modadd");
  table({"--epochs", "1", "--warm-up", "45", "--schedule", "cosine"}, "--schedule cosine has no effect");
}

TEST_CASE("options that do have an effect, and defaults that are spelt out, are taken") {
  const TempFolder tmp;
  const auto trained = [&](const std::string& name, Words words) {
    words.insert(words.end(), {"--widths", "3", "--quiet", "--out", tmp / name});
    const Result r = run_program("train_mlp", words);
    CHECK_MESSAGE(r.code == 0, r.err);
    CHECK(r.err == "");
  };
  trained("a", {"--optimizer", "sgd", "--momentum", "0.9", "--epochs", "1", "--warm-up", "45"});
  trained("b", {"--momentum", "0", "--train-fraction", "0.80", "--modulus", "113", "--epochs", "1"});
  trained("c", {"--data", "modadd", "--modulus", "5", "--train-fraction", "0.5", "--epochs", "1"});
}

TEST_CASE("a default warm-up that is too long is said, a given one refused") {
  const Refusals refused{.program = "modular_addition", .base = {"--modulus", "5", "--d-mlp", "8", "--seeds", "0"}};
  refused({"--epochs", "5", "--warm-up", "7"}, "--warm-up 7 has no effect: the run has 5 steps");
  Words words{"--epochs", "5", "--out", refused.tmp / "a"};
  words.insert(words.begin(), refused.base.begin(), refused.base.end());
  const Result r = run_program("modular_addition", words);
  CHECK_MESSAGE(r.code == 0, r.err);
  CHECK_CONTAINS(r.err, "note: the run has 5 steps, and the learning rate rises to --lr in 10: it is not reached");
}

TEST_CASE("train_transformer refuses options of parts that are not there") {
  const Refusals refused{.program = "train_transformer"};
  refused({"--attention-only", "--d-mlp", "7"}, "--d-mlp 7 has no effect: --attention-only leaves the MLPs out");
  refused({"--attention-only", "--activation", "relu"}, "--activation relu has no effect");
  refused({"--attention-only", "--parallel-attention"}, "--parallel-attention has no effect");
  refused({"--layers", "0", "--heads", "2"}, "--heads 2 has no effect: --layers 0 has no blocks");
}

TEST_CASE("degeneracy refuses options of the other way of counting, and of the other kind of network") {
  const Refusals refused{.program = "degeneracy"};
  const std::string net = refused.tmp / "net.safetensors", x = refused.tmp / "x.npy";
  save_network(net);
  write_npy(x, Matrix({5, 2}, 1.0));
  const Words files{"--weights", net, "--inputs", x};
  const auto with = [&](Words more) {
    more.insert(more.begin(), files.begin(), files.end());
    return more;
  };
  refused(with({"--scaled", "--tolerance", "1e-6"}), "--tolerance 1e-06 has no effect: it is of exact ranks");
  refused(with({"--scaled", "--epsilon", "1e-6"}), "--epsilon 1e-06 has no effect");
  refused(with({"--scaled", "--strict"}), "--strict has no effect");
  refused(with({"--scaled", "--null-space", refused.tmp / "n.npz"}), "--null-space ");
  refused({"--run", "nowhere", "--layers", "a,b"}, "--layers a,b has no effect: it is for --weights");
  refused({"--run", "nowhere", "--layout", "in-out"}, "--layout in-out has no effect");
}

TEST_CASE("interaction_graph and ablation refuse what they would not look at") {
  const Refusals graph{.program = "interaction_graph"}, ablation{.program = "ablation"};
  for (const Refusals* refused : {&graph, &ablation}) {
    const std::string net = refused->tmp / "net.safetensors", x = refused->tmp / "x.npy";
    save_network(net);
    write_npy(x, Matrix({5, 2}, 1.0));
    const auto with = [&](Words more) {
      more.insert(more.begin(), {"--weights", net, "--inputs", x});
      return more;
    };
    (*refused)(with({"--two-way"}), "--two-way has no effect: it is for transformers");
    (*refused)(with({"--layer-norm", "pre"}), "--layer-norm pre has no effect");
    (*refused)(with({"--data-dir", "x"}), "--data-dir x has no effect");
    (*refused)(with({"--network", "1"}), "--network 1 has no effect");
    (*refused)(with({"--basis", "neuron", "--no-center"}), "--no-center has no effect: --basis neuron leaves");
    (*refused)(with({"--basis", "neuron", "--truncation", "1e-3"}), "--truncation 1e-3 has no effect");
    (*refused)({"--run", "x", "--order", "a,b"}, "--order a,b has no effect: it is for --weights");
    (*refused)({"--run", "x", "--targets", "y.npy"}, "--targets y.npy has no effect");
  }
  const Words files{"--weights", graph.tmp / "net.safetensors", "--inputs", graph.tmp / "x.npy"};
  const auto with = [&](Words more) {
    more.insert(more.begin(), files.begin(), files.end());
    return more;
  };
  graph(with({"--targets", "y.npy"}), "--targets y.npy has no effect: it is for the scores of --delta");
  graph(with({"--delta", "0.1", "--targets", "y.npy", "--cutoff", "0.5"}), "--cutoff 0.5 has no effect: --delta finds");
  ablation(with({"--on", "train", "--test-inputs", "t.npy"}), "--test-inputs t.npy has no effect");
  ablation(with({"--nodes", "none", "--orthogonal"}), "--orthogonal has no effect");
  ablation(with({"--nodes", "none", "--curve", "none", "--stop-at", "1"}), "--stop-at 1 has no effect");
}

TEST_CASE("sparsity refuses options of settings that are not asked for") {
  const Refusals refused{.program = "sparsity"};
  refused({"--mnist-epochs", "3"}, "--mnist-epochs 3 has no effect: it is of mnist");
  refused({"--settings", "planted", "--hidden", "3"}, "--hidden 3 has no effect: it is of trained dense networks");
}

TEST_CASE("a null space's file is checked before anything is read") {
  const TempFolder tmp;
  const auto null_space = [&](const std::string& path) {
    return run_program("degeneracy", {"--weights", "not.here", "--inputs", "not.here", "--null-space", path});
  };
  const Result text = null_space(tmp / "x.txt");
  CHECK(text.code == 2);
  CHECK_CONTAINS(text.err, "wanted a file ending in .npz; help: --null-space " + tmp / "x.npz");
  const Result nowhere = null_space(tmp / "no/x.npz");
  CHECK(nowhere.code == 5);
  CHECK_CONTAINS(nowhere.err, "its folder does not take files");
  CHECK(null_space(tmp / "x.npz").code == 3);
}
