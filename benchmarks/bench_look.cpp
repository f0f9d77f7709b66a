// Activation patching of every value and position of a transformer on modular addition
// (benchmarks/transformer_subject.h): the map of what blocks add and read, metric the logit difference of the two sums,
// for several numbers of pairs. `first` is with tracing and planning, the others run what is planned.
#include <fmt/format.h>

#include <cxxopts.hpp>
#include <exception>
#include <iostream>

#include "benchmarks/timing.h"
#include "benchmarks/transformer_subject.h"
#include "interp/look/patching.h"
#include "interp/sweep/rows.h"

namespace {

using namespace basin;
using namespace basin::benchmarks;
using namespace basin::interp;

const std::vector<std::string> values{"blocks.0.hook_resid_pre", "blocks.0.hook_attn_out", "blocks.0.hook_resid_mid",
                                      "blocks.0.hook_mlp_out", "blocks.0.hook_resid_post"};

// The same network with an output at every position: the parameters are the same.
ModelPoint at_every_position(ModelPoint point) {
  nn::TransformerSpec spec = mod113;
  spec.last_position = false;
  point.trace = nn::transformer(spec).trace;
  return point;
}

// Row i against the one behind it. At every position the label is that of the last one.
PatchData pairs_of(const Inputs& inputs, std::int64_t rows, bool every_position) {
  std::vector<std::int64_t> first, second;
  const std::int64_t n = inputs.at("t").size();
  for (std::int64_t i = 0; i < rows; ++i) first.push_back(i), second.push_back((i + 1) % n);
  PatchData data{rows_at(inputs, first), rows_at(inputs, second)};
  for (Inputs* side : {&data.clean, &data.corrupt}) {
    if (!every_position) continue;
    Tensor<double>& t = side->at("t");
    Tensor<double> all({rows, mod113.n_ctx});
    for (std::int64_t i = 0; i < all.size(); ++i) all[i] = t[i / mod113.n_ctx];
    t = std::move(all);
  }
  return data;
}

struct Contest {
  PatchData data;
  std::function<Patcher()> make;
  Patcher patcher;
  Series first, again;

  Contest(const TransformerSubject& s, std::int64_t rows, bool every, Precision precision, int threads,
          std::int64_t chunk)
      : data(pairs_of(s.inputs, rows, every)),
        make([&s, every, precision, threads, chunk] {
          const ModelPoint model = every ? at_every_position(s.point) : s.point;
          return Patcher(model, sites_of(model, values, SitesBy::position), metric_from("difference:label,other"),
                         {.sweep = {.chunk = chunk, .threads = threads, .precision = precision}});
        }),
        patcher(make()) {
    const std::string who = fmt::format("basin {}{} x{}", precision == Precision::f32 ? "f32" : "f64",
                                        every ? ", every position" : "", threads);
    again = {fmt::format("{} pairs", rows), who, 0};
    first = {fmt::format("{} pairs, first", rows), who, 0};
    (void)patcher.run(data);
  }

  void round(int runs) {
    first.rounds.push_back(time_of([&] { (void)make().run(data); }));
    const Times t = time_of([&] {
      for (int i = 0; i < runs; ++i) (void)patcher.run(data);
    });
    again.rounds.push_back({t.wall / runs, t.cpu / runs});
  }
};

// What peers compare theirs with: the metric of each site of the map of every position, values by positions.
void save(const std::string& path, const TransformerSubject& s, std::int64_t rows) {
  const ModelPoint model = at_every_position(s.point);
  const Patching p = patching(model, pairs_of(s.inputs, rows, true), sites_of(model, values, SitesBy::position),
                              metric_from("difference:label,other"));
  NpzWriter out;
  add_subject(out, s);
  Tensor<double> map({std::ssize(values), mod113.n_ctx});
  for (std::int64_t i = 0; i < map.size(); ++i) map[i] = p.effects[std::size_t(i)].metric.mean;
  out.add("map", map), out.add("rows", Tensor<double>({1}, {double(rows)}));
  out.save(path);
}

int measure(const cxxopts::ParseResult& options) {
  const TransformerSubject s = transformer_subject(options["weights"].as<std::string>(), 113 * 113);
  if (const auto path = options["save"].as<std::string>(); !path.empty()) save(path, s, 64);
  std::vector<std::unique_ptr<Contest>> contests;
  for (const std::int64_t rows : options["pairs"].as<std::vector<std::int64_t>>())
    for (const int threads : options["threads"].as<std::vector<int>>())
      for (const auto& [every, precision] :
           {std::pair{false, Precision::f32}, {false, Precision::f64}, {true, Precision::f32}})
        contests.push_back(std::make_unique<Contest>(s, rows, every, precision, threads,
                                                     std::min(rows, options["chunk"].as<std::int64_t>())));
  for (int round = 0; round < options["rounds"].as<int>(); ++round)
    for (const auto& c : contests) c->round(c->data.clean.at("tokens").rows() <= 64 ? 20 : 1);
  std::vector<Series> all;
  for (const auto& c : contests) all.push_back(c->first), all.push_back(c->again);
  options.count("json") ? print_json(all, "look ") : print_table<float>(all);
  return 0;
}

cxxopts::Options command_line() {
  using cxxopts::value;
  cxxopts::Options options("bench_look", "Patching maps of a transformer on x + y mod 113");
  options.add_options()                                                                                 //
      ("weights", "a .npz or .safetensors of that network; none: random",                               //
       value<std::string>()->default_value(""))                                                         //
      ("pairs", "several to compare", value<std::vector<std::int64_t>>()->default_value("1,64,12769"))  //
      ("threads", "several to compare", value<std::vector<int>>()->default_value("1,2"))                //
      ("chunk", "pairs in one run", value<std::int64_t>()->default_value("64"))                         //
      ("rounds", "interleaved rounds", value<int>()->default_value("3"))                                //
      ("save", "an .npz for the peers: tokens, parameters, the map",                                    //
       value<std::string>()->default_value(""))                                                         //
      ("json", "one JSON line for each contestant")("help", "this text");
  return options;
}

}  // namespace

int main(int argc, char** argv) try {
  cxxopts::Options line = command_line();
  const cxxopts::ParseResult options = line.parse(argc, argv);
  if (options.count("help")) return std::cout << line.help(), 0;
  if (!options.unmatched().empty() || options["rounds"].as<int>() < 1)
    throw UsageError("stray word, or --rounds below 1");
  return measure(options);
} catch (const std::exception& e) {
  fmt::print(stderr, "bench_look: {}; help: bench_look --help\n", e.what());
  return 2;
}
