#include "interp/look/metric.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "autodiff/ops.h"

namespace basin::interp {
namespace {

using Kind = Metric::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 6> kind_names{{{"logit", Kind::logit},
                                                                       {"difference", Kind::difference},
                                                                       {"probability", Kind::probability},
                                                                       {"log_probability", Kind::log_probability},
                                                                       {"loss", Kind::loss},
                                                                       {"value", Kind::value}}};

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  throw UsageError(
      fmt::format("metric '{}': {}; help: wanted logit:label, logit:3, difference:label,other, probability:label, "
                  "log_probability:label, loss or value:NAME[2,5]",
                  text, why));
}

OutputClass class_from(std::string_view word, std::string_view text) {
  if (word == "label") return {.kind = OutputClass::label};
  if (word == "other") return {.kind = OutputClass::other};
  std::int64_t index = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), index);
  if (error != std::errc{} || end != word.data() + word.size() || index < 0)
    refuse(text, fmt::format("'{}' is no class: wanted label, other or a number from 0 on", word));
  return {.kind = OutputClass::fixed, .index = index};
}

std::string text_of(const OutputClass& c) {
  return c.kind == OutputClass::label ? "label" : c.kind == OutputClass::other ? "other" : std::to_string(c.index);
}

// One position of [rows, positions, …]: [rows, …].
Var at_position(Var x, std::int64_t position) {
  const std::int64_t positions = x.shape()[1], at = position < 0 ? position + positions : position;
  if (at < 0 || at >= positions)
    throw UsageError(fmt::format("metric: position {} given; {} has positions 0 to {}", position,
                                 x.graph->describe(x.id), positions - 1));
  Shape shape{x.shape()[0]};
  shape.append(x.shape().last(x.shape().rank() - 2));
  return reshape(slice(x, 1 - x.shape().rank(), at, at + 1), shape);
}

struct MetricTrace {
  Graph& graph;
  const Metric& metric;
  std::int64_t rows;

  Var outputs(Var output) const {
    if (!output) throw UsageError("metric: the model has no output; help: take loss or value:NAME");
    if (output.shape().rank() == 3) output = at_position(output, metric.position);
    if (output.shape().rank() != 2)
      throw ShapeError(fmt::format("metric: the output is {}; wanted [rows, classes] or [rows, positions, classes]",
                                   graph.describe(output.id)));
    return output;
  }

  Var label(const OutputClass& c) const {
    Var t = graph[label_input];
    if (c.kind == OutputClass::other)
      t = graph.has(other_label_input) ? graph[other_label_input] : graph.input(other_label_input, t.shape());
    if (t.shape().rank() == 2) t = at_position(t, metric.position);
    return t;
  }

  Var entry(Var x, const OutputClass& c) const {
    if (c.kind != OutputClass::fixed) return pick(x, label(c));
    if (c.index >= x.shape().back())
      throw UsageError(fmt::format("metric: class {} given; {} has classes 0 to {}", c.index, graph.describe(x.id),
                                   x.shape().back() - 1));
    return reshape(slice(x, -1, c.index, c.index + 1), {rows});
  }

  Var mean_over_positions(Var loss) const {
    if (!loss || loss.shape().rank() < 1 || loss.shape()[0] != rows)
      throw UsageError("metric: the model has no loss for each row; help: take logit:label or value:NAME");
    return loss.shape().rank() == 1 ? loss : mean(reshape(loss, {rows, loss.shape().numel() / rows}), {-1});
  }

  Var sum_of(const PlacedSite& at) const {
    Tensor<double> mask = masks_of({at});
    mask.shape = mask.shape.last(mask.shape.rank() - 1);
    const Var inside = expand(graph.constant(mask), at.value.shape()) * at.value;
    return sum(reshape(inside, {rows, at.value.shape().numel() / rows}), {-1});
  }
};

}  // namespace

Metric metric_from(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const std::string_view rest = colon == text.npos ? std::string_view() : text.substr(colon + 1);
  Metric m;
  const auto* known = std::ranges::find(kind_names, name, [](const auto& pair) { return pair.first; });
  if (known == kind_names.end()) refuse(text, fmt::format("'{}' is none", name));
  m.kind = known->second;
  const std::size_t comma = rest.find(',');
  if (m.kind == Kind::value) {
    m.site = site_from(rest);
  } else if (m.kind == Kind::loss) {
    if (!rest.empty()) refuse(text, "loss is of no class");
  } else if (m.kind == Kind::difference) {
    if (comma == rest.npos) refuse(text, "a difference is of two classes");
    m.a = class_from(rest.substr(0, comma), text), m.b = class_from(rest.substr(comma + 1), text);
  } else {
    m.a = class_from(rest, text);
  }
  return m;
}

std::string text_of(const Metric& m) {
  const auto* known = std::ranges::find(kind_names, m.kind, [](const auto& pair) { return pair.second; });
  const std::string name(known->first);
  if (m.kind == Kind::loss) return name;
  if (m.kind == Kind::value) return name + ":" + text_of(m.site);
  return name + ":" + text_of(m.a) + (m.kind == Kind::difference ? "," + text_of(m.b) : "");
}

bool needs_other_label(const Metric& m) {
  const bool classes = m.kind != Kind::loss && m.kind != Kind::value;
  return classes && (m.a.kind == OutputClass::other || (m.kind == Kind::difference && m.b.kind == OutputClass::other));
}

Var metric_of(Graph& graph, const Ends& ends, const Metric& metric, std::int64_t rows) {
  const MetricTrace to{graph, metric, rows};
  switch (metric.kind) {
    case Kind::loss: return to.mean_over_positions(ends.loss);
    case Kind::value: return to.sum_of(placed(graph, metric.site, rows));
    case Kind::logit: return to.entry(to.outputs(ends.output), metric.a);
    case Kind::difference: break;
    case Kind::probability: return to.entry(softmax(to.outputs(ends.output)), metric.a);
    case Kind::log_probability: return to.entry(log_softmax(to.outputs(ends.output)), metric.a);
  }
  const Var x = to.outputs(ends.output);
  return to.entry(x, metric.a) - to.entry(x, metric.b);
}

}  // namespace basin::interp
