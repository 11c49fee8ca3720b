// MXCSR, and the images of FXSAVE and FXRSTOR (SDM vol. 1, "State Management Instructions").
#include "cpu/fpu_image.hpp"
#include "cpu/instructions/image_access.hpp"
#include "cpu/instructions/sse.hpp"
#include "cpu/instructions/x87.hpp"

namespace calque {
namespace {

bool valid_mxcsr(const Cpu& cpu, std::uint32_t value) { return !(value & ~cpu.state.fpu.mxcsr_mask); }

bool ldmxcsr(Cpu& cpu, const Insn& insn) {
    std::uint32_t value;
    if (!RmMemory::read(cpu, insn, value)) return false;
    if (!valid_mxcsr(cpu, value)) return cpu.raise(Vector::gp, 0);
    cpu.state.fpu.mxcsr = value;
    return true;
}

bool stmxcsr(Cpu& cpu, const Insn& insn) { return RmMemory::write(cpu, insn, cpu.state.fpu.mxcsr); }

using FxImage = std::array<std::uint8_t, fx_image_size>;
constexpr std::size_t fx_area_size = 512;  // checked as a whole, whatever is used of it

bool open_fx_area(Cpu& cpu, const Insn& insn, AccessKind kind) {
    return check_aligned16(cpu, insn) && open_image(cpu, insn, fx_area_size, kind, 16);
}

/// Both are non-waiting. FXSAVE, unlike FNSAVE, leaves the unit as it is.
bool fxsave(Cpu& cpu, const Insn& insn) {
    if (!open_fx_area(cpu, insn, AccessKind::write)) return false;
    cpu.fpu.release(cpu.state.fpu);
    FxImage image;
    write_fx_image(cpu.state.fpu, image);
    return store_image<Xmm>(cpu, insn, image);
}

bool fxrstor(Cpu& cpu, const Insn& insn) {
    FxImage image;
    if (!open_fx_area(cpu, insn, AccessKind::read) || !load_image<Xmm>(cpu, insn, image)) return false;
    std::uint32_t control;
    std::memcpy(&control, image.data() + offsetof(FpuArea, mxcsr), sizeof(control));
    if (!valid_mxcsr(cpu, control)) return cpu.raise(Vector::gp, 0);
    cpu.fpu.release(cpu.state.fpu);
    read_fx_image(cpu.state.fpu, image);
    x87_image_changed(cpu);
    return true;
}

template <auto semantics>
constexpr Row control_row(const char* name, int digit, Access access) {
    Row row = only(Mod::memory, sse_row<semantics>(name, Mandatory::none, 0xae, 4));
    row.digit = static_cast<std::int8_t>(digit);
    row.reg = OperandKind::digit;
    row.rm = OperandKind::memory;
    row.reg_access = Access::none;
    row.rm_access = access;
    row.cls = InstructionClass::emulated;
    return row;
}
template <auto semantics>
constexpr Row image_row(const char* name, int digit, Access access) {
    Row row = control_row<semantics>(name, digit, access);
    row.memory_size = 0;
    row.attributes = attribute::x87 | attribute::x87_control | attribute::own_address | attribute::ends_block;
    return needing(feature::fxsr, row);
}

constexpr std::array rows{
    image_row<fxsave>("fxsave", 0, Access::write),
    image_row<fxrstor>("fxrstor", 1, Access::read),
    control_row<ldmxcsr>("ldmxcsr", 2, Access::read),
    control_row<stmxcsr>("stmxcsr", 3, Access::write),
};

}  // namespace

std::span<const Row> sse_control_rows() { return rows; }

}  // namespace calque
