// A frame: a stretch of a trace that can be read by itself.
//
// It starts with all registers. Then come four streams, so that like stands beside like when zstd sees them:
// `flow` has how many records were as predicted, and a mask of what was wrong with the next; `code` the
// instructions met for the first time; `values` what memory held; `data` the rest.
#pragma once

#include "frontend/trace/registers.hpp"
#include "frontend/trace/stream.hpp"

#include <array>
#include <cstdint>

namespace calque::trace {

enum StreamName : unsigned { flow_stream, code_stream, value_stream, data_stream, stream_count };
using Streams = std::array<Bytes, stream_count>;

/// What a record tells because it was not as predicted.
namespace told {
inline constexpr std::uint8_t code = 1, gprs = 2, flags = 4, accesses = 8, registers = 16, extra = 32,
                              rip = 64, values = 128;
}
/// The byte that told::extra announces: RecordKind, and whether pages are told.
inline constexpr std::uint8_t extra_kind = 7, extra_pages = 8;

/// More accesses than any instruction makes.
inline constexpr std::uint64_t most_accesses = 4096;

/// The six status flags in six bits and back.
constexpr std::uint8_t pack_flags(std::uint32_t flags) {
    return static_cast<std::uint8_t>((flags & 1) | (flags >> 1 & 2) | (flags >> 2 & 4) | (flags >> 3 & 0x18) |
                                     (flags >> 6 & 0x20));
}
constexpr std::uint32_t unpack_flags(std::uint8_t packed) {
    return (packed & 1U) | (packed & 2U) << 1 | (packed & 4U) << 2 | (packed & 0x18U) << 3 |
           (packed & 0x20U) << 6;
}
/// Set beside flags that no rule gives.
inline constexpr std::uint8_t explicit_flags = 0x80;

struct FrameHeader {
    std::uint64_t first = 0;  ///< instructions retired before it
    std::uint64_t end = 0;    ///< and before what comes behind it
    std::uint64_t records = 0;

    bool operator==(const FrameHeader&) const = default;
};

struct Frame {
    FrameHeader header;
    Registers registers{};  ///< at its start
    Bytes bytes{};          ///< what Encoder::finish() gave

    bool operator==(const Frame&) const = default;
};

/// Takes frames as a recorder makes them.
class FrameReceiver {
public:
    virtual ~FrameReceiver() = default;
    virtual void take(Frame frame) = 0;
    /// No more frames. Throws UsageError if the host did not take them.
    virtual void finish() = 0;
};

}  // namespace calque::trace
