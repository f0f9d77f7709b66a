// What the modularity experiment leaves behind: rows for each network, claims, figures and a report page.
#pragma once
#include "experiments/cli/claims.h"
#include "experiments/modularity/modularity_effects.h"

namespace basin::experiments {

struct ModularityFindings {
  std::vector<ModularityStudy> studies{};  // one for each size and weight decay
  std::string command{};                   // that gives them again
};

// One JSON line for each measured network.
void write_modularity_nets(const std::string& path, const ModularityFindings& findings);

// Nothing is predicted: every verdict is `report`.
std::vector<Claim> modularity_claims(const ModularityFindings& findings);

// The findings in a few sentences made from the numbers, and all comparisons: name, exact difference as it stands and
// controlled, soft difference controlled, each with its reading, and the difference of log test losses.
std::string modularity_summary(const ModularityFindings& findings);
std::vector<std::vector<std::string>> answer_rows(const ModularityFindings& findings);

// <prefix>_<comparison>, <prefix>_losses and <prefix>_modules in the folder.
std::string figure_prefix(const ModularitySpec& spec);
void write_modularity_figures(const ModularityStudy& study, const std::string& folder);

void write_modularity_report(const ModularityFindings& findings, const std::vector<Claim>& claims,
                             const std::string& figures, const std::string& path);

}  // namespace basin::experiments
