// Whether the tests run under a sanitizer, which makes them slow and takes terabytes of addresses.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BASIN_SANITIZED 1
#else
#define BASIN_SANITIZED 0
#endif

inline constexpr bool sanitized = BASIN_SANITIZED;
