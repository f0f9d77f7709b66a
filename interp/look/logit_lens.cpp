#include "interp/look/logit_lens.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "autodiff/lift.h"
#include "autodiff/ops.h"
#include "core/names.h"
#include "core/statistics.h"
#include "interp/look/metric.h"
#include "interp/look/site_program.h"

namespace basin::interp {
namespace {

constexpr const char* own_name = "look/output";
constexpr const char* lens_name = "look/lens";
constexpr const char* loss_name = "look/lens loss";

// A value as the last one is shaped: its last positions, where the last one has fewer.
Var as_last(Var x, Var last) {
  const Shape &given = x.shape(), &wanted = last.shape();
  if (given == wanted) return x;
  const bool positions = given.rank() == 3 && wanted.rank() == 3 && given[0] == wanted[0] && given[2] == wanted[2];
  if (!positions || given[1] < wanted[1])
    throw ShapeError(fmt::format("logit lens: {} does not fit in the place of {}", x.graph->describe(x.id),
                                 last.graph->describe(last.id)));
  return slice(x, -2, given[1] - wanted[1], given[1]);
}

void trace_lens(Graph& graph, const Ends& ends, const std::vector<std::string>& stream) {
  if (!ends.output) throw UsageError("logit lens: the model has no output");
  const Var last = graph[stream.back()];
  if (!depends_on(graph, ends.output, last))
    throw NameError(fmt::format("logit lens: the output does not depend on '{}'", stream.back()));
  std::vector<Var> layers;
  for (const std::string& name : stream) layers.push_back(reshape(as_last(graph[name], last), Shape{1} + last.shape()));
  std::vector<Var> ends_of{ends.output};
  if (ends.loss) ends_of.push_back(ends.loss);
  const std::vector<Var> lens = lift(ends_of, {last}, {concat(layers, -last.shape().rank() - 1)});
  graph.name(ends.output, own_name);
  graph.name(lens[0], lens_name);
  if (ends.loss) graph.name(lens[1], loss_name);
}

// One row of outputs as log-probabilities.
void to_log_probabilities(std::span<const double> logits, std::span<double> to) {
  const double largest = *std::ranges::max_element(logits);
  double sum = 0;
  for (const double x : logits) sum += std::exp(x - largest);
  for (std::size_t i = 0; i < logits.size(); ++i) to[i] = logits[i] - largest - std::log(sum);
}

std::size_t place_of_largest(std::span<const double> row) {
  return std::size_t(std::ranges::max_element(row) - row.begin());
}

struct LayerSums {
  double loss = 0, right = 0, agrees = 0, kl = 0;
  std::vector<double> probability{};

  template <class Each>
  void fields(Each& each) {
    each(loss, right, agrees, kl, probability);
  }
};

struct LensSums {
  std::vector<LayerSums> layers{};
  double places = 0, losses = 0, worst = 0;

  LensSums(std::size_t count, std::int64_t classes) : layers(count) {
    for (LayerSums& l : layers) l.probability.assign(std::size_t(classes), 0);
  }
  template <class Each>
  void fields(Each& each) {
    each(layers, places, losses, worst);
  }
  void merge(const LensSums& o) {
    places += o.places, losses += o.losses, worst = worse(worst, o.worst);
    for (std::size_t l = 0; l < layers.size(); ++l) {
      LayerSums &to = layers[l], from = o.layers[l];
      to.loss += from.loss, to.right += from.right, to.agrees += from.agrees, to.kl += from.kl;
      for (std::size_t c = 0; c < to.probability.size(); ++c) to.probability[c] += from.probability[c];
    }
  }
};

// Adds chunks: `labels` are those of all rows, or null.
struct LensAdder {
  const Tensor<double>* labels;
  std::int64_t classes;

  void operator()(LensSums& to, const Chunk& chunk) const {
    const auto own = chunk.values[0], lens = chunk.values[1];
    const std::size_t width = std::size_t(classes), places = own.size() / width;
    std::vector<double> p(width), q(width);
    to.places += double(places);
    for (std::size_t l = 0; l < to.layers.size(); ++l)
      for (std::size_t i = 0; i < places; ++i) {
        const auto row = lens.subspan((l * places + i) * width, width), last = own.subspan(i * width, width);
        to_log_probabilities(last, p), to_log_probabilities(row, q);
        add_row(to.layers[l], row, last, p, q, label(chunk, i, places));
        if (l + 1 == to.layers.size())
          for (std::size_t c = 0; c < width; ++c) to.worst = worse(to.worst, std::abs(row[c] - last[c]));
      }
    if (chunk.values.size() > 2) add_losses(to, chunk.values[2]);
  }

