// Formulas in the part of TeX's language that the documents use, as MathML, which browsers set without a script.
#pragma once
#include <string>

namespace basin::report {

// A <math> element, of its own on a line, which carries the TeX along. DataError, with the place, for a command that is
// not known, for braces that do not match, and for what has two subscripts or superscripts.
std::string formula_html(const std::string& tex);

}  // namespace basin::report
