// Whole files as bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace calque {

/// Throws std::runtime_error, one line that names the file, if it cannot be read or is larger than 1 GiB.
std::vector<std::uint8_t> read_file(const std::string& path);

}  // namespace calque
