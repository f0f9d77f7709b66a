// Files as people have them: pipes, other formats under the wrong name, and resumed runs whose options are spelt anew.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <limits>

#include "core/npy.h"
#include "core/npz.h"
#include "core/safetensors.h"
#include "tests/experiments/process.h"

using namespace basin;

namespace {

using Words = std::vector<std::string>;

void check_refused(const std::string& program, const Words& words, const std::string& part) {
  const Result r = run_in_shell("", "/usr/bin/timeout", [&] {
    Words all{"20", Process::path_of(program)};
    all.insert(all.end(), words.begin(), words.end());
    return all;
  }());
  CHECK_MESSAGE(r.code == 3, program, " ", r.code, ": ", r.err);
  CHECK_CONTAINS(r.err, part);
}

}  // namespace

TEST_CASE("a pipe in place of a file is refused by every option that reads one, and nothing waits for it") {
  const TempFolder tmp;
  for (const char* ending : {"safetensors", "npz", "npy", "csv", "json", "graphml", "toml", "md"})
    REQUIRE(mkfifo((tmp / (std::string("pipe.") + ending)).c_str(), 0600) == 0);
  const std::string x = tmp / "x.npy", pipe = tmp / "pipe.", said = "it is a pipe; help: save what comes out of it";
  write_npy(x, Matrix({5, 2}, 1.0));
  check_refused("degeneracy", {"--weights", pipe + "safetensors", "--inputs", x}, said);
  const std::string net = tmp / "net.safetensors";
  SafeTensorsWriter().add("l.0.weight", Matrix({3, 2}, 1.0)).save(net);
  for (const char* ending : {"npy", "npz", "csv"})
    check_refused("degeneracy", {"--weights", net, "--inputs", pipe + ending}, said);
  check_refused("degeneracy", {"--config", pipe + "toml"}, said);
  check_refused("train_mlp", {"--data", pipe + "csv", "--out", tmp / "a"}, said);
  check_refused("train_transformer", {"--data", pipe + "npy", "--out", tmp / "a"}, said);
  for (const char* ending : {"csv", "json", "graphml"})
    check_refused("modules", {"--graph", pipe + ending, "--out", tmp / "a"}, said);
  for (const char* ending : {"safetensors", "npz", "npy"}) check_refused("describe", {pipe + ending}, said);
  for (const char* ending : {"safetensors", "npz"})
    check_refused("interaction_graph", {"--weights", pipe + ending, "--inputs", x, "--out", tmp / "a"}, said);
  tmp.with("results.json", R"({"page": "kinds"})");
  check_refused("page", {"--run", tmp.path(), "--page", pipe + "md"}, said);
  check_refused("degeneracy", {"--weights", tmp.path(), "--inputs", x}, "it is a folder; help: name a file in it");
  check_refused("degeneracy", {"--weights", "/dev/zero", "--inputs", x}, "it is a device");
}

TEST_CASE("a file of another format says what it is and what to do") {
  const TempFolder tmp;
  const std::string x = tmp / "x.npy";
  write_npy(x, Matrix({5, 2}, 1.0));
  const std::string torch = tmp.with("net.safetensors", std::string("PK\x03\x04\0\0\0\0\0\0archive/data.pkl", 26));
  check_refused("degeneracy", {"--weights", torch, "--inputs", x},
                "it is a PyTorch file (torch.save); help: python3 -c");
  const std::string page = tmp.with("page.safetensors", "<!DOCTYPE html>\n<html>\n<body>Sign in</body>");
  check_refused("describe", {page}, "it is an HTML page; help: download it again");
  const std::string pointer = tmp.with("lfs.npy", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
  check_refused("degeneracy", {"--weights", torch, "--inputs", pointer}, "PyTorch file");
  check_refused("train_transformer", {"--data", pointer, "--out", tmp / "a"}, "it is a Git LFS pointer");
}

TEST_CASE("degeneracy reads weights and bare attention layers from .npz, with what else is in them") {
  const TempFolder tmp;
  const std::string net = tmp / "net.npz", layer = tmp / "layer.npz", x = tmp / "x.npy", stream = tmp / "stream.npy";
  NpzWriter dense, attention;
  dense.add("l.0.weight", Tensor<float>({3, 2}, 1.0f));
  dense.save(net);
  for (const char* name : {"W_Q", "W_K", "W_V"}) attention.add(name, Tensor<double>({1, 2, 2}, {1, 2, 3, 5}));
  attention.add("W_O", Tensor<double>({1, 2, 2}, {1, 2, 3, 5}));
  attention.add("mask", Tensor<std::int64_t>({3, 3}, 1));
  attention.add("IGNORE", Tensor<double>(Shape{}, {-std::numeric_limits<double>::infinity()}));
  attention.save(layer);
  write_npy(x, Matrix({2, 2}, {1, 2, 3, 4}));
  write_npy(stream, Tensor<double>({2, 2, 2}, {1, 2, 3, 4, 0, 1, 2, 5}));
  const Result d = run_program("degeneracy", {"--weights", net, "--inputs", x, "--quiet"}),
               a = run_program("degeneracy", {"--weights", layer, "--inputs", stream, "--quiet"});
  CHECK_MESSAGE(d.code == 0, d.err);
  CHECK_CONTAINS(d.out, "6 parameters");
  CHECK_MESSAGE(a.code == 0, a.err);
  CHECK_CONTAINS(a.out, "16 parameters");
}

TEST_CASE("--resume compares values, not how they are spelt") {
  const TempFolder tmp;
  const auto train = [&](Words words) {
    words.insert(words.begin(), {"--out", tmp / "a", "--quiet"});
    return run_program("train_mlp", words);
  };
  CHECK(train({"--epochs", "1", "--widths", "8,8", "--lr", "0.001"}).code == 0);
  const Result again = train({"--resume", "--widths", "8, 08", "--lr", "1e-3", "--batch", "032"});
  CHECK_MESSAGE(again.code == 0, again.err);
  const Result other = train({"--resume", "--lr", "2e-3"});
  CHECK(other.code == 3);
  CHECK_CONTAINS(other.err, "lr is 0.001 in the run to be resumed; given 0.002");
}
