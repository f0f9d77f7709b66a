#include "nn/data/toy_tasks.h"

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <numeric>

#include "core/lapack.h"
#include "core/matrix.h"
#include "core/rng.h"

namespace basin::nn {
namespace {

using Values = std::span<const float>;
using BlockFunction = std::function<void(Values in, std::span<double> out)>;        // adds f(in) to out
using MakeFunction = std::function<BlockFunction(std::int64_t i, std::int64_t j)>;  // f_ij

constexpr std::int64_t max_numbers = std::int64_t(1) << 29;

void require(bool good, const char* option, auto given, const char* wanted) {
  if (!good) throw UsageError(fmt::format("toy task: {} is {}, wanted {}", option, given, wanted));
}

void check(const ToyOptions& o) {
  require(o.blocks >= 1 && o.blocks <= 4096, "blocks", o.blocks, "1 to 4096");
  require(o.inputs >= 1 && o.inputs <= 4096, "inputs", o.inputs, "1 to 4096");
  require(o.outputs >= 1 && o.outputs <= 4096, "outputs", o.outputs, "1 to 4096");
  require(o.noise >= 0 && std::isfinite(o.noise), "noise", o.noise, "a finite number >= 0");
  require(o.samples >= 1 && o.samples <= max_numbers / (o.blocks * std::max(o.inputs, o.outputs)), "samples", o.samples,
          "at least 1, and at most 2^29 numbers in all");
}

Tensor<float> normal_inputs(const ToyOptions& o) {
  Tensor<float> x({o.samples, o.blocks * o.inputs});
  Rng(o.seed, "toy/inputs").fill_normal(x.data);
  return x;
}

// +1 for a bit 0, -1 for a bit 1; all patterns in counting order, or random ones.
Tensor<float> bits(const ToyOptions& o, bool every_pattern) {
  const std::int64_t width = o.blocks * o.inputs;
  Tensor<float> x({o.samples, width});
  Rng rng(o.seed, "toy/inputs");
  for (std::int64_t row = 0; row < o.samples; ++row)
    for (std::int64_t bit = 0; bit < width; ++bit)
      x(row, bit) = (every_pattern ? row >> bit & 1 : std::int64_t(rng.below(2))) ? -1.f : 1.f;
  return x;
}

// Column blocks of x go in, column blocks of the result come out; see ToyOptions::entangled.
Tensor<float> targets(const ToyOptions& o, const Tensor<float>& x, const MakeFunction& make) {
  Tensor<double> y({x.rows(), o.blocks * o.outputs});
  const auto inputs = std::size_t(o.inputs), outputs = std::size_t(o.outputs);
  for (std::int64_t i = 0; i < o.blocks; ++i)
    for (std::int64_t j = o.entangled ? 0 : i; j < (o.entangled ? o.blocks : i + 1); ++j) {
      const BlockFunction f = make(i, j);
      for (std::int64_t row = 0; row < x.rows(); ++row)
        f(x.row(row).subspan(std::size_t(j) * inputs, inputs), y.row(row).subspan(std::size_t(i) * outputs, outputs));
    }
  const double scale = o.entangled ? 1 / std::sqrt(double(o.blocks)) : 1;
  Rng noise(o.seed, "toy/noise");
  for (double& value : y.data) value = value * scale + (o.noise > 0 ? o.noise * noise.normal() : 0);
  return cast<float>(y);
}

std::vector<int> block_of_column(const ToyOptions& o, std::int64_t width) {
  std::vector<int> block(std::size_t(o.blocks * width));
  for (std::size_t c = 0; c < block.size(); ++c) block[c] = o.entangled ? 0 : int(std::int64_t(c) / width);
  return block;
}

ToyTask task(const std::string& name, const ToyOptions& o, Tensor<float> x, const MakeFunction& make) {
  Tensor<float> y = targets(o, x, make);
  const std::string source =
      fmt::format("{}: {} blocks of {} inputs, {} outputs, {} samples, noise {}, seed {}{}", name, o.blocks, o.inputs,
                  o.outputs, o.samples, o.noise, o.seed, o.entangled ? ", entangled" : "");
  return {{name, std::move(x), std::move(y), 0, source}, block_of_column(o, o.inputs), block_of_column(o, o.outputs)};
}

// Rows of length 1 on average.
Matrix random_rows(Rng& rng, std::int64_t rows, std::int64_t cols) {
  return normal_matrix(rows, cols, rng, 1 / std::sqrt(double(cols)));
}

Rng function_rng(const ToyOptions& o, std::int64_t i, std::int64_t j) {
  return {o.seed, fmt::format("toy/f/{}/{}", i, j)};
}

template <class In>
void add_product(const Matrix& a, In in, std::span<double> out) {
  for (std::size_t r = 0; r < out.size(); ++r)
    for (std::size_t c = 0; c < in.size(); ++c) out[r] += a(std::int64_t(r), std::int64_t(c)) * in[c];
}

Dataset part(const Dataset& data, std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), first);
  return take_rows(data, rows);
}

