// Says whether two networks compute the same on a data set, and by which moves the one becomes the other.
#include <fmt/format.h>

#include <filesystem>

#include "core/file.h"
#include "experiments/cli/command_name.h"
#include "experiments/cli/main.h"
#include "experiments/same_function/same_function_text.h"
#include "experiments/shared/pass_cost.h"
#include "experiments/shared/training_run.h"
#include "experiments/shared/weights_file.h"

using namespace basin;
using namespace basin::experiments;
using interp::Sameness;

namespace {

Options declare() {
  Options o(
      "same_function",
      "Says whether two ReLU networks, or two linear ones, compute the same on a data set, and if they do, by which "
      "moves the parameters of the first become those of the second while outputs stay: neurons in another order, "
      "rescaled or mixed with others that fire together, weights that the data do not show (docs/theory.md §3.12). "
      "Exit code 0: the same, by a path; 1: different; 4: equal on this data, and no path is known.",
      {"same_function a.safetensors b.safetensors --inputs x.npy",
       "same_function runs/train_mlp/digits-seed0 pruned.safetensors --json",
       "same_function a.npz b.npz --inputs x.csv --path moves"});
  o.add_string("first", "",
               ".safetensors or .npz with PyTorch names (layers.0.weight, …), or the folder of a train_mlp run: its "
               "newest network")
      .operand("first");
  o.add_string("second", "", "the other one").operand("second");
  o.add_string("inputs", "",
               "samples by rows: .npy, .npz, .csv or IDX; empty: the training rows of the run that is given");
  o.add_choice("activation", "auto", {"auto", "relu", "linear"},
               "between the layers; auto: what the metadata of a file say, or else relu");
  o.add_double(
      "tolerance", 0,
      "largest difference of outputs that counts as none, relative to the largest output of its kind; 0: 1e-9, or "
      "1e-5 where all weights of a network are numbers of float32",
      0, 1);
  o.add_int("rows", 1000000, "use at most so many rows of the data", 1);
  o.add_string("path", "", "a new folder: write the network behind each move there, as .safetensors");
  for (const char* unused : {"out", "force", "resume", "seed", "dtype", "preset", "threads", "quiet"})
    o.without(unused);
  return o;
}

bool is_run(const std::string& given) { return std::filesystem::is_directory(given); }

interp::ReluNet load(const Options& o, const std::string& given) {
  const std::string path = is_run(given) ? nn::newest_network(given) : given;
  const std::string activation = o.text("activation") == "auto" ? "" : o.text("activation");
  return interp::relu_net_from(read_weights(path), path, {.activation = activation});
}

Matrix load_inputs(const Options& o) {
  if (!o.text("inputs").empty()) return interp::read_inputs(o.text("inputs"), o.integer("rows"));
  for (const char* side : {"first", "second"})
    if (is_run(o.text(side))) return nn::analysis_inputs(data_of(o.text(side)).train, o.integer("rows"));
  throw UsageError("neither network is a run, and no data are given; help: --inputs FILE");
}

// Before any work is done.
void check(const Options& o) {
  if (o.text("first").empty() || o.text("second").empty())
    throw UsageError("fewer than two networks given; help: " +
                     as_typed("same_function a.safetensors b.safetensors --inputs x.npy"));
  const std::string& path = o.text("path");
  if (!path.empty() && std::filesystem::exists(path))
    throw UsageError(fmt::format("--path {} exists; help: remove it, or name another folder", path));
}

bool in_float32(const interp::ReluNet& net) {
  const auto all = [](const std::vector<double>& values) {
    return std::ranges::all_of(values, [](double v) { return double(float(v)) == v; });
  };
  for (std::int64_t l = 0; l < net.layers(); ++l)
    if (!all(net.weights[l].data) || !all(net.biases[l])) return false;
  return true;
}

void write_path(const std::string& folder, const interp::SameFunction& found) {
  make_folders(folder);
  for (std::size_t i = 0; i < found.path.size(); ++i) {
    const interp::Move& move = found.path[i];
    const std::string name = fmt::format("{:02}-{}-{}.safetensors", i + 1, name_of(move.kind), move.layer);
    interp::write_relu_net((std::filesystem::path(folder) / name).string(), move.after);
  }
}

int exit_code(Sameness verdict) {
  switch (verdict) {
    case Sameness::same: return exit_ok;
    case Sameness::different: return exit_check_failed;
    case Sameness::undecided: break;
  }
  return exit_numerical;
}

RunCost cost(const Options& o, const interp::ReluNet& first, const interp::ReluNet& second, const Matrix& x,
             double tolerance) {
  constexpr std::int64_t chunk = 1000;  // rows that are tried at most
  const PassCost pass = pass_cost(
      o, {{"x", x}}, [&](const Inputs& some) { interp::same_function(first, second, some.at("x"), tolerance); },
      {.chunk = chunk});
  double width = 0;  // of all layers
  for (const std::int64_t d : first.widths()) width += double(d);
  return {.parts = {{fmt::format("the comparison on {} rows", x.rows()), pass.seconds}},
          .bytes = 8 * 5 * width * double(x.rows())};
}

int run(const Options& o) {
  check(o);
  const interp::ReluNet first = load(o, o.text("first")), second = load(o, o.text("second"));
  const Matrix x = load_inputs(o);
  interp::require_inputs(first, o.text("first"), x.cols(), o.text("inputs"));
  const bool single = in_float32(first) || in_float32(second);
  const double tolerance = o.number("tolerance") > 0 ? o.number("tolerance") : single ? 1e-5 : 1e-9;
  say_cost(o, [&] { return cost(o, first, second, x, tolerance); });
  const interp::SameFunction found = interp::same_function(first, second, x, tolerance);
  if (!o.text("path").empty()) write_path(o.text("path"), found);
  fmt::print("{}", o.flag("json")
                       ? interp::to_json(found, tolerance) + "\n"
                       : same_function_text(found, {o.text("first"), o.text("second"), x.rows(), tolerance, single}));
  return exit_code(found.verdict);
}

}  // namespace

int main(int argc, char** argv) { return run_main(argc, argv, declare, run); }
