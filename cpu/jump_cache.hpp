// Where control transfers of late went, for those that go there again.
#pragma once

#include "cpu/insn.hpp"
#include "cpu/state.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace calque {

struct Block;

/// Decoded blocks by linear address, direct mapped: a guess that is checked on use.
class JumpCache {
public:
    /// What the outcome of a look-up depends on.
    struct Key {
        std::uint32_t linear = 0;
        std::uint32_t mode = ~0U;
        std::uint64_t rip_and_limit = 0;  ///< the limit is CS's
        std::uint64_t generation = 0;     ///< of code and its mapping

        bool operator==(const Key&) const = default;
    };
    struct Entry {
        Key key;
        Block* block = nullptr;
        const Insn* first = nullptr;  ///< of the block's
    };

    Entry& at(std::uint32_t linear) { return entries_[(linear ^ linear >> 12) & (size - 1)]; }

private:
    static constexpr std::size_t size = 4096;
    std::array<Entry, size> entries_{};
};

}  // namespace calque
