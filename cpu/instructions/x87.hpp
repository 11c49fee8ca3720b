// What x87 instructions have in common: the state made live, errors before and after, rows of the table.
#pragma once

#include "cpu/form.hpp"
#include "cpu/fpu.hpp"
#include "cpu/host_x87.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

namespace calque {

/// #MF, or with CR0.NE clear the wait for the interrupt that FERR# asks for. Always false.
bool raise_x87_error(Cpu& cpu);
/// Looks for an unmasked exception after an instruction.
void note_x87_errors(Cpu& cpu);
/// The same, and notes where the instruction's operand is if it raised one.
void note_x87_errors(Cpu& cpu, const Insn& insn);
/// FSW.ES is now `error`; drives FERR# where that is how errors are reported.
void set_x87_pending(Cpu& cpu, bool error);
/// Must follow any change of the control word.
void control_word_changed(Cpu& cpu);
/// Must follow any change of the x87 part of CpuState::fpu.
void x87_image_changed(Cpu& cpu);

/// Must open each waiting x87 or MMX instruction.
inline bool begin_x87(Cpu& cpu) {
    cpu.fpu.acquire(cpu.state.fpu);
    return !cpu.fpu.pending || raise_x87_error(cpu);
}
/// Makes FOP, FIP and FCS name `insn`.
template <std::uint8_t opcode>
void note_x87_instruction(Cpu& cpu, const Insn& insn) {
    calque::note_x87_instruction(cpu.state, x87_fop(opcode, insn.modrm), cpu.ip(insn));
}
/// Must close each instruction that is not a control instruction.
template <std::uint8_t opcode>
void end_x87(Cpu& cpu, const Insn& insn) {
    note_x87_instruction<opcode>(cpu, insn);
    if ((cpu.state.fpu.fcw & x87::exceptions) != x87::exceptions) [[unlikely]]
        note_x87_errors(cpu, insn);
}

template <unsigned size>
using OperandBytes = std::array<std::uint8_t, size>;

/// Where a store of `size` bytes goes in host memory, or nullptr with `allowed` set if it is not plain RAM.
template <unsigned size>
std::uint8_t* open_store(Cpu& cpu, const Insn& insn, std::uint32_t offset, bool& allowed) {
    std::uint8_t* host;
    allowed = true;
    if (cpu.writable_plain<size>(insn.segment, offset, host)) [[likely]]
        return host;
    allowed = cpu.probe(insn.segment, offset, size, AccessKind::write);
    return nullptr;
}

/// Register forms.
template <std::uint8_t opcode>
bool x87_register(Cpu& cpu, const Insn& insn) {
    if (!begin_x87(cpu)) return false;
    host_x87::execute(opcode, insn.modrm);
    end_x87<opcode>(cpu, insn);
    return true;
}

/// Register forms that read or write status flags.
template <std::uint8_t opcode>
bool x87_with_flags(Cpu& cpu, const Insn& insn) {
    if (!begin_x87(cpu)) return false;
    const std::uint32_t flags = cpu.state.status.pack();
    cpu.state.status = StatusFlags::unpack(host_x87::execute_with_flags(opcode, insn.modrm, flags));
    end_x87<opcode>(cpu, insn);
    return true;
}

/// Forms with a source operand in memory.
template <std::uint8_t opcode, unsigned size>
bool x87_load(Cpu& cpu, const Insn& insn) {
    OperandBytes<size> operand;
    if (!begin_x87(cpu) || !RmMemory::read(cpu, insn, operand)) return false;
    host_x87::execute(opcode, insn.modrm_reg(), operand.data());
    end_x87<opcode>(cpu, insn);
    return true;
}

/// Forms with a destination in memory. An unmasked exception other than precision leaves it unwritten.
template <std::uint8_t opcode, unsigned size>
bool x87_store(Cpu& cpu, const Insn& insn) {
    cpu.current = &insn;
    if (!begin_x87(cpu)) return false;
    const std::uint32_t offset = cpu.effective_address(insn);
    bool allowed;
    std::uint8_t* host = open_store<size>(cpu, insn, offset, allowed);
    if (!allowed) return false;
    OperandBytes<size> operand{};
    host_x87::execute(opcode, insn.modrm_reg(), operand.data());
    end_x87<opcode>(cpu, insn);
    if (cpu.fpu.pending) [[unlikely]] {
        const auto raised = host_x87::status() & ~cpu.state.fpu.fcw & x87::exceptions;
        if (raised & ~x87::precision) return true;
    }
    if (host) [[likely]] {
        std::memcpy(host, operand.data(), size);
        return true;
    }
    return cpu.write(insn.segment, offset, operand);
}

// Plain forms: the instruction, and nothing before and after it.

/// Whether a plain form will do: the state is live, and no exception can be raised.
inline bool is_unhindered(const Cpu& cpu) {
    return cpu.fpu.live && !cpu.fpu.pending && (cpu.state.fpu.fcw & x87::exceptions) == x87::exceptions;
}
/// As threaded_plain().
template <auto plain, auto complete>
const Insn* threaded_unhindered(Cpu& cpu, const Insn* insn) {
    if (!is_unhindered(cpu) || !plain(cpu, *insn)) [[unlikely]]
        return threaded_memory<complete>(cpu, insn);
    return insn[1].execute(cpu, insn + 1);
}

template <std::uint8_t opcode, std::uint8_t modrm>
bool x87_plain_register(Cpu& cpu, const Insn& insn) {
    host_x87::execute_register<opcode, modrm>();
    note_x87_instruction<opcode>(cpu, insn);
    return true;
}
template <std::uint8_t opcode, unsigned digit, unsigned size>
struct X87Load {
    template <typename Address>
    struct From {
        static bool run(Cpu& cpu, const Insn& insn) {
            std::uint8_t* host;
            if (!Address::template readable<size>(cpu, insn, host)) return false;
            host_x87::execute_memory<opcode, digit>(host);
            note_x87_instruction<opcode>(cpu, insn);
            return true;
        }
    };
};
template <std::uint8_t opcode, unsigned digit, unsigned size>
struct X87Store {
    template <typename Address>
    struct To {
        static bool run(Cpu& cpu, const Insn& insn) {
            std::uint8_t* host;
            if (!Address::template writable<size>(cpu, insn, host)) return false;
            host_x87::execute_memory<opcode, digit>(host);
            note_x87_instruction<opcode>(cpu, insn);
            return true;
        }
    };
};

/// The handlers of a form with a memory operand; `Plain` is made for each way to find the operand.
template <template <typename Address> class Plain, auto complete>
constexpr Handlers x87_memory_handlers() {
    constexpr Handler mem = threaded_unhindered<Plain<PlainAddress>::run, complete>;
    constexpr Handler flat = threaded_unhindered<Plain<FlatBase>::run, complete>;
    constexpr Handler indexed = threaded_unhindered<Plain<FlatIndexed>::run, complete>;
    return {{}, {mem, mem}, {flat, flat}, {indexed, indexed}};
}

/// The handlers of a register form for each register of the stack.
template <std::uint8_t opcode, unsigned digit, std::size_t... st>
constexpr std::array<Handler, 8> make_x87_by_rm(std::index_sequence<st...>) {
    return {threaded_unhindered<x87_plain_register<opcode, 0xc0 | digit << 3 | st>, x87_register<opcode>>...};
}
template <std::uint8_t opcode, unsigned digit>
inline constexpr auto x87_by_rm = make_x87_by_rm<opcode, digit>(std::make_index_sequence<8>{});

// Rows.

constexpr Row x87_row(const char* name, std::uint8_t opcode, int digit, const Handlers& handlers) {
    return {.name = name,
            .opcode = opcode,
            .digit = static_cast<std::int8_t>(digit),
            .mod = Mod::reg,
            .rm = OperandKind::st,
            .rm_access = Access::read_write,
            .cls = InstructionClass::innocuous,
            .attributes = attribute::x87,
            .features = feature::fpu,
            .handlers = handlers};
}
/// A register form with its digit.
template <std::uint8_t opcode, unsigned digit>
constexpr Row x87_register_row(const char* name) {
    Handlers handlers = handlers_any(threaded_memory<x87_register<opcode>>);
    handlers.by_rm = &x87_by_rm<opcode, digit>;
    return x87_row(name, opcode, digit, handlers);
}
/// One with its whole ModRM byte.
constexpr Row x87_exact_row(const char* name, std::uint8_t opcode, std::uint8_t modrm, Handler handler) {
    Row row = x87_row(name, opcode, -1, handlers_any(handler));
    row.modrm = modrm;
    row.mod = Mod::any;
    row.rm = OperandKind::none;
    row.rm_access = Access::none;
    return row;
}
template <std::uint8_t opcode, std::uint8_t modrm>
constexpr Row x87_exact_row(const char* name) {
    return x87_exact_row(name, opcode, modrm,
                         threaded_unhindered<x87_plain_register<opcode, modrm>, x87_register<opcode>>);
}
/// One that uses flags.
template <std::uint8_t opcode>
constexpr Row x87_flags_row(const char* name, int digit, FlagUse flags) {
    Row row = x87_row(name, opcode, digit,
                      handlers_any(threaded_unhindered<x87_with_flags<opcode>, x87_with_flags<opcode>>));
    row.flags = flags;
    row.features |= feature::cmov;
    return row;
}
constexpr Row x87_memory_row(Row row, unsigned size, Access access) {
    row.mod = Mod::memory;
    row.rm = OperandKind::memory;
    row.rm_access = access;
    row.memory_size = static_cast<std::uint8_t>(size);
    return row;
}
template <std::uint8_t opcode, unsigned digit, unsigned size>
constexpr Row x87_load_row(const char* name) {
    constexpr auto handlers =
        x87_memory_handlers<X87Load<opcode, digit, size>::template From, x87_load<opcode, size>>();
    return x87_memory_row(x87_row(name, opcode, digit, handlers), size, Access::read);
}
template <std::uint8_t opcode, unsigned digit, unsigned size>
constexpr Row x87_store_row(const char* name) {
    constexpr auto handlers =
        x87_memory_handlers<X87Store<opcode, digit, size>::template To, x87_store<opcode, size>>();
    return x87_memory_row(x87_row(name, opcode, digit, handlers), size, Access::write);
}

/// The parts of x87_rows().
std::span<const Row> x87_data_transfer_rows();
std::span<const Row> x87_arithmetic_rows();
std::span<const Row> x87_comparison_rows();
std::span<const Row> x87_control_rows();

}  // namespace calque
