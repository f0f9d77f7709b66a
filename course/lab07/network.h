// What lab 07 gives: a trained network of your own, at seven moments of its training, and what it computes on all
// pairs. Nothing is to be written here.
//
// The weights in data/ are those of one network that adds modulo 29 (data/make_weights.sh trains it). Yours is that
// network with its numbers renamed: what you call a is what it called u a (mod 29), u from your name. u (a + b) = u a +
// u b, so it adds as well as before, but a wave of frequency k has become one of frequency u k.
#pragma once
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/course.h"
#include "core/matrix.h"
#include "interp/look/last_position.h"
#include "nn/data/modular_arithmetic.h"
#include "nn/import.h"

namespace lab {

inline constexpr std::int64_t modulus = 29;
inline const std::vector<int> epochs{0, 100, 200, 316, 1000, 3162, 8000};

inline std::int64_t renaming() { return 2 + std::int64_t(student_rng("lab07 renaming").below(modulus - 3)); }  // u

// A transformer with one block: embed.W_E [30, 16], two heads, 80 neurons, logits of "=" [30]. Token 29 is "=".
struct Network {
  basin::interp::ModelPoint point;

  basin::Matrix embedding() const {
    return basin::rows_of(point.parameters.tensor("embed.W_E"), 0, modulus);
  }  // [p, d]
  void set_embedding(const basin::Matrix& table) {
    std::ranges::copy(table.data, point.parameters["embed.W_E"].begin());
  }
};

// Row i of the result is row u i of `table`, for the numbers; other rows stay.
inline void rename_rows(std::span<double> table, std::int64_t width, std::int64_t u) {
  const std::vector<double> old(table.begin(), table.end());
  for (std::int64_t a = 0; a < modulus; ++a)
    std::copy_n(&old[std::size_t(u * a % modulus * width)], width, &table[std::size_t(a * width)]);
}
inline void rename_columns(std::span<double> table, std::int64_t width, std::int64_t u) {
  for (std::size_t row = 0; row < table.size(); row += std::size_t(width))
    rename_rows(table.subspan(row, std::size_t(width)), 1, u);
}

// Beside this file, or from the folder where it was built.
inline std::filesystem::path data_folder() {
  const auto beside = std::filesystem::path(__FILE__).parent_path() / "data";
  return std::filesystem::exists(beside) ? beside : std::filesystem::path("data");
}

inline Network network_at(int epoch) {
  const auto folder = data_folder();
  const std::string number = std::to_string(10000 + epoch).substr(1);
  const auto file = basin::nn::import_transformer((folder / ("epoch-" + number + ".safetensors")).string());
  Network net;
  net.point.trace = file.model.trace, net.point.config = file.model.config, net.point.parameters = file.parameters;
  rename_rows(net.point.parameters["embed.W_E"], 16, renaming());
  rename_columns(net.point.parameters["unembed.W_U"], 30, renaming());
  rename_columns(net.point.parameters["unembed.b_U"], 30, renaming());
  return net;
}

// All p² pairs (a, b), row a p + b, as tokens (a, b, "=").
inline basin::Inputs all_pairs() {
  const auto pairs = basin::nn::modular_arithmetic(basin::nn::ModularTask::add, modulus);
  return {{"tokens", basin::cast<double>(pairs.x)}, {"t", basin::cast<double>(pairs.y)}};
}

// Whether the network was trained on a pair: 588 of the 841, by row.
inline std::vector<bool> trained_on() {
  const auto pairs = basin::nn::modular_arithmetic(basin::nn::ModularTask::add, modulus);
  const auto split = basin::nn::split(pairs, 0.7, 0);  // of the network's own names
  std::vector<std::int64_t> own_name(modulus);
  for (std::int64_t a = 0; a < modulus; ++a) own_name[std::size_t(renaming() * a % modulus)] = a;
  std::vector<bool> trained(modulus * modulus);
  for (std::int64_t r = 0; r < split.train.size(); ++r) {
    const auto name = [&](std::int64_t place) { return own_name[std::size_t(split.train.x(r, place))]; };
    trained[std::size_t(name(0) * modulus + name(1))] = true;
  }
  return trained;
}

// What the network computes on all pairs: logits of the numbers [p², p], and its neurons [p², 80].
inline basin::Matrix values_of(const Network& net, const std::string& name) {
  basin::Graph g;
  net.point.trace(g, modulus * modulus);
  basin::Program<double> program(g, {.fetch = {g[name]}}, net.point.parameters.bindings(g));
  program.feed("tokens", all_pairs()["tokens"].data);
  program.run();
  const auto values = program.copy(name);
  return basin::Matrix({modulus * modulus, values.cols()}, values.data);
}
inline basin::Matrix logits_of(const Network& net) { return basin::columns_of(values_of(net, "logits"), 0, modulus); }
inline basin::Matrix neurons_of(const Network& net) { return values_of(net, "blocks.0.mlp.hook_post"); }

struct Accuracy {
  double trained = 0, others = 0;  // shares that are right, of pairs it was trained on and of the others
};
inline Accuracy accuracy_of(const basin::Matrix& logits) {
  const std::vector<bool> trained = trained_on();
  double right[2] = {0, 0}, all[2] = {0, 0};
  for (std::int64_t r = 0; r < logits.rows(); ++r) {
    const auto row = logits.row(r);
    const std::int64_t said = std::ranges::max_element(row) - row.begin();
    right[trained[std::size_t(r)]] += said == (r / modulus + r % modulus) % modulus, all[trained[std::size_t(r)]] += 1;
  }
  return {right[1] / all[1], right[0] / all[0]};
}

}  // namespace lab
