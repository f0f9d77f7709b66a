// One finished item of the study (a part of what is measured, at one checkpoint) in a file: an interrupted study reads
// what it has and goes on with the rest.
#pragma once
#include <string>

#include "experiments/grokking/grokking_study.h"

namespace basin::experiments {

// Into a file that is there whole or not at all. `key` says all that the numbers depend on.
void write_grokking_part(const std::string& path, const std::string& key, GrokkingPart part,
                         const GrokkingPoint& point);
// That part into the point. False, and the point stays as it is, if there is no such file, it is of another key, or
// damaged: then it is measured again.
bool read_grokking_part(const std::string& path, const std::string& key, GrokkingPart part, GrokkingPoint& point);

}  // namespace basin::experiments
