// Decoded blocks by physical address and mode, dropped when their bytes are stored to.
#pragma once

#include "cpu/block.hpp"
#include "cpu/block_index.hpp"
#include "cpu/code_page.hpp"
#include "cpu/cpu.hpp"
#include "cpu/thread_clock.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace calque {

/// Both engines decode through one block cache. What hardly ran and was not translated is forgotten when the
/// blocks take much memory.
class BlockCache final : public WriteObserver {
public:
    explicit BlockCache(Cpu& cpu);
    ~BlockCache() override;

    /// The block at CS:RIP in the present mode, decoded if need be. nullptr: an exception is pending, or a
    /// debugger waits there and a stop is requested. Valid until the next call of collect().
    Block* find() {
        const JumpCache::Key key = cpu_.jump_key();
        JumpCache::Entry& entry = cpu_.jumps.at(key.linear);
        return entry.key == key ? entry.block : find_slow(entry);
    }
    /// A block of exactly one instruction, for the end of a budget and single steps.
    Block* find_single();
    /// Whether `block` came from find_single(), and so lives until its next call only.
    bool is_single(const Block& block) const { return &block == single_.get(); }

    /// Frees what was invalidated; no block may be executing.
    void collect();
    /// Forgets the blocks that hold an instruction at this linear address or end before it, under whatever
    /// mapping: a breakpoint there has come or gone. No block may be executing.
    void part_at(std::uint32_t linear);
    /// Forgets everything (a changed CPU model, tests).
    void clear();
    /// Blocks decoded from now on have no more instructions than this, at least 1.
    void limit_blocks(unsigned instructions) { longest_ = instructions; }

    /// The blocks that hold the byte there, in every mode.
    std::vector<const Block*> holding(PhysicalAddress address) const;

    /// Called before a block with a translation goes away.
    void on_drop(std::function<void(Block&)> callback) { drop_ = std::move(callback); }

    void written(PhysicalAddress address, std::size_t size) override;

    struct Counters {
        std::uint64_t decoded = 0, invalidated = 0, forgotten = 0, lookups = 0;
        std::uint64_t instructions = 0;  ///< in the decoded blocks
        double seconds = 0;              ///< processor time spent decoding, if it is measured
    };
    const Counters& counters() const { return counters_; }
    /// From now on; two readings of the clock a block.
    void measure_decoding() { stopwatch_.emplace(); }

private:
    static constexpr std::size_t least_room = 32U << 20;

    std::unique_ptr<Block> decode();
    Block* find_slow(JumpCache::Entry& entry);
    Block* refuse() const;
    Block* remember(JumpCache::Entry& entry, Block& block) const;
    Block* look_up(PhysicalAddress physical);
    Block* insert(std::unique_ptr<Block> block);
    void invalidate(Block& block);
    Block* find_in_page(PhysicalAddress first, PhysicalAddress last) const;
    bool may_be_executing(const Block& block) const;
    void make_room();
    void forget(Block& block);
    void note_page(Block& block, PhysicalAddress first, PhysicalAddress last);

    Cpu& cpu_;
    BlockIndex blocks_;
    std::unordered_map<std::uint64_t, CodePage> pages_;
    std::vector<std::unique_ptr<Block>> dead_;
    std::unique_ptr<Block> single_;
    std::size_t memory_ = 0, room_ = least_room;  ///< bytes of all blocks, and when to forget some
    std::function<void(Block&)> drop_;
    unsigned longest_ = Block::max_instructions;
    Counters counters_;
    std::optional<ThreadStopwatch> stopwatch_;
};

}  // namespace calque
