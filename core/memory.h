// How much memory this process may still take, and has taken.
#pragma once
#include <string>

namespace basin {

// In bytes: the least of what the system can give without swapping (MemAvailable), what the process's control groups
// (v1 and v2) leave, and what its own address space may grow by (ulimit -v). Infinity where nothing says.
// `root` stands before /proc and /sys, for tests.
double available_memory(const std::string& root = "");

std::string bytes_text(double bytes);  // "32 MB", "1.4 GB"

// What this process has held at most since it began, in bytes.
double peak_memory();

}  // namespace basin
