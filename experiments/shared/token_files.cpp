#include "experiments/shared/token_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/npy.h"

namespace basin::experiments {
namespace {

constexpr std::int64_t largest_size = std::int64_t(1) << 24;  // whole numbers that float holds

// Whole numbers of a file, below `size` if that is not 0; then `size` is one more than the largest.
Tensor<double> read_whole(const std::string& path, int axes, const char* wanted, std::int64_t& size) {
  Tensor<double> numbers = read_npy(path);
  if (numbers.shape.rank() != axes || numbers.size() == 0)
    throw DataError(fmt::format("{}: shape {} given; wanted {}, not empty", path, numbers.shape.str(), wanted));
  require_whole(numbers, path, size > 0 ? size : largest_size);
  if (size == 0) size = std::int64_t(std::ranges::max(numbers.data)) + 1;
  return numbers;
}

Tensor<float> columns(const Tensor<double>& table, std::int64_t first, std::int64_t count) {
  Tensor<float> part({table.rows(), count});
  for (std::int64_t i = 0; i < table.rows(); ++i)
    for (std::int64_t j = 0; j < count; ++j) part(i, j) = float(table(i, first + j));
  return part;
}

}  // namespace

void require_whole(const Tensor<double>& numbers, const std::string& path, std::int64_t limit) {
  const std::int64_t columns = numbers.shape.rank() > 1 ? numbers.cols() : 1;
  for (std::int64_t i = 0; i < numbers.size(); ++i)
    if (const double token = numbers[i]; !(token >= 0 && token < double(limit)) || token != std::floor(token))
      throw DataError(fmt::format("{}: row {}, column {} is {}; wanted a whole number from 0 to {}", path, i / columns,
                                  i % columns, token, limit - 1));
}

TokenTask read_tokens(const std::string& tokens, const std::string& labels, std::int64_t d_vocab,
                      std::int64_t d_vocab_out) {
  if (std::max(d_vocab, d_vocab_out) > largest_size)
    throw UsageError(fmt::format("{} tokens given; wanted {} or fewer", std::max(d_vocab, d_vocab_out), largest_size));
  TokenTask task{.data = {.name = tokens, .x = {}, .y = {}, .classes = 0, .source = tokens},
                 .d_vocab = d_vocab,
                 .d_vocab_out = d_vocab_out,
                 .last_position = !labels.empty()};
  const Tensor<double> all = read_whole(tokens, 2, "[sequences, positions]", task.d_vocab);
  const std::int64_t positions = all.cols();
  if (task.last_position) {
    const Tensor<double> y = read_whole(labels, 1, "[sequences]", task.d_vocab_out);
    if (y.size() != all.rows())
      throw DataError(fmt::format("{}: shape {} given; wanted [{}], a label for each sequence of {}", labels,
                                  y.shape.str(), all.rows(), tokens));
    task.data.x = columns(all, 0, positions);
    task.data.y = cast<float>(y);
    task.data.classes = task.d_vocab_out;
    task.data.source += " and " + labels;
    return task;
  }
  if (positions < 2)
    throw DataError(fmt::format("{}: shape {} given; wanted [sequences, positions] with 2 or more positions, or labels",
                                tokens, all.shape.str()));
  if (task.d_vocab_out == 0) task.d_vocab_out = task.d_vocab;
  if (task.d_vocab_out < task.d_vocab)
    throw UsageError(fmt::format("{} classes given; wanted {} or more, the tokens that may come next", task.d_vocab_out,
                                 task.d_vocab));
  task.data.x = columns(all, 0, positions - 1);
  task.data.y = columns(all, 1, positions - 1);
  return task;
}

}  // namespace basin::experiments
