// Fetches code and decodes it into blocks.
#include "cpu/decoder.hpp"
#include "cpu/instruction_table.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace calque {
namespace {

/// The code bytes at CS:RIP up to the page's end or the segment's limit.
class CodeWindow {
public:
    explicit CodeWindow(Cpu& cpu) : cpu_(cpu), linear_(cpu.state.linear_ip()) {}

    /// False: the first byte cannot be fetched.
    bool open() {
        if (!within_limit(0)) return cpu_.raise(Vector::gp, 0);
        if (!cpu_.mmu.translate_fetch(linear_, cpu_.view, physical_)) return cpu_.raise_page_fault();
        const std::uint64_t in_page = page_size - (linear_ & page_mask);
        const std::uint64_t in_segment = cpu_.state.cs().limit - cpu_.state.rip + 1;
        size_ = static_cast<unsigned>(std::min(in_page, in_segment));
        cpu_.mmu.memory().read_bytes(physical_, {bytes_.data(), size_});
        return true;
    }

    /// Adds what follows behind the page's end, as far as one instruction may need it. False: it cannot be
    /// fetched.
    bool extend(PhysicalAddress& second_page) {
        const unsigned wanted = max_instruction_length - size_;
        if (!within_limit(size_)) return cpu_.raise(Vector::gp, 0);
        const auto next = static_cast<std::uint32_t>(linear_ + size_);
        PhysicalAddress physical;
        if (!cpu_.mmu.translate_fetch(next, cpu_.view, physical)) return cpu_.raise_page_fault();
        const std::uint64_t in_segment = cpu_.state.cs().limit - cpu_.state.rip - size_ + 1;
        const auto count = static_cast<unsigned>(std::min<std::uint64_t>(wanted, in_segment));
        cpu_.mmu.memory().read_bytes(physical, {bytes_.data() + size_, count});
        size_ += count;
        second_page = physical & ~page_mask;
        return true;
    }

    std::span<const std::uint8_t> from(unsigned offset) const {
        return {bytes_.data() + offset, size_ - offset};
    }
    PhysicalAddress physical() const { return physical_; }
    std::uint32_t linear() const { return linear_; }

private:
    bool within_limit(unsigned offset) const { return cpu_.state.rip + offset <= cpu_.state.cs().limit; }

    Cpu& cpu_;
    std::uint32_t linear_;
    PhysicalAddress physical_ = 0;
    unsigned size_ = 0;
    std::array<std::uint8_t, page_size + max_instruction_length> bytes_;
};

bool ends_block(const Insn& insn) {
    if (insn.row == no_row) return true;
    const Row& row = row_of(insn);
    return row.cls == InstructionClass::control_transfer || (row.attributes & attribute::ends_block);
}

/// Decodes until a block must end; `insns` has room for `limit`.
unsigned decode_run(Cpu& cpu, const CodeWindow& window, std::span<Insn> insns, unsigned& length) {
    unsigned count = 0;
    length = 0;
    while (count < insns.size()) {
        Insn& insn = insns[count];
        if (decode(window.from(length), cpu.mode, cpu.model, insn) == 0) break;
        if (cpu.debug && count > 0 && cpu.debug->parts_blocks_at(window.linear() + length, insn)) break;
        insn.offset = static_cast<std::uint16_t>(length);
        length += insn.length;
        ++count;
        if (ends_block(insn)) break;
    }
    return count;
}

void finish(Block& block, std::span<const Insn> insns, std::span<const std::uint8_t> bytes) {
    block.count = static_cast<std::uint8_t>(insns.size());
    block.length = static_cast<std::uint16_t>(bytes.size());
    block.insns = BlockCode(insns, bytes);
    for (unsigned i = 0; i < block.count; ++i)
        block.insns[i].remaining = static_cast<std::uint8_t>(block.count - i);
    if (block.count > 1) fuse_with_branch(block.insns[block.count - 2U], insns.back(), block.mode);
    Insn& marker = block.insns[block.count];
    marker.execute = ends_block(insns.back()) ? end_of_block : run_on;
    marker.offset = block.length;
}

}  // namespace

std::uint32_t breakpoint_page(const Cpu& cpu) {
    if (!cpu.debug) return Block::no_breakpoints;
    const std::uint32_t linear = cpu.state.linear_ip();
    return cpu.debug->in_page(linear) ? linear >> page_shift : Block::no_breakpoints;
}

std::unique_ptr<Block> decode_block(Cpu& cpu, unsigned limit) {
    CodeWindow window(cpu);
    if (!window.open()) return nullptr;
    auto block = std::make_unique<Block>();
    block->physical = window.physical();
    block->mode = cpu.mode;
    block->breakpoint_page = breakpoint_page(cpu);
    std::array<Insn, Block::max_instructions> insns;
    unsigned length = 0;
    unsigned count = decode_run(cpu, window, {insns.data(), limit}, length);
    if (count == 0) {  // the first instruction crosses the page's end
        if (!window.extend(block->second_page)) return nullptr;
        count = decode_run(cpu, window, {insns.data(), 1}, length);
        if (count == 0) {  // and the segment's limit as well
            cpu.raise(Vector::gp, 0);
            return nullptr;
        }
    }
    finish(*block, {insns.data(), count},
           window.from(0).first(std::min<std::size_t>(length, window.from(0).size())));
    return block;
}

}  // namespace calque
