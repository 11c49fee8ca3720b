// What stands behind a block's last instruction.
#pragma once

#include "cpu/insn.hpp"

#include <array>
#include <cstdint>

namespace calque {

/// Where a block went on to: a guess that is checked on use. Only for flat code segments, so that RIP says it
/// all; the mode is the block's own.
struct Successor {
    std::uint64_t generation = 0;  ///< of code and its mapping
    const Insn* first = nullptr;   ///< of the next block's
    std::uint32_t rip = 0;
};

/// The ways to go on behind a block.
enum Way : unsigned { taken, not_taken };

struct BlockEnd {
    Insn marker;
    std::array<Successor, 2> successors;  ///< by Way
};

/// Of a block whose last instruction this is.
inline BlockEnd& end_behind(const Insn* last) {
    return *reinterpret_cast<BlockEnd*>(const_cast<Insn*>(last + 1));
}

}  // namespace calque
