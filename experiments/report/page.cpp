#include "experiments/report/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "core/file.h"
#include "core/names.h"
#include "experiments/report/graph.h"
#include "experiments/report/markdown.h"
#include "experiments/report/report.h"
#include "experiments/report/template.h"

namespace basin::report {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::string cell_of(const Json& claim, const char* key) {
  if (!claim.contains(key)) return "";
  return claim[key].is_number_float() ? shown(claim[key], "{:.6g}") : shown(claim[key]);
}

std::vector<ClaimRow> claim_rows(const Json& claims) {
  std::vector<ClaimRow> rows;
  for (const Json& c : claims) {
    const auto cell = [&](const char* key) { return cell_of(c, key); };
    rows.push_back({cell("id"), cell("title"), cell("predicted"), cell("measured"), cell("tolerance"), cell("standing"),
                    cell("verdict"), cell("how")});
  }
  return rows;
}

class Maker {
 public:
  Maker(const std::string& name, const std::string& figures) : name_(name), figures_(figures) {}

  std::string html(std::vector<Piece> pieces) {
    take_title(pieces);
    for (const Piece& piece : pieces) {
      if (piece.kind != "fact") end_facts();
      add(piece);
    }
    end_facts();
    return report_.html();
  }

 private:
  // "# Title" and the subtitle below it are taken from the first piece.
  void take_title(std::vector<Piece>& pieces) {
    if (pieces.empty() || !pieces[0].text.starts_with("# "))
      throw DataError(name_ + ":1: a page begins with its title; help: # Title");
    std::vector<std::string> lines = lines_of(pieces[0].text);
    const bool subtitled = lines.size() > 1 && !lines[1].empty();
    report_ = Report(unescaped(lines[0].substr(2)), subtitled ? unescaped(lines[1]) : "");
    pieces[0].text.clear();
    for (std::size_t i = subtitled ? 2 : 1; i < lines.size(); ++i) pieces[0].text += lines[i] + "\n";
  }

  void add(const Piece& piece) {
    if (piece.kind == "text") return add_text(piece);
    if (piece.kind == "fact") return facts_.emplace_back(piece.text, piece.value.get<std::string>()), void();
    if (piece.kind == "claims") return report_.claims(claim_rows(piece.value)), void();
    if (piece.kind == "table")
      return report_.table(table_heads(piece.value), table_cells(piece.value), piece.text), void();
    if (piece.kind == "graph") return add_graph(piece);
    report_.figure(read_file(file_of(piece, ".svg")), piece.text);
  }

  void add_graph(const Piece& piece) {
    const std::string file = file_of(piece, ".json");
    const fs::path path = file;
    const std::string link = (path.parent_path().filename() / path.filename()).string();
    report_.graph(piece.value, graph_from_json(read_file(file), file), link, piece.text);
  }

  std::string file_of(const Piece& piece, const std::string& ending) const {
    const std::string wanted = piece.value.get<std::string>();
    const fs::path path = fs::path(figures_) / (wanted + ending);
    std::error_code ignored;
    if (fs::exists(path, ignored)) return path.string();
    std::vector<std::string> known;
    for (const auto& entry : fs::directory_iterator(figures_, ignored))
      if (entry.path().extension() == ending) known.push_back(entry.path().stem().string());
    std::ranges::sort(known);
    throw DataError(
        fmt::format("{}:{}: there is no file for it in {}: {}{}", name_, piece.line, figures_, excerpt(wanted + ending),
                    known.empty() ? "" : "; help: the nearest name is " + excerpt(nearest_name(wanted, known))));
  }

  void add_text(const Piece& piece) {
    std::string text;
    bool code = false;
    const auto end = [&] {
      report_.html_block(markdown_html(text, name_));
      text.clear();
    };
    for (const std::string& line : lines_of(piece.text)) {
      if (line.starts_with("```")) code = !code;
      if (!code && line.starts_with("## ")) {
        end();
        report_.section(unescaped(line.substr(3)));
      } else {
        text += line + "\n";
      }
    }
    end();
  }

  void end_facts() {
    if (!facts_.empty()) report_.facts(facts_);
    facts_.clear();
  }

  const std::string &name_, &figures_;
  Report report_{""};
  std::vector<std::pair<std::string, std::string>> facts_;
};

}  // namespace

std::string page_summary(const std::string& markdown, const std::string& name, const Json& results) {
  std::string words;
  for (const Piece& piece : fill(markdown, name, results))
    for (const std::string& line : lines_of(piece.text))
      if (piece.kind == "text" && line.starts_with("> "))
        words += (words.empty() ? "" : " ") + unescaped(line.substr(2));
  return words;
}

std::string page_code(const std::string& markdown, const std::string& name, const Json& results) {
  std::string text;
  bool code = false;
  for (const Piece& piece : fill(markdown, name, results))
    for (const std::string& line : lines_of(piece.text))
      if (line.starts_with("```"))
        code = !code;
      else if (code)
        text += line + "\n";
  return text;
}

std::string page_html(const std::string& markdown, const std::string& name, const Json& results,
                      const std::string& figures) {
  try {
    return Maker(name, figures).html(fill(markdown, name, results));
  } catch (const Json::exception& e) {  // a table without columns, a fact that is no text
    throw DataError(fmt::format("{}: the results are not of the kind that it shows: {}", name, excerpt(e.what())));
  }
}

}  // namespace basin::report
