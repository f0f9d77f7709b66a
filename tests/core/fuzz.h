// Readers against thousands of damaged files: only basin::Error may come out, and memory stays in proportion to the
// bytes that are there. The same files every time.
#pragma once
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <string>

#include "core/error.h"
#include "core/rng.h"
#include "tests/sanitized.h"

#if BASIN_SANITIZED
// From the sanitizers' runtime; not every compiler installs the header that declares it.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void*, std::size_t),
                                                         void (*)(const volatile void*));
#endif

inline constexpr std::size_t most_bytes = 16 << 20;

#if BASIN_SANITIZED
inline std::size_t largest_allocation = 0;
inline void note_allocation(const volatile void*, std::size_t n) {
  largest_allocation = std::max(largest_allocation, n);
}
inline void note_release(const volatile void*) {}
// Sanitizers reserve terabytes of address space, so single requests are watched instead of the whole.
struct MemoryLimit {
  MemoryLimit() {
    static const int installed = __sanitizer_install_malloc_and_free_hooks(note_allocation, note_release);
    REQUIRE(installed > 0);
    largest_allocation = 0;
  }
  ~MemoryLimit() { CHECK(largest_allocation < most_bytes); }
};
#else
// Beyond the limit `new` throws bad_alloc, which is no basin::Error.
class MemoryLimit {
 public:
  MemoryLimit() {
    getrlimit(RLIMIT_AS, &before_);
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const rlimit limit{pages * std::size_t(sysconf(_SC_PAGESIZE)) + most_bytes, before_.rlim_max};
    REQUIRE(setrlimit(RLIMIT_AS, &limit) == 0);
  }
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;
  ~MemoryLimit() { setrlimit(RLIMIT_AS, &before_); }

 private:
  rlimit before_{};
};
#endif

using FuzzedReader = std::function<void(const std::string&)>;

// Numbers that formats announce sizes with, as they look at the edges of their types.
inline void overwrite_with_extreme(std::string& bytes, std::size_t at, basin::Rng& rng) {
  const std::uint64_t extremes[] = {0, 1, 0x7fffffff, 0xffffffff, 0x7fffffffffffffff, 0xffffffffffffffff, 1ull << 61};
  const std::uint64_t value = extremes[rng.below(std::size(extremes))];
  const std::size_t width = std::min<std::size_t>(std::size_t(1) << rng.below(4), bytes.size() - at);
  bytes.replace(at, width, reinterpret_cast<const char*>(&value), width);
}

inline void mutate(std::string& bytes, basin::Rng& rng) {
  const std::size_t at = rng.below(bytes.size() + 1);
  const std::size_t n = 1 + rng.below(16);
  const std::string snippets[] = {"9",  "-",  "99999999999", ",", "[",   "{",
                                  "\"", "\n", "(",           "'", "nan", std::string(1, '\0')};
  switch (rng.below(7)) {
    case 0: bytes.resize(at); break;
    case 1: bytes.insert(at, snippets[rng.below(std::size(snippets))]); break;
    case 2: bytes.insert(at, n, char(rng.below(256))); break;
    case 3: bytes.erase(at, n); break;
    case 4: bytes.insert(at, bytes.substr(rng.below(bytes.size() + 1), n)); break;
    case 5: overwrite_with_extreme(bytes, at, rng); break;
    default:
      if (at < bytes.size()) bytes[at] = char(bytes[at] ^ (1 << rng.below(8)));
  }
}

// True when it was refused. Anything but basin::Error ends the test.
inline bool refused(const FuzzedReader& read, const std::string& bytes) {
  try {
    read(bytes);
  } catch (const basin::Error& e) {
    CHECK(std::string_view(e.what()).size() < 1000);
    return true;
  }
  return false;
}

inline void fuzz(const char* name, const std::string& valid, const FuzzedReader& read, std::size_t least_refused) {
  REQUIRE(!refused(read, valid));
  const MemoryLimit limit;
  basin::Rng rng(1, name);
  std::size_t n_refused = 0;
  for (std::size_t n = 0; n < valid.size(); ++n) refused(read, valid.substr(0, n));
  for (int i = 0; i < 3000; ++i) {
    std::string bytes = valid;
    for (std::uint64_t k = 1 + rng.below(3); k > 0; --k) mutate(bytes, rng);
    n_refused += refused(read, bytes);
  }
  CHECK(n_refused >= least_refused);  // else the damage never reached the reader
  CHECK(n_refused < 3000);            // else nothing reached beyond its first check
}
