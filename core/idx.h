// IDX, the format of MNIST: a big-endian header (two zero bytes, type code, rank, then 32-bit axis lengths), then the
// numbers, row-major. Files may be raw or gzip-compressed; the first bytes tell, not the name.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/tensor.h"

namespace basin {

// All six number types are accepted; whole numbers beyond 2^24 are rounded as float rounds them. Throws DataError
// naming the file: unreadable, wrong magic or type code, rank 0 or over 8, an empty axis, too few or too many bytes, a
// damaged gzip stream or one of more than 2^29 bytes unpacked.
Tensor<float> read_idx(const std::filesystem::path& path);
Tensor<float> parse_idx(std::string_view bytes, std::string_view name);

// As inputs: unsigned bytes are pixels, and become shares of 255. The same errors.
Tensor<double> read_pixels(const std::string& path);

// Where the numbers are in a file that is not compressed. The same errors.
NumbersIn idx_numbers(std::string_view bytes, std::string_view name);

// Whether a file of this name should be one: …-ubyte or ….idx, or that with .gz behind it.
bool is_idx_name(std::string_view path);

}  // namespace basin
