// Where a debugger wants to be told: instructions, data, ports, magic instructions.
//
// Nothing here is in the way of code that no debugger looks at. Breakpoints live in the block cache, which
// ends blocks before them and hands out none that starts at one; watched pages have no entries in the shadow
// page tables, so that accesses to them take the way that MMIO takes.
#pragma once

#include "cpu/insn.hpp"
#include "mmu/mmu.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace calque {

/// Which addresses a watchpoint means.
enum class AddressSpace : std::uint8_t { linear, physical };

/// Bytes whose accesses by instructions are told. What page walks, descriptor loads and DMA access is not.
struct Watchpoint {
    std::uint64_t address = 0;
    std::uint64_t size = 1;  ///< bytes; must not reach above 4 GiB
    bool on_read = false, on_write = true;
    AddressSpace space = AddressSpace::linear;

    bool wants(AccessKind kind) const { return kind == AccessKind::write ? on_write : on_read; }
    bool operator==(const Watchpoint&) const = default;
};

/// Ports whose accesses are told.
struct PortBreakpoint {
    std::uint16_t first = 0, last = 0;
    bool on_read = true, on_write = true;

    bool operator==(const PortBreakpoint&) const = default;
};

/// What was met.
struct DebugHit {
    enum class Kind : std::uint8_t { breakpoint, watchpoint, port, magic };
    Kind kind = Kind::breakpoint;
    std::uint64_t address = 0;  ///< linear; of a watchpoint within it and in its space; or the port
    unsigned size = 0;          ///< of the access
    AccessKind access = AccessKind::fetch;
    Watchpoint watchpoint = {};
};

/// A debugger's breakpoints beside the processor's own (cpu/breakpoints.hpp): any number, unseen by the
/// guest. Each may be set several times and then holds until it was removed as often.
class DebugPoints {
public:
    bool empty() const {
        return breakpoints_.empty() && watchpoints_.empty() && ports_.empty() && !magic_ && !hit_;
    }

    // --- Execution, by linear address
    void add_breakpoint(std::uint32_t linear) { ++breakpoints_[linear]; }
    /// False: there is none.
    bool remove_breakpoint(std::uint32_t linear);
    bool stops_at(std::uint32_t linear) const { return breakpoints_.contains(linear); }
    /// Whether one is in the page of this address.
    bool in_page(std::uint32_t linear) const;

    // --- Data
    void add(const Watchpoint& watchpoint) { watchpoints_.push_back(watchpoint); }
    bool remove(const Watchpoint& watchpoint);
    WatchedPages watched_pages() const;
    /// An instruction made this access.
    void note_access(Mmu& mmu, std::uint32_t linear, unsigned size, AccessKind kind);

    // --- Ports
    void add(const PortBreakpoint& port) { ports_.push_back(port); }
    bool remove(const PortBreakpoint& port);
    void note_port(std::uint16_t port, unsigned size, AccessKind kind);

    // --- XCHG BX,BX, which does nothing, as a call for the debugger
    void set_magic(bool on) { magic_ = on; }
    bool stops_behind(const Insn& insn) const { return magic_ && is_magic(insn); }
    static bool is_magic(const Insn& insn);

    /// Whether only the processor itself may execute this instruction, one behind which it has to look: a
    /// magic one, or STI in front of a breakpoint, since an engine may leave its shadow out of the state.
    bool wants_stepping(std::uint32_t linear, const Insn& insn) const {
        return stops_behind(insn) || (stops_at(linear + insn.length) && is_sti(insn));
    }
    /// Whether the block cache must not have an instruction in the middle of a block.
    bool parts_blocks_at(std::uint32_t linear, const Insn& insn) const {
        return stops_at(linear) || wants_stepping(linear, insn);
    }

    /// The first that the present instruction met, if any.
    const std::optional<DebugHit>& hit() const { return hit_; }
    void set_hit(const DebugHit& hit) {
        if (!hit_) hit_ = hit;
    }
    std::optional<DebugHit> take_hit() { return std::exchange(hit_, std::nullopt); }

    /// Set by the block cache when it had a block, but one that only the processor itself may step through.
    bool refused = false;

private:
    static bool is_sti(const Insn& insn);
    void note_bytes(AddressSpace space, std::uint64_t first, unsigned size, AccessKind kind);

    std::map<std::uint32_t, unsigned> breakpoints_;  ///< how often each was set
    std::vector<Watchpoint> watchpoints_;
    std::vector<PortBreakpoint> ports_;
    bool magic_ = false;
    std::optional<DebugHit> hit_;
};

}  // namespace calque
