// The rows of far transfers: CALL, JMP, RET, INT, IRET, SYSENTER and SYSEXIT.
#include "cpu/instructions/far_transfer.hpp"

#include "cpu/instructions/rows.hpp"
#include "cpu/interrupts.hpp"

namespace calque {
namespace {

template <typename T>
FarPointer pointer_in_memory(Cpu& cpu, const Insn& insn) {
    const std::uint32_t address = cpu.effective_address(insn);
    const std::uint32_t offset = cpu.load<T>(insn.segment, address);
    const std::uint32_t behind = (address + std::uint32_t{sizeof(T)}) & insn.address_mask;
    return {{cpu.load<std::uint16_t>(insn.segment, behind)}, offset};
}

template <FarTransfer kind>
struct Far {
    template <typename T>
    static void direct(Cpu& cpu, const Insn& insn) {
        const FarPointer target{{static_cast<std::uint16_t>(insn.displacement)},
                                static_cast<T>(insn.immediate)};
        transfer_far(cpu, kind, target, sizeof(T), cpu.next_ip(insn));
    }
    template <typename T>
    static void through_memory(Cpu& cpu, const Insn& insn) {
        transfer_far(cpu, kind, pointer_in_memory<T>(cpu, insn), sizeof(T), cpu.next_ip(insn));
    }
};

template <typename T>
void ret_far(Cpu& cpu, const Insn& insn) {
    return_far(cpu, sizeof(T), insn.immediate & 0xffffU);
}

template <typename T>
void iret(Cpu& cpu, const Insn& insn) {
    return_from_interrupt(cpu, sizeof(T), cpu.next_ip(insn));
}

void int_n(Cpu& cpu, const Insn& insn) {
    deliver_int_n(cpu, static_cast<std::uint8_t>(insn.immediate), cpu.next_ip(insn));
}

void trap_instruction(Cpu& cpu, const Insn& insn, Vector vector, bool software) {
    deliver_event(cpu, {.vector = static_cast<std::uint8_t>(vector),
                        .software = software,
                        .external = software ? 0U : 1U,
                        .return_ip = cpu.next_ip(insn)});
}

void int3(Cpu& cpu, const Insn& insn) { trap_instruction(cpu, insn, Vector::bp, true); }

/// INT1 is not checked against the gate's DPL.
void int1(Cpu& cpu, const Insn& insn) { trap_instruction(cpu, insn, Vector::db, false); }

void into(Cpu& cpu, const Insn& insn) {
    if (cpu.state.status.of())
        trap_instruction(cpu, insn, Vector::of, true);
    else
        cpu.state.rip = cpu.next_ip(insn);
}

// --- SYSENTER and SYSEXIT

void enter_flat(Cpu& cpu, std::uint32_t cs_selector, unsigned privilege, std::uint32_t ip,
                std::uint32_t stack) {
    const auto selector = static_cast<std::uint16_t>((cs_selector & ~3U) | privilege);
    cpu.state.cs() = flat_segment(selector, true, privilege);
    cpu.state.ss() = flat_segment(static_cast<std::uint16_t>(selector + 8), false, privilege);
    cpu.state.cpl = static_cast<std::uint8_t>(privilege);
    cpu.state.gpr[esp] = stack;
    cpu.state.rip = ip;
}

bool sysenter_configured(const Cpu& cpu) { return cpu.state.sysenter_cs & 0xfffc; }

void sysenter(Cpu& cpu, const Insn&) {
    if (!(cpu.state.cr0 & cr0::pe) || !sysenter_configured(cpu)) cpu.fault(Vector::gp, 0);
    enter_flat(cpu, static_cast<std::uint32_t>(cpu.state.sysenter_cs), 0,
               static_cast<std::uint32_t>(cpu.state.sysenter_eip),
               static_cast<std::uint32_t>(cpu.state.sysenter_esp));
    cpu.set_eflags(0, flag::vm | flag::interrupt | flag::rf);
}

void sysexit(Cpu& cpu, const Insn&) {
    if (!cpu.protected_mode() || cpu.state.cpl != 0 || !sysenter_configured(cpu)) cpu.fault(Vector::gp, 0);
    enter_flat(cpu, static_cast<std::uint32_t>(cpu.state.sysenter_cs) + 16, 3, cpu.state.reg32(edx),
               cpu.state.reg32(ecx));
    cpu.refresh_mode();
}

using enum InstructionClass;
constexpr std::uint16_t ends = attribute::ends_block;
constexpr std::uint16_t interrupts = ends | attribute::software_interrupt;

template <FarTransfer kind>
constexpr Row direct_row(const char* name, std::uint8_t opcode) {
    using F = Far<kind>;
    return plain_row(name, opcode, emulated, {},
                     handlers_by_size(guarded_transfer<F::template direct<std::uint16_t>>,
                                      guarded_transfer<F::template direct<std::uint32_t>>),
                     ends);
}
template <FarTransfer kind>
constexpr Row memory_row(const char* name, int digit) {
    using F = Far<kind>;
    return only(Mod::memory,
                as_class(emulated, digit_row(name, 0xff, digit, OperandKind::memory, Access::read, {},
                                             handlers_by_size(
                                                 guarded_transfer<F::template through_memory<std::uint16_t>>,
                                                 guarded_transfer<F::template through_memory<std::uint32_t>>),
                                             ends)));
}
constexpr Handlers ret_handlers =
    handlers_by_size(guarded_transfer<ret_far<std::uint16_t>>, guarded_transfer<ret_far<std::uint32_t>>);

constexpr std::array rows{
    direct_row<FarTransfer::call>("call", 0x9a),
    direct_row<FarTransfer::jump>("jmp", 0xea),
    memory_row<FarTransfer::call>("call", 3),
    memory_row<FarTransfer::jump>("jmp", 5),
    plain_row("ret", 0xca, emulated, {}, ret_handlers, ends),
    plain_row("ret", 0xcb, emulated, {}, ret_handlers, ends),
    plain_row("int3", 0xcc, emulated, {}, handlers_any(guarded_transfer<int3>), interrupts),
    plain_row("int", 0xcd, emulated, {}, handlers_any(guarded_transfer<int_n>), interrupts),
    plain_row("into", 0xce, emulated, {.read = flag::of}, handlers_any(guarded_transfer<into>), interrupts),
    plain_row("int1", 0xf1, emulated, {}, handlers_any(guarded_transfer<int1>), interrupts),
    plain_row("iret", 0xcf, emulated, writes_all,
              handlers_by_size(guarded_transfer<iret<std::uint16_t>>, guarded_transfer<iret<std::uint32_t>>),
              ends),
    in_map_0f(needing(feature::sep, plain_row("sysenter", 0x34, emulated, {},
                                              handlers_any(guarded_transfer<sysenter>), ends))),
    in_map_0f(needing(feature::sep, plain_row("sysexit", 0x35, emulated, {},
                                              handlers_any(guarded_transfer<sysexit>), ends))),
};

}  // namespace

std::span<const Row> far_transfer_rows() { return rows; }

}  // namespace calque
