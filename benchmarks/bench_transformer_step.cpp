// A training step of a transformer on modular addition (benchmarks/transformer_subject.h): AdamW on all rows at once,
// in float. `parts of n` goes through the rows n at a time and adds the gradients up, on one thread or several.
#include <fmt/format.h>

#include <cxxopts.hpp>
#include <exception>
#include <iostream>
#include <memory>

#include "autodiff/ops.h"
#include "autodiff/transform.h"
#include "benchmarks/timing.h"
#include "benchmarks/transformer_subject.h"
#include "nn/train.h"

namespace {

using namespace basin;
using namespace basin::benchmarks;

nn::TrainSpec training(std::int64_t rows, std::int64_t part, int threads) {
  return {.optimizer = {.kind = nn::OptimizerKind::adamw, .weight_decay = 1, .beta1 = 0.9, .beta2 = 0.98},
          .batch = rows,
          .micro_batch = part,
          .threads = threads};
}

struct Contest {
  Contest(const TransformerSubject& s, std::int64_t rows, std::int64_t part, int threads)
      : trainer(std::make_unique<nn::Trainer<float>>(s.point, training(rows, part, threads), s.inputs)),
        series{"step", part > 0 ? fmt::format("basin, parts of {} x{}", part, threads) : "basin x1"} {
    const Parameters<float> start = cast<float>(s.point.parameters);
    std::ranges::copy(start.flat(), trainer->parameters().flat().begin());
    step();  // traces, plans and touches memory
  }
  void step() {
    trainer->step();
    trainer->end_epoch();
  }
  void round(int steps) {
    const Times t = time_of([&] {
      for (int i = 0; i < steps; ++i) step();
    });
    series.rounds.push_back({t.wall / steps, t.cpu / steps});
  }
  std::unique_ptr<nn::Trainer<float>> trainer;
  Series series;
};

// Products of the forward pass, and twice as many backward. Queries and all behind them are of the last position.
double step_gflop(double rows) {
  const nn::TransformerSpec& s = mod113;
  const double d = double(s.d_model), heads = double(s.n_heads * s.d_head), T = double(s.n_ctx);
  const double attention = (2 * T + 2) * d * heads + 2 * T * heads;
  const double forward = attention + 2 * d * double(s.d_mlp) + d * double(s.d_vocab_out);
  return 1e-9 * 3 * 2 * rows * forward;
}

// What peers compare theirs with: the loss, and its gradient as grad.NAME.
void save(const std::string& path, const TransformerSubject& s, std::int64_t rows) {
  Parameters<float> parameters = cast<float>(s.point.parameters);
  Runner<float> runner(s.point, parameters, [](Graph& graph, const Ends& ends) {
    const Var loss = mean(ends.loss);
    return ProgramSpec{.fetch = {loss}, .flat = grad(loss, graph.parameter_values())};
  });
  const auto& batch = runner.run(s.inputs, 0, rows);
  NpzWriter out;
  add_subject(out, s);
  out.add("loss", Tensor<double>({1}, {double(batch.program->scalar(batch.spec.fetch[0]))}));
  std::ranges::copy(batch.program->flat(), parameters.flat().begin());
  for (const auto& p : parameters.slices()) out.add("grad." + p.name, parameters.tensor(p.name));
  out.save(path);
}

int measure(const cxxopts::ParseResult& options) {
  const std::int64_t rows = options["rows"].as<std::int64_t>();
  const TransformerSubject s = transformer_subject(options["weights"].as<std::string>(), rows);
  if (const auto path = options["save"].as<std::string>(); !path.empty()) save(path, s, rows);
  std::vector<Contest> contests;
  for (const std::int64_t part : options["parts"].as<std::vector<std::int64_t>>())
    for (const int threads : part > 0 ? options["threads"].as<std::vector<int>>() : std::vector{1})
      contests.emplace_back(s, rows, part, threads);
  for (int round = 0; round < options["rounds"].as<int>(); ++round)
    for (Contest& c : contests) c.round(options["steps"].as<int>());
  std::vector<Series> all;
  for (Contest& c : contests) {
    c.series.gflop = step_gflop(double(rows));
    all.push_back(c.series);
  }
  options.count("json") ? print_json(all, "") : print_table<float>(all);
  return 0;
}

cxxopts::Options command_line() {
  using cxxopts::value;
  cxxopts::Options options("bench_transformer_step", "A training step of a transformer on x + y mod 113");
  options.add_options()                                                                   //
      ("weights", "a .npz or .safetensors of that network; none: random",                 //
       value<std::string>()->default_value(""))                                           //
      ("rows", "pairs in a step", value<std::int64_t>()->default_value("3830"))           //
      ("parts", "rows at a time, several to compare; 0: all",                             //
       value<std::vector<std::int64_t>>()->default_value("0,128"))                        //
      ("threads", "that share the parts, several to compare; rows all at once have one",  //
       value<std::vector<int>>()->default_value("1,2"))                                   //
      ("rounds", "interleaved rounds", value<int>()->default_value("3"))                  //
      ("steps", "steps in a round", value<int>()->default_value("5"))                     //
      ("save", "an .npz for the peers: tokens, parameters, loss, gradient",               //
       value<std::string>()->default_value(""))                                           //
      ("json", "one JSON line for each contestant")("help", "this text");
  return options;
}

}  // namespace

int main(int argc, char** argv) try {
  cxxopts::Options line = command_line();
  const cxxopts::ParseResult options = line.parse(argc, argv);
  if (options.count("help")) return std::cout << line.help(), 0;
  if (!options.unmatched().empty() || options["rounds"].as<int>() < 1 || options["steps"].as<int>() < 1)
    throw UsageError("stray word, or --rounds or --steps below 1");
  return measure(options);
} catch (const std::exception& e) {
  fmt::print(stderr, "bench_transformer_step: {}; help: bench_transformer_step --help\n", e.what());
  return 2;
}
