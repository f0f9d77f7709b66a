#include "experiments/cli/run_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/error.h"

namespace basin::experiments {
namespace {

std::string host() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

// What the holder wrote; it may not have come to that yet.
std::string holder(int fd) {
  std::array<char, 512> text{};
  const ssize_t n = ::pread(fd, text.data(), text.size() - 1, 0);
  return n > 0 ? std::string(text.data(), std::size_t(n)) : "another process";
}

int opened(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) throw StorageError(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  return fd;
}

// False when the last holder removed the file between our opening and locking it.
bool still_there(int fd, const std::string& path) {
  struct stat held {
  }, named{};
  return ::fstat(fd, &held) == 0 && ::stat(path.c_str(), &named) == 0 && held.st_ino == named.st_ino &&
         held.st_dev == named.st_dev;
}

enum class Attempt { taken, gone, unsupported };

Attempt attempt(int fd, const std::string& path, const std::filesystem::path& folder) {
  int failed = 0;
  while ((failed = ::flock(fd, LOCK_EX | LOCK_NB)) != 0 && errno == EINTR) continue;
  if (failed != 0 && errno == EWOULDBLOCK)
    throw UsageError(
        fmt::format("{} is in use by {}; help: wait until it has ended or stop it; --out DIR writes elsewhere",
                    folder.string(), holder(fd)));
  if (failed != 0) return Attempt::unsupported;
  return still_there(fd, path) ? Attempt::taken : Attempt::gone;
}

void sign(int fd, const std::string& program) {
  const std::string text = fmt::format("process {} on {} ({})", ::getpid(), host(), program);
  if (::ftruncate(fd, 0) == 0) (void)!::pwrite(fd, text.data(), text.size(), 0);  // for a message only
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& folder, const std::string& program)
    : path_((folder / file_name).string()) {
  for (Attempt outcome = Attempt::gone; outcome == Attempt::gone;) {
    const int fd = opened(path_);
    try {
      outcome = attempt(fd, path_, folder);
    } catch (...) {
      ::close(fd);
      throw;
    }
    if (outcome == Attempt::gone)
      ::close(fd);
    else
      fd_ = fd;
  }
  sign(fd_, program);
}

// Removed while it is held: whoever opened it before sees that it is gone.
RunLock::~RunLock() {
  if (fd_ < 0) return;
  ::unlink(path_.c_str());
  ::close(fd_);
}

RunLock::RunLock(RunLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

RunLock& RunLock::operator=(RunLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}

}  // namespace basin::experiments