// Uniform over orthogonal matrices: the polar factor of a normal one.
Matrix random_rotation(std::int64_t n, Rng rng) {
  const Svd s = svd(normal_matrix(n, n, rng));
  return matmul(s.U, s.Vt);
}

Tensor<float> turned(const Tensor<float>& rows, const Matrix& rotation) {
  return cast<float>(matmul(cast<double>(rows), rotation, false, true));
}

}  // namespace

ToyTask teacher_blocks(const ToyOptions& o, std::int64_t hidden) {
  check(o);
  require(hidden >= 1 && hidden <= 4096, "hidden", hidden, "1 to 4096");
  return task("blocks", o, normal_inputs(o), [&](std::int64_t i, std::int64_t j) -> BlockFunction {
    Rng rng = function_rng(o, i, j);
    const Matrix first = random_rows(rng, hidden, o.inputs), second = random_rows(rng, o.outputs, hidden);
    std::vector<double> bias(static_cast<std::size_t>(hidden));
    rng.fill_normal(bias);
    return [first, second, bias](Values in, std::span<double> out) {
      std::vector<double> h = bias;
      add_product(first, in, std::span(h));
      for (double& value : h) value = std::tanh(value);
      add_product(second, std::span<const double>(h), out);
    };
  });
}

Split teacher_split(ToyOptions o, std::int64_t test_samples) {
  const std::int64_t train_samples = o.samples;
  o.samples += test_samples;
  const Dataset noisy = teacher_blocks(o).data;
  o.noise = 0;
  return {part(noisy, 0, train_samples), part(teacher_blocks(o).data, train_samples, test_samples)};
}

Split rotated(Split task, std::uint64_t seed) {
  const Matrix in = random_rotation(task.train.inputs(), {seed, "modularity/rotation/inputs"});
  const Matrix out = random_rotation(task.train.outputs(), {seed, "modularity/rotation/outputs"});
  for (Dataset* data : {&task.train, &task.test}) {
    data->x = turned(data->x, in);
    data->y = turned(data->y, out);
  }
  return task;
}

ToyTask parity_blocks(const ToyOptions& options) {
  ToyOptions o = options;
  o.outputs = 1;
  const bool every_pattern = o.samples == 0;
  if (every_pattern) {
    require(o.blocks >= 1 && o.inputs >= 1 && o.blocks <= 20 && o.inputs <= 20 && o.blocks * o.inputs <= 20,
            "blocks * inputs", fmt::format("{} * {}", o.blocks, o.inputs), "1 to 20 for samples = 0 (all patterns)");
    o.samples = std::int64_t(1) << o.blocks * o.inputs;
  }
  check(o);
  return task("parity", o, bits(o, every_pattern), [&](std::int64_t i, std::int64_t j) -> BlockFunction {
    const double sign = i != j && function_rng(o, i, j).below(2) ? -1 : 1;
    return [sign](Values in, std::span<double> out) {
      double product = sign;
      for (float bit : in) product *= bit;
      out[0] += product;
    };
  });
}

ToyTask parity_classes(const ToyOptions& o) {
  require(o.blocks >= 1 && o.blocks <= 10, "blocks", o.blocks, "1 to 10 for classes");
  require(!o.entangled, "entangled", o.entangled, "false for classes");
  require(o.noise == 0, "noise", o.noise, "0 for classes");
  ToyTask out = parity_blocks(o);
  Tensor<float> labels({out.data.size()});
  for (std::int64_t row = 0; row < labels.size(); ++row)
    for (std::int64_t i = 0; i < o.blocks; ++i) labels[row] += out.data.y(row, i) < 0 ? float(1 << i) : 0.f;
  out.data.y = std::move(labels);
  out.data.classes = std::int64_t(1) << o.blocks;
  out.data.source += ", as classes";
  out.output_block.clear();
  return out;
}

ToyTask linear_blocks(const ToyOptions& o) {
  check(o);
  return task("regression", o, normal_inputs(o), [&](std::int64_t i, std::int64_t j) -> BlockFunction {
    Rng rng = function_rng(o, i, j);
    return [a = random_rows(rng, o.outputs, o.inputs)](Values in, std::span<double> out) { add_product(a, in, out); };
  });
}

}  // namespace basin::nn
