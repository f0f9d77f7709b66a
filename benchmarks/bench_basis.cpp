// The Local Interaction Basis of a relu network 784-100-100-10: moments, bases and squared edges of all node layers, on
// 1 and 2 threads in interleaved rounds, and edge bisection of all sections.
#include <fmt/format.h>

#include <algorithm>
#include <cxxopts.hpp>
#include <exception>
#include <iostream>

#include "benchmarks/basis_subject.h"
#include "benchmarks/lib_contest.h"
#include "interp/edges/ablation.h"

namespace {

using namespace basin;
using namespace basin::benchmarks;
using namespace basin::interp;

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
double edges_gflop(const FoldedModel& model, const LibResults& r, double n) {
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

// Fewest edges of each section that hold the accuracy on the test rows up to 0.001.
Series bisections(const BasisSubject& s, const LibResults& r, int threads, std::FILE* words) {
  Series series{"edge bisection", fmt::format("basin x{}", threads)};
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
void save(const std::string& path, const BasisSubject& s, const LibResults& r) {
  NpzWriter out;
  out.add("x", cast<float>(s.train.at("x")));
  for (std::size_t l = 0; l < s.layers.size(); ++l) {
    out.add(fmt::format("layer{}_W", l), s.layers[l].weight);
    out.add(fmt::format("layer{}_b", l), Matrix({std::ssize(s.layers[l].bias)}, s.layers[l].bias));
  }
  add_results(out, r);
  out.save(path);
}

int measure(const cxxopts::ParseResult& options) {
  const BasisSubject s = basis_subject(options["weights"].as<std::string>(), options["data-dir"].as<std::string>(),
                                       options["rows"].as<std::int64_t>(), options["test-rows"].as<std::int64_t>());
  const double n = double(rows_of(s.train, "bench_basis"));
  std::vector<LibContest> contests;
  for (const int threads : options["threads"].as<std::vector<int>>())
    contests.emplace_back(SweepOptions{.threads = threads});
  LibResults r;
  for (int round = 0; round < options["rounds"].as<int>(); ++round)
    for (LibContest& c : contests) r = c.round(s.model, s.train);
  for (LibContest& c : contests) {
    c.set_gflop(moments_gflop(s.model, n), 0, edges_gflop(s.model, r, n));
    if (s.labels.size() > 0) c.series.push_back(bisections(s, r, c.sweep.threads, stderr));
  }
  if (const auto path = options["save"].as<std::string>(); !path.empty()) save(path, s, r);
  options.count("json") ? print_json(series_of(contests), "LIB ") : print_table<double>(series_of(contests));
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
