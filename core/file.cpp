#include "core/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <new>
#include <span>
#include <utility>
#include <vector>

#include "core/legible.h"
#include "core/pending_file.h"
#include "core/team.h"

namespace basin {
namespace {

std::string reason() { return std::strerror(errno); }

struct Descriptor {
  int fd;
  explicit Descriptor(int opened) : fd(opened) {}
  Descriptor(Descriptor&& other) noexcept : fd(std::exchange(other.fd, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close_now(); }
  bool close_now() { return fd < 0 || ::close(std::exchange(fd, -1)) == 0; }
};

[[noreturn]] void cannot_write(const std::string& path) {
  throw StorageError(fmt::format("cannot write {}: {}; help: free space or choose another folder", path, reason()));
}

void write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) cannot_write(path);
    bytes.remove_prefix(std::size_t(n));
  }
}

constexpr std::string_view temporary_prefix = ".basin-", temporary_ending = ".tmp";

// A file that did not exist before, and goes away again unless it is renamed.
struct TemporaryFile {
  std::string path;
  Descriptor file{-1};

  explicit TemporaryFile(const std::filesystem::path& target) {
    static std::atomic<unsigned> counter{0};
    do {
      path =
          (target.parent_path() / fmt::format("{}{}-{}{}", temporary_prefix, ::getpid(), counter++, temporary_ending))
              .string();
      file.fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (file.fd < 0 && errno == EEXIST);
    if (file.fd < 0)
      throw StorageError(
          fmt::format("cannot write {}: its folder does not take files: {}"
                      "; help: create the folder or choose another",
                      target.string(), reason()));
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!path.empty()) ::unlink(path.c_str());
  }
  void rename_to(const std::string& target) {
    if (::fsync(file.fd) || !file.close_now() || ::rename(path.c_str(), target.c_str()))
      throw StorageError(fmt::format("cannot write {}: {}", target, reason()));
    path.clear();
  }
};

void sync_folder(const std::filesystem::path& folder) {  // best effort: some file systems refuse to sync a folder
  Descriptor opened(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.fd >= 0) (void)::fsync(opened.fd);
}

const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "folder";
  if (S_ISFIFO(mode)) return "pipe";
  return S_ISSOCK(mode) ? "socket" : "device";
}

void require_regular(const struct stat& info, const std::string& path) {
  if (S_ISREG(info.st_mode)) return;
  throw DataError(fmt::format("cannot read {}: it is a {}; help: {}", path, kind_of(info.st_mode),
                              S_ISDIR(info.st_mode)    ? "name a file in it"
                              : S_ISFIFO(info.st_mode) ? "save what comes out of it as a file, and name that"
                                                       : "name a regular file"));
}

// Asked by name before it is opened, because opening a pipe waits for its writer and a socket cannot be opened.
Descriptor open_regular(const std::string& path, std::size_t& size) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) require_regular(info, path);
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.fd < 0)
    throw DataError(fmt::format("cannot read {}: {}; help: check the name{} and that you may read it", path, reason(),
                                path.starts_with('/') ? "" : " (relative to the current folder)"));
  if (::fstat(file.fd, &info)) throw DataError(fmt::format("cannot read {}: {}", path, reason()));
  require_regular(info, path);  // another may have taken its place
  size = std::size_t(info.st_size);
  return file;
}

void require_replaceable(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
    throw StorageError(
        fmt::format("cannot write {}: it is a {}; help: name a regular file", path, kind_of(info.st_mode)));
}

std::string shortened(std::string_view text, std::size_t longest) {
  std::size_t length = std::min(text.size(), longest);
  if (length < text.size())  // never cut a UTF-8 character in two
    while (length && (text[length] & 0xC0) == 0x80) --length;
  std::string shown(text.substr(0, length));
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return shown + (length < text.size() ? "…" : "");
}

struct Inflater : z_stream {
  Inflater() : z_stream{} {
    constexpr int gzip_only = 16 + MAX_WBITS;
    if (inflateInit2(this, gzip_only) != Z_OK) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(this); }

