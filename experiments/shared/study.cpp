#include "experiments/shared/study.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "core/file.h"
#include "experiments/report/page.h"

namespace basin::experiments {
namespace {

using report::Json;

void add_claims(Json& results, const std::vector<Claim>& claims, const std::string& file) {
  results["claims"] = Json::parse(read_file(file));
  const auto count = [&](Standing standing) { return std::ranges::count(claims, standing, &Claim::standing); };
  results["failed"] = std::ranges::count(claims, Verdict::fail, &Claim::verdict);
  results["predictions"] = count(Standing::predicted);
  results["measured"] = count(Standing::measured);
  results["held"] = count_claims(claims, Standing::predicted, Verdict::pass);
}

}  // namespace

void write_page(const std::string& page, const Json& results, const std::string& figures, const std::string& path) {
  const report::PageText text = report::page_text(page);
  write_atomically(path, report::page_html(text.markdown, text.name, results, figures));
}

ClaimProgress say_claims(const Options& options) {
  return [&options](const ClaimEntry& entry, std::size_t place, std::size_t count) {
    say(options, fmt::format("{}/{} {}: {}", place + 1, count, entry.id, entry.title));
  };
}

Outcome run_study(const Options& options, const std::string& page, const RunFacts& facts,
                  const std::function<Found(RunDirectory&)>& find) {
  RunDirectory directory(options, facts);
  Found found = find(directory);
  write_claims_json(directory.claims(), found.claims);
  write_timings_json(directory.timings(), found.claims);
  add_claims(found.results, found.claims, directory.claims());
  found.results["command"] = options.command();
  found.results["page"] = page;
  // Names of files may be any bytes: those that are no UTF-8 become U+FFFD.
  const std::string written = found.results.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  write_atomically(directory.file("results.json"), written);
  const Json results = Json::parse(written);  // the page says what the file says: numbers that are none are null there
  for (const report::NamedFigure& f : found.figures) report::write_figure(directory.figures(), f.name, f.figure);
  write_page(page, results, directory.figures(), directory.report());
  const report::PageText text = report::page_text(page);
  return {.claims = found.claims,
          .summary = report::page_summary(text.markdown, text.name, results),
          .report = std::filesystem::absolute(directory.report()).string(),
          .exit_code = directory.finish(std::max(found.exit_code, claims_exit_code(found.claims)))};
}

}  // namespace basin::experiments
