#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/file.h"
#include "tests/cli/demo_options.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using basin::experiments::Options;

TEST_CASE("defaults come back typed") {
  Options o = parsed({});
  CHECK(o.integer("epochs") == 10);
  CHECK(o.number("learning-rate") == 1e-3);
  CHECK(o.integers("widths") == std::vector<std::int64_t>{64, 32});
  CHECK(o.text("optimizer") == "adam");
  CHECK(o.flag("bias"));
  CHECK_FALSE(o.flag("force"));
  CHECK(o.text("dtype") == "f32");
  CHECK(o.threads() >= 1);
  CHECK(o.run_path() == "runs/train_demo/digits-seed0");
}

TEST_CASE("options take a value behind a space or an equals sign, also negative and empty ones") {
  Options o("p2", "x");
  o.add_int("shift", 0, "h").add_ints("widths", "3", "h").add_flag("bias", "h", true).add_string("label", "a", "h");
  parse(o, {"--shift", "-3", "--widths=", "--bias=false", "--label", "a, b=c", "--quiet"});
  CHECK(o.integer("shift") == -3);
  CHECK(o.integers("widths").empty());
  CHECK_FALSE(o.flag("bias"));
  CHECK(o.text("label") == "a, b=c");
  CHECK(o.flag("quiet"));
}

