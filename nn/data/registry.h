// Data sets by name: the option --data NAME|PATH.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "nn/data/csv_data.h"
#include "nn/data/toy_tasks.h"

namespace basin::nn {

struct DataOptions {
  std::filesystem::path data_dir;  // --data-dir, for mnist and fashion-mnist
  std::uint64_t seed = 0;          // of splits and of toy tasks
  double train_fraction = 0.8;     // not for digits, mnist, fashion-mnist: their splits are fixed
  std::int64_t modulus = 113;      // modadd, modsub, modquad
  bool tokens = false;             // modular arithmetic as tokens [n,3], not one-hot [n,2p]
  ToyOptions toy;                  // blocks, parity, regression; its seed is replaced by the one above
  bool parity_classes = false;     // parity as classification
  CsvOptions csv;
  bool standardise = false;  // of a CSV file's inputs
};

// digits fashion-mnist mnist modadd modsub modquad blocks parity regression
const std::vector<std::string>& data_names();

// One of data_names(), or a table by its path (is_csv_path). Both parts are valid (Dataset::validate). Throws
// UsageError for an unknown name (suggesting the nearest and listing all), DataError for data that is missing or
// damaged.
Split load_data(std::string_view name_or_path, const DataOptions& options);

}  // namespace basin::nn
