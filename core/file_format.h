// What a file is where another format was expected: people rename files, and downloads go wrong.
#pragma once
#include <string>
#include <string_view>

namespace basin {

// "it is an HTML page; help: …" for a message about a file that is not what its name says, by its first bytes: files of
// PyTorch, pickles, web pages, Git LFS pointers, gzip and other archives, .npy, .npz, HDF5, GGUF. Empty if it is none
// of them: then the reader knows better what is wrong.
std::string foreign_format(std::string_view bytes);

}  // namespace basin
