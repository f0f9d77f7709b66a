#include "core/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "core/file.h"
#include "core/file_format.h"

namespace basin {
namespace {

using nlohmann::json;
constexpr std::string_view metadata_key = "__metadata__";
const std::map<std::string, Dtype> dtypes = {
    {"F64", Dtype::f64}, {"F32", Dtype::f32}, {"I64", Dtype::i64},     {"F16", Dtype::f16}, {"BF16", Dtype::bf16},
    {"I32", Dtype::i32}, {"I16", Dtype::i16}, {"I8", Dtype::i8},       {"U64", Dtype::u64}, {"U32", Dtype::u32},
    {"U16", Dtype::u16}, {"U8", Dtype::u8},   {"BOOL", Dtype::boolean}};

[[noreturn]] void fail(std::string_view where, std::string_view what) {
  throw DataError(fmt::format("{}: not a valid safetensors file: {}", where, what));
}

struct Slot {  // one tensor as the header describes it
  std::string name, dtype;
  std::vector<std::uint64_t> dims;
  std::uint64_t begin, end;
};

// Splits off the header's text; `bytes` becomes the data behind it.
std::string_view take_header(std::string_view& bytes, std::string_view name) {
  if (bytes.size() < 8) fail(name, fmt::format("{} bytes, too short for a header", bytes.size()));
  const auto length = load<std::uint64_t>(bytes.data());
  bytes.remove_prefix(8);
  if (length > bytes.size())
    fail(name, fmt::format("truncated: a header of {} bytes is announced, {} bytes follow", length, bytes.size()));
  const std::string_view text = bytes.substr(0, length);
  if (!text.starts_with('{')) fail(name, "its header does not begin with {");
  bytes.remove_prefix(length);
  return text;
}

// Every key once, no deeper than the format goes, and JSON at all. The parser that makes values would keep the last of
// equal keys, and its callback costs a pass over the whole object for every member.
class HeaderCheck : public nlohmann::json_sax<json> {
 public:
  explicit HeaderCheck(std::string_view name) : name_(name) {}
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return open(); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(); }
  bool end_array() override { return close(); }
  bool key(string_t& key) override {
    if (!keys_.back().insert(key).second) fail(name_, fmt::format("{} appears twice in its header", excerpt(key)));
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& e) override {
    fail(name_, fmt::format("its header is not JSON: {}", excerpt(e.what())));
  }

