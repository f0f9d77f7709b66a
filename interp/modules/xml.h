// XML as programs write it: elements, attributes, text, entities, comments, CDATA. No document types and no namespaces:
// a prefix is part of a name.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace basin::interp {

struct XmlEvent {
  enum Kind { open, close, text, end } kind = end;
  std::string name = {};  // of the element; of a text, the text
  std::map<std::string, std::string> attributes = {};
  std::size_t line = 0;  // where it begins
};

// Gives one event after the other; <a/> opens and closes. Texts of blanks alone are left out. DataError, with name and
// line, for what is not well formed, for a DOCTYPE, and for bytes behind the last element.
class XmlReader {
 public:
  XmlReader(std::string_view text, std::string name);
  XmlEvent next();

 private:
  [[noreturn]] void wrong(const std::string& why) const;
  bool take(std::string_view what);
  std::string take_until(std::string_view what, const char* whose);
  std::string take_name();
  void take_blanks();
  XmlEvent take_text();
  XmlEvent take_element();
  XmlEvent take_close();
  void take_attribute(XmlEvent& element);
  std::string plain(const std::string& text) const;

  std::string_view rest_;
  std::string name_;
  std::size_t line_ = 1;
  std::vector<std::string> open_;
  bool closing_ = false;  // the last element was <a/>: its close is next
  bool seen_ = false;     // an element
};

}  // namespace basin::interp
