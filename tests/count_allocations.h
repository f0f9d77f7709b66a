// Counts calls of operator new in this thread while an AllocationCounter lives. Replaces the global operators: include
// this in one file of an executable.
#pragma once
#include <cstddef>
#include <cstdlib>
#include <new>

namespace basin::testing {

inline thread_local long allocations = 0;
inline thread_local bool counting = false;

class AllocationCounter {
 public:
  AllocationCounter() { allocations = 0, counting = true; }
  AllocationCounter(const AllocationCounter&) = delete;
  AllocationCounter& operator=(const AllocationCounter&) = delete;
  ~AllocationCounter() { counting = false; }
  long stop() {
    counting = false;
    return allocations;
  }
};

inline void* allocate(std::size_t size, std::size_t alignment) noexcept {
  if (counting) ++allocations;
  return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment + (size == 0 ? alignment : 0));
}

inline void* allocate_or_throw(std::size_t size, std::size_t alignment) {
  if (void* p = allocate(size, alignment)) return p;
  throw std::bad_alloc();
}

// Not inlined: the compiler would warn of memory from `new` that goes to `free`.
[[gnu::noinline]] inline void release(void* p) noexcept { std::free(p); }

}  // namespace basin::testing

void* operator new(std::size_t n) { return basin::testing::allocate_or_throw(n, alignof(std::max_align_t)); }
void* operator new[](std::size_t n) { return basin::testing::allocate_or_throw(n, alignof(std::max_align_t)); }
void* operator new(std::size_t n, std::align_val_t a) { return basin::testing::allocate_or_throw(n, std::size_t(a)); }
void* operator new[](std::size_t n, std::align_val_t a) { return basin::testing::allocate_or_throw(n, std::size_t(a)); }
void* operator new(std::size_t n, const std::nothrow_t&) noexcept {
  return basin::testing::allocate(n, alignof(std::max_align_t));
}
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept {
  return basin::testing::allocate(n, alignof(std::max_align_t));
}
void operator delete(void* p) noexcept { basin::testing::release(p); }
void operator delete[](void* p) noexcept { basin::testing::release(p); }
void operator delete(void* p, std::size_t) noexcept { basin::testing::release(p); }
void operator delete[](void* p, std::size_t) noexcept { basin::testing::release(p); }
void operator delete(void* p, std::align_val_t) noexcept { basin::testing::release(p); }
void operator delete[](void* p, std::align_val_t) noexcept { basin::testing::release(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { basin::testing::release(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { basin::testing::release(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { basin::testing::release(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { basin::testing::release(p); }
