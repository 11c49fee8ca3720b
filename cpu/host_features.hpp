// Which guest instructions the host's processor has got.
#pragma once

#include <cstdint>

namespace calque {

#ifdef CALQUE_PORTABLE
/// Guest instructions are computed.
constexpr bool host_has(std::uint32_t) { return false; }
#else
/// Bits of namespace feature. Tests take some away to be on a lesser host.
extern std::uint32_t host_features;

inline bool host_has(std::uint32_t features) { return (host_features & features) == features; }
#endif

}  // namespace calque
