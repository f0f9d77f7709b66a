// Whole files: read, written atomically, unpacked, hashed. Readers of formats take bytes and a name for their messages,
// so that every one can be tested without a disk. In a team (core/team.h) all read, and rank 0 alone writes.
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/error.h"

namespace basin {

// The file's bytes. DataError when it is missing or cannot be read, and at once when it is no regular file: a folder, a
// device, a socket, or a pipe, for which one might wait for ever.
std::string read_file(const std::string& path);

// Writes a temporary file in the same folder, syncs it to disk and renames it: readers see the old bytes or the new
// ones, and a failure leaves the old file and nothing else. StorageError names the path and the system's reason.
// Refuses to replace anything but a regular file.
void write_atomically(const std::string& path, std::string_view bytes);

// Whether a file could be written there, asked before the work that is to be written. StorageError as above.
void require_writable(const std::string& path);

// The folder and those above it, where they are not there yet. StorageError with the path and the system's reason.
void make_folders(const std::filesystem::path& folder);

// What was written to a file so far survives a loss of power when this returns. StorageError as above.
void sync_file(const std::string& path);

// Unpacks gzip data (one or several members). DataError when it is truncated, corrupt or longer than max_bytes
// unpacked; no more than max_bytes are ever held.
std::string gunzip(std::string_view bytes, std::size_t max_bytes, std::string_view name);

// 64-bit FNV-1a as 16 hex digits: tells data sets apart, is no protection against intent.
std::string fnv1a64_hex(std::string_view bytes);

// Foreign text for a message: in quotes, without control characters, shortened.
std::string excerpt(std::string_view text);

}  // namespace basin
