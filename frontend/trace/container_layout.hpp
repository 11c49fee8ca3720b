// Where things stand in a trace file.
#pragma once

#include <cstdint>

namespace calque::trace {

inline constexpr char file_magic[] = "CalqTrc";  ///< and the version's byte
inline constexpr std::uint64_t file_header_size = 8;
inline constexpr std::uint32_t frame_magic = 0x454d'5246, index_magic = 0x5844'4e49;
/// Magic, size of the compressed bytes, size before, first, end, records; 4, 4, 8, 8, 8 and 8 bytes.
inline constexpr std::uint64_t frame_header_size = 40;
inline constexpr char end_magic[] = "CalqEnd";  ///< behind 8 bytes of the index's offset, and the version's
inline constexpr std::uint64_t trailer_size = 16;
/// A damaged header must not make a reader ask for all of the host's memory.
inline constexpr std::uint64_t largest_frame_bytes = 64ULL << 20;

}  // namespace calque::trace
