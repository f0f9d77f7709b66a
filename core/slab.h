// Slab: one block of memory with 64-byte alignment, zeroed, huge pages when it is large.
#pragma once
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>

namespace basin {

inline constexpr std::size_t slab_alignment = 64;

template <class T>
class Slab {
 public:
  Slab() = default;
  explicit Slab(std::size_t count) : size_(count) {
    constexpr std::size_t huge = std::size_t(2) << 20;
    std::size_t bytes = count * sizeof(T);
    const std::size_t alignment = bytes >= huge ? huge : slab_alignment;
    bytes = (bytes + alignment - 1) / alignment * alignment;
    if (bytes == 0) return;
    data_.reset(static_cast<T*>(std::aligned_alloc(alignment, bytes)));
    if (!data_) throw std::bad_alloc();
    if (bytes >= huge) madvise(data_.get(), bytes, MADV_HUGEPAGE);  // fresh 4 KiB pages cost more than the arithmetic
    std::memset(static_cast<void*>(data_.get()), 0, bytes);
  }
  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  std::span<T> span() { return {data(), size_}; }
  std::span<const T> span() const { return {data(), size_}; }

 private:
  struct Free {
    void operator()(T* p) const { std::free(p); }
  };
  std::unique_ptr<T, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace basin
