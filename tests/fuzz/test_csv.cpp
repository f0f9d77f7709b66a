// Tables: of numbers, and as data with classes or counts to predict.
#include "core/csv.h"
#include "nn/data/csv_data.h"
#include "tests/fuzz/target.h"

FUZZ_TARGET(csv) {
  fuzzing::feed([](const std::string& text) { basin::parse_csv(text, "x.csv"); }, bytes);
  const basin::nn::Dataset data = basin::nn::parse_csv_data(bytes, "x.csv", {});
  basin::nn::Split split{data, data};
  basin::nn::standardise(split);
}
