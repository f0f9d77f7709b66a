// Every reader against thousands of damaged files: only basin::Error may come out, and memory stays in proportion to
// the bytes that are there. The same files every time.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>

#include "core/csv.h"
#include "core/file.h"
#include "core/json_lines.h"
#include "core/npy.h"
#include "core/npz.h"
#include "core/rng.h"
#include "core/safetensors.h"
#include "tests/core/gzip.h"
#include "tests/core/temp_folder.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BASIN_SANITIZED 1
// From the sanitizers' runtime; not every compiler installs the header that declares it.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void*, std::size_t),
                                                         void (*)(const volatile void*));
#else
#define BASIN_SANITIZED 0
#endif

using namespace basin;

namespace {

constexpr std::size_t most_bytes = 16 << 20;
const std::string golden = std::string(BASIN_SOURCE_DIR) + "/tests/golden/files/";

#if BASIN_SANITIZED
std::size_t largest_allocation = 0;
void note_allocation(const volatile void*, std::size_t n) { largest_allocation = std::max(largest_allocation, n); }
void note_release(const volatile void*) {}
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

using Reader = std::function<void(const std::string&)>;

// Numbers that formats announce sizes with, as they look at the edges of their types.
void overwrite_with_extreme(std::string& bytes, std::size_t at, Rng& rng) {
  const std::uint64_t extremes[] = {0, 1, 0x7fffffff, 0xffffffff, 0x7fffffffffffffff, 0xffffffffffffffff, 1ull << 61};
  const std::uint64_t value = extremes[rng.below(std::size(extremes))];
  const std::size_t width = std::min<std::size_t>(std::size_t(1) << rng.below(4), bytes.size() - at);
  bytes.replace(at, width, reinterpret_cast<const char*>(&value), width);
}

void mutate(std::string& bytes, Rng& rng) {
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
bool refused(const Reader& read, const std::string& bytes) {
  try {
    read(bytes);
  } catch (const Error& e) {
    CHECK(std::string_view(e.what()).size() < 1000);
    return true;
  }
  return false;
}

void fuzz(const char* name, const std::string& valid, const Reader& read, std::size_t least_refused) {
  REQUIRE(!refused(read, valid));
  const MemoryLimit limit;
  Rng rng(1, name);
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

}  // namespace

TEST_CASE("damaged .npy files are refused or read, never worse") {
  const Reader read = [](const std::string& bytes) { parse_npy(bytes, "x.npy"); };
  for (const char* file : {"c_f8", "c_i8", "c_b1", "fortran_f8", "version_2", "scalar", "empty"})
    fuzz(file, read_file(golden + file + ".npy"), read, 1000);
}

TEST_CASE("damaged .npz files are refused or read, never worse") {
  const Reader read = [](const std::string& bytes) { parse_npz(bytes, "x.npz"); };
  fuzz("stored", read_file(golden + "stored.npz"), read, 1000);
  fuzz("deflated", read_file(golden + "deflated.npz"), read, 1000);
}

TEST_CASE("damaged safetensors files are refused or read, never worse") {
  const Reader read = [](const std::string& bytes) { parse_safetensors(bytes, "x.safetensors"); };
  fuzz("all types", read_file(golden + "all_types.safetensors"), read, 1000);
  fuzz("small", SafeTensorsWriter().add("w", Tensor<float>({2}, {1, 2})).metadata("k", "v").bytes(), read, 1000);
}

TEST_CASE("damaged tables are refused or read, never worse") {
  const Reader read = [](const std::string& bytes) { parse_csv(bytes, "x.csv"); };
  fuzz("plain", "x,y\n1,2\n-3.5,4e-3\n", read, 1000);
  fuzz("quoted", "\"a, b\",\"c \"\"d\"\"\"\r\n1,2\r\n3,4\r\n\r\n", read, 1000);
}

TEST_CASE("damaged gzip data is refused or read, never worse") {
  const Reader read = [](const std::string& bytes) { gunzip(bytes, 1 << 20, "x.gz"); };
  fuzz("gzip", gzip("the quick brown fox jumps over the lazy dog, and again: the quick brown fox"), read, 1000);
}

TEST_CASE("damaged metrics are cut or refused, never worse") {
  const TempFolder folder;
  const std::string path = folder / "m.jsonl";
  const Reader keep = [&](const std::string& bytes) {
    folder.with("m.jsonl", bytes);
    keep_json_lines(path, 2);
  };
  fuzz("metrics", "{\"step\":1,\"loss\":0.5}\n{\"step\":2,\"loss\":null}\n{\"st", keep, 500);
}
