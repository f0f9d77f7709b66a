// Looking into a trained network: its values, what patching and ablation say of them, paths, the logit lens
// (docs/theory.md §5.9 and §5.10).
#pragma once
#include <string>
#include <vector>

#include "experiments/cli/options.h"
#include "experiments/cli/run_directory.h"
#include "experiments/report/figure.h"
#include "experiments/report/table.h"
#include "experiments/shared/network_subject.h"
#include "interp/look/interventions.h"
#include "interp/look/path_patching.h"
#include "interp/look/site_ablation.h"

namespace basin::experiments {

// What is looked at, decided from the options before any work.
struct LookSubject {
  NetworkSubject network{};
  std::vector<interp::Intervention> interventions{};
  std::vector<std::string> patterns{};  // of --sites
  interp::SitesBy by{};
  interp::Metric metric{};
  std::vector<std::int64_t> inputs{}, against{};  // rows that are patched into their partners, pair by pair

  std::vector<interp::Site> sites() const { return interp::sites_of(network.model, patterns, by); }
  interp::PatchData pairs() const;
};

Options look_options();
// UsageError for options that do not go together or rows that are not there; errors of network_subject,
// read_interventions and with_interventions.
LookSubject look_subject(const Options& options);

// One word of --do: its part of the results, figures, and arrays that are written into the run, if there is one.
struct Looked {
  report::Json results{};  // {"title", "words", "table", …}
  std::vector<report::NamedFigure> figures{};
};

Looked print_values(const LookSubject& subject, const Options& options);
Looked cache_values(const LookSubject& subject, const Options& options, const RunDirectory* run);
Looked patch_sites(const LookSubject& subject, const Options& options, RunDirectory* run);
Looked patch_paths(const LookSubject& subject, const Options& options, RunDirectory* run);
Looked ablate_sites(const LookSubject& subject, const Options& options, const RunDirectory* run);
Looked see_layers(const LookSubject& subject, const Options& options);
Looked attribute_sites(const LookSubject& subject, const Options& options, const RunDirectory* run);
Looked integrate_sites(const LookSubject& subject, const Options& options, const RunDirectory* run);
Looked score_circuits(const Options& options);  // of --planted: circuits that were built, no network of the user's

// An effect of a site as tables, figures and arrays show it.
struct ShownEffect {
  interp::Site site{};
  interp::MeanAndError metric{}, effect{};  // effect: normalised, or a change
};
report::Json effect_table(const std::vector<ShownEffect>& effects, const std::string& effect_head);
// A map of values by positions, heads or features, where there is more than one of both; else bars.
report::NamedFigure effect_figure(const std::string& name, const std::vector<ShownEffect>& effects,
                                  const std::string& title, const std::string& label, interp::SitesBy by);
// Sites as text lie in their order in results.json; numbers [sites] are metric, metric_error, effect, effect_error.
void write_effects(const std::vector<ShownEffect>& effects, const std::string& path);

Looked look(const std::string& word, const LookSubject& subject, const Options& options, RunDirectory* run);

interp::PatchOptions patch_options(const Options& options);
std::vector<interp::Site> sites_from(const std::string& texts);  // with spaces between

// The command: what its executable runs.
int run_look(const Options& options);

}  // namespace basin::experiments
