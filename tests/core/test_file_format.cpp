#include "core/file_format.h"

#include <doctest/doctest.h>

#include <string>

#include "core/file.h"
#include "core/safetensors.h"
#include "tests/core/gzip.h"

using namespace basin;

namespace {

const std::string golden = std::string(BASIN_SOURCE_DIR) + "/tests/golden/files/";

void is(const std::string& bytes, const std::string& what, const std::string& help) {
  const std::string said = foreign_format(bytes);
  CHECK_MESSAGE(said.find("it is " + what) == 0, "wanted: ", what, "\ngiven: ", said);
  CHECK_MESSAGE(said.find(help) > said.find("; help: "), "wanted: ", help, "\ngiven: ", said);
}

}  // namespace

TEST_CASE("files that people rename are known by their first bytes, with what to do") {
  is(std::string("PK\x03\x04\0\0\x08\x08", 8) + std::string(22, '\0') + "archive/data.pkl", "a PyTorch file",
     "from safetensors.torch import save_file");
  is(read_file(golden + "stored.npz"), "a zip archive", "ending .npz");
  is("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46", "a file of an early PyTorch", "save_file");
  for (const char* protocol : {"\x80\x02}q", "\x80\x03}q", "\x80\x04\x95", "\x80\x05\x95"})
    is(protocol, "a Python pickle", "save_file");
  is("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n", "a Git LFS pointer", "git lfs pull");
  is(gzip("x"), "a gzip file", "gunzip");
  is(read_file(golden + "c_f8.npy"), "a NumPy .npy file", "ending .npy");
  is("\x89HDF\r\n\x1a\n", "an HDF5 file", "h5py");
  is(std::string("net.pt") + std::string(251, '\0') + "ustar", "a tar archive", "tar xf");
}

TEST_CASE("a web page is one whatever the case of its first word, and what stands before it") {
  for (const char* page : {"<!DOCTYPE html><html>", "<!doctype HTML>", "\xef\xbb\xbf\r\n  <html lang=en>", "<HEAD>"})
    is(page, "an HTML page", "download it again");
}

TEST_CASE("what is none of them is left to its reader") {
  const std::string weights = SafeTensorsWriter().add("w", Tensor<float>({2}, {1, 2})).bytes();
  for (const std::string& bytes : {std::string(), std::string("a,b\n1,2\n"), std::string("P"), weights})
    CHECK(foreign_format(bytes) == "");
}
