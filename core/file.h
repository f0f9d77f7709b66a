// Whole files: read, written atomically, unpacked, hashed. Readers of formats take bytes and a name for their messages,
// so that every one can be tested without a disk.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "core/error.h"

namespace basin {

// The file's bytes. DataError when it is missing, a folder, a device, or cannot be read.
std::string read_file(const std::string& path);

// Writes a temporary file in the same folder, syncs it to disk and renames it: readers see the old bytes or the new
// ones, and a failure leaves the old file and nothing else. Error names the path and the system's reason.
// Refuses to replace anything but a regular file.
void write_atomically(const std::string& path, std::string_view bytes);

// What was written to a file so far survives a loss of power when this returns. Error as above.
void sync_file(const std::string& path);

// Unpacks gzip data (one or several members). DataError when it is truncated, corrupt or longer than max_bytes
// unpacked; no more than max_bytes are ever held.
std::string gunzip(std::string_view bytes, std::size_t max_bytes, std::string_view name);

// 64-bit FNV-1a as 16 hex digits: tells data sets apart, is no protection against intent.
std::string fnv1a64_hex(std::string_view bytes);

// Foreign text for a message: in quotes, without control characters, shortened.
std::string excerpt(std::string_view text);

}  // namespace basin
