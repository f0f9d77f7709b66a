// In which order the layers of a file follow each other: files keep names and shapes, and an order of their own that
// says nothing (safetensors writers sort by name).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace basin::interp {

using LayerOrder = std::vector<std::size_t>;  // places in what was given, first layer first

// By the numbers in the names (2 before 10), if they are an order: all names are equal but for one number, and no
// number occurs twice. fc1 fc2 and net.0.weight net.2.weight are; fc1 fc2 out, enc.0 dec.0 and 0.0 0.1 1.0 are not.
std::optional<LayerOrder> order_by_numbers(const std::vector<std::string>& names);

struct LayerWidths {
  std::int64_t in, out;
};

// The only order in which every layer takes what the one before gives, if there is exactly one. Layers of equal widths
// can be swapped, so there is none for them; nor, by choice, for more than 64 layers or where a search over 100,000
// steps does not decide.
std::optional<LayerOrder> order_by_shapes(const std::vector<LayerWidths>& layers);

}  // namespace basin::interp
