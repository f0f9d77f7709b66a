#include "experiments/look/look_cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "experiments/shared/pass_cost.h"
#include "interp/look/circuit_scores.h"

namespace basin::experiments {
namespace {

Places at(const Places& all, const Places& places) {
  Places some;
  for (const std::int64_t place : places) some.push_back(all[std::size_t(place)]);
  return some;
}

bool takes_pairs(const std::string& word) {
  constexpr std::array<const char*, 4> words{"patch", "path", "attribute", "integrate"};
  return std::ranges::count(words, word) > 0;
}

// The same look at some of the pairs, or of the rows.
LookSubject at_some(const LookSubject& subject, const std::string& word, const Places& places) {
  LookSubject some = subject;
  if (takes_pairs(word))
    some.inputs = at(subject.inputs, places), some.against = at(subject.against, places);
  else
    keep_rows(some.network, places);
  return some;
}

CostPart word_cost(const Options& o, const LookSubject& subject, const std::string& word, double& bytes) {
  if (word == "print") return {"print, of one row", 0};
  const bool pairs = takes_pairs(word);
  const std::int64_t count = pairs ? std::ssize(subject.inputs) : rows_of(subject.network.data, "look");
  interp::SweepOptions sweep = patch_options(o).sweep;
  if (word == "integrate" && o.integer("points") == 0) sweep.chunk = 8;  // each row by itself
  const PassCost pass = pass_cost(
      o, count, [&](const Places& some) { look(word, at_some(subject, word, some), o, nullptr); }, sweep);
  bytes += pass.bytes;
  return {fmt::format("{}, {} {}", word, count, pairs ? "pairs of rows" : "rows"),
          pass.seconds / double(o.shard().count)};
}

}  // namespace

RunCost look_cost(const Options& o, const LookSubject& subject, const std::vector<std::string>& asked) {
  RunCost cost;
  for (const std::string& word : asked) cost.parts.push_back(word_cost(o, subject, word, cost.bytes));
  cost.parts.push_back({"the page", 0.02 * machine_speed().small});
  return cost;
}

RunCost planted_cost(const Options& o) {
  const interp::PlantedSpec spec{.width = o.integer("planted-width"), .seed = std::uint64_t(o.integer("seed"))};
  const double one = seconds_of([&] { interp::circuit_scores(spec, 1, 1); });
  const std::int64_t networks = o.integer("planted-networks");
  return {.parts = {{fmt::format("{} networks, {:.3g} ms each, measured", networks, 1000 * one),
                     dealt_seconds(o, double(networks), one)}},
          .bytes = 0};
}

}  // namespace basin::experiments
