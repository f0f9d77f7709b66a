#include "experiments/llc/llc_subject.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "experiments/shared/network_subject.h"
#include "interp/sweep/rows.h"

namespace basin::experiments {
namespace {

LlcSubject subject_of(const NetworkSubject& network) {
  LlcSubject subject{
      .labels = network.labels, .what = network.what, .data = network.data_name, .loss = network.loss_name};
  subject.posterior.model = network.model;
  subject.posterior.data = network.data;
  return subject;
}

void keep_rows(LlcSubject& subject, const std::vector<std::int64_t>& rows) {
  subject.posterior.data = interp::rows_at(subject.posterior.data, rows);
  if (subject.labels.size() > 0) subject.labels = interp::rows_at({{"labels", subject.labels}}, rows).at("labels");
}

void keep_labels(LlcSubject& subject, const std::vector<std::int64_t>& wanted) {
  if (subject.labels.size() == 0)
    throw UsageError("--labels given, and these data have no label for each row; help: leave it out");
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < subject.labels.size(); ++i)
    if (std::ranges::count(wanted, std::llround(subject.labels[i]))) rows.push_back(i);
  if (rows.empty()) throw UsageError(fmt::format("--labels {}: no row has one of these", fmt::join(wanted, ",")));
  keep_rows(subject, rows);
  subject.data += fmt::format(", labels {}", fmt::join(wanted, ", "));
}

// Evenly spaced: rows are often in the order of their classes.
void keep_some(LlcSubject& subject, std::int64_t most) {
  const std::int64_t n = rows_of(subject.posterior.data, "llc");
  if (n <= most) return;
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < most; ++i) rows.push_back(i * n / most);
  keep_rows(subject, rows);
}

LlcSubject finished(LlcSubject subject, const Options& o) {
  if (!o.integers("labels").empty()) keep_labels(subject, o.integers("labels"));
  keep_some(subject, o.integer("rows"));
  subject.samples = rows_of(subject.posterior.data, "llc");
  subject.posterior.free = o.words("restrict");
  if (o.text("loss") == "behavioural") {
    subject.posterior = interp::behavioural(std::move(subject.posterior));
    subject.loss = "squared distance of the outputs to those at w*, summed over outputs";
  }
  subject.loss += ", the mean over rows";
  interp::LocalPosterior at_one = subject.posterior;
  at_one.n_beta = 1;
  at_one.validate();
  return subject;
}

}  // namespace

void add_part_options(Options& o, const std::string& loss) {
  o.add_choice("loss", loss, {"task", "behavioural"},
               "what it was trained on, or the squared distance of outputs to those at w*, whose minimum w* always is");
  o.add_words("restrict", "", "names of the parameters that move, with * and ?, such as layers.0.*; empty: all");
  o.add_ints("labels", "", "only rows with one of these labels; empty: all rows", 0);
}

void add_subject_options(Options& o) {
  add_subject_network_options(o);
  add_part_options(o, "task");
}

LlcSubject llc_subject(const Options& o) {
  const bool behavioural = o.text("loss") == "behavioural";
  return finished(subject_of(network_subject(o, behavioural ? TaskLoss::none : TaskLoss::needed)), o);
}

LlcSubject subject_at(const Options& o, const RunHistory& history, const std::string& file) {
  return finished(subject_of(network_at(history, file)), o);
}

}  // namespace basin::experiments
