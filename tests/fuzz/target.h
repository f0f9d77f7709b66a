// What a reader may do with any bytes: take them, or refuse them with a basin::Error whose text is fit for a terminal.
// All else is a finding: another exception, a crash, a sanitizer's report, memory or time out of proportion.
//   FUZZ_TARGET(npy) { parse_npy(bytes, "x.npy"); }      in test_npy.cpp
// With BASIN_FUZZER it is what libFuzzer calls (scripts/fuzz.sh); else a test that reads all of corpus/npy.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/tensor.h"

namespace fuzzing {

// A promise that a reader's result does not keep.
inline void require(bool kept, const char* promise) {
  if (!kept) throw std::logic_error(promise);
}

template <class T>
bool same_bits(const basin::Tensor<T>& a, const basin::Tensor<T>& b) {
  const auto bytes = [](const basin::Tensor<T>& t) {
    return std::string_view(reinterpret_cast<const char*>(t.data.data()), t.data.size() * sizeof(T));
  };
  return a.shape == b.shape && bytes(a) == bytes(b);
}

inline void require_fit_for_terminal(std::string_view message) {
  require(message.size() < 2000, "a message is long");
  for (const char c : message)
    require(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f), "a message has control characters");
}

template <class Read>
void feed(const Read& read, const std::string& bytes) {
  try {
    read(bytes);
  } catch (const basin::Error& e) {
    require_fit_for_terminal(e.what());
  }
}

}  // namespace fuzzing

#ifdef BASIN_FUZZER
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#define FUZZ_TARGET(format)                                                                 \
  static void fuzz_##format(const std::string& bytes);                                      \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {       \
    try {                                                                                   \
      fuzzing::feed(fuzz_##format, std::string(reinterpret_cast<const char*>(data), size)); \
    } catch (const std::exception& e) {                                                     \
      std::fprintf(stderr, "finding: %s\n", e.what());                                      \
      std::abort();                                                                         \
    }                                                                                       \
    return 0;                                                                               \
  }                                                                                         \
  static void fuzz_##format(const std::string& bytes)
#else
#include "tests/fuzz/corpus.h"

#define FUZZ_TARGET(format)                                                    \
  static void fuzz_##format(const std::string& bytes);                         \
  TEST_CASE("every kept input of the target " #format " is read or refused") { \
    fuzzing::feed_corpus(#format, fuzz_##format);                              \
  }                                                                            \
  static void fuzz_##format(const std::string& bytes)
#endif