 private:
  bool open() {
    if (keys_.size() == 3) fail(name_, "its header is nested too deeply");  // header, tensor, list
    keys_.emplace_back();
    return true;
  }
  bool close() {
    keys_.pop_back();
    return true;
  }
  std::string_view name_;
  std::vector<std::set<std::string>> keys_;  // of the objects and lists that are open
};

json parse_json(std::string_view text, std::string_view name) {
  HeaderCheck check(name);
  json::sax_parse(text, &check);
  return json::parse(text);
}

std::vector<std::uint64_t> lengths(const json& list, std::string_view where, std::string_view key) {
  std::vector<std::uint64_t> values;
  if (!list.is_array()) fail(where, fmt::format("{} is not a list", key));
  for (const json& item : list) {
    if (!item.is_number_unsigned()) fail(where, fmt::format("{} holds something else than a whole number", key));
    values.push_back(item.get<std::uint64_t>());
  }
  return values;
}

Slot parse_slot(const std::string& tensor, const json& entry, std::string_view where) {
  const bool complete = entry.is_object() && entry.size() == 3 && entry.contains("dtype") && entry.contains("shape") &&
                        entry.contains("data_offsets");
  if (!complete) fail(where, "its entry is not exactly dtype, shape and data_offsets");
  if (!entry["dtype"].is_string()) fail(where, "dtype is not a string");
  const auto offsets = lengths(entry["data_offsets"], where, "data_offsets");
  if (offsets.size() != 2 || offsets[0] > offsets[1]) fail(where, "data_offsets is not a begin and an end");
  const auto dtype = entry["dtype"].get<std::string>();
  if (!dtypes.contains(dtype))
    throw DataError(
        fmt::format("{}: numbers of type {} are not supported, only F64 F32 F16 BF16 I64 I32 I16 I8 U64 U32 U16 U8 "
                    "BOOL; help: convert it in Python, tensor.float(), before it is saved",
                    where, excerpt(dtype)));
  return {tensor, dtype, lengths(entry["shape"], where, "shape"), offsets[0], offsets[1]};
}

std::map<std::string, std::string> parse_metadata(const json& entry, std::string_view name) {
  std::map<std::string, std::string> metadata;
  if (!entry.is_object()) fail(name, "__metadata__ is not an object");
  for (const auto& [key, value] : entry.items()) {
    if (!value.is_string()) fail(name, fmt::format("metadata {} is not a string", excerpt(key)));
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

std::string tensor_place(std::string_view name, const std::string& tensor) {
  return fmt::format("{}: tensor {}", name, excerpt(tensor));
}

// Laid end to end, the tensors must be the data: no holes, no overlaps, nothing behind.
void check_layout(std::vector<Slot>& slots, std::uint64_t size, std::string_view name) {
  std::ranges::sort(slots, {}, [](const Slot& s) { return std::tie(s.begin, s.end, s.name); });
  std::uint64_t covered = 0;
  for (const Slot& slot : slots) {
    if (slot.begin != covered)
      fail(tensor_place(name, slot.name),
           fmt::format("begins at byte {} of the data, the one before it ends at {}", slot.begin, covered));
    covered = slot.end;
  }
  if (covered != size)
    fail(name, fmt::format("its tensors cover {} bytes, {} are there ({})", covered, size,
                           covered > size ? "truncated" : "something follows them"));
}

// Splits off the header, whose tensors it gives in the order of their numbers.
std::vector<Slot> take_slots(std::string_view& bytes, std::string_view name,
                             std::map<std::string, std::string>& metadata) {
  if (bytes.size() < 9 || bytes[8] != '{')
    if (const std::string other = foreign_format(bytes); !other.empty()) fail(name, other);
  const json header = parse_json(take_header(bytes, name), name);
  std::vector<Slot> slots;
  for (const auto& [key, entry] : header.items()) {
    if (key == metadata_key)
      metadata = parse_metadata(entry, name);
    else
      slots.push_back(parse_slot(key, entry, tensor_place(name, key)));
  }
  check_layout(slots, bytes.size(), name);
  return slots;
}

}  // namespace

SafeTensors read_safetensors(const std::string& path) { return parse_safetensors(read_file(path), path); }

SafeTensors parse_safetensors(std::string_view bytes, std::string_view name) {
  SafeTensors file;
  for (const Slot& slot : take_slots(bytes, name, file.metadata)) {
    const std::string where = tensor_place(name, slot.name);
    const std::string_view own = bytes.substr(slot.begin, slot.end - slot.begin);
    const Dtype dtype = dtypes.at(slot.dtype);
    const Shape shape = checked_shape(slot.dims, dtype, own.size(), where);
    file.tensors.emplace(slot.name, Tensor<double>(shape, decode(own, dtype, where)));
    file.order.push_back(slot.name);
    file.dtypes[slot.name] = slot.dtype;
  }
  return file;
}

std::optional<NumbersIn> safetensors_numbers(std::string_view bytes, std::string_view name, const std::string& tensor) {
  const std::size_t size = bytes.size();
  std::map<std::string, std::string> metadata;
  const std::vector<Slot> slots = take_slots(bytes, name, metadata);
  const auto slot = slots.size() == 1 ? slots.begin() : std::ranges::find(slots, tensor, &Slot::name);
  if (slot == slots.end())
    throw DataError(fmt::format("{}: {} tensors and none of them is {}; help: save the inputs under that name", name,
                                slots.size(), excerpt(tensor)));
  const Dtype dtype = dtypes.at(slot->dtype);
  const Shape shape = checked_shape(slot->dims, dtype, slot->end - slot->begin, tensor_place(name, slot->name));
  return NumbersIn{dtype, false, shape, size - bytes.size() + slot->begin};
}

template <class T>
SafeTensorsWriter& SafeTensorsWriter::add(const std::string& name, const Tensor<T>& tensor) {
  if (name == metadata_key) throw NameError("safetensors: the name __metadata__ is reserved");
  if (!entries_.emplace(name, Entry{dtype_of<T>(), tensor.shape, packed<T>(tensor.data)}).second)
    throw NameError(fmt::format("safetensors: a tensor {} was already added", excerpt(name)));
  return *this;
}

SafeTensorsWriter& SafeTensorsWriter::metadata(const std::string& key, const std::string& value) {
  if (!metadata_.emplace(key, value).second)
    throw NameError(fmt::format("safetensors: metadata {} was already given", excerpt(key)));
  return *this;
}

std::string SafeTensorsWriter::bytes() const {
  json header = json::object();
  if (!metadata_.empty()) header[std::string(metadata_key)] = metadata_;
  std::string data;
  for (const auto& [name, entry] : entries_) {
    const auto spelled = std::ranges::find(dtypes, entry.dtype, [](const auto& known) { return known.second; });
    const std::vector<std::int64_t> dims(entry.shape.begin(), entry.shape.end());
    const std::size_t begin = data.size();
    data += entry.bytes;
    header[name] = {{"dtype", spelled->first}, {"shape", dims}, {"data_offsets", {begin, data.size()}}};
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const json::exception&) {
    throw DataError("safetensors: a tensor name or metadata is not valid UTF-8");
  }
  text.append((8 - text.size() % 8) % 8, ' ');
  std::string file;
  store<std::uint64_t>(file, text.size());
  return file + text + data;
}

void SafeTensorsWriter::save(const std::string& path) const { write_atomically(path, bytes()); }

template SafeTensorsWriter& SafeTensorsWriter::add(const std::string&, const Tensor<float>&);
template SafeTensorsWriter& SafeTensorsWriter::add(const std::string&, const Tensor<double>&);
template SafeTensorsWriter& SafeTensorsWriter::add(const std::string&, const Tensor<std::int64_t>&);

}  // namespace basin