  // Reads from the front of `in`, which it shortens; returns zlib's code.
  int step(std::string_view& in, std::span<char> out) {
    next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    const uInt given = uInt(std::min<std::size_t>(in.size(), 1u << 30));  // zlib counts in 32 bits
    avail_in = given;
    next_out = reinterpret_cast<Bytef*>(out.data());
    avail_out = uInt(out.size());
    const int code = inflate(this, Z_NO_FLUSH);
    in.remove_prefix(given - avail_in);
    return code;
  }
};

}  // namespace

std::string read_file(const std::string& path) {
  std::string bytes;
  std::size_t expected = 0;
  const Descriptor file = open_regular(path, expected);
  constexpr std::size_t chunk = 1 << 16;
  for (std::size_t filled = 0;;) {
    bytes.resize(std::max(filled + chunk, expected + 1));  // one byte more, to meet the end in the same read
    const ssize_t n = ::read(file.fd, bytes.data() + filled, bytes.size() - filled);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw DataError(fmt::format("cannot read {}: {}", path, reason()));
    filled += std::size_t(n);
    if (n == 0) return bytes.resize(filled), bytes;
  }
}

void write_atomically(const std::string& path, std::string_view bytes) {
  first_only([&] {
    require_replaceable(path);
    const std::filesystem::path target(path);
    TemporaryFile temporary(target);
    write_all(temporary.file.fd, bytes, path);
    temporary.rename_to(path);
    sync_folder(target.parent_path());
  });
}

struct PendingFile::State {
  std::string path;
  TemporaryFile file;
};

PendingFile::PendingFile(const std::string& path) {
  first_only([&] {
    require_replaceable(path);
    state_ = std::unique_ptr<State>(new State{path, TemporaryFile{std::filesystem::path(path)}});
  });
}
PendingFile::PendingFile(PendingFile&&) noexcept = default;
PendingFile::~PendingFile() = default;

void PendingFile::write_at(std::uint64_t place, std::string_view bytes) {
  if (!state_) return;
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(state_->file.file.fd, bytes.data(), bytes.size(), off_t(place));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) cannot_write(state_->path);
    bytes.remove_prefix(std::size_t(n)), place += std::uint64_t(n);
  }
}

void PendingFile::keep() {
  first_only([&] {
    state_->file.rename_to(state_->path);
    sync_folder(std::filesystem::path(state_->path).parent_path());
  });
}

bool is_temporary(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with(temporary_prefix) && name.ends_with(temporary_ending);
}

void require_writable(const std::string& path) {
  first_only([&] {
    require_replaceable(path);
    const TemporaryFile trial{std::filesystem::path(path)};
  });
}

void make_folders(const std::filesystem::path& folder) {
  first_only([&] {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed)
      throw StorageError(fmt::format("cannot make the folder {}: {}; help: choose another place that you may write to",
                                     folder.string(), failed.message()));
  });
}

void sync_file(const std::string& path) {
  first_only([&] {
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.fd < 0 || ::fsync(file.fd)) throw StorageError(fmt::format("cannot write {}: {}", path, reason()));
    sync_folder(std::filesystem::path(path).parent_path());
  });
}

std::string gunzip(std::string_view bytes, std::size_t max_bytes, std::string_view name) {
  Inflater inflater;
  std::string unpacked;
  std::vector<char> chunk(1 << 16);
  for (;;) {
    const int code = inflater.step(bytes, chunk);
    if (code == Z_BUF_ERROR) throw DataError(fmt::format("{}: gzip data is truncated; help: fetch it again", name));
    if (code != Z_OK && code != Z_STREAM_END)
      throw DataError(fmt::format("{}: not valid gzip data: {}", name, inflater.msg ? inflater.msg : "corrupt"));
    const std::size_t produced = chunk.size() - inflater.avail_out;
    if (produced > max_bytes - unpacked.size())
      throw DataError(
          fmt::format("{}: unpacks to more than {} bytes, the most that is sensible here", name, max_bytes));
    unpacked.append(chunk.data(), produced);
    if (code != Z_STREAM_END) continue;
    if (bytes.empty()) return unpacked;
    inflateReset(&inflater);  // another member follows
  }
}

std::string fnv1a64_hex(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t longest = 40;
  return "'" + shortened(text, longest) + "'";
}

std::string legible(std::string_view text) { return shortened(text, 300); }

}  // namespace basin
