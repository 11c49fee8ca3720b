// CLI, STI, PUSHF and POPF: what IOPL guards, and the virtual interrupt flag (SDM vol. 3B, "Virtual-8086 Mode
// Extensions" and "Protected-Mode Virtual Interrupts").
#include "cpu/instructions/rows.hpp"
#include "cpu/instructions/system.hpp"
#include "cpu/popped_flags.hpp"

namespace calque {
namespace {

/// Whose flag CLI and STI change.
enum class InterruptFlag : std::uint8_t { real, virtualized };

InterruptFlag accessible_flag(Cpu& cpu) {
    if (cpu.mode & mode::iopl_allows) return InterruptFlag::real;
    const std::uint32_t extension = cpu.vm86() ? cr4::vme : cr4::pvi;
    if (cpu.state.cpl == 3 && (cpu.state.cr4 & extension)) return InterruptFlag::virtualized;
    cpu.fault(Vector::gp, 0);
}

void cli(Cpu& cpu, const Insn&) {
    const bool real = accessible_flag(cpu) == InterruptFlag::real;
    cpu.state.other_flags &= ~std::uint64_t{real ? flag::interrupt : flag::vif};
}

void sti(Cpu& cpu, const Insn&) {
    if (accessible_flag(cpu) == InterruptFlag::virtualized) {
        if (cpu.flag_set(flag::vip)) cpu.fault(Vector::gp, 0);
        cpu.state.other_flags |= flag::vif;
        return;
    }
    if (!cpu.flag_set(flag::interrupt)) cpu.state.inhibition = Inhibition::by_sti;
    cpu.state.other_flags |= flag::interrupt;
}

/// Virtual-8086 mode with IOPL < 3: only VME's 16-bit forms work, on VIF.
template <typename T>
bool uses_virtual_flag(Cpu& cpu) {
    if (!cpu.vm86() || cpu.iopl() == 3) return false;
    if (sizeof(T) == 4 || !(cpu.state.cr4 & cr4::vme)) cpu.fault(Vector::gp, 0);
    return true;
}

template <typename T>
void pushf(Cpu& cpu, const Insn&) {
    std::uint32_t image = cpu.state.eflags() & ~(flag::vm | flag::rf);
    if (uses_virtual_flag<T>(cpu)) {
        image = (image & ~flag::interrupt) | flag::iopl;
        if (cpu.flag_set(flag::vif)) image |= flag::interrupt;
    }
    if (!cpu.push(static_cast<T>(image))) throw GuestFault{};
}

template <typename T>
void popf(Cpu& cpu, const Insn&) {
    const bool virtualized = uses_virtual_flag<T>(cpu);
    const std::uint32_t top = cpu.stack_pointer();
    std::uint32_t value = cpu.load<T>(seg_ss, top);
    std::uint32_t mask = popped_flags(cpu.mode);
    if (virtualized) {
        const bool enables = value & flag::interrupt;
        if ((value & flag::tf) || (enables && cpu.flag_set(flag::vip))) cpu.fault(Vector::gp, 0);
        value = enables ? value | flag::vif : value & ~flag::vif;
        mask = (mask & 0xffffU & ~flag::interrupt) | flag::vif;
    } else if (sizeof(T) == 2) {
        mask &= 0xffffU;
    }
    cpu.set_stack_pointer(top + std::uint32_t{sizeof(T)});
    cpu.set_eflags(value, mask);
}

using enum InstructionClass;
constexpr std::uint16_t ends = attribute::ends_block;

constexpr std::array rows{
    plain_row("cli", 0xfa, emulated, {}, handlers_any(guarded<cli>)),
    plain_row("sti", 0xfb, emulated, {}, handlers_any(guarded<sti>), ends),
    plain_row("pushf", 0x9c, emulated, {.read = flag::status},
              handlers_by_size(guarded<pushf<std::uint16_t>>, guarded<pushf<std::uint32_t>>)),
    plain_row("popf", 0x9d, emulated, writes_all,
              handlers_by_size(guarded<popf<std::uint16_t>>, guarded<popf<std::uint32_t>>), ends),
};

}  // namespace

std::span<const Row> interrupt_flag_rows() { return rows; }

}  // namespace calque
