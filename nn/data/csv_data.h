// Own data: a table as text (core/csv.h), one sample per line.
#pragma once
#include <filesystem>
#include <string>

#include "nn/data/csv_target.h"
#include "nn/data/dataset.h"

namespace basin::nn {

struct CsvOptions {
  std::string target = "";  // a column by its name, or its number from 1 if there is no header; empty: the last
  Task task = Task::automatic;
  CsvFormat format = {};
};

// auto (0), comma, semicolon, tab, space, pipe, or any one mark such as : that no number has; UsageError.
char separator_from(const std::string& name);
std::string separator_option(char separator);
Header header_from(const std::string& name);  // auto, present, absent; UsageError
std::string header_option(Header header);

// All other columns are inputs, in their order; `reading` says what was found. UsageError for an unknown target column
// (suggesting the nearest), DataError for what core/csv.h, target_of and Dataset::validate find.
Dataset read_csv_data(const std::filesystem::path& path, const CsvOptions& options);
Dataset parse_csv_data(std::string_view text, const std::filesystem::path& path, const CsvOptions& options);

// Shifts and scales every input column to mean 0 and variance 1 over the training rows, the test rows by the same
// numbers; a column that is constant in training (up to 1e-6 of its mean) is only shifted. Targets stay as they are.
void standardise(Split& split);

// DataError where the training rows have one target alone: then whatever is learnt is a constant.
void require_varied_target(const Split& split);

}  // namespace basin::nn
