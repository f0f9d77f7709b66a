// What the text of an option's value means, and which texts are values of its kind.
#pragma once
#include "experiments/cli/options.h"

namespace basin::experiments {

// Whether `text` is a value of the option's kind within its limits: else the message says wanted_value.
bool acceptable(const OptionSpec& spec, const std::string& text);
std::string wanted_value(const OptionSpec& spec);  // "an integer of at least 1"

// The value of an option, whose text is acceptable. Lists are separated by commas with or without blanks;
// the empty text is the empty list.
std::vector<std::int64_t> integers_in(const OptionSpec& spec);
std::vector<double> numbers_in(const OptionSpec& spec);
std::vector<std::string> words_in(const OptionSpec& spec);

}  // namespace basin::experiments
