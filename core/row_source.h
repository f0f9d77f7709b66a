// Rows of numbers that are read when they are asked for: data that need not fit into memory.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/shape.h"

namespace basin {

class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual const Shape& shape() const = 0;  // [rows, …]
  // Fills `to` with whole rows from `first` on, which must be there. May be called from several threads.
  virtual void read(std::int64_t first, std::span<double> to) const = 0;
};

// The array of a .npy file in C order, the tensor `x`, or the only one, of a .safetensors file, or an IDX file that is
// not compressed, …-ubyte or .idx, whose bytes are pixels and become shares of 255; at most `most` rows, and with
// `flat` as [rows, numbers in a row]. The file is read piece by piece, not mapped, so that one that becomes
// shorter is an error and not a signal. Null for other files, and for .npy in Fortran order. DataError as of read_npy,
// read_safetensors and read_idx, for fewer than two axes, for no rows, and in read() for NaN and Inf, naming the row.
std::shared_ptr<const RowSource> rows_in_file(const std::string& path, std::int64_t most, bool flat);

}  // namespace basin
