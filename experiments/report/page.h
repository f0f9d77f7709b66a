// A page is a Markdown file with places for what an experiment found; filling them in makes report.html. Words are
// edited without a compiler.
//
//   # Title                          then the subtitle, a line of its own
//   > What was found, in short.      the words on top
//   {fact planted} networks          a number shown large, and what it is; neighbours stand side by side
//   ## Section
//   Text with {rank}, {share:.1%}, {log_volume:.2f}, {command}.
//   {if violated}In {violated} a bound was ABOVE the truth.{else}No bound was ever above the truth.{end}
//   {table families} The caption, with {fields} too.
//   {figure volume} The caption of figures/volume.svg.
//   {graph net} The caption of the graph figures/net.json (write_graph, graph.h), which the reader can search.
//   {claims}
//   {each pictures}                  repeats to {end}, fields are looked for in the entry first
//
// {if}: 0, "", false, null and an empty list or table are no; {if not name} asks the other way round. Each of the lines
// that begin with {table, {figure, {graph, {fact, {claims, {each, {if at the start of a line, or {end} alone, is a
// paragraph of its own. A field is a name in the results, `a.b` one inside an object; formats are those of table.h.
// Braces are written {{ and }}. HTML is not markup.
#pragma once
#include <filesystem>
#include <string>

#include "experiments/report/table.h"

namespace basin::report {

// The page filled in, one HTML file (report.h). `name` is said in errors; figures and graphs lie in the folder
// `figures`, and the page, which links whole graphs, is meant to lie beside it. DataError, with name and line, for a
// field, table, list, figure or graph that is not there, with the nearest, for a format that does not fit its value,
// for an {if} or {each} without {end}; errors of Report::figure and of graph_from_json.
std::string page_html(const std::string& markdown, const std::string& name, const Json& results,
                      const std::string& figures);

// The words on top ("> …"), filled in, as plain text.
std::string page_summary(const std::string& markdown, const std::string& name, const Json& results);

// Its blocks of code, filled in, as plain text: what a program says on the terminal.
std::string page_code(const std::string& markdown, const std::string& name, const Json& results);

// The text of a page by name: from share/basin/pages/NAME.md of the tree where the running executable lies (in bin or
// in libexec/basin), if it is there, else as it was when basin was built. NameError if there is none.
struct PageText {
  std::string name, markdown;
};
PageText page_text(const std::string& name);

// Of the running executable; empty where the system does not say.
std::filesystem::path executable_folder();

}  // namespace basin::report
