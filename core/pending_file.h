// A file whose parts come one by one, at places that are known.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/error.h"

namespace basin {

// It takes its name when it is whole, as by write_atomically (core/file.h); without keep() nothing of it stays. Parts
// may be written from several threads. Of a team (core/team.h) rank 0 writes. StorageError names the path and the
// system's reason.
class PendingFile {
 public:
  explicit PendingFile(const std::string& path);
  PendingFile(PendingFile&&) noexcept;
  ~PendingFile();
  void write_at(std::uint64_t place, std::string_view bytes);
  void keep();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Whether it is the temporary file of such a one, or of write_atomically: left over if the process was killed.
bool is_temporary(const std::filesystem::path& path);

}  // namespace basin
