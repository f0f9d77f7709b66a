// One process at a time in a run's folder.
#pragma once
#include <filesystem>
#include <string>

namespace basin::experiments {

// Holds the file `.lock` of a folder locked (flock) and says in it who does: process, host, program. The system frees
// the lock when the process ends, however it ends, so the lock of a dead one is taken over; the file is removed when
// the object is. Where the file system knows no locks there is none.
class RunLock {
 public:
  RunLock() = default;
  // UsageError naming the holder when another process (or another object in this one) has it. Error when the file
  // cannot be written.
  RunLock(const std::filesystem::path& folder, const std::string& program);
  ~RunLock();
  RunLock(RunLock&& other) noexcept;
  RunLock& operator=(RunLock&& other) noexcept;

  static constexpr const char* file_name = ".lock";

 private:
  int fd_ = -1;
  std::string path_;
};

}  // namespace basin::experiments
