// Which memory operands of a block lie at known distances from each other.
#include "translator/address_windows.hpp"

#include "cpu/cpu.hpp"
#include "cpu/instruction_table.hpp"
#include "translator/memory_operand.hpp"

#include <algorithm>

namespace calque {
namespace {

constexpr std::uint8_t absent = 16;
/// The wider a window, the more often it straddles two pages and is of no use.
constexpr std::uint32_t widest = 512;

// The root of a sum of two registers is made of theirs.
constexpr unsigned root_bits = 12, scale_shift = 2 * root_bits;
constexpr std::uint32_t root_mask = (1U << root_bits) - 1;

bool is_one_byte(const Row& row, std::uint8_t opcode) {
    return row.map == OpcodeMap::one_byte && row.opcode == opcode;
}

}  // namespace

/// Follows the registers through the block.
class AddressWindows::Scan {
public:
    Scan(std::uint32_t mode, bool stack_apart, std::vector<Access>& accesses)
        : mode_(mode), stack_apart_(stack_apart), accesses_(accesses) {
        for (unsigned reg = 0; reg < 8; ++reg) forget(reg);
    }

    const Values& values() const { return values_; }

    void step(const Insn& insn, std::uint8_t index) {
        index_ = index;
        if (insn.row == no_row) return forget_all();
        const Row& row = row_of(insn);
        switch (row.cls) {
            case InstructionClass::innocuous: return innocuous(insn, row);
            case InstructionClass::stack: return stack(insn, row);
            case InstructionClass::control_transfer: return control_transfer(insn, row);
            default: return forget_all();
        }
    }

private:
    void forget(unsigned reg) { values_[reg] = {++roots_, 0}; }
    void forget_all() {
        for (unsigned reg = 0; reg < 8; ++reg) forget(reg);
    }

