#include "experiments/report/formula.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/error.h"
#include "core/file.h"
#include "experiments/report/formula_symbols.h"
#include "experiments/report/report.h"

namespace basin::report {
namespace {

std::string element(std::string_view open, const std::string& content) {
  return fmt::format("<{}>{}</{}>", open, content, open.substr(0, open.find(' ')));
}

struct Atom {
  std::string html = {};
  bool limits = false;
  std::string before = {};  // what scripts do not belong to
};

class Tex {
 public:
  explicit Tex(const std::string& text) : text_(text) {}

  std::string all() {
    std::string html = row();
    if (at_ < text_.size()) refuse("a }, & or \\\\ out of place");
    return html;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw DataError(
        fmt::format("formula {}: {}, at character {}; help: experiments/report/formula_symbols.h has the "
                    "signs that are known",
                    excerpt(text_), what, at_));
  }

  char peek() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool starts(std::string_view with) { return peek() && std::string_view(text_).substr(at_).starts_with(with); }
  bool take(std::string_view with) {
    const bool there = starts(with);
    if (there) at_ += with.size();
    return there;
  }

  // To the end of a group, of a cell or of the formula.
  std::string row() {
    std::string html;
    while (peek() && peek() != '}' && peek() != '&' && !starts("\\\\") && !starts("\\end")) html += scripted();
    return html;
  }

  std::string group() {
    if (!take("{")) refuse("no { where one is wanted");
    std::string html = row();
    if (!take("}")) refuse("a { without its }");
    return html;
  }

  // The text of a group that is no formula: of \text and \mathrm.
  std::string words() {
    if (!take("{")) refuse("no { where one is wanted");
    const std::size_t from = at_;
    at_ = text_.find('}', at_);
    if (at_ == std::string::npos) at_ = from, refuse("a { without its }");
    std::string html;
    for (const char c : text_.substr(from, at_++ - from)) html += c == ' ' ? "&#160;" : html_escaped(std::string(1, c));
    return html;
  }

  std::string argument() { return starts("{") ? element("mrow", group()) : atom(false).html; }

  // An atom with its primes, subscript and superscript.
  std::string scripted() {
    const Atom base = atom(true);
    std::string sub, sup, primes;
    for (;;) {
      if (take("'"))
        primes += "<mo>′</mo>";
      else if (take("_"))
        script(sub);
      else if (take("^"))
        script(sup);
      else
        return base.before + with_scripts(base, sub, primes + sup);
    }
  }

  void script(std::string& place) {
    if (!place.empty()) refuse("a second subscript or superscript");
    place = argument();
  }

  static std::string with_scripts(const Atom& base, const std::string& sub, const std::string& sup) {
    const std::string below = element("mrow", sub), above = element("mrow", sup);
    if (sub.empty() && sup.empty()) return base.html;
    if (sub.empty()) return element(base.limits ? "mover" : "msup", base.html + above);
    if (sup.empty()) return element(base.limits ? "munder" : "msub", base.html + below);
    return element(base.limits ? "munderover" : "msubsup", base.html + below + above);
  }

  // A number may be long where it is no argument: \frac12 is a half.
  Atom atom(bool long_numbers) {
    const char c = peek();
    if (c == '{') return {element("mrow", group())};
    if (c == '\\') return command();
    if (std::isdigit(static_cast<unsigned char>(c))) return {element("mn", number(long_numbers))};
    if (c == '\0' || std::string_view("}^_&").find(c) != std::string_view::npos) refuse("something is missing");
    ++at_;
    if (std::isalpha(static_cast<unsigned char>(c))) return {element("mi", std::string(1, c))};
    if (c == '-') return {"<mo>−</mo>"};
    const bool fences = std::string_view("()[]|").find(c) != std::string_view::npos;
    return {element(fences ? fence : sign, html_escaped(std::string(1, c)))};
  }

  std::string number(bool is_long) {
    const std::size_t from = at_++;
    while (is_long && at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_]))) ++at_;
    return text_.substr(from, at_ - from);
  }

  std::string command_name() {
    const std::size_t from = ++at_;
    while (at_ < text_.size() && std::isalpha(static_cast<unsigned char>(text_[at_]))) ++at_;
    if (at_ == from && at_ < text_.size()) ++at_;
    return text_.substr(from, at_ - from);
  }

  Atom command() {
    const std::string name = command_name();
    if (const auto s = std::ranges::find(symbols, name, &Symbol::name); s != symbols.end())
      return {element(s->open, std::string(s->text)), s->limits};
    if (const auto b = std::ranges::find(blanks, name, &Blank::name); b != blanks.end())
      return {fmt::format("<mspace width=\"{}em\"/>", b->width)};
    if (name == "mathrm") return {element(upright, words())};
    if (name == "text") return {element("mtext", words())};
    if (name == "mathbb") return {blackboard()};
    if (name == "boxed") return {element("mrow class=\"boxed\"", group())};
    if (name == "begin") return {cases()};
    if (name == "frac" || name == "tfrac") return {fraction(name == "tfrac")};
    if (name == "tilde" || name == "hat") return {accented(name == "hat" ? "^" : "~")};
    for (const auto& [size, height] : {std::pair{"big", "1.4em"}, {"Big", "2em"}})
      if (name == std::string(size) + "l" || name == std::string(size) + "r") return delimiter(height);
    refuse("the command \\" + name);
  }

  std::string fraction(bool small) {
    std::string above = argument(), below = argument();
    return element(small ? "mfrac displaystyle=\"false\" scriptlevel=\"+1\"" : "mfrac", above + below);
  }

  std::string accented(const std::string& accent) {
    return element("mover accent=\"true\"", argument() + element("mo stretchy=\"false\"", accent));
  }

  // Browsers do not stretch what has scripts, so these hang on a blank as high.
  Atom delimiter(const std::string& height) {
    const std::string which = atom(false).html, inside = which.substr(which.find('>') + 1);
    const std::string open = fmt::format("mo minsize=\"{0}\" maxsize=\"{0}\" symmetric=\"true\"", height);
    return {"<mspace height=\"1em\" depth=\"0.5em\"/>", false, element(open, inside.substr(0, inside.find("</")))};
  }

  std::string blackboard() {
    const std::string which = argument();
    for (const auto& [plain, struck] : {std::pair{"<mi>R</mi>", "<mi>ℝ</mi>"}, {"<mi>E</mi>", "<mi>𝔼</mi>"}})
      if (which.find(plain) != std::string::npos) return struck;
    refuse("\\mathbb of another letter than R and E");
  }

  std::string cases() {
    if (words() != "cases") refuse("an environment other than cases");
    std::string table, line;
    do {
      line.clear();
      do line += element("mtd", row());
      while (take("&"));
      table += element("mtr", line);
    } while (take("\\\\"));
    if (!take("\\end") || words() != "cases") refuse("cases without their end");
    return element("mrow", "<mo>{</mo>" + element("mtable columnalign=\"left\"", table));
  }

  const std::string& text_;
  std::size_t at_ = 0;
};

}  // namespace

std::string formula_html(const std::string& tex) {
  return fmt::format(
      "<math display=\"block\"><semantics><mrow>{}</mrow><annotation encoding=\"application/x-tex\">{}"
      "</annotation></semantics></math>",
      Tex(tex).all(), html_escaped(tex));
}

}  // namespace basin::report
