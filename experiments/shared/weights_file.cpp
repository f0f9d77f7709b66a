#include "experiments/shared/weights_file.h"

#include "core/lapack.h"
#include "core/npz.h"

namespace basin::experiments {

SafeTensors read_weights(const std::string& path) {
  if (!path.ends_with(".npz")) return read_safetensors(path);
  SafeTensors file;
  for (auto& [name, array] : read_npz(path)) {
    const bool w = name.ends_with("_W") && array.shape.rank() == 2, b = name.ends_with("_b");
    const std::string prefix = name.substr(0, name.size() - 2);
    file.tensors[w ? prefix + ".weight" : b ? prefix + ".bias" : name] = w ? transpose(array) : array;
  }
  return file;
}

}  // namespace basin::experiments
