#include "core/file_format.h"

#include <algorithm>
#include <array>

#include "core/names.h"

namespace basin {
namespace {

constexpr std::string_view from_torch =
    "python3 -c \"import torch; from safetensors.torch import save_file; save_file(torch.load('net.pt', "
    "weights_only=True), 'net.safetensors')\" converts a dict of tensors";

struct Format {
  std::string_view magic, what, help;
};

using std::string_view_literals::operator""sv;  // magic numbers may hold zeros

// The first that fits counts.
constexpr std::array formats{
    Format{"\x80\x02\x8a\x0a\x6c\xfc"sv, "a file of an early PyTorch (torch.save)", from_torch},
    Format{"\x80\x02"sv, "a Python pickle", from_torch},
    Format{"\x80\x03"sv, "a Python pickle", from_torch},
    Format{"\x80\x04"sv, "a Python pickle", from_torch},
    Format{"\x80\x05"sv, "a Python pickle", from_torch},
    Format{"version https://git-lfs"sv, "a Git LFS pointer, not the file itself",
           "`git lfs pull` in its repository fetches the file"},
    Format{"\x1f\x8b"sv, "a gzip file", "unpack it first: gunzip, or tar xzf if its name ends in .tar.gz"},
    Format{"\x28\xb5\x2f\xfd"sv, "a Zstandard file", "unpack it first: unzstd"},
    Format{"BZh"sv, "a bzip2 file", "unpack it first: bunzip2"},
    Format{"\xfd"
           "7zXZ"sv,
           "an xz file", "unpack it first: unxz"},
    Format{"\x93NUMPY"sv, "a NumPy .npy file: one array", "give its name the ending .npy"},
    Format{"\x89HDF"sv, "an HDF5 file", "read it in Python with h5py and save its arrays: numpy.savez, or safetensors"},
    Format{"GGUF"sv, "a GGUF file", "take the safetensors file of the same network"}};

bool is_web_page(std::string_view bytes) {
  std::string_view text = bytes.substr(0, 1024);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  const std::string start = lower_case(text.substr(0, 16));
  return start.starts_with("<!doctype html") || start.starts_with("<html") || start.starts_with("<head");
}

std::string said(std::string_view what, std::string_view help) {
  return "it is " + std::string(what) + "; help: " + std::string(help);
}

}  // namespace

std::string foreign_format(std::string_view bytes) {
  for (const Format& format : formats)
    if (bytes.starts_with(format.magic)) return said(format.what, format.help);
  if (bytes.starts_with("PK\x03\x04") && bytes.substr(0, 4096).find("data.pkl") != bytes.npos)
    return said("a PyTorch file (torch.save)", from_torch);
  if (bytes.starts_with("PK\x03\x04"))
    return said("a zip archive", "if numpy.savez made it, give its name the ending .npz");
  if (bytes.substr(0, 512).find("ustar", 257) == 257) return said("a tar archive", "unpack it first: tar xf");
  if (is_web_page(bytes))
    return said("an HTML page",
                "download it again: its address gave a web page in place of the file, as addresses do "
                "that show a file or ask for a login");
  return "";
}

}  // namespace basin
