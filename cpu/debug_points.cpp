// Matching of a debugger's breakpoints and watchpoints.
#include "cpu/debug_points.hpp"

#include "cpu/instruction_table.hpp"
#include "cpu/state.hpp"

#include <algorithm>

namespace calque {
namespace {

template <typename T>
bool remove_one(std::vector<T>& all, const T& wanted) {
    const auto found = std::ranges::find(all, wanted);
    if (found == all.end()) return false;
    all.erase(found);
    return true;
}

}  // namespace

bool DebugPoints::remove_breakpoint(std::uint32_t linear) {
    const auto found = breakpoints_.find(linear);
    if (found == breakpoints_.end()) return false;
    if (--found->second == 0) breakpoints_.erase(found);
    return true;
}

bool DebugPoints::in_page(std::uint32_t linear) const {
    const auto found = breakpoints_.lower_bound(static_cast<std::uint32_t>(linear & ~page_mask));
    return found != breakpoints_.end() && found->first >> page_shift == linear >> page_shift;
}

bool DebugPoints::remove(const Watchpoint& watchpoint) { return remove_one(watchpoints_, watchpoint); }

bool DebugPoints::remove(const PortBreakpoint& port) { return remove_one(ports_, port); }

WatchedPages DebugPoints::watched_pages() const {
    WatchedPages pages;
    for (const Watchpoint& watchpoint : watchpoints_) {
        auto& list = watchpoint.space == AddressSpace::linear ? pages.linear : pages.physical;
        const std::uint64_t last = watchpoint.address + watchpoint.size - 1;
        list.push_back({watchpoint.address >> page_shift, last >> page_shift});
    }
    return pages;
}

void DebugPoints::note_access(Mmu& mmu, std::uint32_t linear, unsigned size, AccessKind kind) {
    if (watchpoints_.empty() || hit_) return;
    note_bytes(AddressSpace::linear, linear, size, kind);
    const auto in_first =
        static_cast<unsigned>(std::min<std::uint64_t>(size, page_size - (linear & page_mask)));
    PhysicalAddress physical = 0;
    if (mmu.peek(linear, physical)) note_bytes(AddressSpace::physical, physical, in_first, kind);
    if (in_first < size && mmu.peek(LinearAddress{linear} + in_first, physical))
        note_bytes(AddressSpace::physical, physical, size - in_first, kind);
}

void DebugPoints::note_bytes(AddressSpace space, std::uint64_t first, unsigned size, AccessKind kind) {
    for (const Watchpoint& watchpoint : watchpoints_) {
        const bool meets = first < watchpoint.address + watchpoint.size && watchpoint.address < first + size;
        if (watchpoint.space != space || !meets || !watchpoint.wants(kind)) continue;
        return set_hit(
            {DebugHit::Kind::watchpoint, std::max(first, watchpoint.address), size, kind, watchpoint});
    }
}

void DebugPoints::note_port(std::uint16_t port, unsigned size, AccessKind kind) {
    for (const PortBreakpoint& wanted : ports_) {
        const bool meets = port <= wanted.last && wanted.first < port + size;
        if (meets && (kind == AccessKind::write ? wanted.on_write : wanted.on_read))
            return set_hit({DebugHit::Kind::port, port, size, kind});
    }
}

bool DebugPoints::is_sti(const Insn& insn) {
    if (insn.row == no_row) return false;
    const Row& row = row_of(insn);
    return row.map == OpcodeMap::one_byte && row.opcode == 0xfb;
}

bool DebugPoints::is_magic(const Insn& insn) {
    if (insn.row == no_row || insn.has_memory() || insn.operand_size != 2 || insn.prefixes & prefix::lock)
        return false;
    const Row& row = row_of(insn);
    return row.map == OpcodeMap::one_byte && row.opcode == 0x87 && insn.modrm_reg() == ebx &&
           insn.modrm_rm() == ebx;
}

}  // namespace calque
