// MNIST and what has its form, such as Fashion-MNIST.
#pragma once
#include <filesystem>
#include <string>

#include "nn/data/dataset.h"

namespace basin::nn {

// The four files train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-… (core/idx.h), each raw or with .gz, of the
// folder `dir`. Pixels are divided by 255 and flattened to [n, height*width]; ten classes. Throws DataError.
Split load_mnist_like(const std::filesystem::path& dir, const std::string& name);

}  // namespace basin::nn
