#include "nn/data/registry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/names.h"
#include "nn/data/digits.h"
#include "nn/data/find.h"
#include "nn/data/mnist.h"
#include "nn/data/modular_arithmetic.h"

namespace basin::nn {
namespace {

using Options = const DataOptions&;

struct Entry {
  std::string name;
  Split (*load)(Options options);
};

Split divide(const Dataset& data, Options o) { return split(data, o.train_fraction, o.seed); }

Split modular(ModularTask task, Options o) {
  const Dataset tokens = modular_arithmetic(task, o.modulus);
  return divide(o.tokens ? tokens : one_hot_pairs(tokens), o);
}

ToyOptions toy(Options o) {
  ToyOptions out = o.toy;
  out.seed = o.seed;
  return out;
}

const std::vector<Entry>& entries() {
  static const std::vector<Entry> all = {
      {"digits", [](Options) { return load_digits(); }},
      {"fashion-mnist",
       [](Options o) { return load_mnist_like(find_data("fashion-mnist", o.data_dir), "fashion-mnist"); }},
      {"mnist", [](Options o) { return load_mnist_like(find_data("mnist", o.data_dir), "mnist"); }},
      {"modadd", [](Options o) { return modular(ModularTask::add, o); }},
      {"modsub", [](Options o) { return modular(ModularTask::subtract, o); }},
      {"modquad", [](Options o) { return modular(ModularTask::quadratic, o); }},
      {"blocks", [](Options o) { return divide(teacher_blocks(toy(o)).data, o); }},
      {"parity", [](Options o) { return divide((o.parity_classes ? parity_classes : parity_blocks)(toy(o)).data, o); }},
      {"regression", [](Options o) { return divide(linear_blocks(toy(o)).data, o); }}};
  return all;
}

Split load_csv(const std::filesystem::path& path, Options o) {
  Split out = divide(read_csv_data(path, o.csv), o);
  require_varied_target(out);
  if (o.standardise) standardise(out);
  return out;
}

[[noreturn]] void unknown(const std::string& name) {
  throw UsageError(
      fmt::format("no data set is called '{}'; help: did you mean '{}'? There are {}, and any path "
                  "ending in .csv, .tsv or .txt",
                  name, nearest_name(name, data_names()), fmt::join(data_names(), ", ")));
}

}  // namespace

const std::vector<std::string>& data_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    for (const Entry& entry : entries()) out.push_back(entry.name);
    return out;
  }();
  return names;
}

Split load_data(std::string_view name_or_path, Options options) {
  const std::filesystem::path path(name_or_path);
  if (is_csv_path(path.string())) return load_csv(path, options);
  const auto found = std::find_if(entries().begin(), entries().end(), [&](auto& e) { return e.name == name_or_path; });
  if (found == entries().end()) unknown(std::string(name_or_path));
  Split out = found->load(options);
  out.train.validate();
  out.test.validate();
  return out;
}

}  // namespace basin::nn
