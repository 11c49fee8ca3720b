// How much memory a process occupies.
#pragma once

#include <cstdint>
#include <string>

namespace calque {

/// Bytes of main memory, with its part of what it shares with others or maps twice (PSS). `process`: a
/// number, or "self". 0 where the host does not say.
std::uint64_t memory_of_process(const std::string& process);

}  // namespace calque
