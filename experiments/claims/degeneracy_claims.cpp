#include "experiments/claims/degeneracy_claims.h"

#include <algorithm>
#include <chrono>

#include "core/names.h"
#include "experiments/cli/cost.h"

namespace basin::experiments {
namespace {

// Made when the first entry asks for it, whichever file that is in.
std::vector<const ClaimEntry*>& registry() {
  static std::vector<const ClaimEntry*> entries;
  return entries;
}

int number_of(const ClaimEntry* entry) { return std::stoi(entry->id.substr(1)); }

}  // namespace

ClaimEntry::ClaimEntry(std::string id_, std::string title_, ClaimSeconds seconds_, Check check_)
    : id(std::move(id_)), title(std::move(title_)), seconds(seconds_), check(check_) {
  registry().insert(std::ranges::upper_bound(registry(), number_of(this), {}, number_of), this);
}

std::span<const ClaimEntry* const> claim_registry() { return registry(); }

std::vector<const ClaimEntry*> selected_claims(std::span<const std::string> only) {
  std::vector<std::string> ids;
  std::vector<const ClaimEntry*> entries;
  for (const ClaimEntry* entry : claim_registry()) {
    ids.push_back(entry->id);
    if (only.empty() || std::ranges::find(only, entry->id) != only.end()) entries.push_back(entry);
  }
  for (const std::string& id : only)
    if (std::ranges::find(ids, id) == ids.end())
      throw NameError("there is no claim '" + id + "'; help: did you mean " + nearest_name(id, ids) + "? There are " +
                      ids.front() + " to " + ids.back());
  return entries;
}

double claim_seconds(const ClaimEntry& entry, const ClaimSettings& settings) {
  return entry.seconds.of(settings) * machine_speed().small / std::max(1, settings.threads);
}

double claims_seconds(std::span<const std::string> only, const ClaimSettings& settings) {
  double sum = 0;
  for (const ClaimEntry* entry : selected_claims(only)) sum += claim_seconds(*entry, settings);
  return sum;
}

std::vector<Claim> run_claims(std::span<const std::string> only, const ClaimSettings& settings,
                              const ClaimProgress& progress) {
  if (settings.nets < 1 || settings.mixed_nets < 1)
    throw UsageError("claims: fewer than one network for a claim given");
  const std::vector<const ClaimEntry*> entries = selected_claims(only);
  std::vector<Claim> claims;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (progress) progress(*entries[i], i, entries.size());
    const auto start = std::chrono::steady_clock::now();
    ClaimTable table(entries[i]->id);
    entries[i]->check(table, settings);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    for (Claim row : table.rows()) {
      row.seconds = seconds.count() / double(table.rows().size());
      claims.push_back(std::move(row));
    }
  }
  return claims;
}

}  // namespace basin::experiments