 private:
  double label(const Chunk& chunk, std::size_t i, std::size_t places) const {
    if (!labels) return NAN;
    return (*labels)[std::int64_t(std::size_t(chunk.first) * (places / std::size_t(chunk.rows)) + i)];
  }
  static void add_row(LayerSums& to, std::span<const double> row, std::span<const double> last,
                      std::span<const double> p, std::span<const double> q, double label) {
    const std::size_t said = place_of_largest(row);
    to.right += double(said) == label;
    to.agrees += said == place_of_largest(last);
    for (std::size_t c = 0; c < row.size(); ++c) {
      to.kl += p[c] == -INFINITY ? 0 : std::exp(p[c]) * (p[c] - q[c]);
      to.probability[c] += std::exp(q[c]);
    }
  }
  static void add_losses(LensSums& to, std::span<const double> losses) {
    const std::size_t each = losses.size() / to.layers.size();
    to.losses += double(each);
    for (std::size_t l = 0; l < to.layers.size(); ++l)
      for (const double x : losses.subspan(l * each, each)) to.layers[l].loss += x;
  }
};

LensLayer layer_from(const std::string& name, const LayerSums& sums, const LensSums& all, bool labelled,
                     std::int64_t top) {
  LensLayer layer{.value = name,
                  .loss = all.losses > 0 ? sums.loss / all.losses : NAN,
                  .accuracy = labelled ? sums.right / all.places : NAN,
                  .agreement = sums.agrees / all.places,
                  .kl = sums.kl / all.places};
  std::vector<std::int64_t> order(sums.probability.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater(), [&](std::int64_t c) { return sums.probability[std::size_t(c)]; });
  for (const std::int64_t c :
       std::span(order).first(std::min(order.size(), std::size_t(std::max<std::int64_t>(top, 0)))))
    layer.top.push_back({c, sums.probability[std::size_t(c)] / all.places});
  return layer;
}

}  // namespace

LogitLens logit_lens(const ModelPoint& model, const Inputs& data, const std::vector<std::string>& stream,
                     const LensOptions& options) {
  if (stream.size() < 2) throw UsageError("logit lens: wanted two values of the stream or more");
  ModelPoint with_lens = model;
  with_lens.trace = [trace = model.trace, stream](Graph& graph, std::int64_t rows) {
    const Ends ends = trace(graph, rows);
    trace_lens(graph, ends, stream);
    return ends;
  };
  Graph graph;
  const Ends ends = with_lens.trace(graph, 1);
  const std::int64_t classes = ends.output.shape().back();
  SweepSpec spec{.fetch = {own_name, lens_name}};
  if (ends.loss) spec.fetch.push_back(loss_name);
  const auto t = data.find(label_input);
  const std::int64_t rows = rows_of(data, "logit lens");
  const bool labelled = t != data.end() && t->second.size() == rows * ends.output.shape().numel() / classes;
  const LensAdder add{labelled ? &t->second : nullptr, classes};
  const LensSums sums = sweep_reduce(with_lens, data, spec, options.sweep, LensSums(stream.size(), classes), add);
  LogitLens lens{.rows = rows, .residual = sums.worst};
  for (std::size_t l = 0; l < stream.size(); ++l)
    lens.layers.push_back(layer_from(stream[l], sums.layers[l], sums, labelled, options.top));
  return lens;
}

std::vector<std::string> residual_stream(const Model& model) {
  Graph graph;
  model.trace(graph, 1);
  std::vector<std::string> names;
  std::vector<Id> seen;
  for (const auto& [name, id] : graph.names())
    if (matches_glob("blocks.*.hook_resid_*", name)) seen.push_back(id);
  std::ranges::sort(seen);
  seen.erase(std::ranges::unique(seen).begin(), seen.end());
  for (const Id id : seen) names.push_back(graph.name_of(id));
  if (names.empty())
    throw UsageError(
        "logit lens: the model has no values called blocks.*.hook_resid_*; help: name the stream's values");
  return names;
}

}  // namespace basin::interp
