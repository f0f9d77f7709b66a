#include "core/npz.h"

#include <fmt/format.h>
#include <zip.h>

#include <memory>
#include <vector>

#include "core/file.h"
#include "core/file_format.h"
#include "core/npy.h"

namespace basin {
namespace {

using Archive = std::unique_ptr<zip_t, decltype(&zip_discard)>;
using Source = std::unique_ptr<zip_source_t, decltype(&zip_source_free)>;
using OpenEntry = std::unique_ptr<zip_file_t, decltype(&zip_fclose)>;
constexpr std::string_view suffix = ".npy";

[[noreturn]] void corrupt(std::string_view name, std::string_view what) {
  throw DataError(fmt::format("{}: not a valid .npz file: {}", name, what));
}

Archive open_archive(std::string_view bytes, std::string_view name) {
  if (const std::string other = foreign_format(bytes); !bytes.starts_with("PK") && !other.empty()) corrupt(name, other);
  if (bytes.empty()) corrupt(name, "it is empty");  // libzip takes that for an archive without entries
  zip_error_t error;
  zip_error_init(&error);
  Source source(zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error), zip_source_free);
  // The consistency check also refuses a name that appears twice.
  Archive archive(source ? zip_open_from_source(source.get(), ZIP_RDONLY | ZIP_CHECKCONS, &error) : nullptr,
                  zip_discard);
  const std::string what = zip_error_strerror(&error);
  zip_error_fini(&error);
  if (!archive) corrupt(name, what);
  (void)source.release();  // owned by the archive now
  return archive;
}

std::string unpack(zip_t* archive, const zip_stat_t& info, std::string_view where) {
  if (info.comp_method != ZIP_CM_STORE && info.comp_method != ZIP_CM_DEFLATE)
    corrupt(where, fmt::format("compression method {}, only stored and deflated are supported", info.comp_method));
  OpenEntry entry(zip_fopen_index(archive, info.index, 0), zip_fclose);
  if (!entry) corrupt(where, zip_strerror(archive));
  std::string bytes;
  std::vector<char> chunk(1 << 16);
  for (;;) {
    const zip_int64_t n = zip_fread(entry.get(), chunk.data(), chunk.size());
    if (n < 0) corrupt(where, zip_file_strerror(entry.get()));
    if (n == 0) break;
    bytes.append(chunk.data(), std::size_t(n));
    if (bytes.size() > info.size) break;
  }
  if (bytes.size() != info.size)
    corrupt(where, fmt::format("{} bytes are announced, {} are there", info.size, bytes.size()));
  return bytes;
}

void add_file(zip_t* archive, const std::string& name, const std::string& bytes) {
  zip_source_t* source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
  const zip_int64_t index = source ? zip_file_add(archive, (name + ".npy").c_str(), source, ZIP_FL_ENC_UTF_8) : -1;
  constexpr zip_uint16_t first_of_1980 = 1 << 5 | 1;  // zip's earliest day: month and day in its bits
  if (index < 0 || zip_set_file_compression(archive, zip_uint64_t(index), ZIP_CM_STORE, 0) ||
      zip_file_set_dostime(archive, zip_uint64_t(index), 0, first_of_1980, 0)) {
    if (index < 0) zip_source_free(source);
    throw ResourceError(
        fmt::format("cannot put the array {} into an archive: {}", excerpt(name), zip_strerror(archive)));
  }
}

std::string contents(zip_source_t* source) {
  zip_stat_t info;
  if (zip_source_stat(source, &info) || zip_source_open(source))
    throw ResourceError("cannot read back an archive in memory");
  std::string bytes(info.size, '\0');
  const zip_int64_t n = zip_source_read(source, bytes.data(), bytes.size());
  zip_source_close(source);
  if (n != zip_int64_t(bytes.size())) throw ResourceError("cannot read back an archive in memory");
  return bytes;
}

}  // namespace

std::map<std::string, Tensor<double>> read_npz(const std::string& path) { return parse_npz(read_file(path), path); }

std::map<std::string, Tensor<double>> parse_npz(std::string_view bytes, std::string_view name) {
  std::map<std::string, Tensor<double>> arrays;
  each_npy(bytes, name, [&](const std::string& array, std::string_view npy, const std::string& where) {
    if (npy_holds_numbers(npy)) arrays.emplace(array, parse_npy(npy, where));
  });
  return arrays;
}

void each_npy(std::string_view bytes, std::string_view name, const UseNpy& use) {
  const Archive archive = open_archive(bytes, name);
  const zip_int64_t n_entries = zip_get_num_entries(archive.get(), 0);
  for (zip_int64_t i = 0; i < n_entries; ++i) {
    zip_stat_t info;
    if (zip_stat_index(archive.get(), zip_uint64_t(i), 0, &info)) corrupt(name, zip_strerror(archive.get()));
    const std::string_view file = info.name;
    const std::string where = fmt::format("{}: array {}", name, excerpt(file));
    if (file.ends_with("data.pkl")) corrupt(name, foreign_format(bytes));
    if (!file.ends_with(suffix)) corrupt(where, "its name does not end in .npy");
    use(std::string(file.substr(0, file.size() - suffix.size())), unpack(archive.get(), info, where), where);
  }
}

template <class T>
void NpzWriter::add(const std::string& name, const Tensor<T>& tensor) {
  if (name.empty()) throw NameError("npz: an array needs a name");
  if (!files_.emplace(name, npy_bytes(tensor)).second)
    throw NameError(fmt::format("npz: an array {} was already added", excerpt(name)));
}

std::string NpzWriter::bytes() const {
  if (files_.empty()) throw UsageError("npz: no array was added; help: call add(name, tensor) before saving");
  zip_error_t error;
  zip_error_init(&error);
  const Source source(zip_source_buffer_create(nullptr, 0, 0, &error), zip_source_free);
  Archive archive(source ? zip_open_from_source(source.get(), ZIP_TRUNCATE, &error) : nullptr, zip_discard);
  zip_error_fini(&error);
  if (!archive) throw ResourceError("npz: cannot open an archive in memory");
  zip_source_keep(source.get());  // closing the archive gives up its hold, this keeps ours
  for (const auto& [name, file] : files_) add_file(archive.get(), name, file);
  if (zip_close(archive.get())) throw ResourceError(fmt::format("npz: {}", zip_strerror(archive.get())));
  (void)archive.release();  // closed
  return contents(source.get());
}

void NpzWriter::save(const std::string& path) const { write_atomically(path, bytes()); }

template void NpzWriter::add(const std::string&, const Tensor<float>&);
template void NpzWriter::add(const std::string&, const Tensor<double>&);
template void NpzWriter::add(const std::string&, const Tensor<std::int64_t>&);

}  // namespace basin