    void note(const AddressRegisters& registers, std::uint32_t displacement, unsigned size, bool write) {
        if (stack_apart_ && is_on_stack(registers, displacement)) return;
        const KnownValue value = sum(values_, registers);
        accesses_.push_back({value.root, index_, write, value.offset + displacement, size});
    }
    void note_operand(const Insn& insn, const Row& row) {
        if (!insn.has_memory() || row.rm_access == calque::Access::none) return;
        if (insn.address_mask != 0xffff'ffffU) return;
        if (!mode::is_flat(mode_, insn.segment) || (row.attributes & attribute::own_address)) return;
        const AddressRegisters registers{insn.base, insn.index, insn.scale};
        note(registers, insn.displacement, memory_size(insn, row), memory_access(row) == AccessKind::write);
    }
    bool stack_is_flat() const { return (mode_ & mode::flat_ss) && (mode_ & mode::stack32); }
    void note_stack(std::uint32_t displacement, unsigned size, bool write) {
        if (stack_is_flat()) note({.base = esp}, displacement, size, write);
    }
    /// SP wraps at 64 KiB.
    void move_stack(std::uint32_t distance) {
        if (mode_ & mode::stack32)
            values_[esp].offset += distance;
        else
            forget(esp);
    }

    void innocuous(const Insn& insn, const Row& row) {
        note_operand(insn, row);
        if (follow(insn, row)) return;
        forget_written(insn, row);
        forget_implicit(row);
    }

    /// MOV, ADD, SUB, INC, DEC and LEA on 32-bit registers.
    bool follow(const Insn& insn, const Row& row) {
        if (row.map != OpcodeMap::one_byte || insn.operand_size != 4) return false;
        if (row.opcode == 0x8d) return follow_lea(insn);
        if (insn.has_memory()) return false;
        const unsigned rm = insn.rm / 8, reg = insn.reg / 8;
        switch (row.opcode) {
            case 0x89: values_[rm] = values_[reg]; return true;
            case 0x8b: values_[reg] = values_[rm]; return true;
            case 0x40: values_[rm].offset += 1; return true;
            case 0x48: values_[rm].offset -= 1; return true;
            case 0x81:
            case 0x83:
                if (row.digit == 0) values_[rm].offset += insn.immediate;
                if (row.digit == 5) values_[rm].offset -= insn.immediate;
                return row.digit == 0 || row.digit == 5;
            default: return false;
        }
    }
    bool follow_lea(const Insn& insn) {
        const unsigned reg = insn.modrm_reg();
        if (insn.base == absent || insn.index != absent || insn.address_mask != 0xffff'ffffU) {
            forget(reg);
        } else {
            values_[reg] = values_[insn.base];
            values_[reg].offset += insn.displacement;
        }
        return true;
    }

    static bool writes(calque::Access access) {
        return access == calque::Access::write || access == calque::Access::read_write;
    }
    void forget_named(OperandKind kind, unsigned byte_offset) {
        using enum OperandKind;
        if (kind == gpr8 || kind == gpr16 || kind == gpr32 || kind == gpr) forget(byte_offset / 8);
    }
    void forget_written(const Insn& insn, const Row& row) {
        if (writes(row.reg_access)) forget_named(row.reg, insn.reg);
        if (writes(row.rm_access) && !insn.has_memory()) forget_named(row.rm, insn.rm);
    }
    /// PCMPESTRI and PCMPISTRI.
    static bool finds_in_string(const Row& row) {
        return row.map == OpcodeMap::map_0f3a && (row.opcode == 0x61 || row.opcode == 0x63);
    }
    /// The accumulator pair, and ECX, are the only implicit destinations of innocuous instructions.
    void forget_implicit(const Row& row) {
        const bool plain = row.attributes & (attribute::no_modrm | attribute::x87);
        const bool divides = row.map == OpcodeMap::one_byte && (row.opcode & 0xfeU) == 0xf6 && row.digit >= 4;
        const bool exchanges =
            row.map == OpcodeMap::map_0f && (row.opcode == 0xb0 || row.opcode == 0xb1 || row.opcode == 0xc7);
        if (finds_in_string(row)) forget(ecx);
        if (!plain && !divides && !exchanges) return;
        forget(eax);
        forget(edx);
    }

    void stack(const Insn& insn, const Row& row) {
        const unsigned size = insn.operand_size;
        note_operand(insn, row);
        if (row.opcode == 0x50 || row.opcode == 0x68 || row.opcode == 0x6a || row.opcode == 0xff) {
            note_stack(0 - size, size, true);
            return move_stack(0 - size);
        }
        if (row.opcode == 0x58 || row.opcode == 0x8f) {
            note_stack(0, size, false);
            move_stack(size);
            return forget_written(insn, row);
        }
        if (!is_one_byte(row, 0xc9)) return forget_all();
        if (stack_is_flat() && !stack_apart_) note({.base = ebp}, 0, size, false);
        values_[esp] = values_[ebp];
        move_stack(size);
        forget(ebp);
    }

    /// What follows in other blocks is theirs to know.
    void control_transfer(const Insn& insn, const Row& row) {
        const unsigned size = insn.operand_size;
        note_operand(insn, row);
        if (row.opcode == 0xe8 || (row.opcode == 0xff && row.digit == 2)) note_stack(0 - size, size, true);
        if (row.map == OpcodeMap::one_byte && (row.opcode & 0xfeU) == 0xc2) note_stack(0, size, false);
    }

    std::uint32_t mode_;
    bool stack_apart_;
    std::vector<Access>& accesses_;
    Values values_{};
    std::uint32_t roots_ = 0;
    std::uint8_t index_ = 0;
};

AddressWindows::AddressWindows(const Block& block, std::uint32_t mode, bool stack_apart) {
    std::vector<Access> accesses;
    Scan scan(mode, stack_apart, accesses);
    values_.reserve(block.count + std::size_t{1});
    for (std::uint8_t i = 0; i < block.count; ++i) {
        values_.push_back(scan.values());
        scan.step(block.insns[i], i);
    }
    values_.push_back(scan.values());
    choose(accesses);
}

/// The roots with most accesses first; a window that would be in use at the same time as a better one is left
/// out.
void AddressWindows::choose(const std::vector<Access>& accesses) {
    struct Candidate {
        AddressWindow window;
        unsigned count = 0;
    };
    std::vector<Candidate> candidates;
    for (const Access& access : accesses) {
        auto found = std::ranges::find_if(candidates,
                                          [&](const Candidate& c) { return c.window.root == access.root; });
        if (found == candidates.end()) {
            const AddressWindow window{access.root,  access.index,  access.index,
                                       access.write, access.offset, access.size};
            candidates.push_back({window, 1});
            continue;
        }
        AddressWindow& window = found->window;
        const auto below = static_cast<std::int32_t>(access.offset - window.low);
        const std::uint32_t low = below < 0 ? access.offset : window.low;
        const std::uint32_t size =
            std::max(window.low + window.size - low, access.offset + access.size - low);
        if (below > static_cast<std::int32_t>(widest) || below < -static_cast<std::int32_t>(widest) ||
            size > widest)
            continue;
        window = {window.root, window.first, access.index, window.writes || access.write, low, size};
        ++found->count;
    }
    std::ranges::stable_sort(candidates, std::greater{}, &Candidate::count);
    for (const Candidate& candidate : candidates) {
        const auto overlaps = [&](const AddressWindow& other) {
            return candidate.window.first <= other.last && other.first <= candidate.window.last;
        };
        if (candidate.count >= 2 && std::ranges::none_of(windows_, overlaps))
            windows_.push_back(candidate.window);
    }
}

KnownValue AddressWindows::sum(const Values& values, const AddressRegisters& registers) {
    const KnownValue base = registers.base < 8 ? values[registers.base] : KnownValue{};
    if (registers.index > 7) return base;
    const KnownValue& index = values[registers.index];
    const std::uint32_t root =
        base.root | index.root << root_bits | std::uint32_t{registers.scale} << scale_shift;
    return {root, base.offset + (index.offset << registers.scale)};
}

std::optional<AddressRegisters> AddressWindows::registers_of(std::uint8_t at,
                                                             const AddressWindow& window) const {
    const auto holder = [&](std::uint32_t root) -> std::uint8_t {
        for (std::uint8_t reg = 0; reg < 8; ++reg)
            if (values_[at][reg].root == root) return reg;
        return absent;
    };
    const std::uint32_t base = window.root & root_mask, index = window.root >> root_bits & root_mask;
    const AddressRegisters found{holder(base), holder(index),
                                 static_cast<std::uint8_t>(window.root >> scale_shift)};
    if ((base && found.base == absent) || (index && found.index == absent)) return std::nullopt;
    return found;
}

const AddressWindow* AddressWindows::find(std::uint8_t index, const AddressRegisters& registers,
                                          std::uint32_t displacement, unsigned size, bool write) const {
    const KnownValue from_root = value(index, registers);
    for (const AddressWindow& window : windows_) {
        if (window.root != from_root.root || index < window.first || index > window.last) continue;
        const std::uint32_t from = from_root.offset + displacement - window.low;
        if (from + std::uint64_t{size} <= window.size && (window.writes || !write)) return &window;
    }
    return nullptr;
}

}  // namespace calque
