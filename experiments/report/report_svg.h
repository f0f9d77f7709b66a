// An SVG file made fit to stand inside an HTML page.
#pragma once
#include <string>

#include "core/error.h"

namespace basin::report {

// The <svg> element alone, with `prefix` before every id and every reference to one, its fixed size replaced by its
// viewBox, and `label` (escaped already) as its accessible name. DataError when `svg` is no SVG, carries a script or
// an event handler, or refers to anything outside itself.
std::string inline_svg(const std::string& svg, const std::string& prefix, const std::string& label);

// The same without a look inside: for pictures with texts of ours alone, which may read like code.
std::string labelled_svg(const std::string& svg, const std::string& label);

}  // namespace basin::report
