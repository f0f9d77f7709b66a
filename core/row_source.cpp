#include "core/row_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <optional>

#include "core/bytes.h"
#include "core/error.h"
#include "core/idx.h"
#include "core/npy.h"
#include "core/safetensors.h"

namespace basin {
namespace {

class OpenFile {
 public:
  explicit OpenFile(const std::string& path) : path_(path), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    struct stat info {};
    if (fd_ < 0 || ::fstat(fd_, &info) != 0) fail();
    size_ = std::size_t(info.st_size);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }

  // Calls use(all bytes); only the pages that it touches are read.
  template <class Use>
  auto look(const Use& use) const {
    void* const at = size_ == 0 ? nullptr : ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd_, 0);
    if (at == MAP_FAILED) fail();
    const std::shared_ptr<void> mapped(at, [this](void* p) {
      if (p) ::munmap(p, size_);
    });
    return use(std::string_view(static_cast<const char*>(at), size_));
  }

  void read(std::size_t at, std::span<char> to) const {
    while (!to.empty()) {
      const ssize_t n = ::pread(fd_, to.data(), to.size(), off_t(at));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail();
      if (n == 0) throw DataError(fmt::format("{}: it has become shorter while it was read", path_));
      at += std::size_t(n), to = to.subspan(std::size_t(n));
    }
  }
  const std::string& path() const { return path_; }

 private:
  [[noreturn]] void fail() const {
    throw DataError(fmt::format("cannot read {}: {}; help: check the name", path_, std::strerror(errno)));
  }
  std::string path_;
  int fd_;
  std::size_t size_ = 0;
};

class RowFile final : public RowSource {
 public:
  RowFile(std::unique_ptr<OpenFile> file, const NumbersIn& numbers, double divisor, std::int64_t most, bool flat)
      : file_(std::move(file)), numbers_(numbers), divisor_(divisor), shape_(numbers.shape) {
    if (shape_.rank() < 2 || shape_.numel() == 0)
      throw DataError(fmt::format("{}: inputs of shape {} given; wanted [samples, features]{}", file_->path(),
                                  shape_.str(), shape_.rank() == 1 ? "; help: one feature is [samples, 1]" : ""));
    width_ = shape_.numel() / shape_[0];
    shape_[0] = std::min(most, shape_[0]);
    if (flat) shape_ = {shape_[0], width_};
  }

  const Shape& shape() const override { return shape_; }

  void read(std::int64_t first, std::span<double> to) const override {
    const std::size_t item = item_size(numbers_.dtype), begin = std::size_t(first * width_);
    std::string bytes(to.size() * item, '\0');
    file_->read(numbers_.begin + begin * item, bytes);
    if (numbers_.big_endian) bytes = swapped_bytes(bytes, item);
    const std::vector<double> values = decode(bytes, numbers_.dtype, file_->path());
    for (std::size_t i = 0; i < to.size(); ++i)
      if (!std::isfinite(to[i] = values[i] / divisor_))
        throw DataError(fmt::format("{}: the number in sample {} is {}", file_->path(),
                                    std::int64_t(begin + i) / width_, values[i]));
  }

 private:
  std::unique_ptr<OpenFile> file_;
  NumbersIn numbers_;
  double divisor_;
  Shape shape_;
  std::int64_t width_ = 0;
};

}  // namespace

std::shared_ptr<const RowSource> rows_in_file(const std::string& path, std::int64_t most, bool flat) {
  const bool npy = path.ends_with(".npy"), idx = is_idx_name(path);
  if (!npy && !idx && !path.ends_with(".safetensors")) return {};
  auto file = std::make_unique<OpenFile>(path);
  const auto numbers = file->look([&](std::string_view bytes) -> std::optional<NumbersIn> {
    if (npy) return npy_numbers(bytes, path);
    if (!idx) return safetensors_numbers(bytes, path, "x");
    return bytes.starts_with("\x1f\x8b") ? std::nullopt : std::optional(idx_numbers(bytes, path));
  });
  if (!numbers) return {};
  const double divisor = idx && numbers->dtype == Dtype::u8 ? 255 : 1;
  return std::make_shared<RowFile>(std::move(file), *numbers, divisor, most, flat);
}

}  // namespace basin
