// What the text of an option's value means, and which texts are values of its kind.
#pragma once
#include "experiments/cli/options.h"

namespace basin::experiments {

// Whether `text` is a value of the option's kind within its limits: else the message says wanted_value.
bool acceptable(const OptionSpec& spec, const std::string& text);
std::string wanted_value(const OptionSpec& spec);  // "an integer of at least 1"

// The one spelling of what an acceptable text means: "1e-3" and "0.001" are "0.001", "8, 08" is "8,8".
std::string canonical(const OptionSpec& spec, const std::string& text);

bool is_list(const OptionSpec& spec);

// The value of an option, whose text is acceptable. Lists are separated by commas with or without blanks;
// the empty text is the empty list.
std::vector<std::int64_t> integers_in(const OptionSpec& spec);
std::vector<double> numbers_in(const OptionSpec& spec);
std::vector<std::string> words_in(const OptionSpec& spec);

}  // namespace basin::experiments
