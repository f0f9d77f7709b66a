// Counts the directions in which the parameters of a ReLU network can move without changing what it computes.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <csignal>

#include "experiments/shared/main.h"
#include "experiments/shared/progress.h"
#include "experiments/shared/runs.h"
#include "interp/degeneracy.h"

using namespace basin;
using namespace basin::experiments;
using interp::DegeneracyReport;

namespace {

Options declare() {
  Options o(
      "degeneracy",
      "Counts the free directions of a ReLU network on a data set, exactly, and says which are explained by low "
      "ranks and by neurons that fire together (docs/theory.md §3).",
      {"degeneracy --run runs/train_mlp/digits-seed0", "degeneracy --weights net.safetensors --inputs x.npy --json"});
  o.add_string("run", "", "folder of a train_mlp run: its last checkpoint on its training rows");
  o.add_string("weights", "", "safetensors file with PyTorch names (layers.0.weight, …)");
  o.add_string("inputs", "", "samples by rows: .npy, .npz or .csv");
  o.add_double("tolerance", rank_tolerance, "relative to the largest singular value: what is below counts as zero", 0,
               1);
  o.add_int("rows", 1000000, "use at most so many rows of the data", 1);
  for (const char* unused : {"out", "force", "resume", "seed", "dtype", "preset"}) o.without(unused);
  return o;
}

struct Subject {
  interp::ReluNet net;
  Matrix x;
  std::string what;
};

Subject load(const Options& o) {
  const std::string &run = o.text("run"), &weights = o.text("weights"), &inputs = o.text("inputs");
  if (!run.empty() && weights.empty() && inputs.empty()) {
    const std::string checkpoint = checkpoints_of(run).back().path;
    return {interp::read_relu_net(checkpoint), analysis_inputs(data_of(run).train, o.integer("rows")), checkpoint};
  }
  if (run.empty() && !weights.empty() && !inputs.empty()) {
    Matrix x = interp::read_inputs(inputs);
    const std::int64_t rows = std::min(o.integer("rows"), x.rows()), d = x.cols();
    x.data.resize(rows * d);
    interp::ReluNet net = interp::read_relu_net(weights);
    if (net.widths().front() != d)
      throw DataError(
          fmt::format("{} has {} columns; wanted {}, the inputs of the network in {}\n  help: leave out "
                      "columns that are no inputs, such as targets",
                      inputs, d, net.widths().front(), weights));
    return {std::move(net), Matrix(Shape{rows, d}, std::move(x.data)), weights};
  }
  throw UsageError(
      "give either --run FOLDER, or both --weights FILE and --inputs FILE\n  help: degeneracy --help has examples");
}

std::string gap_text(double gap) { return std::isinf(gap) ? "everything else is 0" : fmt::format("gap {:.1e}", gap); }

void print_layers(const DegeneracyReport& r) {
  fmt::print("\n{:<12}{:>14}{:>18}{:>16}{:>18}\n", "layer", "weights", "activation rank", "gradient rank",
             "free (low rank)");
  for (const auto& l : r.layers)
    fmt::print("{:<12}{:>14}{:>18}{:>16}{:>18}\n", l.name, fmt::format("{} x {}", l.rows, l.columns),
               fmt::format("{} of {}", l.activation.rank, l.columns), fmt::format("{} of {}", l.gradient.rank, l.rows),
               l.free_low_rank);
}

void print_blocks(const DegeneracyReport& r) {
  std::int64_t alone = 0;
  for (const auto& b : r.blocks) {
    if (b.kind == interp::BlockKind::single) {
      ++alone;
      continue;
    }
    fmt::print("  {} {}: neurons {}\n", interp::layer_name(b.layer), interp::name_of(b.kind),
               fmt::join(b.neurons, " "));
  }
  fmt::print("  {} neurons with a firing pattern of their own; firing margin {:.1e}\n", alone, r.firing_margin);
}

void print_report(const DegeneracyReport& r, const std::string& what) {
  fmt::print("{}: {} parameters, {} samples, {} outputs\n", what, r.parameters, r.samples, r.outputs);
  print_layers(r);
  fmt::print("\nblocks of neurons that fire together:\n");
  print_blocks(r);
  fmt::print("\nrank of the Jacobian     {:>8}   {}\n", r.jacobian.rank, gap_text(r.jacobian.gap));
  fmt::print("free directions          {:>8}\n", r.free_directions());
  fmt::print("explained: lower bound   {:>8}   low ranks {} + synchronised ReLUs {} ({})\n", r.lower_bound(),
             r.lower_bound() - r.gauge.rank, r.gauge.rank, gap_text(r.gauge.gap));
  fmt::print("not explained            {:>8}\n", r.residual());
  fmt::print("naive sum, not a bound   {:>8}\n", r.naive_sum());
  if (r.jacobian.rank == r.samples * r.outputs)
    fmt::print("\nThe rank is samples x outputs, as high as it can be: with more rows fewer directions may be free.\n");
  if (r.smallest_gap() < 100)
    fmt::print(
        "\nThe smallest spectral gap is only {:.3g}: singular values run on across the tolerance {:g}, so the "
        "integers depend on it.\n",
        r.smallest_gap(), r.tolerance);
}

void announce(const Subject& s) {
  const std::int64_t rows = s.x.rows() * s.net.widths().back(), n = s.net.parameters();
  if (double(rows) * double(n) > 1e7)
    fmt::print(stderr, "after the sweeps: the singular values of a {} x {} matrix, which takes longest\n", rows, n);
}

int run(const Options& o) {
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, SIG_DFL);  // there is no state to save: stop at once
  const Subject s = load(o);
  if (!o.flag("quiet")) announce(s);
  interp::DegeneracyOptions options{.tolerance = o.number("tolerance"), .sweep = {.threads = o.threads()}};
  Progress progress("sweeping", 2 * s.x.rows(), o.flag("quiet"));
  std::int64_t before = 0, last = 0;
  options.sweep.progress = [&](std::int64_t done, std::int64_t) {
    if (done < last) before += last;
    last = done;
    progress.update(before + done);
  };
  const DegeneracyReport r = interp::degeneracy(s.net, s.x, options);
  progress.finish(2 * s.x.rows());
  if (o.flag("json"))
    fmt::print("{}\n", interp::to_json(r));
  else
    print_report(r, s.what);
  return exit_ok;
}

}  // namespace

int main(int argc, char** argv) { return run_main(argc, argv, declare, run); }
