// Makes HTML pages of the project's documents:  make_html ROOT OUT FILE.md...
// A file, named from ROOT, becomes the page of the same path below OUT, a README the index.html of its folder. Relative
// links go to the pages; what else they name (pictures, sources) is copied beside them.
#include <fmt/format.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/file.h"
#include "experiments/cli/main.h"
#include "experiments/report/document.h"

using namespace basin;
namespace fs = std::filesystem;

namespace {

struct Site {
  fs::path root, out;
  std::set<fs::path> documents = {};
};

fs::path page_of(const fs::path& document) {
  return document.filename() == "README.md" ? document.parent_path() / "index.html"
                                            : fs::path(document).replace_extension(".html");
}

// A link of `document`, from there; a folder stands for its README.
std::string linked(const Site& site, const fs::path& document, const std::string& link) {
  fs::path target = (document.parent_path() / link).lexically_normal();
  if (fs::is_directory(site.root / target)) target /= "README.md";
  if (!fs::is_regular_file(site.root / target) || *target.begin() == "..")
    throw DataError(fmt::format("{}: a link to '{}', which is not there", document.string(), link));
  const bool page = site.documents.contains(target);
  if (!page) {
    fs::create_directories((site.out / target).parent_path());
    fs::copy_file(site.root / target, site.out / target, fs::copy_options::overwrite_existing);
  }
  return (page ? page_of(target) : target).lexically_relative(document.parent_path()).string();
}

void make(const Site& site, const fs::path& document) {
  const auto link = [&](const std::string& to) { return linked(site, document, to); };
  const std::string markdown = read_file((site.root / document).string());
  const fs::path page = site.out / page_of(document);
  fs::create_directories(page.parent_path());
  write_atomically(page.string(), report::document_html(markdown, document.string(), link));
}

int run(const std::vector<std::string>& words) {
  if (words.size() < 3) throw UsageError("wanted the root, a folder for the pages, and documents");
  Site site{words[0], words[1]};
  for (std::size_t i = 2; i < words.size(); ++i) site.documents.insert(fs::path(words[i]).lexically_normal());
  fs::remove_all(site.out);
  for (const fs::path& document : site.documents) make(site, document);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return experiments::exit_code_after("make_html", [&] { return run({argv + 1, argv + argc}); });
}
