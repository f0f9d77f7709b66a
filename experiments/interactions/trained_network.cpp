#include "experiments/interactions/trained_network.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "experiments/shared/token_files.h"

namespace basin::experiments {
namespace {

const interp::NodeLayer& value_named(const TrainedNetwork& t, const std::string& name) {
  const auto found = std::ranges::find(t.values, name, &interp::NodeLayer::name);
  if (found != t.values.end()) return *found;
  std::vector<std::string> names;
  for (const interp::NodeLayer& value : t.values) names.push_back(value.name);
  throw UsageError(
      fmt::format("--layers: there is no node layer '{}'; wanted some of {}", name, fmt::join(names, ", ")));
}

}  // namespace

std::int64_t TrainedNetwork::columns() const {
  Graph graph;
  model.trace(graph, 1);
  return graph[input].shape().back();
}

std::vector<interp::NodeLayer> node_layers(const TrainedNetwork& t, const std::vector<std::string>& names) {
  std::vector<interp::NodeLayer> layers;
  for (const std::string& name : names) {
    interp::NodeLayer& layer = layers.emplace_back(interp::NodeLayer{.name = name, .value = ""});
    for (std::size_t at = 0; at <= name.size();) {
      const std::size_t end = std::min(name.find('+', at), name.size());
      const std::string& value = value_named(t, name.substr(at, end - at)).value;
      const bool apart = at == 0 && end < name.size() && value.ends_with(".hook_scale");
      if (apart)
        layer.apart = value;
      else if (layer.value.empty())
        layer.value = value;
      else
        layer.beside.push_back(value);
      at = end + 1;
    }
  }
  return layers;
}

void require_columns(const TrainedNetwork& t, std::int64_t columns, const std::string& file) {
  if (const std::int64_t wanted = t.columns(); columns != wanted)
    throw DataError(
        fmt::format("{} has {} columns; wanted {}, the {} of the network in {}; help: leave out columns "
                    "that are no inputs, such as targets",
                    file, columns, wanted, t.vocabulary > 0 ? "positions" : "inputs", t.what));
}

void require_rows(const TrainedNetwork& t, const Matrix& x, const std::string& file) {
  require_columns(t, x.cols(), file);
  if (t.vocabulary > 0) require_whole(x, file, t.vocabulary);
}

interp::Scoring scoring_of(const TrainedNetwork& network, const Rows& rows, const std::string& name) {
  if (network.every_position)
    throw UsageError(
        "a score is taken at the last position, and this network has an output at every one; help: --last-position");
  if (rows.targets.size() == 0)
    throw UsageError("a score needs labels or targets; help: name them with --targets, or use --data or --run");
  const interp::ScoreKind kind = !name.empty()     ? interp::score_from(name)
                                 : network.classes ? interp::ScoreKind::accuracy
                                                   : interp::ScoreKind::mse;
  if (network.classes != (kind != interp::ScoreKind::mse))
    throw UsageError(fmt::format("{} given for {}", interp::name_of(kind),
                                 network.classes ? "labels; wanted accuracy or cross-entropy" : "targets; wanted mse"));
  return {kind, rows.targets};
}

}  // namespace basin::experiments
