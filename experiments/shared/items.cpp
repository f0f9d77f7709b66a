#include "experiments/shared/items.h"

#include <fmt/format.h>

#include <cctype>
#include <mutex>

#include "core/file.h"
#include "core/interrupt.h"

namespace basin::experiments {
namespace {

constexpr std::string_view first_line = "basin item 1\n";

std::string with_hash(const std::string& content) { return fnv1a64_hex(content) + "\n" + content; }

}  // namespace

Items::Items(const Options& o, const RunDirectory& directory)
    : directory_(directory),
      folder_(directory.file("items")),
      identity_(directory.identity()),
      threads_(o.threads()),
      shows_progress_(!o.flag("quiet")) {}

Items Items::one_at_a_time(const Options& o, const RunDirectory& directory) {
  Items items(o, directory);
  items.threads_ = 1, items.shows_progress_ = false;
  return items;
}

std::vector<std::int64_t> Items::deal(std::int64_t count) {
  std::vector<std::int64_t> own;
  for (std::int64_t i = 0; i < count; ++i)
    if (directory_.shard().takes(dealt_ + i)) own.push_back(i);
  dealt_ += count;
  return own;
}

void Items::run(const std::string& what, const std::vector<std::int64_t>& own,
                const std::function<void(std::int64_t item)>& one) const {
  make_folders(folder_);
  Progress progress(what, std::ssize(own), !shows_progress_);
  std::mutex mutex;
  std::int64_t done = 0;
  directory_.resumable([&] {
    parallel_for(threads_, std::ssize(own), [&](std::int64_t i, int) {
      if (interrupted()) throw Interrupted(fmt::format("{} that are finished are kept", what));
      one(own[std::size_t(i)]);
      const std::lock_guard lock(mutex);
      progress.update(++done);
    });
  });
  progress.finish(std::ssize(own));
}

// Whatever is in a name, it is one file of the folder.
std::string Items::path_of(const std::string& name) const {
  std::string safe = name;
  for (char& c : safe)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '-' && c != '_') c = '_';
  return fmt::format("{}/{}.item", folder_, safe);
}

std::optional<std::string> Items::read(const Place& place) const {
  if (!std::filesystem::exists(place.path)) return std::nullopt;
  const std::string bytes = read_file(place.path);
  const std::size_t hash_end = first_line.size() + 16;
  if (!bytes.starts_with(first_line) || bytes.size() <= hash_end) return std::nullopt;
  const std::string content = bytes.substr(hash_end + 1);
  if (with_hash(content) != bytes.substr(first_line.size())) return std::nullopt;
  const std::size_t line = content.find('\n');
  if (line == content.npos || content.substr(0, line) != fnv1a64_hex(place.key)) return std::nullopt;
  return content.substr(line + 1);
}

void Items::write(const Place& place, const std::string& bytes) const {
  write_atomically(place.path, std::string(first_line) + with_hash(fnv1a64_hex(place.key) + "\n" + bytes));
}

void Items::refuse_to_compute(const Place& place, const std::string& why) const {
  if (!directory_.shard().merging) return;
  throw DataError(fmt::format("{}: {}, or not of this run, and merging computes nothing; help: run its shard again",
                              place.path, why));
}

}  // namespace basin::experiments
