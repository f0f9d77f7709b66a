// Every reader of core against damaged files (fuzz.h).
#include "core/csv.h"
#include "core/file.h"
#include "core/json_lines.h"
#include "core/npy.h"
#include "core/npz.h"
#include "core/safetensors.h"
#include "tests/core/fuzz.h"
#include "tests/core/gzip.h"
#include "tests/core/temp_folder.h"

using namespace basin;

namespace {

const std::string seeds_folder = std::string(BASIN_SOURCE_DIR) + "/tests/golden/files/";

}  // namespace

TEST_CASE("damaged .npy files are refused or read, never worse") {
  const FuzzedReader read = [](const std::string& bytes) { parse_npy(bytes, "x.npy"); };
  for (const char* file : {"c_f8", "c_i8", "c_b1", "fortran_f8", "big_endian", "version_2", "scalar", "empty"})
    fuzz(file, read_file(seeds_folder + file + ".npy"), read, 1000);
}

TEST_CASE("damaged .npz files are refused or read, never worse") {
  const FuzzedReader read = [](const std::string& bytes) { parse_npz(bytes, "x.npz"); };
  fuzz("stored", read_file(seeds_folder + "stored.npz"), read, 1000);
  fuzz("deflated", read_file(seeds_folder + "deflated.npz"), read, 1000);
}

TEST_CASE("damaged safetensors files are refused or read, never worse") {
  const FuzzedReader read = [](const std::string& bytes) { parse_safetensors(bytes, "x.safetensors"); };
  fuzz("all types", read_file(seeds_folder + "all_types.safetensors"), read, 1000);
  fuzz("small", SafeTensorsWriter().add("w", Tensor<float>({2}, {1, 2})).metadata("k", "v").bytes(), read, 1000);
}

TEST_CASE("damaged tables are refused or read, never worse") {
  const FuzzedReader read = [](const std::string& bytes) { parse_csv(bytes, "x.csv"); };
  fuzz("plain", "x,y\n1,2\n-3.5,4e-3\n", read, 1000);
  fuzz("quoted", "\"a, b\",\"c \"\"d\"\"\"\r\n1,2\r\n\"3\",4\r\n\r\n", read, 1000);
  fuzz("decimal commas", "x;y\n1,5;2\n-3,5;4e-3\n", read, 1000);
  fuzz("blanks", "\xEF\xBB\xBF x   y\n 1.5 2\n-3.5  4e-3\n", read, 1000);
  const FuzzedReader with_words = [](const std::string& bytes) {
    CsvLines lines(bytes, "x.csv");
    read_rows(lines, 1);
  };
  fuzz("words", "1\tred\n2\t\"blue \"\"sky\"\"\"\n", with_words, 300);
}

TEST_CASE("damaged gzip data is refused or read, never worse") {
  const FuzzedReader read = [](const std::string& bytes) { gunzip(bytes, 1 << 20, "x.gz"); };
  fuzz("gzip", gzip("the quick brown fox jumps over the lazy dog, and again: the quick brown fox"), read, 1000);
}

TEST_CASE("damaged metrics are cut or refused, never worse") {
  const TempFolder folder;
  const std::string path = folder / "m.jsonl";
  const FuzzedReader keep = [&](const std::string& bytes) {
    folder.with("m.jsonl", bytes);
    keep_json_lines(path, 2);
  };
  fuzz("metrics", "{\"step\":1,\"loss\":0.5}\n{\"step\":2,\"loss\":null}\n{\"st", keep, 500);
}
