// Documents, Markdown as code hosts show it, as HTML pages that link one another.
#pragma once
#include <functional>
#include <string>

namespace basin::report {

// What a page has in place of a relative link, without its #anchor: "theory.html" for "theory.md".
using LinkMap = std::function<std::string(const std::string&)>;

// One HTML file: the first heading is its title, "## " headings are its contents, and every heading has the anchor that
// code hosts give it (slug). HTML in the text is markup, ```math is a formula, pictures stay beside the page, and
// relative links go through `link`. DataError, naming `name`, where the first line is no "# Title".
std::string document_html(const std::string& markdown, const std::string& name, const LinkMap& link);

// "The first program: `x`" has the anchor "the-first-program-x": lower case, signs left out, blanks as hyphens.
std::string slug(const std::string& heading);

}  // namespace basin::report
