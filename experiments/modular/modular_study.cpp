#include "experiments/modular/modular_study.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "core/matrix.h"
#include "core/statistics.h"
#include "interp/look/fourier.h"
#include "interp/look/last_position.h"
#include "nn/data/modular_arithmetic.h"
#include "nn/import.h"

namespace basin::experiments {
namespace {

namespace fs = std::filesystem;

// W_E of the numbers, without "=".
Matrix number_embedding(const Parameters<double>& parameters, std::int64_t modulus) {
  return rows_of(parameters.tensor("embed.W_E"), 0, modulus);
}

std::vector<double> shares_of(std::vector<double> power) {
  power[0] = 0;
  const double sum = std::accumulate(power.begin(), power.end(), 0.0);
  for (double& p : power) p = sum > 0 ? p / sum : 0.0;
  return power;
}

// The numbers in the plane of the embedding's strongest frequency k: a, then the number one step further on the circle,
// which is 1/k away where k has an inverse.
void add_circle(ModularLook& look, const Matrix& embedding) {
  const std::int64_t p = embedding.rows(), k = look.frequency;
  const Matrix plane = interp::fourier_plane(embedding, k);
  std::vector<std::int64_t> order(static_cast<std::size_t>(p));
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](std::int64_t a) { return k * a % p; });
  look.circle = Matrix({p, 2});
  std::vector<double> radii;
  for (std::int64_t i = 0; i < p; ++i) {
    for (std::int64_t axis = 0; axis < 2; ++axis) look.circle(i, axis) = plane(order[std::size_t(i)], axis);
    radii.push_back(std::hypot(look.circle(i, 0), look.circle(i, 1)));
  }
  const Estimate e = estimate(radii);
  look.radius = e.mean, look.radius_deviation = e.deviation;
}

void add_attention(ModularLook& look, const Tensor<double>& attention, std::int64_t p) {
  const std::int64_t heads = attention.shape[1], positions = attention.shape[2];
  look.attention = Matrix({heads, positions});
  double most = -1;
  for (std::int64_t h = 0; h < heads; ++h) {
    Matrix to_a({p, p});
    for (std::int64_t pair = 0; pair < p * p; ++pair) {
      const double* from = &attention[(pair * heads + h) * positions];
      for (std::int64_t i = 0; i < positions; ++i) look.attention(h, i) += from[i] / double(p * p);
      to_a[pair] = from[0];
    }
    if (const double deviation = estimate(to_a.data).deviation; deviation > most)
      most = deviation, look.head = h, look.head_to_a = std::move(to_a);
  }
}

void add_neurons(ModularLook& look, const Matrix& shares) {
  const auto strongest = [&](std::int64_t n) {
    const double* row = &shares(n, 0);
    return std::max_element(row, row + shares.cols()) - row;
  };
  std::vector<std::int64_t> order(static_cast<std::size_t>(shares.rows()));
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, strongest);
  look.neurons = Matrix(shares.shape);
  for (std::size_t i = 0; i < order.size(); ++i) {
    look.strongest.push_back(strongest(order[i]));
    std::copy_n(&shares(order[i], 0), shares.cols(), &look.neurons(std::int64_t(i), 0));
  }
}

}  // namespace

void add_modular_options(Options& o) {
  o.add_int("modulus", 59, "p", 3, 4096);
  o.add_choice("operation", "add", {"add", "subtract", "quadratic"}, "a + b, a - b or a² + a b + b², modulo p");
  o.add_double("train-fraction", 0.6, "share of the p² pairs to train on", 0, 1);
  o.add_ints("seeds", "0,1,2,3,4", "a network starts from each; --seed chooses the training pairs", 0);
  add_transformer_options(o, {.d_model = 64, .d_head = 16, .d_mlp = 256, .epochs = 10000});
}

nn::Dataset modular_pairs(const Options& o) {
  return nn::modular_arithmetic(nn::modular_task_from(o.text("operation")), o.integer("modulus"));
}

std::vector<TokenTraining> modular_trainings(const Options& o) {
  const std::vector<std::int64_t> seeds = o.integers("seeds");
  if (seeds.empty() || std::set(seeds.begin(), seeds.end()).size() != seeds.size())
    throw UsageError(fmt::format("--seeds: '{}' given; wanted one or more, each once", o.as_given("seeds")));
  const std::int64_t p = o.integer("modulus");
  const nn::Split data = nn::split(modular_pairs(o), o.number("train-fraction"), std::uint64_t(o.integer("seed")));
  std::vector<TokenTraining> all;
  for (const std::int64_t seed : seeds) {
    TokenTraining& t = all.emplace_back(TokenTraining{
        .network = with_sizes({.d_vocab = p + 1, .d_vocab_out = p + 1, .n_ctx = 3, .last_position = true}, o),
        .train = transformer_train_spec(o, data, std::int64_t(seeds.size())),
        .data = data,
        .measure = [p](const Parameters<double>& parameters) -> nn::Measured {
          const auto power = interp::fourier_power(number_embedding(parameters, p));
          return {{"fourier_share", interp::fourier_share(power)}};
        }});
    t.train.seed = std::uint64_t(seed);
  }
  return all;
}

fs::path network_folder(const fs::path& run, const TokenTraining& training) {
  return run / "networks" / fmt::format("seed-{}", training.train.seed);
}

std::optional<std::int64_t> memorised_at(const std::vector<nn::MetricsLine>& curve) {
  for (const nn::MetricsLine& line : curve)
    if (line.number("train_accuracy") >= grokking_level) return line.whole("epoch");
  return {};
}

std::optional<std::int64_t> grokked_at(const std::vector<nn::MetricsLine>& curve) {
  std::optional<std::int64_t> since;
  for (const nn::MetricsLine& line : curve) {
    if (!(line.number("test_accuracy") >= grokking_level))
      since.reset();
    else if (!since)
      since = line.whole("epoch");
  }
  return since;
}

ModularNetwork read_modular_network(const fs::path& run, const TokenTraining& training) {
  ModularNetwork n{.seed = training.train.seed,
                   .parameters = Parameters<float>(parameters_of(nn::transformer(training.network))).size(),
                   .curve = nn::read_metrics_lines(network_folder(run, training))};
  n.memorised = memorised_at(n.curve);
  n.grokked = grokked_at(n.curve);
  return n;
}

ModularLook look_at(const fs::path& network, const Options& o) {
  const nn::ImportedTransformer imported = nn::import_transformer(network.string());
  interp::ModelPoint point{imported.model};
  point.parameters = imported.parameters;
  const Inputs pairs = token_inputs(modular_pairs(o));
  const std::int64_t p = o.integer("modulus");
  const interp::SweepOptions how{.threads = o.threads()};
  const Matrix embedding = number_embedding(imported.parameters, p);
  ModularLook look;
  look.embedding = shares_of(interp::fourier_power(embedding));
  look.frequency = interp::strongest_frequency(look.embedding);
  if (2 * look.frequency == p) look.frequency -= 1;  // that of (-1)^a has no plane
  add_circle(look, embedding);
  add_attention(look, interp::last_attention(point, pairs, "blocks.0.attn.hook_pattern", how), p);
  add_neurons(look, interp::frequency_shares(interp::at_last_position(point, pairs, "blocks.0.mlp.hook_post", how), p));
  return look;
}

}  // namespace basin::experiments
