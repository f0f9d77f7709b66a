// An experiment as a value: what it can be asked and what it does, so that `reproduce` runs the others as their own
// executables would.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "experiments/cli/claims.h"
#include "experiments/cli/cost.h"
#include "experiments/cli/options.h"

namespace basin::experiments {

// What an experiment leaves in its run directory, which is finished by then.
struct Outcome {
  std::vector<Claim> claims{};
  std::string summary{};  // what was found, in a few sentences: the words on top of the report
  std::string report{};   // absolute path of report.html
  int exit_code = 0;      // not 0 if a claim fails, or more went wrong
};

struct Experiment {
  std::function<Options()> declare;
  std::function<Outcome(const Options&)> run;
};

Experiment degeneracy_kinds();
Experiment free_directions();
Experiment degeneracy_training();
Experiment modularity_degeneracy();
Experiment interaction_graph();
Experiment ablation();
Experiment sparsity();
Experiment modular_addition();
Experiment fibre_walk();
Experiment grokking_degeneracy();

// Its options, of these words behind its name.
Options options_of(const Experiment& experiment, const std::vector<std::string>& words);

// Runs it with these words behind its name: {"--preset", "quick", "--out", folder}. Errors are those of the experiment.
Outcome run_experiment(const Experiment& experiment, const std::vector<std::string>& words);

// What it says with --estimate beside these words. std::logic_error if it says nothing.
RunCost cost_of(const Experiment& experiment, std::vector<std::string> words);

// As the main function of its executable. Prints the claims if they fit on a screen, their summary, and the path of
// the report.
int run_main(int argc, char** argv, const Experiment& experiment);

// "about 8 seconds", "about 12 minutes", "about 2.5 hours": what a run is expected to take.
std::string about(double minutes);

// A line on stderr unless --quiet.
void say(const Options& options, const std::string& text);

}  // namespace basin::experiments
