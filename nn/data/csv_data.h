// Own data: a CSV file with a header of column names and one sample per line.
#pragma once
#include <filesystem>
#include <string>

#include "nn/data/dataset.h"

namespace basin::nn {

// automatic: classification if every target is a whole number >= 0 and there are at most as many classes as rows.
enum class TargetKind { automatic, classification, regression };

struct CsvOptions {
  std::string target = "";  // column name; empty: the last column
  TargetKind kind = TargetKind::automatic;
};

// All other columns are inputs, in their order. Classes are 0 to the largest label; at most 65,536. Throws UsageError
// for an unknown target column (suggesting the nearest), DataError for what core/csv.h and Dataset::validate find.
Dataset read_csv_data(const std::filesystem::path& path, const CsvOptions& options);

// Shifts and scales every input column to mean 0 and variance 1 over the training rows, the test rows by the same
// numbers; a column that is constant in training (up to 1e-6 of its mean) is only shifted. Targets stay as they are.
void standardise(Split& split);

}  // namespace basin::nn
