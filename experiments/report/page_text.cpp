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

std::filesystem::path executable_folder() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
}

PageText page_text(const std::string& name) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path folder = executable_folder();
  const fs::path installed = folder.parent_path() / "share/basin/pages" / (name + ".md");
  if (!folder.empty() && fs::exists(installed, ignored)) return {installed.string(), read_file(installed.string())};
  std::vector<std::string> known;
  for (const embedded::Page& page : embedded::pages()) {
    if (page.name == name)
      return {"pages/" + name + ".md", std::string(reinterpret_cast<const char*>(page.bytes), page.size)};
    known.emplace_back(page.name);
  }
  throw NameError("no page is named '" + name + "'; help: the nearest is '" + nearest_name(name, known) + "'");
}

}  // namespace basin::report
