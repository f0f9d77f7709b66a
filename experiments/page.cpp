// Fills the page of a run in again from what the run found: words are edited without running anything.
#include <fmt/format.h>

#include <filesystem>

#include "core/file.h"
#include "experiments/cli/command_name.h"
#include "experiments/cli/main.h"
#include "experiments/report/page.h"
#include "experiments/shared/file_cost.h"

using namespace basin;
using namespace basin::experiments;
namespace fs = std::filesystem;

namespace {

Options declare() {
  Options o("page",
            "Writes the report.html of a run again from its results.json and figures/, with the words of a page in "
            "Markdown: share/basin/pages/NAME.md, or a copy that was edited. Nothing is computed.",
            {"page --run runs/x", "page --run runs/x --page edited.md"});
  o.add_string("run", "", "folder of a run that has a results.json");
  o.add_string("page", "", "a page in Markdown; empty: the one that the run was written with");
  for (const char* unused : {"out", "force", "resume", "seed", "dtype", "preset", "threads", "quiet", "json"})
    o.without(unused);
  return o;
}

report::Json results_of(const fs::path& run) {
  const std::string file = (run / "results.json").string();
  if (!fs::exists(file))
    throw DataError(
        fmt::format("{} has no results.json; help: a finished run of an experiment with a page has one", run.string()));
  report::Json results = report::Json::parse(read_file(file), nullptr, false);
  if (!results.is_object() || !results.contains("page") || !results["page"].is_string())
    throw DataError(file + " is no object that names its page");
  return results;
}

report::PageText page_of(const std::string& file, const report::Json& results) {
  if (file.empty()) return report::page_text(results["page"]);
  return {file, read_file(file)};
}

RunCost cost(const fs::path& run) {
  const double bytes = bytes_in(run / "results.json") + bytes_in(run / "figures");
  return {.parts = {file_cost("results and figures", bytes, 2e-7)}, .bytes = 8 * bytes};
}

int run(const Options& o) {
  if (o.text("run").empty())
    throw UsageError("page: no --run given; help: " + as_typed("page --run runs/x --page edited.md"));
  const fs::path run = o.text("run");
  const report::Json results = results_of(run);
  const report::PageText page = page_of(o.text("page"), results);
  say_cost(o, [&] { return cost(run); });
  const std::string file = fs::absolute(run / "report.html").lexically_normal().string();
  write_atomically(file, report::page_html(page.markdown, page.name, results, (run / "figures").string()));
  fmt::print("{}\n", file);
  return exit_ok;
}

}  // namespace

int main(int argc, char** argv) { return run_main(argc, argv, declare, run); }
