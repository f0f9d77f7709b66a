// Measures every registered contestant in interleaved rounds, in thread CPU time, and prints medians and the ratio to
// the workload's yardstick in the same round: absolute times move with the machine, ratios much less.
#include <cblas.h>
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cxxopts.hpp>
#include <exception>
#include <iostream>

#include "benchmarks/contestants.h"
#include "core/small_gemm.h"

namespace {

using namespace basin::benchmarks;

double thread_seconds() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

double seconds_of(const Run& run, long iterations) {
  const double start = thread_seconds();
  run(iterations);
  return thread_seconds() - start;
}

struct Entry {
  const Contestant* who;
  Run run;
  long iterations = 1;
  std::vector<double> us;  // one number per round

  void calibrate(double seconds) {
    seconds_of(run, 1);  // the first call touches fresh memory
    double spent = seconds_of(run, iterations);
    while (spent < seconds / 8) spent = seconds_of(run, iterations *= 2);
    iterations = std::max(1L, long(double(iterations) * seconds / spent));
  }
  void round() { us.push_back(1e6 * seconds_of(run, iterations) / double(iterations)); }
};

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return (v[v.size() / 2] + v[(v.size() - 1) / 2]) / 2;
}

// What this core reaches in fused multiply-adds right now, by a product that lives in the L1 cache.
double probe_gflops() {
  const std::int64_t n = 64;
  std::vector<float> a(n * n, 0.5f), b(n * n, 0.25f), c(n * n);
  double best = 0;
  for (int round = 0; round < 20; ++round) {
    const double start = thread_seconds();
    for (int i = 0; i < 200; ++i) basin::small_gemm_nn<float>(n, n, n, a.data(), n, b.data(), n, c.data(), n);
    best = std::max(best, 200.0 * 2 * n * n * n / (thread_seconds() - start) / 1e9);
  }
  return best;
}

bool run_checks() {
  bool good = true;
  for (const Check& check : checks()) {
    const double error = check.error();
    const bool ok = error <= check.allowed;  // false for NaN
    good = good && ok;
    fmt::print(stderr, "{} {}: error {:.1e}, allowed {:.0e}\n", ok ? "ok  " : "FAIL", check.name, error, check.allowed);
  }
  return good;
}

std::vector<Entry> selected(const std::string& filter) {
  std::vector<Entry> out;
  for (const Contestant& c : contestants())
    if ((c.workload + "/" + c.name).find(filter) != std::string::npos) out.push_back({&c, c.make(), 1, {}});
  std::stable_sort(out.begin(), out.end(),
                   [](const Entry& a, const Entry& b) { return a.who->workload < b.who->workload; });
  return out;
}

std::vector<double> ratios(const Entry& e, const std::vector<Entry>& all) {
  std::vector<double> out;
  for (const Entry& base : all)
    if (base.who->workload == e.who->workload && base.who->yardstick)
      for (std::size_t r = 0; r < e.us.size(); ++r) out.push_back(e.us[r] / base.us[r]);
  return out;
}

void print_json(const Entry& e) {
  std::string rounds;
  for (double us : e.us) rounds += (rounds.empty() ? "" : ", ") + fmt::format("{:.4f}", us);
  fmt::print("{{\"workload\": \"{}\", \"name\": \"{}\", \"us\": {:.4f}, \"rounds\": [{}]}}\n", e.who->workload,
             e.who->name, median(e.us), rounds);
}

void print_row(const Entry& e, const std::vector<Entry>& all) {
  fmt::print("{:<20} {:<16} {:>12.3f} us", e.who->workload, e.who->name, median(e.us));
  if (const std::vector<double> ratio = ratios(e, all); !ratio.empty())
    fmt::print("  {:7.2f}x [{:.2f}-{:.2f}]", median(ratio), *std::min_element(ratio.begin(), ratio.end()),
               *std::max_element(ratio.begin(), ratio.end()));
  if (e.who->flops > 0) fmt::print("  {:6.1f} GF/s", e.who->flops / median(e.us) / 1e3);
  fmt::print("\n");
}

int measure(const cxxopts::ParseResult& options) {
  std::vector<Entry> entries = selected(options["filter"].as<std::string>());
  if (entries.empty()) {
    fmt::print(stderr, "bench_workloads: no contestant's \"workload/name\" contains '{}'; help: --list shows them\n",
               options["filter"].as<std::string>());
    return 2;
  }
  const bool json = options.count("json");
  fmt::print(json ? stderr : stdout, "probe: {:.0f} GF/s (f32, one core)\n", probe_gflops());
  for (Entry& e : entries) e.calibrate(options["ms"].as<double>() / 1e3);
  for (int round = 0; round < options["rounds"].as<int>(); ++round)
    for (Entry& e : entries) e.round();
  for (const Entry& e : entries) json ? print_json(e) : print_row(e, entries);
  return 0;
}

cxxopts::Options command_line() {
  cxxopts::Options options("bench_workloads", "Training steps and matrix products, contestants in interleaved rounds");
  options.add_options()                                                                                //
      ("rounds", "rounds to measure", cxxopts::value<int>()->default_value("7"))                       //
      ("ms", "thread CPU time of one measurement, ms", cxxopts::value<double>()->default_value("20"))  //
      ("filter", "only contestants whose workload/name contains this",
       cxxopts::value<std::string>()->default_value(""))                    //
      ("list", "list contestants")("json", "one JSON line per contestant")  //
      ("check", "compare contestants with second computations, then stop")("help", "this text");
  return options;
}

}  // namespace

int main(int argc, char** argv) try {
  cxxopts::Options line = command_line();
  const cxxopts::ParseResult options = line.parse(argc, argv);
  if (!options.unmatched().empty() || options["rounds"].as<int>() < 1 || !(options["ms"].as<double>() > 0)) {
    fmt::print(stderr,
               "bench_workloads: stray word, or --rounds or --ms not above zero; help: bench_workloads --help\n");
    return 2;
  }
  openblas_set_num_threads(1);
  if (options.count("help")) return std::cout << line.help(), 0;
  if (options.count("list")) {
    for (const Contestant& c : contestants()) fmt::print("{}/{}\n", c.workload, c.name);
    return 0;
  }
  if (options.count("check")) return run_checks() ? 0 : 1;
  return measure(options);
} catch (const std::exception& e) {
  fmt::print(stderr, "bench_workloads: {}; help: bench_workloads --help\n", e.what());
  return 2;
}
