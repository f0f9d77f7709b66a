// The Local Interaction Basis of a transformer on modular addition (benchmarks/transformer_subject.h), in double:
// moments, bases and squared edges of what attention reads, what the MLP reads, what the unembedding reads, and the
// logits, on 1 and 2 threads in interleaved rounds; and the most memory that was held.
#include <fmt/format.h>

#include <algorithm>
#include <cxxopts.hpp>
#include <exception>
#include <iostream>

#include "benchmarks/lib_contest.h"
#include "benchmarks/transformer_subject.h"

namespace {

using namespace basin;
using namespace basin::benchmarks;
using namespace basin::interp;

const std::vector<NodeLayer> node_layers{{"ln1.0", "blocks.0.hook_resid_pre"},
                                         {"ln2.0", "blocks.0.hook_resid_mid"},
                                         {"unembed", "blocks.0.hook_resid_post"},
                                         {"output", "logits"}};

// Sizes that operations are counted from, all for one sample.
struct Sizes {
  Sizes(const FoldedModel& model, const LibResults& r)
      : columns(double(model.dense(1)->weight.cols())), out(double(model.width(3))) {
    for (const Basis& b : r.bases) features.push_back(double(b.features()));
    for (const double slope : r.moments.slopes[1].mean()) active += slope;
  }
  double d = double(mod113.d_model), T = double(mod113.n_ctx), H = double(mod113.n_heads), m = double(mod113.d_head);
  double columns, out;  // of W~ of the MLP, of the logits
  double active = 0;    // columns with a slope, in the mean
  std::vector<double> features;

  double forward() const { return 2 * ((2 * T + 2) * d * H * m + 2 * T * H * m + 2 * d * double(mod113.d_mlp)); }
  // q, k, y, K q and Q k of all positions and heads, where x has `in` and y `next` numbers.
  double attention(double in, double next) const { return 2 * T * H * in * (4 * m + next); }
};

// Forward passes, x W~ for the slopes, and the upper triangles of all Gram matrices.
double moments_gflop(const Sizes& s, double n) {
  const double grams = (s.T + 2) * s.d * (s.d + 1) + s.out * (s.out + 1) + s.columns * (s.columns + 1);
  return 1e-9 * n * (s.forward() + 2 * s.d * s.out + 2 * (s.d + 1) * s.columns + grams);
}

// Gradients of every feature to every position of attention, and their Gram matrix. Those of the MLP and of the
// unembedding follow from moments, once for all samples.
double bases_gflop(const Sizes& s, double n) {
  const double x = s.d + 1, r = s.features[1];
  return 1e-9 * n * (s.attention(x, r) + 2 * r * x * s.H * (2 * s.T + s.T) + s.T * r * x * (x + 1));
}

// Forward passes, features, attention's sums over keys, products of the MLP's active rows, squares.
double edges_gflop(const Sizes& s, double n) {
  const double r0 = s.features[0], r1 = s.features[1], r2 = s.features[2], x = s.d + 1;
  const double attention = s.attention(r0, r1) + 2 * r1 * r0 * (s.H * s.T + s.H + 2);
  const double mlp = 2 * r1 * s.columns + 2 * r1 * r2 * s.active + 3 * r1 * r2;
  return 1e-9 * n * (s.forward() + 2 * x * (s.T * r0 + r1 + r2) + attention + mlp);
}

int measure(const cxxopts::ParseResult& options) {
  const std::int64_t rows = options["rows"].as<std::int64_t>();
  const TransformerSubject s = transformer_subject(options["weights"].as<std::string>(), rows);
  const Inputs tokens{{"tokens", s.inputs.at("tokens")}};
  const FoldedModel model(s.point, node_layers);
  std::vector<LibContest> contests;
  for (const int threads : options["threads"].as<std::vector<int>>())
    contests.emplace_back(SweepOptions{.chunk = options["chunk"].as<std::int64_t>(), .threads = threads});
  LibResults r;
  for (int round = 0; round < options["rounds"].as<int>(); ++round)
    for (LibContest& c : contests) r = c.round(model, tokens);
  fmt::print(stderr, "features");
  for (const Basis& b : r.bases) fmt::print(stderr, " {} {}", b.layer, b.features());
  fmt::print(stderr, "; most memory held: {:.0f} MB\n", peak_resident_mb());
  const Sizes sizes(model, r);
  for (LibContest& c : contests)
    c.set_gflop(moments_gflop(sizes, double(rows)), bases_gflop(sizes, double(rows)), edges_gflop(sizes, double(rows)));
  if (const auto path = options["save"].as<std::string>(); !path.empty()) {
    NpzWriter out;
    add_subject(out, s);
    add_results(out, r);
    out.save(path);
  }
  options.count("json") ? print_json(series_of(contests), "LIB ") : print_table<double>(series_of(contests));
  return 0;
}

cxxopts::Options command_line() {
  using cxxopts::value;
  cxxopts::Options options("bench_transformer_basis", "Local Interaction Basis of a transformer on x + y mod 113");
  options.add_options()                                                                              //
      ("weights", "a .npz or .safetensors of that network; none: random",                            //
       value<std::string>()->default_value(""))                                                      //
      ("rows", "pairs", value<std::int64_t>()->default_value("3830"))                                //
      ("chunk", "rows at a time", value<std::int64_t>()->default_value("256"))                       //
      ("threads", "numbers of threads to compare", value<std::vector<int>>()->default_value("1,2"))  //
      ("rounds", "interleaved rounds", value<int>()->default_value("3"))                             //
      ("save", "an .npz for the peers: tokens, parameters, C C^T, E",                                //
       value<std::string>()->default_value(""))                                                      //
      ("json", "one JSON line for each part")("help", "this text");
  return options;
}

}  // namespace

int main(int argc, char** argv) try {
  cxxopts::Options line = command_line();
  const cxxopts::ParseResult options = line.parse(argc, argv);
  if (options.count("help")) return std::cout << line.help(), 0;
  if (!options.unmatched().empty() || options["rounds"].as<int>() < 1 ||
      std::ranges::min(options["threads"].as<std::vector<int>>()) < 1)
    throw UsageError("stray word, or --rounds or --threads below 1");
  return measure(options);
} catch (const std::exception& e) {
  fmt::print(stderr, "bench_transformer_basis: {}; help: bench_transformer_basis --help\n", e.what());
  return 2;
}
