#include "experiments/cli/synonyms.h"

#include <algorithm>
#include <array>

#include "core/names.h"

namespace basin::experiments {
namespace {

// Words of one meaning, between blanks; where a program has several of them the first counts.
constexpr auto meanings = std::to_array<std::string_view>(
    {" lr rate learning-rate max-lr base-lr step-size ",
     " batch batch-size bs minibatch minibatch-size ",
     " out output output-dir out-dir outdir save-dir results log-dir ",
     " data dataset data-set input-data train-data ",
     " data-dir data-path data-root root ",
     " widths hidden width hidden-size hidden-sizes hidden-dim hidden-dims hidden-layers hidden-units layer-sizes ",
     " d-model hidden-size hidden-dim d-embed embed-dim n-embd dim ",
     " d-mlp d-ff ffn-dim mlp-dim intermediate-size ",
     " d-head head-dim d-k ",
     " heads n-heads num-heads n-head num-attention-heads ",
     " layers n-layers num-layers n-layer depth blocks num-hidden-layers ",
     " epochs epoch n-epochs num-epochs max-epochs iterations steps num-steps max-steps ",
     " seed random-seed random-state rng-seed manual-seed ",
     " seeds n-seeds num-seeds repeats ",
     " threads workers num-workers n-workers jobs n-jobs num-threads cores cpus ",
     " dtype precision float-type ",
     " optimizer optimiser optim opt solver ",
     " momentum beta ",
     " weight-decay weight-decays wd l2 decay regularization regularisation ",
     " warm-up warmup warmup-steps lr-warmup ",
     " schedule scheduler lr-schedule lr-scheduler ",
     " activation act act-fn nonlinearity hidden-act ",
     " init initializer initialization initialisation ",
     " weights model model-path network net checkpoint ckpt state-dict params run ",
     " run run-dir folder experiment ",
     " inputs input x samples features ",
     " targets labels y target ",
     " rows samples n-samples num-samples n-rows limit ",
     " standardise standardize normalise normalize scale ",
     " force overwrite replace ",
     " resume continue restart ",
     " quiet silent no-progress ",
     " vocab vocab-size d-vocab n-vocab ",
     " only claims claim ids ",
     " tolerance tol rtol atol threshold ",
     " epsilon epsilons eps cutoff "});

bool among(std::string_view words, std::string_view word) {
  return words.find(" " + std::string(word) + " ") != words.npos;
}

std::string synonym(std::string_view given, std::span<const std::string> names) {
  for (const std::string_view words : meanings) {
    if (!among(words, given)) continue;
    const auto place = [&](const std::string& name) { return words.find(" " + name + " "); };
    const auto first = std::ranges::min_element(names, {}, place);
    if (first != names.end() && place(*first) != words.npos) return *first;
  }
  return "";
}

}  // namespace

std::string meant_name(std::string_view given, std::span<const std::string> names) {
  std::string name = lower_case(given);
  std::ranges::replace(name, '_', '-');
  if (std::ranges::find(names, name) != names.end()) return name;
  const std::string other = synonym(name, names);
  return other.empty() ? near_name(name, names) : other;
}

}  // namespace basin::experiments
