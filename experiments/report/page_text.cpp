#include <filesystem>
#include <span>

#include "core/file.h"
#include "core/names.h"
#include "experiments/report/page.h"

namespace basin::embedded {

struct Page {  // a list of them is made by cmake/experiments.cmake
  const char* name;
  const unsigned char* bytes;
  std::size_t size;
};
std::span<const Page> pages();

}  // namespace basin::embedded

namespace basin::report {

namespace {

namespace fs = std::filesystem;

// From the executable in PREFIX/bin or PREFIX/libexec/basin; empty if there is none.
std::string installed_page(const std::string& name) {
  std::error_code ignored;
  fs::path prefix = executable_folder();
  for (int up = 0; up < 2 && prefix.has_relative_path(); ++up) {
    prefix = prefix.parent_path();
    const fs::path page = prefix / "share/basin/pages" / (name + ".md");
    if (fs::exists(page, ignored)) return page.string();
  }
  return "";
}

}  // namespace

std::filesystem::path executable_folder() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).parent_path();
}

PageText page_text(const std::string& name) {
  if (const std::string installed = installed_page(name); !installed.empty()) return {installed, read_file(installed)};
  std::vector<std::string> known;
  for (const embedded::Page& page : embedded::pages()) {
    if (page.name == name)
      return {"pages/" + name + ".md", std::string(reinterpret_cast<const char*>(page.bytes), page.size)};
    known.emplace_back(page.name);
  }
  throw NameError("no page is named '" + name + "'; help: the nearest is '" + nearest_name(name, known) + "'");
}

}  // namespace basin::report
