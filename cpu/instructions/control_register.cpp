// MOV to and from CRn and DRn, LMSW, SMSW and CLTS.
#include "cpu/control_registers.hpp"
#include "cpu/instructions/rows.hpp"
#include "cpu/instructions/system.hpp"

namespace calque {
namespace {

/// CR1 and CR5-CR7 do not exist.
unsigned control_register_number(Cpu& cpu, const Insn& insn) {
    const unsigned number = insn.modrm_reg();
    if (number == 1 || number > 4) cpu.fault(Vector::ud);
    require_privilege(cpu);
    return number;
}

void mov_from_cr(Cpu& cpu, const Insn& insn) {
    const CpuState& state = cpu.state;
    switch (control_register_number(cpu, insn)) {
        case 0: return cpu.set_reg(insn.modrm_rm(), static_cast<std::uint32_t>(state.cr0));
        case 2: return cpu.set_reg(insn.modrm_rm(), static_cast<std::uint32_t>(state.cr2));
        case 3: return cpu.set_reg(insn.modrm_rm(), static_cast<std::uint32_t>(state.cr3));
        default: return cpu.set_reg(insn.modrm_rm(), static_cast<std::uint32_t>(state.cr4));
    }
}

void mov_to_cr(Cpu& cpu, const Insn& insn) {
    const std::uint32_t value = cpu.state.reg32(insn.modrm_rm());
    switch (control_register_number(cpu, insn)) {
        case 0: return write_cr0(cpu, value);
        case 2: cpu.state.cr2 = value; return;
        case 3: return write_cr3(cpu, value);
        default: return write_cr4(cpu, value);
    }
}

void mov_from_dr(Cpu& cpu, const Insn& insn) {
    require_privilege(cpu);
    cpu.set_reg(insn.modrm_rm(), read_debug_register(cpu, insn.modrm_reg()));
}

void mov_to_dr(Cpu& cpu, const Insn& insn) {
    require_privilege(cpu);
    write_debug_register(cpu, insn.modrm_reg(), cpu.state.reg32(insn.modrm_rm()));
}

/// 16 bits to memory; a register takes as much of CR0 as it is wide.
template <typename T>
void smsw(Cpu& cpu, const Insn& insn) {
    const auto word = static_cast<std::uint16_t>(cpu.state.cr0);
    if (insn.has_memory())
        cpu.store(insn.segment, cpu.effective_address(insn), word);
    else
        set_register_at(cpu.state, insn.rm, static_cast<T>(cpu.state.cr0));
}

/// Loads MP, EM and TS, and sets PE but does not clear it.
void lmsw(Cpu& cpu, const Insn& insn) {
    require_privilege(cpu);
    const std::uint16_t word = insn.has_memory()
                                   ? cpu.load<std::uint16_t>(insn.segment, cpu.effective_address(insn))
                                   : register_at<std::uint16_t>(cpu.state, insn.rm);
    const auto old = static_cast<std::uint32_t>(cpu.state.cr0);
    write_cr0(cpu, (old & ~(cr0::mp | cr0::em | cr0::ts)) | (word & (cr0::pe | cr0::mp | cr0::em | cr0::ts)));
}

void clts(Cpu& cpu, const Insn&) {
    require_privilege(cpu);
    cpu.state.cr0 &= ~std::uint64_t{cr0::ts};
    cpu.refresh_mode();
}

using enum InstructionClass;
constexpr std::uint16_t ends = attribute::ends_block;

constexpr Row special_register_row(std::uint8_t opcode, OperandKind kind, bool writes, Handler handler) {
    const Access to_register = writes ? Access::read : Access::write,
                 special = writes ? Access::write : Access::read;
    return in_map_0f(
        as_class(emulated, modrm_row("mov", opcode, OperandKind::gpr32, to_register, kind, special, {},
                                     handlers_any(handler), writes ? ends : std::uint16_t{0})));
}

constexpr std::array rows{
    special_register_row(0x20, OperandKind::control, false, guarded<mov_from_cr>),
    special_register_row(0x21, OperandKind::debug, false, guarded<mov_from_dr>),
    special_register_row(0x22, OperandKind::control, true, guarded<mov_to_cr>),
    special_register_row(0x23, OperandKind::debug, true, guarded<mov_to_dr>),
    in_map_0f(as_class(
        emulated, digit_row("smsw", 0x01, 4, OperandKind::gpr, Access::write, {},
                            handlers_by_size(guarded<smsw<std::uint16_t>>, guarded<smsw<std::uint32_t>>)))),
    in_map_0f(as_class(emulated, digit_row("lmsw", 0x01, 6, OperandKind::gpr16, Access::read, {},
                                           handlers_any(guarded<lmsw>), ends))),
    in_map_0f(plain_row("clts", 0x06, emulated, {}, handlers_any(guarded<clts>), ends)),
};

}  // namespace

std::span<const Row> control_register_rows() { return rows; }

}  // namespace calque
