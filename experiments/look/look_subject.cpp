#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "core/rng.h"
#include "experiments/look/interventions_file.h"
#include "experiments/look/look_study.h"
#include "interp/sweep/rows.h"

namespace basin::experiments {
namespace {

// TransformerLens's hooks that carry a block's news, or the layers of a dense network.
std::vector<std::string> usual_sites(const Model& model) {
  Graph graph;
  model.trace(graph, 1);
  if (graph.has("blocks.0.hook_resid_pre"))
    return {"blocks.*.hook_resid_*", "blocks.*.hook_attn_out", "blocks.*.hook_mlp_out"};
  return {"layers.*.post"};
}

interp::SitesBy usual_by(const Model& model) {
  Graph graph;
  model.trace(graph, 1);
  return graph.has("blocks.0.hook_resid_pre") ? interp::SitesBy::position : interp::SitesBy::feature;
}

interp::Metric usual_metric(const NetworkSubject& network) {
  if (network.labels.size() > 0) return interp::metric_from("difference:label,other");
  return interp::metric_from(network.data.contains("t") ? "loss" : "logit:0");
}

void require_rows(const std::vector<std::int64_t>& rows, std::int64_t count, const char* option) {
  for (const std::int64_t row : rows)
    if (row >= count) throw UsageError(fmt::format("--{} {}: there are rows 0 to {}", option, row, count - 1));
}

// A partner for each row, drawn from those with another label where there are labels.
std::vector<std::int64_t> partners(const std::vector<std::int64_t>& rows, const NetworkSubject& network, Rng& rng) {
  const std::int64_t n = rows_of(network.data, "look");
  const Tensor<double>& labels = network.labels;
  const bool labelled = std::ranges::any_of(labels.data, [&](double label) { return label != labels.data.front(); });
  std::vector<std::int64_t> chosen;
  for (const std::int64_t row : rows) {
    std::int64_t other = row;
    while (other == row || (labelled && labels[other] == labels[row]))
      other = std::int64_t(rng.below(std::uint64_t(n)));
    chosen.push_back(other);
  }
  return chosen;
}

void choose_pairs(LookSubject& subject, const Options& o) {
  const std::int64_t n = rows_of(subject.network.data, "look");
  Rng rng(std::uint64_t(o.integer("seed")), "look/pairs");
  subject.inputs = o.integers("input"), subject.against = o.integers("against");
  require_rows(subject.inputs, n, "input"), require_rows(subject.against, n, "against");
  if (subject.inputs.empty() && !subject.against.empty())
    throw UsageError("--against says what --input is compared with; help: give both, or neither");
  if (!subject.inputs.empty()) o.require_unused({"pairs"}, "--input says which rows");
  if (n < 2) {
    subject.inputs = subject.against = {0};
    return;
  }
  if (subject.inputs.empty()) {
    subject.inputs = rng.permutation(n);
    if (const std::int64_t most = o.integer("pairs"); most > 0 && most < n) subject.inputs.resize(std::size_t(most));
  }
  if (subject.against.empty()) subject.against = partners(subject.inputs, subject.network, rng);
  if (subject.against.size() != subject.inputs.size())
    throw UsageError(fmt::format("--input has {} rows and --against {}; wanted as many of each", subject.inputs.size(),
                                 subject.against.size()));
}

// The model and the data as they are with the interventions.
void intervene(LookSubject& subject, const Options& o) {
  const std::string& path = o.text("interventions");
  if (path.empty()) return o.require_unused({"apply"}, "it is for --interventions");
  subject.interventions = read_interventions(path).chosen(o.words("apply"));
  NetworkSubject& network = subject.network;
  Inputs source;
  if (const std::vector<std::int64_t> one = o.integers("against"); one.size() == 1) {
    require_rows(one, rows_of(network.data, "look"), "against");
    source = interp::rows_at(network.data,
                             std::vector<std::int64_t>(std::size_t(rows_of(network.data, "look")), one.front()));
  }
  interp::Intervened with = interp::with_interventions(network.model, network.data, subject.interventions,
                                                       source.empty() ? nullptr : &source);
  network.model = std::move(with.model), network.data = std::move(with.data);
}

}  // namespace

interp::PatchData LookSubject::pairs() const {
  return {interp::rows_at(network.data, inputs), interp::rows_at(network.data, against)};
}

LookSubject look_subject(const Options& o) {
  LookSubject subject{.network = network_subject(o, TaskLoss::if_there)};
  NetworkSubject& network = subject.network;
  if (const std::int64_t n = rows_of(network.data, "look"); o.integer("rows") < n) {
    std::vector<std::int64_t> rows;
    for (std::int64_t i = 0; i < o.integer("rows"); ++i) rows.push_back(i * n / o.integer("rows"));
    keep_rows(network, rows);
  }
  choose_pairs(subject, o);
  intervene(subject, o);
  subject.patterns = o.words("sites");
  if (subject.patterns.empty()) subject.patterns = usual_sites(network.model);
  subject.by = o.text("by") != "auto"     ? interp::sites_by_from(o.text("by"))
               : o.words("sites").empty() ? usual_by(network.model)
                                          : interp::SitesBy::value;
  subject.metric = o.text("metric") == "auto" ? usual_metric(network) : interp::metric_from(o.text("metric"));
  subject.metric.position = o.integer("position");
  return subject;
}

interp::PatchOptions patch_options(const Options& o) {
  const interp::Precision precision = interp::precision_from(o.text("dtype"));
  return {.sweep = {.chunk = o.integer("chunk"), .threads = o.threads(), .precision = precision},
          .copies = o.integer("copies")};
}

std::vector<interp::Site> sites_from(const std::string& texts) {
  std::vector<interp::Site> sites;
  std::istringstream words(texts);
  for (std::string text; words >> text;) sites.push_back(interp::site_from(text));
  return sites;
}

}  // namespace basin::experiments
