// Which guest instructions the host's processor has got.
#pragma once

#include <cstdint>

namespace calque {

/// What the processor itself has, as bits of namespace feature. On x86 hosts only.
std::uint32_t features_of_host();

#ifdef CALQUE_PORTABLE
/// Guest instructions are computed.
constexpr bool host_has(std::uint32_t) { return false; }
#else
/// The same, and what the engines go by. Tests take some away to be on a lesser host.
extern std::uint32_t host_features;

inline bool host_has(std::uint32_t features) { return (host_features & features) == features; }
#endif

}  // namespace calque
