// The first difference of two traces.
#pragma once

#include "frontend/trace/record_stream.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace calque::trace {

/// Where two streams part: the first record of each that the other does not have.
struct RecordDifference {
    bool has_left = false, has_right = false;  ///< else it has ended
    Record left{}, right{};
    std::deque<Record> context{};  ///< what stood before them in both
};

enum class Extent : std::uint8_t {
    same,  ///< both should hold the same instructions
    part,  ///< what the left one leaves out, between its records or behind them, is no difference
};

/// Reads both from where they are. `context` is how many records are shown in front of a difference.
std::optional<RecordDifference> first_difference(RecordStream& left, RecordStream& right, Extent extent,
                                                 std::size_t context);

}  // namespace calque::trace
