// IDX, the format of MNIST: a big-endian header (two zero bytes, type code, rank, then 32-bit axis lengths), then the
// numbers, row-major. Files may be raw or gzip-compressed; the first bytes tell, not the name.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "core/tensor.h"
#include "nn/data/dataset.h"

namespace basin::nn {

// All six number types are accepted; whole numbers beyond 2^24 are rounded as float rounds them. Throws DataError
// naming the file: unreadable, wrong magic or type code, rank 0 or over 8, an empty axis, too few or too many bytes, a
// damaged gzip stream or one of more than 2^29 bytes unpacked.
Tensor<float> read_idx(const std::filesystem::path& path);
Tensor<float> parse_idx(std::string_view bytes, std::string_view name);

// The four files train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-…, each raw or with .gz, of the folder `dir`.
// Pixels are divided by 255 and flattened to [n, height*width]; ten classes. Throws DataError.
Split load_mnist_like(const std::filesystem::path& dir, const std::string& name);

}  // namespace basin::nn
