#include "experiments/cli/cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>

#include "core/blas.h"
#include "core/memory.h"
#include "core/team.h"
#include "experiments/cli/experiment.h"

namespace basin::experiments {
namespace {

double one_product() {
  constexpr std::int64_t n = 256;
  static const std::vector<double> a(std::size_t(n * n), 0.5);
  std::vector<double> c(a.size());
  return seconds_of([&] { gemm(false, false, n, n, n, 1.0, a.data(), n, a.data(), n, 0.0, c.data(), n); });
}

// A chain of dependent steps, which no vector unit makes quicker, over numbers that fit the first cache.
double one_loop() {
  std::vector<double> numbers(1000, 0.5);
  return seconds_of([&] {
    for (int round = 0; round < 20; ++round)
      for (std::size_t i = 1; i < numbers.size(); ++i) numbers[i] = std::fma(numbers[i - 1], 0.5, numbers[i]) * 0.5;
  });
}

constexpr double product_seconds = 5.6e-4, loop_seconds = 4.4e-5;  // of the machine that rates are of

}  // namespace

double RunCost::seconds() const {
  return std::accumulate(parts.begin(), parts.end(), 0.0,
                         [](double sum, const CostPart& part) { return sum + part.seconds; });
}

void RunCost::add(const RunCost& next) {
  parts.insert(parts.end(), next.parts.begin(), next.parts.end());
  bytes = std::max(bytes, next.bytes);
}

std::string cost_text(const RunCost& cost, int threads) {
  std::string text =
      fmt::format("{} ({:.3g} s) on {} thread{}, and {} of memory\n", about(cost.seconds() / 60), cost.seconds(),
                  threads, threads == 1 ? "" : "s", bytes_text(peak_memory() + cost.bytes));
  for (const CostPart& part : cost.parts) text += fmt::format("{:>10.3g} s  {}\n", part.seconds, part.what);
  return text;
}

std::string cost_json(const RunCost& cost, int threads) {
  nlohmann::ordered_json parts = nlohmann::ordered_json::array();
  for (const CostPart& part : cost.parts) parts.push_back({{"what", part.what}, {"seconds", part.seconds}});
  const nlohmann::ordered_json all{
      {"seconds", cost.seconds()}, {"bytes", peak_memory() + cost.bytes}, {"threads", threads}, {"parts", parts}};
  return all.dump() + "\n";
}

namespace {

void say_known(const Options& o, const RunCost& cost) {
  if (o.flag("estimate")) {
    const bool json = o.has("json") && o.flag("json");
    throw CostSaid(cost, (json ? cost_json : cost_text)(cost, o.threads()));
  }
  constexpr double long_seconds = 5;
  if (cost.seconds() < long_seconds) return;
  say(o, fmt::format("{} on {} thread{}, and {} of memory{}; --estimate says for what", about(cost.seconds() / 60),
                     o.threads(), o.threads() == 1 ? "" : "s", bytes_text(peak_memory() + cost.bytes),
                     o.has("resume") && o.flag("resume") ? ", less what is done" : ""));
}

}  // namespace

void say_cost(const Options& o, const std::function<RunCost()>& cost) {
  const bool silent = !o.has("quiet") || o.flag("quiet") || o.shard().merging;
  if (silent && !o.flag("estimate")) return;
  RunCost found;
  try {
    first_only([&] { found = cost(); });
  } catch (const NumericalError&) {  // the run says it better, in its folder
    if (o.flag("estimate")) throw;
    return;
  }
  say_known(o, found);
}

const MachineSpeed& machine_speed() {
  static const MachineSpeed speed{.products = one_product() / product_seconds, .small = one_loop() / loop_seconds};
  return speed;
}

double seconds_of(const std::function<void()>& call) {
  constexpr double shortest = 0.03;
  const auto now = [] {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
  };
  double least = std::numeric_limits<double>::infinity();
  const double begin = now();
  do {
    const double start = now();
    call();
    least = std::min(least, now() - start);
  } while (now() - begin < shortest);
  return least;
}

double dealt_seconds(const Options& o, double items, double each) {
  const double own = std::ceil(items / double(o.shard().count));
  return std::ceil(own / o.threads()) * each;
}

}  // namespace basin::experiments
