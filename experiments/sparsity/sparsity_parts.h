// What was measured of one training, in a file: an interrupted study reads what it has and goes on with the rest.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "experiments/sparsity/sparsity_study.h"

namespace basin::experiments {

// `key` says all that the numbers depend on. Values of features lie beside it, in a file of the same name and .npz.
void write_part(const std::string& path, const std::string& key, const std::vector<SparsityNet>& nets);
// Nothing if there is no such file, it is of another key, or damaged: then it is measured again. Of `removed` it holds
// the counts and what they stand on.
std::optional<std::vector<SparsityNet>> read_part(const std::string& path, const std::string& key);

}  // namespace basin::experiments
