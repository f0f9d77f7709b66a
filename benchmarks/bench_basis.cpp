// The Local Interaction Basis of a relu network 784-100-100-10: moments, bases and squared edges of all node layers, on
// 1 and 2 threads in interleaved rounds, and edge bisection of all sections. Wall and processor time, floating-point
// operations, and the rate that a matrix product reaches in the same run. Rates are per second of processor time: it
// moves less than wall time on a machine that others use.
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cxxopts.hpp>
#include <exception>
#include <functional>
#include <iostream>

#include "benchmarks/basis_subject.h"
#include "core/blas.h"
#include "interp/edges/ablation.h"
#include "interp/edges/edges.h"

namespace {

using namespace basin;
using namespace basin::benchmarks;
using namespace basin::interp;

double seconds(clockid_t clock) {
  timespec t;
  clock_gettime(clock, &t);
  return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

struct Times {
  double wall = 0, cpu = 0;  // seconds; cpu: of all threads together

  Times operator+(const Times& other) const { return {wall + other.wall, cpu + other.cpu}; }
};

Times time_of(const std::function<void()>& run) {
  const double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
  run();
  return {seconds(CLOCK_MONOTONIC) - wall, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu};
}

double median(std::vector<double> v) {
  std::ranges::sort(v);
  return (v[v.size() / 2] + v[(v.size() - 1) / 2]) / 2;
}

struct Series {
  std::string part;
  double gflop = 0;  // of one run
  std::vector<Times> rounds{};

  double wall() const { return median_of(&Times::wall); }
  double cpu() const { return median_of(&Times::cpu); }

 private:
  double median_of(double Times::*which) const {
    std::vector<double> all;
    for (const Times& t : rounds) all.push_back(t.*which);
    return median(all);
  }
};

// GF/s of a product in double on one thread: the better of one for BLAS and one for our own loops.
double peak_gflops() {
  double best = 0;
  for (const std::int64_t n : {128, 768}) {
    const std::vector<double> a(n * n, 0.5), b(n * n, 0.25);
    std::vector<double> c(n * n);
    const std::int64_t products = std::max<std::int64_t>(1, 1'000'000'000 / (n * n * n));
    for (int round = 0; round < 5; ++round) {
      const Times t = time_of([&] {
        for (std::int64_t i = 0; i < products; ++i)
          gemm(false, false, n, n, n, 1.0, a.data(), n, b.data(), n, 0.0, c.data(), n);
      });
      best = std::max(best, 2e-9 * double(products * n * n * n) / t.cpu);
    }
  }
  return best;
}

struct Results {
  LayerMoments moments;
  std::vector<Basis> bases;
  std::vector<Matrix> edges;
};

// Forward passes, the products x W~ for the slopes, and the upper triangles of all Gram matrices.
double moments_gflop(const FoldedModel& model, double n) {
  double flop = 0;
  for (std::int64_t l = 0; l <= model.sections(); ++l) {
    const double d = double(model.width(l) - model.has_constant(l));
    flop += n * d * (d + 1);
    if (l == model.sections()) continue;
    const double columns = double(model.dense(l)->weight.cols());
    flop += 2 * n * (d * double(model.width(l + 1) - model.has_constant(l + 1)) + (d + 1) * columns);
    flop += n * columns * (columns + 1);
  }
  return 1e-9 * flop;
}

// Forward passes, features x C, their p = f^ A, and for each sample the products of its active rows, scaled by f^_j,
// squared and added. A linear section has one product for all samples.
double edges_gflop(const FoldedModel& model, const Results& r, double n) {
  double flop = 0;
  for (std::int64_t l = 0; l < model.sections(); ++l) {
    const double d = double(model.width(l)), columns = double(model.dense(l)->weight.cols());
    const double in = double(r.bases[l].features()), out = double(r.bases[l + 1].features());
    double active = 0;  // of a sample, in the mean
    for (const double slope : r.moments.slopes[l].mean()) active += slope;
    flop += 2 * n * ((d - 1) * columns + d * in);
    if (model.dense(l)->activation) flop += n * (2 * in * columns + 2 * in * out * active + 3 * in * out);
  }
  return 1e-9 * flop;
}

constexpr std::array parts{"layer_moments", "interaction_bases", "interaction_edges", "all"};

struct Contest {
  int threads;
  std::vector<Series> series{};

  explicit Contest(int n) : threads(n) {
    for (const char* part : parts) series.push_back({part});
  }
  Results round(const BasisSubject& s) {
    const BasisOptions options{.sweep = {.threads = threads}};
    const EdgeOptions edge_options{.sweep = {.threads = threads}};
    Results r;
    const Times moments = time_of([&] { r.moments = layer_moments(s.model, s.train, {{}}, options.sweep); });
    const Times bases = time_of([&] { r.bases = interaction_bases(s.model, r.moments, s.train, options); });
    const Times edges = time_of([&] { r.edges = interaction_edges(s.model, r.bases, s.train, edge_options); });
    std::size_t i = 0;
    for (const Times& t : {moments, bases, edges, moments + bases + edges}) series[i++].rounds.push_back(t);
    return r;
  }
};

// Fewest edges of each section that hold the accuracy on the test rows up to 0.001.
Series bisections(const BasisSubject& s, const Results& r, int threads, std::FILE* words) {
  Series series{"edge bisection"};
  const Scoring scoring{ScoreKind::accuracy, s.labels};
  Times all;
  for (std::int64_t l = 0; l < s.model.sections(); ++l)
    all = all + time_of([&] {
            EdgeAblation ablation(s.model, r.bases, l, r.edges[l], s.test, scoring, {.chunk = 256, .threads = threads});
            const Bisection found = ablation.bisect(0.001);
            fmt::print(words, "section {}: {} of {} edges, {} masks tried, accuracy {} with them, {} with all\n", l,
                       found.required, ablation.edges(), found.tried.size(), found.score, ablation.base());
          });
  series.rounds.push_back(all);
  return series;
}

// What the peers need and what they are compared with.
void save(const std::string& path, const BasisSubject& s, const Results& r) {
  NpzWriter out;
  out.add("x", cast<float>(s.train.at("x")));
  for (std::size_t l = 0; l < s.layers.size(); ++l) {
    out.add(fmt::format("layer{}_W", l), s.layers[l].weight);
    out.add(fmt::format("layer{}_b", l), Matrix({std::ssize(s.layers[l].bias)}, s.layers[l].bias));
    out.add(fmt::format("CC{}", l), matmul(r.bases[l].C, r.bases[l].C, false, true));
    out.add(fmt::format("E{}", l), r.edges[l]);
  }
  out.save(path);
}

void print_table(const std::vector<Contest>& contests) {
  const double peak = peak_gflops();
  fmt::print("matrix product: {:.1f} GF/s (double, one thread)\n", peak);
  fmt::print("{:<18} {:>7} {:>9} {:>9} {:>8} {:>8} {:>14}\n", "part", "threads", "wall s", "cpu s", "GFLOP", "GF/cpu s",
             "cpu s at peak");
  for (const Contest& c : contests)
    for (const Series& s : c.series) {
      fmt::print("{:<18} {:>7} {:>9.3f} {:>9.3f}", s.part, c.threads, s.wall(), s.cpu());
      if (s.gflop > 0) fmt::print(" {:>8.1f} {:>8.1f} {:>14.3f}", s.gflop, s.gflop / s.cpu(), s.gflop / peak);
      fmt::print("\n");
    }
}

void print_json(const std::vector<Contest>& contests) {
  for (const Contest& c : contests)
    for (const Series& s : c.series) {
      std::string rounds;
      for (const Times& t : s.rounds) rounds += (rounds.empty() ? "" : ", ") + fmt::format("{:.0f}", 1e6 * t.wall);
      fmt::print(
          "{{\"workload\": \"LIB {}\", \"name\": \"basin x{}\", \"us\": {:.0f}, \"cpu_us\": {:.0f}, \"rounds\": "
          "[{}]}}\n",
          s.part, c.threads, 1e6 * s.wall(), 1e6 * s.cpu(), rounds);
    }
}

int measure(const cxxopts::ParseResult& options) {
  const BasisSubject s = basis_subject(options["weights"].as<std::string>(), options["data-dir"].as<std::string>(),
                                       options["rows"].as<std::int64_t>(), options["test-rows"].as<std::int64_t>());
  const double n = double(rows_of(s.train, "bench_basis"));
  std::vector<Contest> contests;
  for (const int threads : options["threads"].as<std::vector<int>>()) contests.emplace_back(threads);
  Results r;
  for (int round = 0; round < options["rounds"].as<int>(); ++round)
    for (Contest& c : contests) r = c.round(s);
  for (Contest& c : contests) {
    c.series[0].gflop = moments_gflop(s.model, n);
    c.series[2].gflop = edges_gflop(s.model, r, n);
    c.series[3].gflop = c.series[0].gflop + c.series[2].gflop;
    if (s.labels.size() > 0) c.series.push_back(bisections(s, r, c.threads, stderr));
  }
  if (const auto path = options["save"].as<std::string>(); !path.empty()) save(path, s, r);
  options.count("json") ? print_json(contests) : print_table(contests);
  return 0;
}

cxxopts::Options command_line() {
  using cxxopts::value;
  cxxopts::Options options("bench_basis", "Local Interaction Basis of a network 784-100-100-10");
  options.add_options()                                                                                    //
      ("weights", "an .npz with layer{0,1,2}_W [in, out] and layer{0,1,2}_b; none: random",                //
       value<std::string>()->default_value(""))                                                            //
      ("data-dir", "a folder with MNIST; none: random rows", value<std::string>()->default_value(""))      //
      ("rows", "at most so many training rows", value<std::int64_t>()->default_value("60000"))             //
      ("test-rows", "rows for the bisection; 0: none", value<std::int64_t>()->default_value("10000"))      //
      ("threads", "numbers of threads to compare", value<std::vector<int>>()->default_value("1,2"))        //
      ("rounds", "interleaved rounds", value<int>()->default_value("3"))                                   //
      ("save", "an .npz for the peers: rows, weights, C C^T, E", value<std::string>()->default_value(""))  //
      ("json", "one JSON line for each part")("help", "this text");
  return options;
}

}  // namespace

int main(int argc, char** argv) try {
  cxxopts::Options line = command_line();
  const cxxopts::ParseResult options = line.parse(argc, argv);
  if (options.count("help")) return std::cout << line.help(), 0;
  if (!options.unmatched().empty() || options["rounds"].as<int>() < 1 || options["rows"].as<std::int64_t>() < 2 ||
      options["test-rows"].as<std::int64_t>() < 0 || std::ranges::min(options["threads"].as<std::vector<int>>()) < 1)
    throw UsageError("stray word, --rounds or --threads below 1, --rows below 2 or --test-rows below 0");
  return measure(options);
} catch (const std::exception& e) {
  fmt::print(stderr, "bench_basis: {}; help: bench_basis --help\n", e.what());
  return 2;
}
