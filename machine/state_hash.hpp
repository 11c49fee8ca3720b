// Hashes of everything the guest can see, part by part, for comparing two runs.
#pragma once

#include "machine/board.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace calque {

struct StateHash {
    std::uint64_t cpu = 0;
    std::uint64_t clock = 0;  ///< guest time
    std::uint64_t ram = 0;
    std::uint64_t video_memory = 0;
    std::vector<std::pair<std::string, std::uint64_t>> devices;

    /// One number for all.
    std::uint64_t combined() const;
    bool operator==(const StateHash&) const = default;
};

/// Only between runs.
StateHash hash_state(Board& board);
/// Of processor, clock and devices, without RAM and video memory: quick.
StateHash hash_chips(Board& board);

}  // namespace calque
