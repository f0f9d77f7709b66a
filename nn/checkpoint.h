// Parameters in safetensors files, under their names and in the layout that each declared (autodiff/parameter_info.h):
// a dense weight, [in, out] in memory, is written [out, in], so that torch.nn.Linear loads it as it is.
#pragma once
#include <string>

#include "autodiff/parameters.h"
#include "core/safetensors.h"

namespace basin::nn {

template <class T>
void add_parameters(SafeTensorsWriter& file, const Parameters<T>& params);

// Every slice must be there with the right shape; other tensors are left alone. DataError names the file, the tensor
// and both shapes.
void require_parameters(const std::vector<ParameterInfo>& wanted, const SafeTensors& file, const std::string& path);
template <class T>
void load_parameters(Parameters<T>& params, const SafeTensors& file, const std::string& path);

}  // namespace basin::nn
