// What every lab uses: tasks that wait to be written, and numbers that differ by student. Included as
// "common/course.h". The main function of the tests is common/main.cpp, so tests.cpp only includes <doctest/doctest.h>.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/rng.h"

namespace lab {

// Thrown by what is not written yet. A test that meets it fails with its text; show.cpp catches it and goes on.
struct Todo : std::logic_error {
  using std::logic_error::logic_error;
};
[[noreturn]] inline void todo(std::string_view task, std::string_view what) {
  throw Todo("task " + std::string(task) + " is not written yet: " + std::string(what));
}

// The first line of student.txt in this folder or the nearest one above that has such a file; empty without one.
inline std::string student_of_file(std::filesystem::path folder) {
  for (;; folder = folder.parent_path()) {
    std::string name;
    if (std::ifstream file(folder / "student.txt"); std::getline(file, name)) {
      name.erase(name.find_last_not_of(" \t\r") + 1);
      return name;
    }
    if (folder == folder.parent_path()) return "";
  }
}
// $BASIN_STUDENT, or what student.txt says, or "nobody".
inline std::string student() {
  if (const char* name = std::getenv("BASIN_STUDENT"); name != nullptr && *name != '\0') return name;
  const std::string name = student_of_file(std::filesystem::current_path());
  return name.empty() ? "nobody" : name;
}

// 64-bit FNV-1a.
inline std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ std::uint8_t(c)) * 0x100000001b3;
  return hash;
}
// The numbers of one student for one purpose, "lab03 images": the same in every run, others for every other name.
inline basin::Rng student_rng(std::string_view purpose) {
  return {hash_of(student() + "/" + std::string(purpose)), purpose};
}

// f'(x) by central differences, with an error of order h². Around 1, h = 1e-5 leaves ten digits.
template <class F>
double slope(const F& f, double x, double h = 1e-5) {
  return (f(x + h) - f(x - h)) / (2 * h);
}

}  // namespace lab
