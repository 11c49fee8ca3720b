// LGDT, LIDT, LLDT, LTR and their storing counterparts.
#include "cpu/instructions/rows.hpp"
#include "cpu/instructions/system.hpp"
#include "cpu/segmentation.hpp"

namespace calque {
namespace {

constexpr std::uint32_t base_of_286 = 0x00ff'ffff;  // all that the 16-bit forms load

template <TableRegister CpuState::*table>
struct Table {
    /// The whole base whatever the operand size: the manual has the 16-bit form clear its highest byte, but
    /// no 32-bit processor does.
    static void store(Cpu& cpu, const Insn& insn) {
        const TableRegister& from = cpu.state.*table;
        const std::uint32_t address = cpu.effective_address(insn);
        const std::uint32_t behind = (address + 2) & insn.address_mask;
        // A word and a doubleword, each aligned for itself (SDM vol. 3A, "Alignment Check Exception").
        if (!cpu.probe(insn.segment, address, 2, AccessKind::write) ||
            !cpu.probe(insn.segment, behind, 4, AccessKind::write))
            throw GuestFault{};
        cpu.store(insn.segment, address, static_cast<std::uint16_t>(from.limit));
        cpu.store(insn.segment, behind, static_cast<std::uint32_t>(from.base));
    }
    template <typename T>
    static void load(Cpu& cpu, const Insn& insn) {
        require_privilege(cpu);
        const std::uint32_t address = cpu.effective_address(insn);
        const auto limit = cpu.load<std::uint16_t>(insn.segment, address);
        const auto base = cpu.load<std::uint32_t>(insn.segment, (address + 2) & insn.address_mask);
        cpu.state.*table = {.base = base & (sizeof(T) == 2 ? base_of_286 : ~0U), .limit = limit};
    }
};

std::uint16_t selector_operand(Cpu& cpu, const Insn& insn) {
    if (!insn.has_memory()) return register_at<std::uint16_t>(cpu.state, insn.rm);
    return cpu.load<std::uint16_t>(insn.segment, cpu.effective_address(insn));
}

/// SLDT and STR: 16 bits to memory, zero-extended to a register.
template <SegmentRegister CpuState::*source>
struct StoreSelector {
    template <typename T>
    static void run(Cpu& cpu, const Insn& insn) {
        const std::uint16_t selector = (cpu.state.*source).selector;
        if (insn.has_memory())
            cpu.store(insn.segment, cpu.effective_address(insn), selector);
        else
            set_register_at<T>(cpu.state, insn.rm, selector);
    }
};

void lldt(Cpu& cpu, const Insn& insn) {
    require_privilege(cpu);
    const Selector selector{selector_operand(cpu, insn)};
    if (selector.null()) {
        cpu.state.ldtr = null_segment(selector);
        return;
    }
    if (selector.local()) cpu.fault(Vector::gp, selector.error_code());
    const NamedDescriptor named = descriptor_of(cpu, selector);
    if (!named.descriptor.is_system(system_type::ldt)) cpu.fault(Vector::gp, selector.error_code());
    if (!named.descriptor.present()) cpu.fault(Vector::np, selector.error_code());
    cpu.state.ldtr = segment_from(named);
}

void ltr(Cpu& cpu, const Insn& insn) {
    require_privilege(cpu);
    const Selector selector{selector_operand(cpu, insn)};
    if (selector.null() || selector.local()) cpu.fault(Vector::gp, selector.error_code());
    NamedDescriptor named = descriptor_of(cpu, selector);
    const Descriptor& tss = named.descriptor;
    if (!tss.is_system(system_type::tss16) && !tss.is_system(system_type::tss32))
        cpu.fault(Vector::gp, selector.error_code());
    if (!tss.present()) cpu.fault(Vector::np, selector.error_code());
    named.descriptor.high |= system_type::busy_bit << 8;
    cpu.store_system(named.address + 5, static_cast<std::uint8_t>(named.descriptor.high >> 8));
    cpu.state.tr = segment_from(named);
}

using enum InstructionClass;

constexpr Row table_row(const char* name, int digit, Access access, const Handlers& handlers) {
    Row row = in_map_0f(only(Mod::memory, as_class(emulated, digit_row(name, 0x01, digit, OperandKind::memory,
                                                                       access, {}, handlers))));
    row.memory_size = 6;
    return row;
}
constexpr Row selector_row(const char* name, int digit, Access access, const Handlers& handlers) {
    return in_map_0f(as_class(emulated, digit_row(name, 0x00, digit, OperandKind::gpr, access, {}, handlers,
                                                  attribute::protected_mode)));
}

template <TableRegister CpuState::*table>
constexpr Handlers load_handlers() {
    return handlers_by_size(guarded<Table<table>::template load<std::uint16_t>>,
                            guarded<Table<table>::template load<std::uint32_t>>);
}
template <SegmentRegister CpuState::*source>
constexpr Handlers selector_handlers() {
    return handlers_by_size(guarded<StoreSelector<source>::template run<std::uint16_t>>,
                            guarded<StoreSelector<source>::template run<std::uint32_t>>);
}

constexpr std::array rows{
    table_row("sgdt", 0, Access::write, handlers_any(guarded<Table<&CpuState::gdtr>::store>)),
    table_row("sidt", 1, Access::write, handlers_any(guarded<Table<&CpuState::idtr>::store>)),
    table_row("lgdt", 2, Access::read, load_handlers<&CpuState::gdtr>()),
    table_row("lidt", 3, Access::read, load_handlers<&CpuState::idtr>()),
    selector_row("sldt", 0, Access::write, selector_handlers<&CpuState::ldtr>()),
    selector_row("str", 1, Access::write, selector_handlers<&CpuState::tr>()),
    selector_row("lldt", 2, Access::read, handlers_any(guarded<lldt>)),
    selector_row("ltr", 3, Access::read, handlers_any(guarded<ltr>)),
};

}  // namespace

std::span<const Row> descriptor_table_rows() { return rows; }

}  // namespace calque
