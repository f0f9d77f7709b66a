#include "core/team.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <limits>
#include <new>
#include <thread>
#include <utility>

#include "core/error.h"
#include "core/fields.h"
#include "core/parallel.h"

namespace basin {
namespace {

std::unique_ptr<Team> joined;
std::thread::id joined_on;
thread_local bool first_alone = false;  // inside first_only

int started_processes() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"})
    if (const char* given = std::getenv(name)) return std::atoi(given);
  return 1;
}

Team* load_team() {
  constexpr std::size_t largest_message = std::numeric_limits<int>::max();  // MPI counts in int
  const auto program = std::filesystem::canonical("/proc/self/exe").parent_path();
  const std::string plugin = (program.parent_path() / "lib/basin/libbasin_mpi.so").string();
  void* const library = dlopen(plugin.c_str(), RTLD_NOW | RTLD_GLOBAL);  // MPI loads libraries that look for its own
  void* const make = library ? dlsym(library, "basin_team") : nullptr;
  if (!make)
    throw UsageError(
        fmt::format("one of {} processes of mpirun, but MPI cannot be loaded: {}; help: configure with -DBASIN_MPI=ON",
                    started_processes(), dlerror()));
  return reinterpret_cast<Team* (*)(std::size_t)>(make)(largest_message);
}

template <class... Kinds>
struct ErrorKinds {
  static constexpr std::int64_t none = -1, other = sizeof...(Kinds);

  static std::int64_t of(const std::exception& e) {
    std::int64_t place = 0, found = other;
    ((found = found == other && dynamic_cast<const Kinds*>(&e) ? place : found, ++place), ...);
    return found;
  }
  [[noreturn]] static void raise(std::int64_t kind, const std::string& text) {
    std::int64_t place = 0;
    ((kind == place++ ? throw Kinds(text) : void()), ...);
    throw Error(text);
  }
};
struct NoMemory : std::bad_alloc {  // std::bad_alloc with words
  std::string text;
  explicit NoMemory(std::string words) : text(std::move(words)) {}
  const char* what() const noexcept override { return text.c_str(); }
};
using Kinds = ErrorKinds<ShapeError, NameError, UsageError, DataError, NumericalError, ResourceError, StorageError,
                         Interrupted, NoMemory>;

// What one process brings to a meeting.
struct Word {
  std::string what{};
  std::int64_t kind = Kinds::none;
  std::string text{};
  template <class Each>
  void fields(Each& each) {
    each(what, kind, text);
  }
};

void note(Word& word, const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::bad_alloc& e) {
    word.kind = Kinds::of(NoMemory("")), word.text = e.what();
  } catch (const std::exception& e) {
    word.kind = Kinds::of(e), word.text = e.what();
  }
}

[[noreturn]] void apart(const Word& own, const Word& other, std::size_t rank) {
  throw Error(fmt::format(
      "the processes have gone apart: one is at '{}', rank {} at '{}'; help: start all on the same data, with the same "
      "options, on machines of one kind",
      own.what, rank, other.what));
}

}  // namespace

void join_team() {
  if (started_processes() > 1) join_team(std::unique_ptr<Team>(load_team()));
}

void join_team(std::unique_ptr<Team> team) {
  joined = std::move(team);
  joined_on = std::this_thread::get_id();
}

Team* team() { return joined.get(); }

Team* team_here() {
  const bool shares = joined && !first_alone && !inside_parallel_loop() && std::this_thread::get_id() == joined_on;
  return shares ? joined.get() : nullptr;
}

bool is_first() { return !joined || joined->rank() == 0; }

std::vector<std::string> gathered(Team& team, const std::string& own) {
  std::vector<std::string> all(std::size_t(team.size()));
  all[std::size_t(team.rank())] = own;
  for (int from = 0; from < team.size(); ++from) team.broadcast(from, all[std::size_t(from)]);
  return all;
}

void together(Team& team, const std::string& what, const std::function<void()>& part) {
  std::exception_ptr error;
  try {
    part();
  } catch (...) {
    error = std::current_exception();
  }
  Word own{.what = what}, first;
  if (error) note(own, error);
  const std::vector<std::string> all = gathered(team, bytes_of(own));
  for (std::size_t rank = all.size(); rank-- > 0;) {
    Word word;
    from_bytes(all[rank], word);
    if (word.what != what) apart(own, word, rank);
    if (word.kind != Kinds::none) first = word;
  }
  if (first.kind != Kinds::none) Kinds::raise(first.kind, first.text);
}

void first_only(const std::function<void()>& work) {
  const auto alone = [&] {
    const bool outside = std::exchange(first_alone, true);
    const std::shared_ptr<void> back(nullptr, [outside](void*) { first_alone = outside; });
    work();
  };
  Team* const here = std::uncaught_exceptions() > 0 ? nullptr : team_here();
  if (!here) return is_first() ? alone() : void();
  together(*here, "before rank 0 alone", [] {});
  together(*here, "behind rank 0 alone", [&] {
    if (is_first()) alone();
  });
}

}  // namespace basin
