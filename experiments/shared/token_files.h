// Sequences of tokens from files of their own.
#pragma once
#include <string>

#include "nn/data/dataset.h"

namespace basin::experiments {

// What a transformer is to learn from: rows of tokens x [n, n_ctx], and y.
struct TokenTask {
  nn::Dataset data{};
  std::int64_t d_vocab = 0, d_vocab_out = 0;  // tokens that go in, classes that come out
  bool last_position = false;                 // y [n] are labels of the last position; else y [n, n_ctx], next tokens
};

// `tokens` is .npy, whole numbers [n, positions]. Without `labels` each row is read but for its last token, and learns
// the next: n_ctx = positions - 1. With labels, .npy of whole numbers [n], n_ctx = positions. Sizes of 0 are one more
// than the largest number; next tokens come from d_vocab. DataError naming file, shape given and wanted, or row, column
// and number of a token that is NaN, no whole number, negative or too large; UsageError for more classes than float
// counts exactly.
TokenTask read_tokens(const std::string& tokens, const std::string& labels, std::int64_t d_vocab,
                      std::int64_t d_vocab_out);

// DataError, its text beginning with the file, the row and the column, unless all numbers are whole and from 0 to
// limit - 1.
void require_whole(const Tensor<double>& numbers, const std::string& path, std::int64_t limit);

}  // namespace basin::experiments
