#include "experiments/reproduce/reproduce_cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/degeneracy/degeneracy_cost.h"
#include "experiments/shared/training_cost.h"
#include "nn/supervised.h"

namespace basin::experiments {
namespace {

interp::ReluNet untrained(const Options& o, const nn::Split& data) {
  const Model model = nn::mlp(train_spec(o, data).mlp, nn::loss_of(data.train));
  return interp::relu_net(interp::dense_network({model, Parameters<double>(parameters_of(model))},
                                                fmt::format("layers.{}.pre", o.integers("widths").size())));
}

struct Sizes {
  double samples, outputs, parameters, checkpoints;

  // Of the smaller of J Jᵀ on so many rows and JᵀJ: its order, and the seconds of its eigenvalues.
  double order(double rows) const { return std::min(std::min(rows, samples) * outputs, parameters); }
  double spectrum(double rows) const { return spectrum_seconds(order(rows)); }
};

RunCost measuring_cost(const Options& o, const interp::ReluNet& net, const Sizes& s) {
  const double rows = double(o.integer("rows")), spectrum_rows = double(o.integer("spectrum-rows"));
  const double order = std::max(s.order(rows), s.order(spectrum_rows));
  RunCost all{.parts = {{"spectra of the final network", s.spectrum(spectrum_rows)},
                        {"degeneracy over training", s.checkpoints * s.spectrum(rows) / o.threads()}},
              .bytes = 8 * 4 * order * order * o.threads()};
  const std::int64_t final_rows = std::min(o.integer("final-rows"), std::int64_t(s.samples));
  all.add(exact_count_cost(interp::exact_cost(net, final_rows, o.threads()), "exact count of the final network"));
  return all;
}

RunCost claims_cost(const Options& o) {
  const ClaimSettings settings = claim_settings(o);
  const std::vector<std::string> planted{"C9"};  // whose networks are drawn once more
  return {.parts = {{"claims", claims_seconds({}, settings) + claims_seconds(planted, settings)}}, .bytes = 150e6};
}

// Interactions of a network that is not there yet: bases and edges, and the search for modules in the graph and its
// nulls.
double interactions_seconds(const PartSpec& part, double rows, double parameters) {
  const Options o = options_of(part.experiment, part.words);
  const double searches = o.has("nulls") ? double((o.integer("nulls") + 1) * o.integer("restarts")) : 0;
  return (3e-8 * rows + 1e-7 * searches) * parameters * machine_speed().small;
}

}  // namespace

RunCost reproduce_cost(const Options& o, const nn::Split& data) {
  const interp::ReluNet net = untrained(o, data);
  const Sizes s{double(data.train.size()), double(data.train.outputs()), double(net.parameters()),
                1 + std::ceil(double(o.integer("epochs")) / double(o.integer("checkpoint-every")))};
  RunCost all = training_cost(o, data);
  all.add(measuring_cost(o, net, s));
  all.add(claims_cost(o));
  for (const PartSpec& part : reproduce_parts(o, o.run_path())) {
    const RunCost cost = part.of_this_run
                             ? RunCost{.parts = {{"", interactions_seconds(part, s.samples, s.parameters)}}}
                             : cost_of(part.experiment, part.words);
    all.add({.parts = {{part.name, cost.seconds()}}, .bytes = cost.bytes});
  }
  return all;
}

}  // namespace basin::experiments
