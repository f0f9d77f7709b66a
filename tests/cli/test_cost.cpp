#include <doctest/doctest.h>

#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>
#include <thread>

#include "experiments/cli/cost.h"
#include "experiments/cli/experiment.h"
#include "experiments/cli/main.h"
#include "experiments/cli/run_directory.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using namespace basin::experiments;

namespace {

const RunCost cost{.parts = {{"training", 40}, {"singular values", 50}}, .bytes = 2e9};

Options sharded(std::vector<const char*> words) {
  Options o("demo", "A demo.");
  o.add_shard();
  words.insert(words.begin(), "demo");
  o.parse(int(words.size()), words.data());
  return o;
}

double thread_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

}  // namespace

TEST_CASE("the cost of a run is the sum of its parts, as text and as JSON") {
  const std::string text = cost_text(cost, 2);
  CHECK(text.starts_with("about 2 minutes (90 s) on 2 threads, and 2.0 GB of memory\n"));
  CHECK(text.ends_with("        40 s  training\n        50 s  singular values\n"));
  const auto json = nlohmann::json::parse(cost_json(cost, 1));
  CHECK(json["seconds"] == 90);
  CHECK(json["bytes"] > 2e9);
  CHECK(json["threads"] == 1);
  CHECK(json["parts"][1]["what"] == "singular values");
}

TEST_CASE("what follows adds its seconds, and its memory comes when that of before is free again") {
  RunCost both = cost;
  both.add({.parts = {{"drawing", 5}}, .bytes = 1e9});
  CHECK(both.seconds() == 95);
  CHECK(both.parts.back().what == "drawing");
  CHECK(both.bytes == 2e9);
}

TEST_CASE("the cost of an experiment is asked for in silence, and one that says none is at fault") {
  const auto declare = [] { return Options("demo", "A demo."); };
  bool quiet = false;
  const auto says = [&](const Options& o) {
    quiet = o.flag("quiet");
    say_cost(o, [&] { return cost; });
    return Outcome{};
  };
  CHECK(cost_of({declare, says}, {"--threads", "1"}).seconds() == 90);
  CHECK(quiet);
  CHECK_THROWS_AS(cost_of({declare, [](const Options&) { return Outcome{}; }}, {}), std::logic_error);
}

TEST_CASE("--estimate ends a program where it says its cost, before there is a folder") {
  const TempFolder tmp;
  const std::string out = tmp / "run";
  std::vector<const char*> words{"demo", "--estimate", "--out", out.c_str()};
  bool ran = false;
  const auto body = [&](const Options& o) {
    say_cost(o, [&] { return cost; });
    ran = true;
    return 0;
  };
  const auto declare = [] { return Options("demo", "A demo."); };
  CHECK(run_main(int(words.size()), const_cast<char**>(words.data()), declare, body) == exit_ok);
  CHECK_FALSE(ran);
  CHECK_FALSE(std::filesystem::exists(out));
}

TEST_CASE("a program that opens its run before it says its cost is at fault, and leaves nothing") {
  const TempFolder tmp;
  const std::string out = tmp / "run";
  CHECK_THROWS_AS(RunDirectory(sharded({"--estimate", "--out", out.c_str()}), RunFacts{}), std::logic_error);
  CHECK_FALSE(std::filesystem::exists(out));
}

TEST_CASE("items are dealt to shards and then to threads") {
  const Options whole = sharded({"--threads", "2"}), part = sharded({"--threads", "2", "--shard", "1/4"});
  CHECK(dealt_seconds(whole, 10, 3) == 15);
  CHECK(dealt_seconds(whole, 11, 3) == 18);
  CHECK(dealt_seconds(part, 11, 3) == 6);
  CHECK(dealt_seconds(part, 1, 3) == 3);
}

TEST_CASE("the speed of the machine is measured once, and a call by what the processor does") {
  CHECK(machine_speed().products > 0.1);
  CHECK(machine_speed().small > 0.1);
  CHECK(&machine_speed() == &machine_speed());
  int calls = 0;
  const double worked = seconds_of([&] {
    if (++calls == 1) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    for (const double start = thread_seconds(); thread_seconds() - start < 0.005;) continue;
  });
  CHECK(worked >= 0.005);
  CHECK(worked < 0.1);
}
