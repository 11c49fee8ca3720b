// Saved states as files.
#pragma once

#include "machine/saved_state.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace calque {

/// Writes a file, compressed by zstd, with a checksum. It appears whole or not at all: it is written beside
/// its place and moved there once it is on the host's disk. Throws std::runtime_error, one line that names
/// the file.
void write_state_file(const SavedState& state, const std::string& path);

/// Throws std::runtime_error, one line that names the file, if it cannot be read, is damaged, or was written
/// by a version of Calque whose states are others.
SavedState read_state_file(const std::string& path);

/// Reads what such a file holds before it is compressed. Throws std::runtime_error, one line.
SavedState parse_state(std::span<const std::uint8_t> content);

}  // namespace calque
