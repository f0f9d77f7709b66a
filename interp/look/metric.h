// What a look is asked about: one number for each row, as more graph (docs/theory.md §5.9).
//   logit:label  logit:3            an output, of the label's class or of a class
//   difference:label,other          a difference of two outputs; `other` is the label of the row that is compared with
//   probability:label  log_probability:2
//   loss                            the model's own; the mean over positions where it has one at each
//   value:layers.0.post[3]          the sum of the entries of a site
#pragma once
#include <string>
#include <string_view>

#include "interp/look/site.h"

namespace basin::interp {

inline constexpr const char* label_input = "t";              // labels [rows], or [rows, positions]
inline constexpr const char* other_label_input = "other/t";  // of the rows that are compared with

struct OutputClass {
  enum Kind { label, other, fixed } kind = label;
  std::int64_t index = 0;  // of a fixed one
};

struct Metric {
  enum class Kind { logit, difference, probability, log_probability, loss, value };
  Kind kind = Kind::logit;
  OutputClass a{}, b{.kind = OutputClass::other};  // a difference is a - b
  Site site{};                                     // of a value
  std::int64_t position = -1;                      // of outputs [rows, positions, classes]; below 0 from the end
};

Metric metric_from(std::string_view text);  // UsageError with what is wanted
std::string text_of(const Metric& metric);

bool needs_other_label(const Metric& metric);

// [rows], of a traced model. Labels are the model's input "t"; the other ones an input "other/t" of its shape, which is
// made if it is wanted. NameError or ShapeError where the model has no such labels, outputs or value; UsageError for a
// class or position that is not there, and for a model without output or loss where that is asked for.
Var metric_of(Graph& graph, const Ends& ends, const Metric& metric, std::int64_t rows);

}  // namespace basin::interp
