#include "interp/modules/xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/file.h"

namespace basin::interp {
namespace {

constexpr std::string_view blanks = " \t\r\n";

void append_utf8(std::string& out, unsigned code) {
  if (code < 0x80) {
    out += char(code);
  } else if (code < 0x800) {
    out += char(0xC0 | code >> 6);
    out += char(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += char(0xE0 | code >> 12);
    out += char(0x80 | (code >> 6 & 0x3F));
    out += char(0x80 | (code & 0x3F));
  } else {
    out += char(0xF0 | code >> 18);
    out += char(0x80 | (code >> 12 & 0x3F));
    out += char(0x80 | (code >> 6 & 0x3F));
    out += char(0x80 | (code & 0x3F));
  }
}

// The character of &#…; or of a name; false if there is none.
bool append_entity(std::string& out, std::string_view entity) {
  static constexpr std::pair<std::string_view, char> named[] = {
      {"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
  for (const auto& [name, character] : named)
    if (entity == name) return out += character, true;
  if (!entity.starts_with('#')) return false;
  const bool hexadecimal = entity.starts_with("#x");
  const std::string_view digits = entity.substr(hexadecimal ? 2 : 1);
  unsigned code = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, hexadecimal ? 16 : 10);
  if (error != std::errc() || end != digits.data() + digits.size()) return false;
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
  append_utf8(out, code);
  return true;
}

}  // namespace

XmlReader::XmlReader(std::string_view text, std::string name) : rest_(text), name_(std::move(name)) {
  take("\xEF\xBB\xBF");
}

void XmlReader::wrong(const std::string& why) const {
  throw DataError(fmt::format("{}: line {}: {}", name_, line_, why));
}

bool XmlReader::take(std::string_view what) {
  if (!rest_.starts_with(what)) return false;
  rest_.remove_prefix(what.size());
  return true;
}

std::string XmlReader::take_until(std::string_view what, const char* whose) {
  const std::size_t at = rest_.find(what);
  if (at == rest_.npos) wrong(fmt::format("{} without its end, {}", whose, what));
  const std::string taken(rest_.substr(0, at));
  line_ += std::size_t(std::ranges::count(taken, '\n'));
  rest_.remove_prefix(at + what.size());
  return taken;
}

void XmlReader::take_blanks() {
  const std::size_t n = std::min(rest_.find_first_not_of(blanks), rest_.size());
  line_ += std::size_t(std::ranges::count(rest_.substr(0, n), '\n'));
  rest_.remove_prefix(n);
}

std::string XmlReader::take_name() {
  const std::size_t n = std::min(rest_.find_first_of(" \t\r\n/>=<\"'&"), rest_.size());
  if (n == 0) wrong("a name was wanted at " + excerpt(rest_.substr(0, 20)));
  const std::string taken(rest_.substr(0, n));
  rest_.remove_prefix(n);
  return taken;
}

std::string XmlReader::plain(const std::string& text) const {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '&') {
      out += text[i];
      continue;
    }
    const std::size_t end = std::min(text.find(';', i), text.size());
    if (end == text.size() || !append_entity(out, std::string_view(text).substr(i + 1, end - i - 1)))
      wrong(excerpt(text.substr(i, 20)) + " is no character; help: write &amp; for &");
    i = end;
  }
  return out;
}

XmlEvent XmlReader::next() {
  if (std::exchange(closing_, false)) return take_close();
  for (;;) {
    if (open_.empty()) take_blanks();
    if (rest_.empty() && open_.empty() && seen_) return {.kind = XmlEvent::end, .line = line_};
    if (rest_.empty())
      wrong(open_.empty() ? "no element; wanted XML" : excerpt("<" + open_.back() + ">") + " is not closed");
    if (take("<!--")) {
      take_until("-->", "a comment");
    } else if (take("<?")) {
      take_until("?>", "an instruction");
    } else if (!rest_.starts_with('<') || rest_.starts_with("<![CDATA[")) {
      if (open_.empty()) wrong(excerpt(rest_.substr(0, 20)) + " outside of any element; wanted XML");
      if (XmlEvent text = take_text(); text.name.find_first_not_of(blanks) != std::string::npos) return text;
    } else if (rest_.starts_with("<!")) {
      wrong("a declaration " + excerpt(rest_.substr(0, 20)) + "; wanted elements; help: take it out of the file");
    } else {
      return take_element();
    }
  }
}

XmlEvent XmlReader::take_text() {
  XmlEvent text{.kind = XmlEvent::text, .line = line_};
  if (take("<![CDATA[")) {
    text.name = take_until("]]>", "CDATA");
    return text;
  }
  const std::string raw(rest_.substr(0, rest_.find('<')));
  text.name = plain(raw);
  line_ += std::size_t(std::ranges::count(raw, '\n'));
  rest_.remove_prefix(raw.size());
  return text;
}

XmlEvent XmlReader::take_close() {
  const XmlEvent closed{.kind = XmlEvent::close, .name = open_.back(), .line = line_};
  open_.pop_back();
  return closed;
}

XmlEvent XmlReader::take_element() {
  const bool close = take("</") || !take("<");
  if (!close && open_.empty() && seen_) wrong("a second element on top; wanted one");
  XmlEvent element{.kind = XmlEvent::open, .name = take_name(), .line = line_};
  take_blanks();
  if (close) {
    if (open_.empty() || element.name != open_.back() || !take(">"))
      wrong(fmt::format("{} closes nothing that is open", excerpt("</" + element.name + ">")));
    return take_close();
  }
  while (!rest_.starts_with('>') && !rest_.starts_with("/>")) take_attribute(element);
  closing_ = take("/>");
  if (!closing_) take(">");
  open_.push_back(element.name);
  seen_ = true;
  return element;
}

void XmlReader::take_attribute(XmlEvent& element) {
  if (rest_.empty()) wrong(excerpt("<" + element.name) + " is not closed");
  const std::string key = take_name();
  take_blanks();
  if (!take("=")) wrong(excerpt(key) + " without a value");
  take_blanks();
  const char* quote = rest_.starts_with('"') ? "\"" : "'";
  if (!take(quote)) wrong("the value of " + excerpt(key) + " is not in quotes");
  if (!element.attributes.try_emplace(key, plain(take_until(quote, "a value"))).second)
    wrong(excerpt(key) + " is given twice");
  take_blanks();
}

}  // namespace basin::interp
