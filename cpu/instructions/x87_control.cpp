// x87 control (SDM vol. 1, "x87 FPU Control Instructions"): control and status words, environments, images.
#include "cpu/fpu_image.hpp"
#include "cpu/instructions/image_access.hpp"
#include "cpu/instructions/rows.hpp"
#include "cpu/instructions/x87.hpp"

namespace calque {
namespace {

bool fldcw(Cpu& cpu, const Insn& insn) {
    std::uint16_t value;
    if (!begin_x87(cpu) || !RmMemory::read(cpu, insn, value)) return false;
    host_x87::set_control(value);
    cpu.state.fpu.fcw = host_x87::control();
    note_x87_errors(cpu);
    control_word_changed(cpu);
    return true;
}

/// The word is at hand, but an engine may count on every innocuous x87 instruction to make the state live.
bool fnstcw(Cpu& cpu, const Insn& insn) {
    cpu.fpu.acquire(cpu.state.fpu);
    return RmMemory::write(cpu, insn, cpu.state.fpu.fcw);
}

bool fnstsw(Cpu& cpu, const Insn& insn) {
    cpu.fpu.acquire(cpu.state.fpu);
    return RmMemory::write(cpu, insn, host_x87::status());
}
bool fnstsw_ax(Cpu& cpu, const Insn&) {
    cpu.fpu.acquire(cpu.state.fpu);
    cpu.set_reg<std::uint16_t>(eax, host_x87::status());
    return true;
}

// The frequent ones, where nothing can be raised before and after.

template <typename Address>
struct LoadControl {
    static bool run(Cpu& cpu, const Insn& insn) {
        std::uint16_t value;
        if (!DirectMemory<Address>::read(cpu, insn, value)) return false;
        if ((value & x87::exceptions) != x87::exceptions) return false;
        host_x87::set_control(value);
        cpu.state.fpu.fcw = host_x87::control();
        return true;
    }
};
template <typename Address>
struct StoreControl {
    static bool run(Cpu& cpu, const Insn& insn) {
        return DirectMemory<Address>::write(cpu, insn, cpu.state.fpu.fcw);
    }
};
template <typename Address>
struct StoreStatus {
    static bool run(Cpu& cpu, const Insn& insn) {
        return DirectMemory<Address>::write(cpu, insn, host_x87::status());
    }
};

bool fnclex(Cpu& cpu, const Insn&) {
    cpu.fpu.acquire(cpu.state.fpu);
    host_x87::clear_exceptions();
    note_x87_errors(cpu);
    return true;
}

bool fninit(Cpu& cpu, const Insn&) {
    cpu.fpu.acquire(cpu.state.fpu);
    host_x87::initialize();
    initialize(cpu.state.fpu);
    note_x87_errors(cpu);
    control_word_changed(cpu);
    return true;
}

/// FNENI, FNDISI, FNSETPM: non-waiting, and without effect since the 387.
bool no_operation(Cpu&, const Insn&) { return true; }

bool wait(Cpu& cpu, const Insn&) {
    if (cpu.mode & mode::wait_traps) return cpu.raise(Vector::nm);
    return begin_x87(cpu);
}

// The memory images, in the 16-bit or (`wide`) the 32-bit format.

constexpr std::size_t image_size(bool wide) { return environment_size(wide) + image_registers_size; }
constexpr unsigned image_alignment(bool wide) { return wide ? 4 : 2; }
ImageFormat format_of(const Cpu& cpu, bool wide) {
    return {.wide = wide, .protected_mode = cpu.protected_mode()};
}

template <bool wide>
bool fnstenv(Cpu& cpu, const Insn& insn) {
    OperandBytes<environment_size(wide)> image;
    if (!open_image(cpu, insn, image.size(), AccessKind::write, image_alignment(wide))) return false;
    FpuArea& area = cpu.state.fpu;
    cpu.fpu.release(area);
    write_environment(area, format_of(cpu, wide), image);
    area.fcw |= x87::exceptions;
    summarize_exceptions(area);
    x87_image_changed(cpu);
    return store_image<std::uint16_t>(cpu, insn, image);
}

template <bool wide>
bool fldenv(Cpu& cpu, const Insn& insn) {
    OperandBytes<environment_size(wide)> image;
    if (!begin_x87(cpu)) return false;
    if (!open_image(cpu, insn, image.size(), AccessKind::read, image_alignment(wide))) return false;
    if (!load_image<std::uint16_t>(cpu, insn, image)) return false;
    FpuArea& area = cpu.state.fpu;
    cpu.fpu.release(area);
    read_environment(area, format_of(cpu, wide), image);
    x87_image_changed(cpu);
    return true;
}

template <bool wide>
bool fnsave(Cpu& cpu, const Insn& insn) {
    OperandBytes<image_size(wide)> image;
    if (!open_image(cpu, insn, image.size(), AccessKind::write, image_alignment(wide))) return false;
    FpuArea& area = cpu.state.fpu;
    cpu.fpu.release(area);
    write_environment(area, format_of(cpu, wide), image);
    write_registers(area, std::span(image).subspan(environment_size(wide)));
    initialize(area);
    x87_image_changed(cpu);
    return store_image<std::uint16_t>(cpu, insn, image);
}

template <bool wide>
bool frstor(Cpu& cpu, const Insn& insn) {
    OperandBytes<image_size(wide)> image;
    if (!begin_x87(cpu)) return false;
    if (!open_image(cpu, insn, image.size(), AccessKind::read, image_alignment(wide))) return false;
    if (!load_image<std::uint16_t>(cpu, insn, image)) return false;
    FpuArea& area = cpu.state.fpu;
    cpu.fpu.release(area);
    read_environment(area, format_of(cpu, wide), image);
    read_registers(area, std::span(image).subspan(environment_size(wide)));
    x87_image_changed(cpu);
    return true;
}

// Rows.

constexpr Row as_control(Row row) {
    row.attributes |= attribute::x87_control;
    return row;
}
/// What FOP and FIP are behind it is not what the block's instructions say.
constexpr Row changes_pointers(Row row) {
    row.attributes |= attribute::ends_block;
    return row;
}
template <auto semantics>
constexpr Row emulated(const char* name, std::uint8_t opcode, std::uint8_t modrm) {
    return as_class(InstructionClass::emulated,
                    as_control(x87_exact_row(name, opcode, modrm, threaded_memory<semantics>)));
}
/// What the host could do itself, but for a register that the back end cannot name.
template <auto semantics>
constexpr Row native(const char* name, std::uint8_t opcode, std::uint8_t modrm) {
    return as_control(x87_exact_row(name, opcode, modrm, threaded_unhindered<semantics, semantics>));
}
constexpr Row word(const char* name, std::uint8_t opcode, int digit, Access access,
                   const Handlers& handlers) {
    return as_control(x87_memory_row(x87_row(name, opcode, digit, handlers), 2, access));
}
template <auto narrow, auto wide>
constexpr Row image(const char* name, std::uint8_t opcode, int digit, Access access) {
    Row row =
        word(name, opcode, digit, access, handlers_by_size(threaded_memory<narrow>, threaded_memory<wide>));
    row.memory_size = 0;
    row.attributes |= attribute::own_address;
    return as_class(InstructionClass::emulated, row);
}

constexpr Row wait_row{.name = "wait",
                       .opcode = 0x9b,
                       .cls = InstructionClass::emulated,
                       .attributes = attribute::no_modrm,
                       .handlers = handlers_any(threaded_memory<wait>)};

constexpr std::array rows{
    wait_row,
    as_class(InstructionClass::emulated,
             word("fldcw", 0xd9, 5, Access::read, x87_memory_handlers<LoadControl, fldcw>())),
    word("fnstcw", 0xd9, 7, Access::write, x87_memory_handlers<StoreControl, fnstcw>()),
    word("fnstsw", 0xdd, 7, Access::write, x87_memory_handlers<StoreStatus, fnstsw>()),
    native<fnstsw_ax>("fnstsw", 0xdf, 0xe0),
    native<fnclex>("fnclex", 0xdb, 0xe2),
    changes_pointers(emulated<fninit>("fninit", 0xdb, 0xe3)),
    emulated<no_operation>("fneni", 0xdb, 0xe0),
    emulated<no_operation>("fndisi", 0xdb, 0xe1),
    emulated<no_operation>("fnsetpm", 0xdb, 0xe4),

    x87_exact_row<0xd9, 0xd0>("fnop"),
    x87_exact_row<0xd9, 0xf6>("fdecstp"),
    x87_exact_row<0xd9, 0xf7>("fincstp"),
    x87_register_row<0xdd, 0>("ffree"),
    x87_register_row<0xdf, 0>("ffreep"),

    changes_pointers(image<fldenv<false>, fldenv<true>>("fldenv", 0xd9, 4, Access::read)),
    image<fnstenv<false>, fnstenv<true>>("fnstenv", 0xd9, 6, Access::write),
    changes_pointers(image<frstor<false>, frstor<true>>("frstor", 0xdd, 4, Access::read)),
    changes_pointers(image<fnsave<false>, fnsave<true>>("fnsave", 0xdd, 6, Access::write)),
};

}  // namespace

std::span<const Row> x87_control_rows() { return rows; }

}  // namespace calque
