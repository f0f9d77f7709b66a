#include "experiments/interactions/interaction_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "experiments/cli/progress.h"
#include "interp/layers/relu_net.h"

namespace basin::experiments {
namespace {

void require_features(const interp::Basis& b, bool centred) {
  if (b.features() > (b.constant >= 0)) return;
  throw NumericalError(fmt::format(
      "{} has no features: {} directions vary over the data and none of them matters for what comes behind; help: is "
      "the network dead there, are there too few different rows, or is --truncation too coarse?",
      b.layer, b.variance_cut.kept - centred));
}

interp::EdgeOptions edge_options(const Options& o) {
  const std::string& text = o.text("edges");
  interp::EdgeOptions e{.rules = {}, .by_engine = o.flag("by-engine"), .seed = std::uint64_t(o.integer("seed"))};
  constexpr std::string_view prefix = "stochastic:";
  if (!text.starts_with(prefix)) {
    e.kind = interp::edges_from(text);
    return e;
  }
  const std::string count = text.substr(prefix.size());
  const bool whole =
      !count.empty() && count.size() < 7 && std::ranges::all_of(count, [](char c) { return c >= '0' && c <= '9'; });
  if (!whole || std::stoi(count) < 1)
    throw UsageError(fmt::format("--edges {} given; wanted stochastic:R with R from 1 to 999999", text));
  e.sources = std::stoi(count);
  return e;
}

// "1e-10" or "1e-10r".
interp::Truncation truncation_from(std::string text) {
  interp::Truncation t{.relative = text.ends_with('r')};
  if (t.relative) text.pop_back();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), t.threshold);
  if (error != std::errc() || end != text.data() + text.size() || !(t.threshold >= 0))
    throw UsageError(fmt::format(
        "--truncation {} given; wanted a number of 0 or more, with an r behind it if it is relative to the largest",
        text));
  return t;
}

interp::BasisOptions basis_options(const Options& o) {
  const std::string& name = o.text("basis");
  if (name == "neuron") {
    o.require_unused({"no-center"}, "--basis neuron leaves the neurons as they are");
    if (!o.flag("rotate-last"))
      o.require_unused({"gram-inputs", "truncation"}, "--basis neuron leaves the neurons as they are");
  }
  interp::BasisOptions b{.kind = name == "ngf" ? interp::BasisKind::ib : interp::basis_from(name),
                         .center = name != "neuron" && !o.flag("no-center"),
                         .truncation = truncation_from(o.text("truncation")),
                         .rotate_last = name == "ngf" || o.flag("rotate-last"),
                         .by_engine = o.flag("by-engine")};
  b.rules.clear();
  for (const std::string& rule : o.words("rule")) b.rules.push_back(interp::quadrature_from(rule));
  if (b.rules.empty()) b.rules.emplace_back();
  b.sources = o.integer("sources");
  b.seed = std::uint64_t(o.integer("seed"));
  b.sweep.threads = o.threads();
  b.sweep.precision = interp::precision_from(o.text("precision"));
  return b;
}

// They stay in their file, but tokens, which are looked at first.
Inputs gram_inputs(const TrainedNetwork& t, const std::string& path) {
  Inputs rows = interp::inputs_in_file(t.input, path, true);
  require_columns(t, interp::columns_of(rows, t.input), path);
  if (t.vocabulary == 0) return rows;
  rows = {{t.input, interp::read_inputs(path)}};
  require_rows(t, rows.at(t.input), path);
  return rows;
}

}  // namespace

std::string_view title_of(interp::BasisKind kind) {
  constexpr std::string_view titles[] = {"local interaction basis",        "global interaction basis",
                                         "basis of attributions, (1-0) α", "basis of attributions, (1-α)²",
                                         "principal components",           "basis of neurons"};
  return titles[std::size_t(kind)];
}

void add_interaction_options(Options& o) {
  o.add_words(
      "layers", "",
      "node layers: of a dense network by the names of the layers that they enter, and output, of a transformer "
      "by its hooks (blocks.0.hook_resid_pre, …), and logits; A+B are A and B side by side, and a hook_scale in front "
      "of a + keeps its direction by itself; none: all of a dense "
      "network, the residual stream of a transformer");
  o.add_choice("basis", "lib", {"lib", "ib", "pca", "neuron", "a10", "a1sq", "ngf"},
               "local or global interaction basis, principal components, neurons, the two older formulas by integrated "
               "gradients, or naive gradient flow: ib with a rotated output");
  o.add_int(
      "sources", 0,
      "of lib and ib: estimate with so many random mixtures of the features behind instead of all of them; 0: all", 0,
      1000000);
  o.add_string(
      "gram-inputs", "",
      "samples by rows, .npy, .safetensors, .npz or .csv: means and Gram matrices are of these, everything else of the "
      "data");
  o.add_string(
      "edges", "squared",
      "formula of the edges: squared, functional, or stochastic:R, squared with R random mixtures of positions; where "
      "there is one position these are the squared ones");
  o.add_words("rule", "gradient",
              "gradient, trapezoid:N or gauss-legendre:N, of integrals over the path; one, or one for each section");
  o.add_flag("no-center", "leave the means in, and rotate the constant with everything else");
  o.add_string("truncation", "1e-10r",
               "eigenvalues at most this are dropped; with an r behind it, relative to the largest");
  o.add_flag("rotate-last", "principal components at the last node layer, not the outputs as they are");
  o.add_choice("precision", "f64", {"f64", "f32"},
               "of the network's values and gradients; what is added up and decomposed is f64 always");
  o.add_flag("by-engine", "use no closed form: the same numbers by reverse sweeps, slowly");
}

Interactions chosen_interactions(const TrainedNetwork& t, const Options& o) {
  const std::vector<std::string> wanted = o.words("layers");
  Interactions i{.model = {t.model, node_layers(t, wanted.empty() ? t.layers : wanted)},
                 .basis = basis_options(o),
                 .edge = edge_options(o)};
  i.basis.validate(i.model.sections());
  i.edge.rules = i.basis.rules;
  return i;
}

void find_interactions(Interactions& i, const TrainedNetwork& t, const Options& o) {
  const Inputs inputs = t.inputs(t.train);
  Progress progress("moments", t.train.x.rows(), o.flag("quiet"));
  i.basis.sweep.progress = [&](std::int64_t done, std::int64_t) { progress.update(done); };
  interp::LayerMoments moments = interp::layer_moments(i.model, inputs, i.basis.rules, i.basis.sweep);
  if (const std::string& grams = o.text("gram-inputs"); !grams.empty()) {
    const Inputs rows = gram_inputs(t, grams);
    const interp::SweepOptions sweep{.threads = o.threads(), .precision = i.basis.sweep.precision};
    moments.nodes = interp::layer_moments(i.model, rows, i.basis.rules, sweep).nodes;
  }
  i.bases = interp::interaction_bases(i.model, moments, inputs, i.basis);
  progress.finish(t.train.x.rows());
  for (const interp::Basis& b : i.bases) require_features(b, i.basis.center);
  Progress edges("edges", t.train.x.rows(), o.flag("quiet"));
  i.basis.sweep.progress = [&](std::int64_t done, std::int64_t) { edges.update(done); };
  i.edge.sweep = i.basis.sweep;
  i.E = interp::interaction_edges(i.model, i.bases, inputs, i.edge);
  edges.finish(t.train.x.rows());
  i.basis.sweep.progress = i.edge.sweep.progress = {};
}

}  // namespace basin::experiments
