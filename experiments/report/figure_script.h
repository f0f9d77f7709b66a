// The texts behind a figure: its numbers as csv and its gnuplot script.
#pragma once
#include <string>

#include "experiments/report/figure.h"

namespace basin::report {

std::string figure_csv(const Figure& figure);
std::string figure_script(const Figure& figure, const std::string& name);

// A text as a gnuplot string: in single quotes nothing but the quote itself is special. Control characters become
// spaces.
std::string gnuplot_quoted(const std::string& text);

}  // namespace basin::report
