// IN, OUT, INS and OUTS, and the permission to use a port.
#include "cpu/breakpoints.hpp"
#include "cpu/instructions/repeat.hpp"
#include "cpu/instructions/rows.hpp"
#include "cpu/segmentation.hpp"

namespace calque {
namespace {

/// The I/O permission bit map in the TSS, one bit a port (SDM vol. 1, "I/O Permission Bit Map").
bool bit_map_allows(Cpu& cpu, std::uint16_t port, unsigned size) {
    const SegmentRegister& tr = cpu.state.tr;
    if (!(tr.attributes & system_type::is_32bit) || tr.limit < 0x67) return false;
    const std::uint32_t offset = cpu.load_system<std::uint16_t>(tr.base + 0x66) + port / 8U;
    if (offset + 1 > tr.limit) return false;
    const std::uint32_t bits = cpu.load_system<std::uint16_t>(tr.base + offset);
    return !(bits >> (port & 7U) & ((1U << size) - 1));
}

void check_port(Cpu& cpu, std::uint16_t port, unsigned size) {
    if (cpu.mode & mode::vm86 || ((cpu.mode & mode::protected_mode) && !(cpu.mode & mode::iopl_allows)))
        if (!bit_map_allows(cpu, port, size)) cpu.fault(Vector::gp, 0);
}

/// check_port() for those that must also be resumed.
bool port_allowed(Cpu& cpu, std::uint16_t port, unsigned size) {
    try {
        check_port(cpu, port, size);
        return true;
    } catch (const GuestFault&) {
        return false;
    }
}

void tell_port(Cpu& cpu, std::uint16_t port, std::uint32_t value, unsigned size, bool is_write) {
    if (cpu.mode & mode::observed)
        cpu.observer()->accessed(cpu, {.place = AccessPlace::port,
                                       .is_write = is_write,
                                       .size = static_cast<std::uint8_t>(size),
                                       .address = port,
                                       .value = &value});
}

void note_port(Cpu& cpu, std::uint16_t port, unsigned size, AccessKind kind) {
    if (cpu.mode & mode::stepping) cpu.breakpoint_hits |= io_breakpoints(cpu.state, port, size);
    if (!cpu.debug) return;
    cpu.debug->note_port(port, size, kind);
    if (cpu.debug->hit()) cpu.stop_requested = true;
}

std::uint32_t read_port(Cpu& cpu, std::uint16_t port, unsigned size) {
    note_port(cpu, port, size, AccessKind::read);
    const std::uint32_t value = cpu.outside.port_read(port, size);
    tell_port(cpu, port, value, size, false);
    return value;
}

void write_port(Cpu& cpu, std::uint16_t port, std::uint32_t value, unsigned size) {
    note_port(cpu, port, size, AccessKind::write);
    tell_port(cpu, port, value, size, true);
    cpu.outside.port_write(port, value, size);
}

struct PortImmediate {
    static std::uint16_t number(const Cpu&, const Insn& insn) { return insn.immediate & 0xffU; }
};
struct PortDx {
    static std::uint16_t number(const Cpu& cpu, const Insn&) { return cpu.reg<std::uint16_t>(edx); }
};

template <typename Port>
struct In {
    template <typename T>
    static void run(Cpu& cpu, const Insn& insn) {
        const std::uint16_t port = Port::number(cpu, insn);
        check_port(cpu, port, sizeof(T));
        cpu.set_reg(eax, static_cast<T>(read_port(cpu, port, sizeof(T))));
    }
};

template <typename Port>
struct Out {
    template <typename T>
    static void run(Cpu& cpu, const Insn& insn) {
        const std::uint16_t port = Port::number(cpu, insn);
        check_port(cpu, port, sizeof(T));
        write_port(cpu, port, cpu.reg<T>(eax), sizeof(T));
    }
};

template <typename T>
void advance(Cpu& cpu, const Insn& insn, unsigned number) {
    const std::uint32_t old = cpu.state.reg32(number), mask = insn.address_mask;
    const std::uint32_t step =
        cpu.flag_set(flag::df) ? 0U - std::uint32_t{sizeof(T)} : std::uint32_t{sizeof(T)};
    cpu.state.gpr[number] = (old & ~mask) | ((old + step) & mask);
}

/// The destination is checked before the port is read: a device does not take its answer back.
struct Ins {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        Repetition repetition(cpu, insn);
        const std::uint16_t port = PortDx::number(cpu, insn);
        if (repetition.more() && !port_allowed(cpu, port, sizeof(T))) return repetition.retire(true);
        while (repetition.more()) {
            const std::uint32_t offset = cpu.state.reg32(edi) & insn.address_mask;
            if (!cpu.probe(seg_es, offset, sizeof(T), AccessKind::write)) return repetition.retire(true);
            const auto value = static_cast<T>(read_port(cpu, port, sizeof(T)));
            if (!cpu.write(seg_es, offset, value)) return repetition.retire(true);
            advance<T>(cpu, insn, edi);
            repetition.complete(1);
        }
        return repetition.retire();
    }
};

struct Outs {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        Repetition repetition(cpu, insn);
        const std::uint16_t port = PortDx::number(cpu, insn);
        if (repetition.more() && !port_allowed(cpu, port, sizeof(T))) return repetition.retire(true);
        while (repetition.more()) {
            T value;
            if (!cpu.read(insn.segment, cpu.state.reg32(esi) & insn.address_mask, value))
                return repetition.retire(true);
            write_port(cpu, port, value, sizeof(T));
            advance<T>(cpu, insn, esi);
            repetition.complete(1);
        }
        return repetition.retire();
    }
};

using enum InstructionClass;

/// A byte form and the form by operand size behind it.
template <typename Form>
constexpr std::array<Row, 2> port_rows(const char* name, std::uint8_t opcode) {
    return {plain_row(name, opcode, emulated, {}, handlers_any(guarded<Form::template run<std::uint8_t>>)),
            plain_row(name, static_cast<std::uint8_t>(opcode + 1), emulated, {},
                      handlers_by_size(guarded<Form::template run<std::uint16_t>>,
                                       guarded<Form::template run<std::uint32_t>>))};
}

template <typename Form>
constexpr std::array<Row, 2> string_port_rows(const char* name, std::uint8_t opcode) {
    constexpr auto attributes = static_cast<std::uint16_t>(attribute::repeatable | attribute::own_address);
    return {plain_row(name, opcode, emulated, {},
                      handlers_any(threaded_memory<Form::template run<std::uint8_t>>), attributes),
            plain_row(name, static_cast<std::uint8_t>(opcode + 1), emulated, {},
                      handlers_by_size(threaded_memory<Form::template run<std::uint16_t>>,
                                       threaded_memory<Form::template run<std::uint32_t>>),
                      attributes)};
}

constexpr auto rows =
    join(port_rows<In<PortImmediate>>("in", 0xe4), port_rows<Out<PortImmediate>>("out", 0xe6),
         port_rows<In<PortDx>>("in", 0xec), port_rows<Out<PortDx>>("out", 0xee),
         string_port_rows<Ins>("ins", 0x6c), string_port_rows<Outs>("outs", 0x6e));

}  // namespace

std::span<const Row> input_output_rows() { return rows; }

}  // namespace calque
