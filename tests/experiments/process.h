// Runs a program as its user does and keeps what it said.
#pragma once
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/file.h"
#include "tests/core/temp_folder.h"

struct Result {
  int code = -1;  // the exit code; 128 + signal when a signal ended the program
  std::string out = {}, err = {};
};

// A program of BASIN_BIN_DIR, or of a whole path, started at once, in a folder of its own for stdout and stderr.
class Process {
 public:
  Process(const std::string& program, std::vector<std::string> words) {
    words.insert(words.begin(), path_of(program));
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    const int flags = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, (tmp_ / "out").c_str(), flags, 0600);
    posix_spawn_file_actions_addopen(&files, 2, (tmp_ / "err").c_str(), flags, 0600);
    const int error = posix_spawn(&pid_, argv[0], &files, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    if (error != 0) throw std::runtime_error("cannot start " + words[0]);
  }
  ~Process() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  static std::string path_of(const std::string& program) {
    return program.starts_with('/') ? program : std::string(BASIN_BIN_DIR) + "/" + program;
  }
  pid_t id() const { return pid_; }
  void signal(int number) const { kill(pid_, number); }
  Result wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = 0;
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), basin::read_file(tmp_ / "out"),
            basin::read_file(tmp_ / "err")};
  }

 private:
  TempFolder tmp_;
  pid_t pid_ = 0;
};

inline Result run_program(const std::string& program, std::vector<std::string> words) {
  return Process(program, std::move(words)).wait();
}

// Words with more behind them, options in place of those of the same name: each may be given once.
inline std::vector<std::string> with_options(std::vector<std::string> words, const std::vector<std::string>& more) {
  for (const std::string& option : more) {
    const auto at = option.starts_with("--") ? std::find(words.begin(), words.end(), option) : words.end();
    if (at == words.end()) continue;
    const bool flag = at + 1 == words.end() || (at + 1)->starts_with("--");
    words.erase(at, at + (flag ? 1 : 2));
  }
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// In a shell that has run `first`, such as "ulimit -v 400000;", with `behind` it, such as "> /dev/full".
inline Result run_in_shell(const std::string& first, const std::string& program, std::vector<std::string> words,
                           const std::string& behind = "") {
  words.insert(words.begin(), {"-c", first + " exec \"$0\" \"$@\" " + behind, Process::path_of(program)});
  return run_program("/bin/sh", std::move(words));
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// CHECK shows both texts when the part is missing.
#define CHECK_CONTAINS(text, part) CHECK_MESSAGE(contains(text, part), "wanted: ", part, "\ngiven: ", text)
