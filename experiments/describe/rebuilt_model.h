// The model that a file of weights belongs to.
#pragma once
#include <string>

#include "autodiff/model.h"

namespace basin::experiments {

struct RebuiltModel {
  Model model;
  std::string from;  // what was known of it, in a few words
};

// By the config in the metadata, by TransformerLens's names, or as dense layers with an activation between them.
// DataError if the tensors are not those of that model, or of none of these.
RebuiltModel rebuilt_model(const std::string& path);

}  // namespace basin::experiments
