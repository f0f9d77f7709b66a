// A report as one HTML file that needs nothing else: style and figures are inside, no network, and no script but that
// of graphs. It follows the reader's light or dark setting, prints, and has a table of contents. Texts are shown as
// they are, words are HTML that markdown_html made. A page (page.h) is turned into one:
//   Report r("Degeneracy of a digit classifier");
//   r.html_block(markdown_html("> What was *found*.", "page")).facts({{"test accuracy", "97.2 %"}});
//   r.section("Training").figure(read_file("figures/loss.svg"), "Loss over epochs.");
//   write_atomically("report.html", r.html());
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "experiments/report/graph.h"

namespace basin::report {

struct ClaimRow {
  std::string id, title, predicted, measured, tolerance;
  std::string standing;  // "predicted", "measured"
  std::string verdict;   // pass, fail or report
  std::string how;
};

class Report {
 public:
  explicit Report(std::string title, std::string subtitle = "");

  Report& facts(const std::vector<std::pair<std::string, std::string>>& items);  // a few numbers shown large
  Report& section(const std::string& title);
  Report& html_block(const std::string& html);  // made by markdown_html; before the first section it stands on top
  // Columns of numbers are aligned right. ShapeError when a row has not as many cells as there are headers.
  Report& table(const std::vector<std::string>& headers, const std::vector<std::vector<std::string>>& rows,
                const std::string& caption = "");
  // The text of an SVG file; its ids are made unique in the report. `caption` is also what a screen reader says.
  // DataError when it is no SVG, or carries a script or a reference to the outside.
  Report& figure(const std::string& svg, const std::string& caption);
  // A figure that is a layered graph (graph.h): without scripts its picture, with the page's own script one that
  // answers the reader. All graphs of a page together hold at most 3,000 nodes and 16,000 edges, the strongest, and
  // add at most 1.8 MB (GraphBudget); each has an equal share. `file` is a relative link to the whole graph. `name`,
  // letters, digits, '_' and '-', stands in the address of what is shown.
  Report& graph(const std::string& name, const LayeredGraphView& view, const std::string& file,
                const std::string& caption);
  Report& claims(const std::vector<ClaimRow>& rows);

  std::string html() const;

 private:
  struct PageGraph {
    std::size_t at = 0;  // of body_
    int figure = 0;
    std::string name = {}, file = {}, caption = {};
    LayeredGraphView view = {};
  };
  std::string body() const;

  std::string title_, subtitle_, lead_, body_;
  std::vector<std::string> sections_;
  std::vector<PageGraph> graphs_;  // written last, when it is known how many share the page
  int figures_ = 0;
};

std::string html_escaped(const std::string& text);

// The first characters (not bytes) of a text, `most` with the … that says where it was cut.
std::string shortened(const std::string& text, std::size_t most);

}  // namespace basin::report
