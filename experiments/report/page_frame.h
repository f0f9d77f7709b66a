// What stands around the words of every page: the style, the title, a table of contents, the version.
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace basin::report {

// All parts are HTML.
struct PageFrame {
  std::string title = {}, heading = {};                            // of the window, without markup, and of the page
  std::string lead = {};                                           // below the heading
  std::vector<std::pair<std::string, std::string>> contents = {};  // the id and the title of each section
  std::string main = {};
  std::string style = {}, script = {};  // besides the style of all pages
};

// A whole HTML file. Contents are shown if there are two sections or more.
std::string framed(const PageFrame& page);

}  // namespace basin::report
