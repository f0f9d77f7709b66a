// Says what a file of tensors, or the newest network of a run, holds.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "experiments/cli/command_name.h"
#include "experiments/cli/main.h"
#include "experiments/describe/description.h"
#include "experiments/describe/rebuilt_model.h"
#include "experiments/shared/file_cost.h"
#include "nn/training_folder.h"

using namespace basin;
using namespace basin::experiments;

namespace {

Options declare() {
  Options o(
      "describe",
      "Prints the tensors of a file as a tree of their names: shapes, types, norms, smallest and largest numbers, "
      "means, and how many are NaN or infinite. Inner nodes have the totals of what is below them; norms and "
      "means are of the finite numbers.",
      {"describe net.safetensors", "describe runs/train_mlp/digits-seed0 --values",
       "describe net.npz --match 'blocks.*.W_Q' --json"});
  o.add_string("file", "", ".safetensors, .npz or .npy, or the folder of a run: its newest network").operand("file");
  o.add_flag("values", "also the named values of the network that the file belongs to: what can be fetched and fed");
  o.add_int("depth", 0, "levels of names to show; deeper ones are only in the totals; 0: all", 0);
  o.add_string("match", "", "only names that fit this pattern (* ? [ab]; * goes across dots), or stand below one");
  for (const char* unused : {"out", "force", "resume", "seed", "dtype", "preset", "threads", "quiet"})
    o.without(unused);
  return o;
}

NamedValues values_in(const std::string& path) {
  try {
    const RebuiltModel network = rebuilt_model(path);
    return {network.from, named_values(network.model)};
  } catch (const DataError& e) {
    throw DataError(std::string(e.what()) + "; without --values the tensors alone are shown");
  }
}

// The file itself, or the newest network of a run; a run of several networks is asked which one.
std::string file_of(const std::filesystem::path& given) {
  if (!std::filesystem::is_directory(given)) return given.string();
  if (!std::filesystem::is_directory(given / "networks")) return nn::newest_network(given);
  std::vector<std::string> networks;
  for (const auto& entry : std::filesystem::directory_iterator(given / "networks"))
    if (entry.is_directory()) networks.push_back(entry.path().string());
  std::ranges::sort(networks);
  if (networks.size() == 1) return nn::newest_network(networks.front());
  throw UsageError(
      fmt::format("{} holds {} networks; give one of {}", given.string(), networks.size(), fmt::join(networks, ", ")));
}

// Of --values a network is built of the numbers too.
RunCost cost(const Options& o, const std::string& path) {
  const double bytes = bytes_in(path), times = o.flag("values") ? 2 : 1;
  return {.parts = {file_cost("the numbers", bytes, times * 3e-9)}, .bytes = times * 3 * bytes};
}

int run(const Options& o) {
  if (o.text("file").empty())
    throw UsageError("describe: no file given; help: " + as_typed("describe net.safetensors"));
  const std::string path = file_of(o.text("file"));
  say_cost(o, [&] { return cost(o, path); });
  Description all{path, read_summaries(path)};
  if (o.flag("values")) all.network = values_in(path);
  if (!o.text("match").empty()) keep_matching(all, o.text("match"));
  if (o.flag("json"))
    fmt::print("{}\n",
               description_json(all, o.integer("depth")).dump(2, ' ', false, report::Json::error_handler_t::replace));
  else
    fmt::print("{}", description_text(all, o.integer("depth")));
  return exit_ok;
}

}  // namespace

int main(int argc, char** argv) { return run_main(argc, argv, declare, run); }
