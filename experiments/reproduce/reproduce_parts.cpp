#include "experiments/reproduce/reproduce_parts.h"

namespace basin::experiments {
namespace {

std::vector<std::string> words_of(const Options& o, const std::string& preset, const KeyValues& options) {
  std::vector<std::string> words{"--force", "--threads", std::to_string(o.integer("threads"))};
  for (const auto& [key, value] : options) words.insert(words.end(), {"--" + key, value});
  if (preset != "default") words.insert(words.end(), {"--preset", preset});
  if (o.flag("quiet")) words.push_back("--quiet");
  return words;
}

}  // namespace

std::vector<PartSpec> reproduce_parts(const Options& o, const std::filesystem::path& run) {
  const std::string preset = o.text("experiments");
  if (preset == "none") return {};
  const auto words = [&](const KeyValues& options = {}) { return words_of(o, preset, options); };
  const KeyValues here{{"run", run.string()}};
  const KeyValues grokked{{"run", (run / "experiments" / "modular_addition").string()}};
  return {{interaction_graph(), "interaction_graph", words(here), true},
          {sparsity(), "sparsity", words()},
          {ablation(), "ablation", words(here), true},
          {degeneracy_kinds(), "degeneracy_kinds", words()},
          {free_directions(), "free_directions", words()},
          {degeneracy_training(), "degeneracy_training", words()},
          {modularity_degeneracy(), "modularity_degeneracy", words()},
          {modular_addition(), "modular_addition", words_of(o, "tiny", {{"seeds", "0"}})},
          {interaction_graph(), "modular_addition_graph", words(grokked), true}};
}

ClaimSettings claim_settings(const Options& o) {
  return {.threads = o.threads(), .nets = int(o.integer("nets")), .mixed_nets = int(o.integer("mixed-nets"))};
}

}  // namespace basin::experiments
