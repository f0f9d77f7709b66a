#include "core/npz_stream.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <mutex>

#include "core/bytes.h"
#include "core/file.h"
#include "core/npy.h"
#include "core/pending_file.h"

namespace basin {
namespace {

constexpr std::uint32_t local_mark = 0x04034b50, central_mark = 0x02014b50, end_mark = 0x06054b50;
constexpr std::uint32_t end64_mark = 0x06064b50, locator64_mark = 0x07064b50;
constexpr std::uint16_t version = 45;                // of zip64
constexpr std::uint16_t utf8 = 1 << 11;              // names are
constexpr std::uint16_t first_of_1980 = 1 << 5 | 1;  // zip's earliest day
constexpr std::uint16_t unix_file = 3 << 8 | version;
constexpr std::uint32_t in_extra = 0xffffffff;  // the number stands in the zip64 field

// Rows that lie in the file: their place among the bytes of the numbers, and their checksum.
struct Piece {
  std::uint64_t at, size;
  std::uint32_t crc;
};

struct Entry {
  std::string name;  // with .npy
  Shape shape;
  std::string header;       // of the .npy
  std::uint64_t local = 0;  // where its zip header begins
  std::vector<Piece> pieces = {};

  std::uint64_t row_bytes() const { return shape[0] == 0 ? 0 : numbers() / std::uint64_t(shape[0]); }
  std::uint64_t numbers() const { return std::uint64_t(shape.numel()) * sizeof(double); }
  std::uint64_t size() const { return header.size() + numbers(); }
  std::uint64_t data() const { return local + local_header(0).size() + header.size(); }

  // What a zip says of a file in front of it and in the list at its end.
  void store_common(std::string& out, std::uint32_t crc) const {
    store(out, version), store(out, utf8), store<std::uint16_t>(out, 0), store<std::uint16_t>(out, 0);
    store(out, first_of_1980), store(out, crc), store(out, in_extra), store(out, in_extra);
    store(out, std::uint16_t(name.size()));
  }
  std::string local_header(std::uint32_t crc) const {
    std::string out;
    store(out, local_mark);
    store_common(out, crc);
    store<std::uint16_t>(out, 20);
    out += name;
    store<std::uint16_t>(out, 1), store<std::uint16_t>(out, 16), store(out, size()), store(out, size());
    return out;
  }
  std::string central_header(std::uint32_t crc) const {
    std::string out;
    store(out, central_mark), store(out, unix_file);
    store_common(out, crc);
    store<std::uint16_t>(out, 28), store<std::uint16_t>(out, 0), store<std::uint16_t>(out, 0);
    store<std::uint16_t>(out, 0), store<std::uint32_t>(out, 0), store(out, in_extra);
    out += name;
    store<std::uint16_t>(out, 1), store<std::uint16_t>(out, 24), store(out, size()), store(out, size());
    store(out, local);
    return out;
  }
};

std::uint32_t checksum(std::uint32_t before, std::string_view bytes) {
  return std::uint32_t(crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

// Of header and numbers, from the pieces in their order, which must follow one another.
std::uint32_t whole_checksum(Entry& e) {
  std::ranges::sort(e.pieces, {}, &Piece::at);
  std::uint32_t crc = checksum(0, e.header);
  std::uint64_t at = 0;
  for (const Piece& p : e.pieces) {
    if (p.at != at) break;
    crc = std::uint32_t(crc32_combine(crc, p.crc, z_off_t(p.size)));
    at += p.size;
  }
  if (at != e.numbers() || (!e.pieces.empty() && e.pieces.back().at + e.pieces.back().size != at))
    throw UsageError(fmt::format("npz: rows of the array {} are missing or were written twice", excerpt(e.name)));
  return crc;
}

std::string end_of_list(std::uint64_t entries, std::uint64_t begin, std::uint64_t size) {
  std::string out;
  store(out, end64_mark), store<std::uint64_t>(out, 44), store(out, unix_file), store(out, version);
  store<std::uint32_t>(out, 0), store<std::uint32_t>(out, 0), store(out, entries), store(out, entries);
  store(out, size), store(out, begin);
  store(out, locator64_mark), store<std::uint32_t>(out, 0), store(out, begin + size), store<std::uint32_t>(out, 1);
  store(out, end_mark), store<std::uint32_t>(out, 0), store<std::uint32_t>(out, in_extra);
  store(out, in_extra), store(out, in_extra), store<std::uint16_t>(out, 0);
  return out;
}

}  // namespace

struct NpzStream::State {
  PendingFile file;
  std::vector<Entry> entries{};
  std::mutex mutex{};

  Entry& entry(const std::string& array) {
    const auto found = std::ranges::find(entries, array + ".npy", &Entry::name);
    if (found == entries.end()) throw NameError(fmt::format("npz: no array {} was announced", excerpt(array)));
    return *found;
  }
};

NpzStream::NpzStream(const std::string& path, const std::vector<std::pair<std::string, Shape>>& arrays)
    : state_(new State{PendingFile(path)}) {
  if (arrays.empty()) throw UsageError("npz: no array was announced");
  for (const auto& [name, shape] : arrays) {
    if (name.empty()) throw NameError("npz: an array needs a name");
    if (shape.rank() == 0) throw ShapeError(fmt::format("npz: the array {} has no rows", excerpt(name)));
    state_->entries.push_back({.name = name + ".npy", .shape = shape, .header = npy_header<double>(shape)});
  }
  std::ranges::sort(state_->entries, {}, &Entry::name);
  if (const auto twice = std::ranges::adjacent_find(state_->entries, {}, &Entry::name); twice != state_->entries.end())
    throw NameError(fmt::format("npz: an array {} was already added", excerpt(twice->name)));
  std::uint64_t at = 0;
  for (Entry& e : state_->entries) {
    e.local = at;
    at = e.data() + e.numbers();
  }
}

NpzStream::NpzStream(NpzStream&&) noexcept = default;
NpzStream::~NpzStream() = default;

void NpzStream::write(const std::string& array, std::int64_t first, std::span<const double> rows) {
  Entry& e = state_->entry(array);
  const std::uint64_t row = e.row_bytes(), at = std::uint64_t(first) * row;
  if (first < 0 || (row == 0 ? !rows.empty() : rows.size_bytes() % row != 0) || at + rows.size_bytes() > e.numbers())
    throw ShapeError(fmt::format("npz: {} numbers given for rows from {} on of the array {} of shape {}", rows.size(),
                                 first, excerpt(array), e.shape.str()));
  const std::string_view bytes(reinterpret_cast<const char*>(rows.data()), rows.size_bytes());
  state_->file.write_at(e.data() + at, bytes);
  const std::uint32_t crc = checksum(0, bytes);
  const std::lock_guard lock(state_->mutex);
  if (!bytes.empty()) e.pieces.push_back({at, bytes.size(), crc});
}

void NpzStream::keep() {
  std::string list;
  for (Entry& e : state_->entries) {
    const std::uint32_t crc = whole_checksum(e);
    state_->file.write_at(e.local, e.local_header(crc) + e.header);
    list += e.central_header(crc);
  }
  const std::uint64_t begin = state_->entries.back().data() + state_->entries.back().numbers();
  state_->file.write_at(begin, list + end_of_list(state_->entries.size(), begin, list.size()));
  state_->file.keep();
}

}  // namespace basin
