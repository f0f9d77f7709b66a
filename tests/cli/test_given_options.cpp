// What people give: slips and other words, values twice, values in other spellings, options that would be ignored.
#include <doctest/doctest.h>

#include "tests/cli/demo_options.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using basin::experiments::Options;

TEST_CASE("a suggestion is a slip away or another word for the same, or there is none") {
  says(refusal({"--batch-size", "3"}), "unknown option --batch-size; help: `train_demo --help` lists all");
  for (const char* none : {"--verbose", "--zzz", "--temperature"})
    says(refusal({none}), std::string("unknown option ") + none + "; help: `train_demo --help` lists all");
  const std::vector<std::pair<const char*, const char*>> meant{
      {"--lr", "learning-rate"}, {"--hidden-size", "widths"}, {"--output", "out"},
      {"--dataset", "data"},     {"--overwrite", "force"},    {"--learning_rate", "learning-rate"},
      {"--optim", "optimizer"},  {"--workers", "threads"}};
  for (const auto& [word, name] : meant) says(refusal({word}), std::string("did you mean --") + name + "?");
  says(refusal({"--set", "lr=1"}), "did you mean 'learning-rate'?");
}

TEST_CASE("an option that takes a list adds up, another is given once") {
  CHECK(parsed({"--widths", "8", "--widths", "4,2"}).integers("widths") == std::vector<std::int64_t>{8, 4, 2});
  CHECK(parsed({"--widths", "", "--widths", "4"}).integers("widths") == std::vector<std::int64_t>{4});
  CHECK(parsed({"--set", "widths=8", "--set", "widths=4"}).integers("widths") == std::vector<std::int64_t>{8, 4});
  CHECK(parsed({"--set", "widths=8", "--widths", "4"}).integers("widths") == std::vector<std::int64_t>{4});
  says(refusal({"--epochs", "3", "--epochs", "4"}),
       "option --epochs is given twice, as '3' and as '4'; help: give it once");
  says(refusal({"--set", "epochs=3", "--set", "epochs=4"}), "option --epochs is given twice");
  says(refusal({"--bias", "--bias=false"}), "option --bias is given twice");
  says(refusal({"--out", "a", "--out", "b"}), "option --out is given twice");
  CHECK(parsed({"--epochs", "3", "--epochs", "3", "--quiet", "--quiet"}).integer("epochs") == 3);
}

TEST_CASE("equal values are equal texts, however they are spelt") {
  const Options a = parsed({"--learning-rate", "0.001", "--widths", "8,8", "--seed", "7"}),
                b = parsed({"--learning-rate", "1e-3", "--widths", "8, 08", "--seed", "007"});
  CHECK(a.resolved_toml() == b.resolved_toml());
  CHECK(a.command() == b.command());
  CHECK(b.run_path() == "runs/train_demo/digits-seed7");
  CHECK(parsed({"--learning-rate", "-0"}).as_given("learning-rate") == "0");
}

TEST_CASE("what would be ignored is refused, unless it is the default") {
  const auto refused = [](const std::vector<const char*>& words) {
    try {
      parsed(words).require_unused({"momentum", "learning-rate", "bias", "widths"}, "it is of sgd",
                                   "give --optimizer sgd");
      return std::string("nothing");
    } catch (const UsageError& e) {
      return std::string(e.what());
    }
  };
  CHECK(refused({}) == "nothing");
  CHECK(refused({"--learning-rate", "1e-3", "--bias"}) == "nothing");
  CHECK(refused({"--preset", "quick"}) == "nothing");
  CHECK(refused({"--learning-rate", ".5"}) ==
        "--learning-rate 0.5 has no effect: it is of sgd; help: give --optimizer sgd, or leave it out");
  TempFolder tmp;
  const std::string part = tmp.with("part.toml", "learning-rate = 0.5\n"),
                    whole = tmp.with("whole.toml", parsed({"--learning-rate", ".5"}).resolved_toml());
  CHECK(refused({"--config", part.c_str()}).starts_with("--learning-rate 0.5 has no effect"));
  CHECK(refused({"--config", whole.c_str()}) == "nothing");
  CHECK(refused({"--config", whole.c_str(), "--learning-rate", "2"}).starts_with("--learning-rate 2 has no effect"));
  CHECK(refused({"--bias=false"}) == "--bias has no effect: it is of sgd; help: give --optimizer sgd, or leave it out");
}
