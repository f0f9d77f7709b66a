#include "experiments/cli/experiment.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "experiments/cli/main.h"
#include "experiments/cli/terminal.h"

namespace basin::experiments {

Options options_of(const Experiment& experiment, const std::vector<std::string>& words) {
  Options options = experiment.declare();
  std::vector<const char*> argv{options.program().c_str()};
  for (const std::string& word : words) argv.push_back(word.c_str());
  options.parse(int(argv.size()), argv.data());
  return options;
}

Outcome run_experiment(const Experiment& experiment, const std::vector<std::string>& words) {
  return experiment.run(options_of(experiment, words));
}

RunCost cost_of(const Experiment& experiment, std::vector<std::string> words) {
  words.insert(words.end(), {"--estimate", "--quiet"});
  try {
    run_experiment(experiment, words);
  } catch (const CostSaid& said) {
    return said.cost;
  }
  throw std::logic_error(experiment.declare().program() + " ran, where its cost was asked for");
}

int run_main(int argc, char** argv, const Experiment& experiment) {
  return run_main(argc, argv, experiment.declare, [&](const Options& options) {
    const Outcome outcome = experiment.run(options);
    if (!outcome.claims.empty() && outcome.claims.size() <= 30)
      fmt::print("{}\n", claims_table(outcome.claims, use_colour(stdout)));
    fmt::print("{}\n{}\n", outcome.claims.empty() ? outcome.summary : claims_summary(outcome.claims), outcome.report);
    return outcome.exit_code;
  });
}

std::string about(double minutes) {
  if (minutes >= 120) return fmt::format("about {:.1f} hours", minutes / 60);
  if (minutes >= 1) return fmt::format("about {:.0f} minute{}", minutes, minutes < 1.5 ? "" : "s");
  return fmt::format("about {:.0f} seconds", std::max(2.0, 60 * minutes));
}

void say(const Options& options, const std::string& text) {
  if (!options.flag("quiet")) fmt::print(stderr, "{}\n", text);
}

}  // namespace basin::experiments