TEST_CASE("each source of values beats the one before it") {
  TempFolder tmp;
  const std::string config = tmp.with("c.toml", "epochs = 3\nwidths = [16, 16]\nlearning-rate = 1\nbias = false\n");
  Options preset = parsed({"--preset", "quick"});
  CHECK(preset.integer("epochs") == 2);
  CHECK(preset.integer("seed") == 5);
  Options file = parsed({"--preset", "quick", "--config", config.c_str()});
  CHECK(file.integer("epochs") == 3);
  CHECK(file.integer("seed") == 5);
  CHECK(file.integers("widths") == std::vector<std::int64_t>{16, 16});
  CHECK(file.number("learning-rate") == 1.0);
  CHECK_FALSE(file.flag("bias"));
  // Order on the command line does not matter.
  Options all = parsed({"--epochs", "5", "--set", "epochs=4", "--set", "widths=1,2", "--config", config.c_str()});
  CHECK(all.integer("epochs") == 5);
  CHECK(all.integers("widths") == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("the resolved config reads back as the same values") {
  Options o = parsed({"--learning-rate", "0.1", "--widths", "7", "--label", "a \"b\" \\ c='d' #e ü", "--data",
                      "x/y.csv", "--bias=false", "--seed", "9007199254740992"});
  TempFolder tmp;
  const std::string config = tmp.with("config.toml", o.resolved_toml());
  Options again = parsed({"--config", config.c_str()});
  CHECK(again.resolved_toml() == o.resolved_toml());
  CHECK(again.text("label") == "a \"b\" \\ c='d' #e ü");
  CHECK(again.number("learning-rate") == 0.1);
  CHECK(o.resolved_toml().find("force") == std::string::npos);
}

TEST_CASE("what was found for an option is written as if it had been given") {
  Options o = parsed({"--epochs", "20"});
  o.settle("optimizer", "sgd");
  CHECK(o.text("optimizer") == "sgd");
  CHECK(o.resolved_toml().find("optimizer = 'sgd'\n") != std::string::npos);
  CHECK_THROWS_AS(o.settle("optimizer", "lbfgs"), UsageError);
  CHECK_THROWS_AS(o.settle("optimiser", "sgd"), UsageError);
}

TEST_CASE("the command line that computes the same again has every value but the threads") {
  const Options o = parsed({"--label", "it's a", "--bias=false", "--threads", "3", "--out", "x", "--preset", "quick"});
  CHECK(o.command() ==
        "train_demo --seed 5 --dtype f32 --epochs 2 --learning-rate 0.001 --widths 8 --optimizer adam "
        "--label 'it'\\''s a' --bias=false --data digits");
  CHECK(
      parsed({"--widths", "", "--label", "-x"}).command().find("--widths '' --optimizer adam --label=-x --bias=true") !=
      std::string::npos);
}

TEST_CASE("resuming reads the config of the run to be resumed, and options still win") {
  TempFolder tmp;
  tmp.with("config.toml", "epochs = 77\nlabel = \"mine\"\n");
  const std::string out = tmp.path();
  Options o = parsed({"--out", out.c_str(), "--resume", "--label", "new"});
  CHECK(o.integer("epochs") == 77);
  CHECK(o.text("label") == "new");
  CHECK(parsed({"--out", out.c_str()}).integer("epochs") == 10);
}

TEST_CASE("unknown names are refused with the nearest known one") {
  says(refusal({"--epoch", "3"}), "unknown option --epoch; help: did you mean --epochs?");
  says(refusal({"--sed=3"}), "did you mean --seed?");
  says(refusal({"-x"}), "unknown option -x");
  says(refusal({"--set", "optimiser=sgd"}),
       "unknown key 'optimiser' (--set optimiser=sgd); help: did you mean 'optimizer'?");
  says(refusal({"--set", "force=true"}), "'force' is no config key");
  says(refusal({"--set", "epochs"}), "--set wants key=value; given 'epochs'");
  says(refusal({"--preset", "fast"}), "no preset 'fast' here; wanted: quick, paper");
  TempFolder tmp;
  const std::string config = tmp.with("c.toml", "seed = 1\nepoch = 3\n");
  says(refusal({"--config", config.c_str()}), "c.toml:2:");
}

TEST_CASE("stray words and missing values are refused") {
  says(refusal({"digits"}), "'digits' is neither an option nor the value of one");
  says(refusal({"--force", "true"}), "'true' is neither");
  says(refusal({"--", "x"}), "'x' is neither");
  says(refusal({""}), "'' is neither");
  says(refusal({"--epochs"}), "--epochs wants a value, and none follows");
  says(refusal({"--out", "--force"}), "--out wants a value; given the option --force");
}

TEST_CASE("the operand's value may stand alone, once and beside flags") {
  const auto parsed = [](std::vector<const char*> words) {
    Options o("show", "Shows a file.");
    o.add_string("file", "", "h").add_flag("long", "h").operand("file");
    words.insert(words.begin(), "show");
    o.parse(int(words.size()), words.data());
    return o;
  };
  CHECK(parsed({"a.npy"}).text("file") == "a.npy");
  CHECK(parsed({"--file", "a.npy"}).text("file") == "a.npy");
  CHECK(parsed({"--long", "a.npy"}).text("file") == "a.npy");
  CHECK(parsed({"a.npy", "--long"}).flag("long"));
  CHECK(parsed({}).text("file") == "");
  says(parsed({}).help_text(), "usage: show FILE [options]");
  CHECK_THROWS_AS(parsed({"a.npy", "b.npy"}), basin::UsageError);
  CHECK_THROWS_AS(parsed({"--file", "a.npy", "b.npy"}), basin::UsageError);
  CHECK_THROWS_AS(parsed({"--lang", "a.npy"}), basin::UsageError);
  CHECK_THROWS_AS(Options("show", "h").operand("fiel"), basin::NameError);
}

TEST_CASE("several operands take words in their order, past those that were given by name") {
  const auto parsed = [](std::vector<const char*> words) {
    Options o("show", "Shows two files.");
    o.add_string("first", "", "h").add_string("second", "", "h").operand("first").operand("second");
    words.insert(words.begin(), "show");
    o.parse(int(words.size()), words.data());
    return o;
  };
  CHECK(parsed({"a", "b"}).text("first") == "a");
  CHECK(parsed({"a", "b"}).text("second") == "b");
  CHECK(parsed({"--first", "a", "b"}).text("second") == "b");
  CHECK(parsed({"a"}).text("second") == "");
  says(parsed({}).help_text(), "usage: show FIRST SECOND [options]");
  CHECK_THROWS_AS(parsed({"a", "b", "c"}), basin::UsageError);
}

TEST_CASE("values out of range or of another type are refused with what is wanted") {
  says(refusal({"--epochs", "0"}), "epochs: wants an integer from 1 to 1000; given '0' (option --epochs)");
  says(refusal({"--epochs", "3.5"}), "given '3.5'");
  says(refusal({"--epochs", "99999999999999999999"}), "given '99999999999999999999'");
  says(refusal({"--epochs", ""}), "given ''");
  says(refusal({"--set", "learning-rate=nan"}), "learning-rate: wants a number from 0 to 10; given 'nan'");
  says(refusal({"--learning-rate", "1e-3x"}), "given '1e-3x'");
  for (const char* bad : {"64,", ",64", "6,,4", "64,0", "a", "6 4"})
    says(refusal({"--widths", bad}), "widths: wants integers");
  says(refusal({"--optimizer", "lion"}), "wants one of sgd, adam, adamw; given 'lion'");
  says(refusal({"--force=maybe"}), "--force: wants true or false; given 'maybe'");
  says(refusal({"--seed", "-1"}), "seed: wants an integer of at least 0");
}

TEST_CASE("lists of numbers and of words are read alike from command line, --set and config files") {
  const auto declared = [] {
    Options o("study", "A study.");
    o.add_doubles("decays", "0,1", "h", 0, 10).add_words("tasks", "digits,blocks", "h");
    return o;
  };
  const auto parsed = [&](std::vector<const char*> words) {
    Options o = declared();
    words.insert(words.begin(), "study");
    o.parse(int(words.size()), words.data());
    return o;
  };
  CHECK(parsed({}).numbers("decays") == std::vector<double>{0, 1});
  CHECK(parsed({}).words("tasks") == std::vector<std::string>{"digits", "blocks"});
  const Options given = parsed({"--decays", ".5,1e-3", "--set", "tasks=a b,\"c\""});
  CHECK(given.numbers("decays") == std::vector<double>{0.5, 1e-3});
  CHECK(given.words("tasks") == std::vector<std::string>{"a b", "\"c\""});
  TempFolder tmp;
  const std::string config = tmp.with("c.toml", given.resolved_toml());
  const Options again = parsed({"--config", config.c_str()});
  CHECK(again.numbers("decays") == given.numbers("decays"));
  CHECK(again.words("tasks") == given.words("tasks"));
  CHECK(parsed({"--tasks", ""}).words("tasks").empty());
  says(given.help_text(), "--decays X,X,...");

  const auto refused = [&](std::vector<const char*> words) {
    try {
      parsed(words);
      return std::string("accepted");
    } catch (const basin::UsageError& e) {
      return std::string(e.what());
    }
  };
  for (const char* bad : {"1,", ",1", "1,,2", "x", "11", "nan", "1 2"})
    says(refused({"--decays", bad}), "decays: wants numbers separated by commas, each from 0 to 10; given");
  for (const char* bad : {"a,", ",a", "a,,b", "a\n"}) says(refused({"--tasks", bad}), "tasks: wants words");
  const std::string mixed = tmp.with("m.toml", "tasks = [1]");
  says(refused({"--config", mixed.c_str()}), "tasks wants an array of strings");
}

TEST_CASE("config files are strict about types and say where") {
  TempFolder tmp;
  auto refused = [&](const char* toml) { return refusal({"--config", tmp.with("c.toml", toml).c_str()}); };
  says(refused("epochs = \"3\""), "epochs wants an integer; given");
  says(refused("epochs = 3.0"), "epochs wants an integer");
  says(refused("widths = \"3\""), "widths wants an array of integers");
  says(refused("widths = [3, \"a\"]"), "widths wants an array of integers");
  says(refused("data = 3"), "data wants a string in quotes; given 3");
  says(refused("bias = 1"), "bias wants true or false");
  says(refused("\n\nepochs = 0"), "c.toml:3:");
  says(refused("epochs = = 3"), "not valid TOML");
  says(refused("[train]\nepochs = 3"), "unknown key 'train'");
  CHECK_THROWS_AS(parsed({"--config", "no/such/file.toml"}), DataError);
}

TEST_CASE("help and version win over every other complaint but unknown options") {
  CHECK(parsed({"--help", "--epochs", "0"}).flag("help"));
  CHECK(parsed({"-h"}).flag("help"));
  CHECK(parsed({"--version", "--config", "no/such"}).flag("version"));
}

TEST_CASE("the help text shows options, defaults, limits, presets, examples, exit codes and where results go") {
  const std::string help = declared().help_text();
  for (const char* part :
       {"train_demo: Trains a demo.", "--epochs N", "[default 10; 1 to 1000]", "--optimizer sgd|adam|adamw",
        "quick                   epochs=2 widths=8 seed=5", "train_demo --preset quick", "130 interrupted",
        "runs/train_demo/digits-seed0/", "--data NAME|PATH", "on; off with =false", "--force"})
    says(help, part);
}

TEST_CASE("mistakes in declarations are caught") {
  CHECK_THROWS_AS(declared().add_int("epochs", 1, "h"), NameError);
  CHECK_THROWS_AS(declared().add_int("Epochs", 1, "h"), NameError);
  CHECK_THROWS_AS(declared().add_int("n", 1, "h"), NameError);
  CHECK_THROWS_AS(declared().add_int("steps", 0, "h", 1, 5), UsageError);
  CHECK_THROWS_AS(declared().add_preset("bad", {{"epochs", "0"}}), UsageError);
  CHECK_THROWS_AS(declared().integer("steps"), NameError);
  CHECK_THROWS_AS(declared().integer("learning-rate"), NameError);
}

TEST_CASE("a standard option can be taken away or given another default") {
  Options o("p1", "x");
  o.without("resume").without("seed").change_default("dtype", "f64");
  CHECK(o.text("dtype") == "f64");
  CHECK_THROWS_AS(parse(o, {"--resume"}), UsageError);
  parse(o, {"--quiet"});
  CHECK(o.run_path() == "runs/p1/default");
  CHECK_THROWS_AS(o.without("resume"), NameError);
  CHECK(o.help_text().find("130 interrupted\n") != std::string::npos);
  CHECK(Options("p1", "x").help_text().find("130 interrupted, state saved: --resume goes on\n") != std::string::npos);
}
