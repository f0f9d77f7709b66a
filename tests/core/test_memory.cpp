#include "core/memory.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <fstream>

#include "tests/core/temp_folder.h"

using namespace basin;

namespace {

// A machine as its files tell it.
struct Machine {
  TempFolder tmp;

  void file(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(tmp / path).parent_path());
    tmp.with(path, text);
  }
  double available() const { return available_memory(tmp.path()); }
};

}  // namespace

TEST_CASE("where nothing says how much memory there is, it is not limited") {
  CHECK(std::isinf(Machine().available()));
  const Machine broken;
  broken.file("proc/meminfo", "MemTotal: 5 kB\nMemAvailable: lots\n");
  broken.file("proc/self/cgroup", "nonsense\n0::/there/is/no/such/group\n");
  CHECK(std::isinf(broken.available()));
}

TEST_CASE("the system's own number is taken") {
  const Machine m;
  m.file("proc/meminfo", "MemTotal:       100 kB\nMemFree:         20 kB\nMemAvailable:    70 kB\n");
  CHECK(m.available() == 70 * 1024);
}

TEST_CASE("a control group leaves its limit but for what is used, and its file cache; groups above count too") {
  const Machine m;
  m.file("proc/meminfo", "MemAvailable: 100000 kB\n");
  m.file("proc/self/cgroup", "9:name=systemd:/\n0::/a/b\n");
  m.file("sys/fs/cgroup/a/b/memory.max", "max\n");
  m.file("sys/fs/cgroup/a/b/memory.current", "1000\n");
  CHECK(m.available() == 100000 * 1024.0);
  m.file("sys/fs/cgroup/a/memory.max", "9000\n");
  m.file("sys/fs/cgroup/a/memory.current", "2000\n");
  CHECK(m.available() == 7000);
  m.file("sys/fs/cgroup/a/memory.stat", "anon 5\ninactive_file 500\n");
  CHECK(m.available() == 7500);
  m.file("sys/fs/cgroup/a/b/memory.max", "1100\n");
  CHECK(m.available() == 100);
  m.file("sys/fs/cgroup/a/b/memory.current", "1200\n");
  CHECK(m.available() == 0);
}

TEST_CASE("control groups of version 1 and of a container's root are read") {
  const Machine m;
  m.file("proc/self/cgroup", "5:cpu,memory:/deep/group\n");
  m.file("sys/fs/cgroup/memory/memory.limit_in_bytes", "5000\n");
  m.file("sys/fs/cgroup/memory/memory.usage_in_bytes", "1500\n");
  m.file("sys/fs/cgroup/memory/memory.stat", "total_inactive_file 100\n");
  CHECK(m.available() == 3600);
}

TEST_CASE("this machine has some memory, and a limit on the address space is seen") {
  const double now = available_memory();
  CHECK(now > 1e6);
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_AS, &before) == 0);
  const double more = std::pow(2, 30);
  const rlimit less{rlim_t(double(pages) * double(sysconf(_SC_PAGESIZE)) + more), before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_AS, &less) == 0);
  const double limited = available_memory();
  REQUIRE(setrlimit(RLIMIT_AS, &before) == 0);
  CHECK(limited <= more);
}
