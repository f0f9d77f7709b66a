#include "experiments/report/template.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/file.h"
#include "core/names.h"

namespace basin::report {
namespace {

// A place in the page: text, or what stands between braces.
struct Token {
  std::string text;
  bool braces = false;
  int line = 1;
};

bool is_true(const Json& v) {
  if (v.is_number()) return v != 0;
  if (v.is_object() && v.contains("rows")) return !v["rows"].empty();
  return v.is_boolean() ? v.get<bool>() : v.is_string() ? !v.get<std::string>().empty() : !v.empty();
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\n");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

// What Markdown would take for markup in a value.
std::string literal(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (std::string_view("\\`*_[]<>#&|~").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

class Filler {
 public:
  Filler(const std::string& markdown, const std::string& name, const Json& results) : name_(name), scopes_{&results} {
    split(markdown);
  }

  std::vector<Piece> fill() {
    run(0, tokens_.size());
    flush(tokens_.empty() ? 1 : tokens_.back().line);
    return std::move(pieces_);
  }

 private:
  [[noreturn]] void wrong(int line, const std::string& why) const {
    throw DataError(fmt::format("{}:{}: {}", name_, line, why));
  }

  void split(const std::string& markdown) {
    Token text;
    int line = 1;
    const auto push = [&] {
      if (!text.text.empty()) tokens_.push_back(text);
      text = {.text = "", .line = line};
    };
    for (std::size_t i = 0; i < markdown.size(); ++i) {
      const char c = markdown[i];
      const bool twice = i + 1 < markdown.size() && markdown[i + 1] == c;
      if ((c == '{' || c == '}') && twice) {
        text.text += c, ++i;
      } else if (c == '{') {
        const std::size_t end = markdown.find('}', i);
        if (end == std::string::npos) wrong(line, "a { without its }; help: write {{ for a brace");
        push();
        tokens_.push_back({markdown.substr(i + 1, end - i - 1), true, line});
        i = end;
      } else if (c == '}') {
        wrong(line, "a } without its {; help: write }} for a brace");
      } else {
        text.text += c;
        line += c == '\n';
      }
      if (text.text.empty()) text.line = line;
    }
    push();
  }

  static std::string said(const Token& t) {
    const std::string quoted = excerpt("{" + t.text + "}");
    return quoted.substr(1, quoted.size() - 2);
  }

  static std::string word(const Token& t) { return t.braces ? t.text.substr(0, t.text.find(' ')) : ""; }
  static std::string argument(const Token& t) {
    const std::size_t blank = t.text.find(' ');
    return blank == std::string::npos ? "" : trimmed(t.text.substr(blank));
  }

  // The {end} that belongs to the token at `open`; `otherwise`: its {else}, or the end.
  std::size_t end_of(std::size_t open, std::size_t& otherwise) const {
    int depth = 0;
    otherwise = tokens_.size();
    for (std::size_t i = open; i < tokens_.size(); ++i) {
      const std::string w = word(tokens_[i]);
      if (w == "if" || w == "each") ++depth;
      if (w == "else" && depth == 1) otherwise = i;
      if (w == "end" && --depth == 0) return otherwise = std::min(otherwise, i), i;
    }
    wrong(tokens_[open].line, said(tokens_[open]) + " has no {end}");
  }

  const Json* inside(const Json& scope, const std::string& path) const {
    const std::size_t dot = path.find('.');
    const std::string first = path.substr(0, dot);
    if (!scope.is_object() || !scope.contains(first)) return nullptr;
    return dot == std::string::npos ? &scope[first] : inside(scope[first], path.substr(dot + 1));
  }

  const Json& find(const Token& t, const std::string& path) const {
    std::vector<std::string> known;
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      if (const Json* found = inside(**scope, path)) return *found;
      for (const auto& [key, value] : (*scope)->items()) known.push_back(key);
    }
    wrong(t.line, "the results have no " + excerpt(path) +
                      (known.empty() ? "" : "; help: the nearest name is " + excerpt(nearest_name(path, known))));
  }

  std::string field(const Token& t) const {
    const std::size_t colon = t.text.find(':');
    const std::string format = colon == std::string::npos ? "" : "{" + t.text.substr(colon) + "}";
    try {
      return shown(find(t, trimmed(t.text.substr(0, colon))), format);
    } catch (const DataError& e) {
      const std::string text = e.what();
      if (text.starts_with(name_ + ":")) throw;
      wrong(t.line, said(t) + ": " + text);
    }
  }

  void run(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const Token& t = tokens_[i];
      const std::string w = word(t);
      if (!t.braces) {
        add(t.text);
      } else if (w == "if" || w == "each") {
        std::size_t otherwise = 0;
        const std::size_t last = end_of(i, otherwise);
        w == "if" ? choose(t, i, otherwise, last) : repeat(t, i, last);
        i = last;
      } else if (w == "table" || w == "figure" || w == "graph" || w == "fact" || w == "claims") {
        i = directive(t, w, i, end);
      } else {
        add(in_code_ ? field(t) : literal(field(t)));
      }
    }
  }

  void choose(const Token& t, std::size_t open, std::size_t otherwise, std::size_t last) {
    const std::string asked = argument(t);
    const bool negated = asked.starts_with("not ");
    const bool yes = is_true(find(t, negated ? trimmed(asked.substr(4)) : asked)) != negated;
    yes ? run(open + 1, otherwise) : otherwise < last ? run(otherwise + 1, last) : void();
  }

  void repeat(const Token& t, std::size_t open, std::size_t last) {
    const Json& list = find(t, argument(t));
    const Json& entries = list.is_object() && list.contains("rows") ? list["rows"] : list;
    if (!entries.is_array()) wrong(t.line, excerpt(argument(t)) + " is no list and no table");
    for (const Json& entry : entries) {
      scopes_.push_back(&entry);
      run(open + 1, last);
      scopes_.pop_back();
    }
  }

  // {table name} and its like: the words up to the end of the line belong to it. Returns the last token used.
  std::size_t directive(const Token& t, const std::string& kind, std::size_t at, std::size_t end) {
    flush(t.line);
    Piece piece{.kind = kind, .text = "", .line = t.line};
    const std::string asked = argument(t);
    if (kind == "figure" || kind == "graph") {
      piece.value = in_scope(t, kind, asked);
    } else if (kind == "fact") {
      piece.value = field({asked, true, t.line});
    } else {
      piece.value = find(t, kind == "claims" && asked.empty() ? "claims" : asked);
    }
    for (++at; at < end; ++at) {
      const Token& next = tokens_[at];
      const std::string w = word(next);
      if (w == "if" || w == "each" || w == "else" || w == "end") wrong(next.line, "{" + w + "} inside a caption");
      const std::string words = next.braces ? field(next) : next.text;
      const std::size_t stop = next.braces ? std::string::npos : words.find('\n');
      piece.text += words.substr(0, stop);
      if (stop == std::string::npos) continue;
      piece.text = trimmed(piece.text);
      pieces_.push_back(piece);
      add(words.substr(stop));
      return at;
    }
    piece.text = trimmed(piece.text);
    pieces_.push_back(piece);
    return end - 1;
  }

  // The name of a figure or graph, or a field that holds it.
  std::string in_scope(const Token& t, const std::string& kind, const std::string& name) const {
    const Json* found = inside(*scopes_.back(), name);
    if (name.empty()) wrong(t.line, "{" + kind + "} has no name");
    return scopes_.size() > 1 && found && found->is_string() ? found->get<std::string>() : name;
  }

  void add(const std::string& text) {
    for (std::size_t at = text.find("```"); at != std::string::npos; at = text.find("```", at + 3))
      in_code_ = !in_code_;
    pending_ += text;
  }

  void flush(int line) {
    if (!trimmed(pending_).empty()) pieces_.push_back({.kind = "text", .text = pending_, .line = line});
    pending_.clear();
  }

  const std::string& name_;
  std::vector<const Json*> scopes_;
  std::vector<Token> tokens_;
  std::vector<Piece> pieces_;
  std::string pending_;
  bool in_code_ = false;
};

}  // namespace

std::vector<Piece> fill(const std::string& markdown, const std::string& name, const Json& results) {
  return Filler(markdown, name, results).fill();
}

}  // namespace basin::report
