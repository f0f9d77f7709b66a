// Makes one run of its shards.
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/file.h"
#include "experiments/cli/command_name.h"
#include "experiments/cli/main.h"
#include "experiments/cli/run_lock.h"
#include "experiments/merge/shards.h"
#include "experiments/report/page.h"
#include "experiments/shared/file_cost.h"

using namespace basin;
using namespace basin::experiments;
namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

Options declare() {
  Options o("merge",
            "Makes one run of the shards that --shard I/N of an experiment computed: what one process would have "
            "written, but for the manifest, which lists them, and measured times. Nothing is written unless all are "
            "there and whole; then the folder shards is gone.",
            {"merge runs/degeneracy_training/default"});
  o.add_string("run", "", "folder of the run, which has the shards in RUN/shards/I-of-N").operand("run");
  for (const char* unused : {"out", "force", "resume", "seed", "dtype", "preset", "json"}) o.without(unused);
  return o;
}

// A merge that was killed is begun again; anything else is another run.
void expect_room(const fs::path& run) {
  const fs::path manifest = run / "manifest.json";
  if (!fs::exists(manifest)) return;
  const Json earlier = Json::parse(read_file(manifest.string()), nullptr, false);
  if (!earlier.is_object() || !earlier.contains("shards"))
    throw UsageError(fmt::format("{}: holds a run already; help: move it, or the shards, away", run.string()));
}

Json merged_manifest(const std::vector<FoundShard>& shards) {
  Json m = shards.front().manifest;
  m.erase("files");
  m["status"] = "interrupted", m["exit_code"] = nullptr, m["resumes"] = 0, m["shards"] = Json::array();
  double seconds = 0;
  for (const FoundShard& s : shards) {
    seconds += s.manifest.value("wall_seconds", 0.0);
    m["shards"].push_back({{"name", s.shard.name()},
                           {"started", s.manifest.value("started", "")},
                           {"resumes", s.manifest.value("resumes", 0)},
                           {"wall_seconds", s.manifest.value("wall_seconds", 0.0)},
                           {"peak_memory_bytes", s.manifest.value("peak_memory_bytes", std::int64_t(0))},
                           {"versions", s.manifest["versions"]}});
  }
  m["wall_seconds"] = seconds;
  return m;
}

// A second name of the same bytes where the file system has that, else a copy.
void bring(const fs::path& from, const fs::path& to) {
  if (fs::exists(to)) return;
  make_folders(to.parent_path());
  std::error_code cannot;
  fs::create_hard_link(from, to, cannot);
  if (cannot) write_atomically(to.string(), read_file(from.string()));
}

void gather(const fs::path& run, const std::vector<FoundShard>& shards) {
  const RunLock lock(run, "merge");
  write_atomically((run / "manifest.json").string(), merged_manifest(shards).dump(2) + "\n");
  for (const FoundShard& s : shards)
    for (const std::string& name : s.files) bring(s.folder / name, run / name);
  write_atomically((run / "config.toml").string(), read_file((shards.front().folder / "config.toml").string()));
}

// The experiment goes on with a run of which everything is there.
int finished_by(const std::string& experiment, const fs::path& run, const Options& o) {
  const std::string program = (report::executable_folder() / experiment).string();
  std::vector<std::string> words{program, "--resume", "--out", run.string(), "--shard", "merge"};
  if (o.integer("threads") != 0) words.insert(words.end(), {"--threads", o.as_given("threads")});
  if (o.flag("quiet")) words.push_back("--quiet");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  if (const int error = posix_spawn(&child, program.c_str(), nullptr, nullptr, argv.data(), environ); error != 0)
    throw Error(fmt::format("{}: cannot be started: {}; help: merge looks for the experiments beside itself", program,
                            std::strerror(error)));
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) throw Error(fmt::format("{}: lost: {}", program, std::strerror(errno)));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Files are read twice, to be compared and by the experiment, which then writes its page.
RunCost cost(const fs::path& shards) {
  const double bytes = bytes_in(shards);
  return {.parts = {file_cost("reading and comparing", bytes, 2e-9),
                    file_cost("results and page", bytes, 2e-7),
                    {"starting the experiment", 0.08 * machine_speed().small}},
          .bytes = 4 * bytes};
}

int run(const Options& o) {
  if (o.text("run").empty())
    throw UsageError(fmt::format("merge: no run given; help: {} runs/degeneracy_training/default", as_typed("merge")));
  const fs::path run = o.text("run");
  say_cost(o, [&] { return cost(shards_in(run)); });
  const std::vector<FoundShard> shards = whole_shards(run);
  expect_room(run);
  gather(run, shards);
  const int code = finished_by(shards.front().experiment(), run, o);
  if (code == exit_ok || code == exit_check_failed) fs::remove_all(run / "shards");
  return code;
}

}  // namespace

int main(int argc, char** argv) { return run_main(argc, argv, declare, run); }
