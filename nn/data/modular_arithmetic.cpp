#include "nn/data/modular_arithmetic.h"

#include <fmt/format.h>

namespace basin::nn {
namespace {

constexpr std::int64_t max_modulus = 4096, max_numbers = std::int64_t(1) << 29;

std::int64_t answer(ModularTask task, std::int64_t a, std::int64_t b, std::int64_t p) {
  switch (task) {
    case ModularTask::add: return (a + b) % p;
    case ModularTask::subtract: return (a - b + p) % p;
    case ModularTask::quadratic: return (a * a + a * b + b * b) % p;
  }
  throw UsageError("modular arithmetic: no such task");
}

const char* formula(ModularTask task) {
  return task == ModularTask::add ? "a + b" : task == ModularTask::subtract ? "a - b" : "a^2 + a b + b^2";
}

}  // namespace

ModularTask modular_task_from(std::string_view name) {
  if (name == "add") return ModularTask::add;
  if (name == "subtract") return ModularTask::subtract;
  if (name == "quadratic") return ModularTask::quadratic;
  throw UsageError(fmt::format("modular arithmetic: '{}' given; wanted add, subtract or quadratic", name));
}

Dataset modular_arithmetic(ModularTask task, std::int64_t p) {
  if (p < 2 || p > max_modulus)
    throw UsageError(fmt::format("modular arithmetic: modulus {}, wanted 2 to {}", p, max_modulus));
  const std::string recipe = fmt::format("{} mod {}", formula(task), p);
  Dataset data{recipe, Tensor<float>({p * p, 3}), Tensor<float>({p * p}), p, recipe + ", all pairs"};
  for (std::int64_t row = 0; row < p * p; ++row) {
    const std::int64_t a = row / p, b = row % p;
    data.x(row, 0) = float(a);
    data.x(row, 1) = float(b);
    data.x(row, 2) = float(p);
    data.y[row] = float(answer(task, a, b, p));
  }
  return data;
}

Dataset one_hot_pairs(const Dataset& tokens) {
  const std::int64_t n = tokens.size(), p = tokens.classes;
  if (n * 2 * p > max_numbers)
    throw UsageError(fmt::format("{}: {} x {} one-hot numbers are too many; help: use tokens, or a smaller modulus",
                                 tokens.name, n, 2 * p));
  Dataset data{tokens.name, Tensor<float>({n, 2 * p}), tokens.y, p, tokens.source + ", one-hot"};
  for (std::int64_t i = 0; i < n; ++i) {
    data.x(i, std::int64_t(tokens.x(i, 0))) = 1;
    data.x(i, p + std::int64_t(tokens.x(i, 1))) = 1;
  }
  return data;
}

}  // namespace basin::nn
