// Binary and decimal arithmetic: ADD, ADC, SUB, SBB, CMP, INC, DEC, NEG, MUL, IMUL, DIV, IDIV, and the BCD
// adjusts.
#include "cpu/arithmetic_like_host.hpp"
#include "cpu/instructions/basic_operation.hpp"
#include "cpu/instructions/branch.hpp"
#include "cpu/instructions/rows.hpp"

#include <type_traits>

namespace calque {
namespace {

struct Add {
    template <typename T>
    static T apply(Cpu& cpu, T left, T right) {
        return add(cpu.state.status, left, right);
    }
};
struct Adc {
    template <typename T>
    static T apply(Cpu& cpu, T left, T right) {
        return add(cpu.state.status, left, right, cpu.state.status.cf());
    }
};
struct Sub {
    template <typename T>
    static T apply(Cpu& cpu, T left, T right) {
        return subtract(cpu.state.status, left, right);
    }
};
struct Sbb {
    template <typename T>
    static T apply(Cpu& cpu, T left, T right) {
        return subtract(cpu.state.status, left, right, cpu.state.status.cf());
    }
};
struct Inc {
    template <typename T>
    static T apply(Cpu& cpu, T value) {
        const bool carry = cpu.state.status.cf();
        const T sum = add(cpu.state.status, value, T{1});
        cpu.state.status.set_cf(carry);
        return sum;
    }
};
struct Dec {
    template <typename T>
    static T apply(Cpu& cpu, T value) {
        const bool carry = cpu.state.status.cf();
        const T difference = subtract(cpu.state.status, value, T{1});
        cpu.state.status.set_cf(carry);
        return difference;
    }
};
struct Neg {
    template <typename T>
    static T apply(Cpu& cpu, T value) {
        return subtract(cpu.state.status, T{0}, value);
    }
};
struct Imul {
    template <typename T>
    static T apply(Cpu& cpu, T left, T right) {
        return like_host::imul(left, right, cpu.state.status);
    }
};

/// A pair of registers that holds a double-width value: AX for bytes, else DX:AX or EDX:EAX.
template <typename T>
using Wide = std::conditional_t<sizeof(T) == 1, std::uint16_t,
                                std::conditional_t<sizeof(T) == 2, std::uint32_t, std::uint64_t>>;

template <typename T>
Wide<T> accumulator_pair(const Cpu& cpu) {
    if constexpr (sizeof(T) == 1)
        return cpu.reg<std::uint16_t>(eax);
    else
        return static_cast<Wide<T>>(Wide<T>{cpu.reg<T>(edx)} << (8 * sizeof(T)) | cpu.reg<T>(eax));
}
template <typename T>
void set_accumulator_pair(Cpu& cpu, T low, T high) {
    if constexpr (sizeof(T) == 1) {
        cpu.set_reg(eax, static_cast<std::uint16_t>(high << 8 | low));
    } else {
        cpu.set_reg(eax, low);
        cpu.set_reg(edx, high);
    }
}

template <typename Rm>
struct Multiply {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        T source;
        if (!Rm::read(cpu, insn, source)) return false;
        const auto product = like_host::mul(cpu.reg<T>(eax), source, cpu.state.status);
        set_accumulator_pair(cpu, product.low, product.high);
        return true;
    }
};
template <typename Rm>
struct MultiplySigned {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        T source;
        if (!Rm::read(cpu, insn, source)) return false;
        const auto product = like_host::imul_wide(cpu.reg<T>(eax), source, cpu.state.status);
        set_accumulator_pair(cpu, product.low, product.high);
        return true;
    }
};
template <typename Rm>
struct Divide {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        T divisor;
        if (!Rm::read(cpu, insn, divisor)) return false;
        const Wide<T> dividend = accumulator_pair<T>(cpu);
        if (static_cast<T>(dividend >> (8 * sizeof(T))) >= divisor) return cpu.raise(Vector::de);
        const auto result = host::div(dividend, divisor, cpu.state.status);
        set_accumulator_pair(cpu, result.low, result.high);
        return true;
    }
};
template <typename Rm>
struct DivideSigned {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        using Signed = std::make_signed_t<T>;
        using WideSigned = std::make_signed_t<Wide<T>>;
        T divisor;
        if (!Rm::read(cpu, insn, divisor)) return false;
        const auto dividend = static_cast<WideSigned>(accumulator_pair<T>(cpu));
        const auto by = static_cast<Signed>(divisor);
        const bool overflows = by == -1 && dividend == std::numeric_limits<WideSigned>::min();
        if (by == 0 || overflows) return cpu.raise(Vector::de);
        const auto quotient = static_cast<WideSigned>(dividend / by);
        if (quotient != static_cast<Signed>(quotient)) return cpu.raise(Vector::de);
        const auto result = host::idiv(static_cast<Wide<T>>(dividend), divisor, cpu.state.status);
        set_accumulator_pair(cpu, result.low, result.high);
        return true;
    }
};

/// IMUL r, r/m, imm.
template <typename Rm>
struct MultiplyImmediate {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        T source;
        if (!Rm::read(cpu, insn, source)) return false;
        return RegOperand::write(cpu, insn, Imul::apply(cpu, source, static_cast<T>(insn.immediate)));
    }
};

// The BCD adjusts follow the SDM's pseudo-code; flags it leaves undefined come from the adjusted AL, as real
// processors set them.

void set_adjusted(Cpu& cpu, std::uint8_t al, bool carry, bool auxiliary, bool overflow = false) {
    cpu.set_reg(eax, al);
    std::uint32_t flags =
        StatusFlags::of_result(al).pack() | (carry ? flag::cf : 0) | (auxiliary ? flag::af : 0);
    if (overflow) flags |= flag::of;
    cpu.state.status = StatusFlags::unpack(flags);
}

template <bool subtracting>
bool decimal_adjust(Cpu& cpu, const Insn&) {
    const auto old_al = cpu.reg<std::uint8_t>(eax);
    const bool old_cf = cpu.state.status.cf();
    const bool low = (old_al & 0xf) > 9 || cpu.state.status.af();
    const bool high = old_al > 0x99 || old_cf;
    const unsigned correction = (low ? 6U : 0U) + (high ? 0x60U : 0U);
    const auto al = static_cast<std::uint8_t>(subtracting ? old_al - correction : old_al + correction);
    const bool low_borrow = subtracting && low && old_al < 6;
    const bool overflow =
        ((subtracting ? (old_al ^ al) & (old_al ^ correction) : (old_al ^ al) & (correction ^ al)) & 0x80) !=
        0;
    set_adjusted(cpu, al, high || low_borrow, low, overflow);
    return true;
}

template <bool subtracting>
bool ascii_adjust(Cpu& cpu, const Insn&) {
    const auto ax = cpu.reg<std::uint16_t>(eax);
    const bool adjust = (ax & 0xf) > 9 || cpu.state.status.af();
    const unsigned result = !adjust ? ax : subtracting ? ax - 0x106U : ax + 0x106U;
    cpu.set_reg(eax, static_cast<std::uint16_t>(result & 0xff0f));
    const std::uint32_t flags = StatusFlags::of_result(static_cast<std::uint8_t>(result & 0xf)).pack();
    cpu.state.status = StatusFlags::unpack(flags | (adjust ? flag::cf | flag::af : 0));
    return true;
}

bool aam(Cpu& cpu, const Insn& insn) {
    const auto base = static_cast<std::uint8_t>(insn.immediate);
    if (base == 0) return cpu.raise(Vector::de);
    const auto al = cpu.reg<std::uint8_t>(eax);
    const auto rest = static_cast<std::uint8_t>(al % base);
    cpu.set_reg(eax, static_cast<std::uint16_t>(al / base << 8 | rest));
    cpu.state.status = StatusFlags::of_result(rest);
    return true;
}

bool aad(Cpu& cpu, const Insn& insn) {
    const auto ax = cpu.reg<std::uint16_t>(eax);
    const auto al = static_cast<std::uint8_t>((ax >> 8) * insn.immediate + ax);
    cpu.set_reg(eax, std::uint16_t{al});
    cpu.state.status = StatusFlags::of_result(al);
    return true;
}

// --- Rows

using enum OperandKind;
constexpr FlagUse writes_carry_too{.read = flag::cf, .written = flag::status};
constexpr FlagUse keeps_cf{.read = 0, .written = flag::status & ~flag::cf};
// Processors leave some of the undefined flags as they were, so these depend on them.
constexpr std::uint32_t undefined_by_multiply = flag::sf | flag::zf | flag::af | flag::pf;
constexpr FlagUse multiply_flags{
    .read = undefined_by_multiply, .written = flag::status, .undefined = undefined_by_multiply};
constexpr FlagUse divide_flags{.read = flag::status, .written = flag::status, .undefined = flag::status};

template <typename Rm>
using CompareRmReg = Compare<Sub, Rm, RegOperand>;
template <typename Rm>
using CompareRegRm = Compare<Sub, RegOperand, Rm>;
template <typename Rm>
using CompareImmediate = Compare<Sub, Rm, Immediate>;
using CompareAccumulator = Compare<Sub, FixedRegister<eax>, Immediate>;
template <typename Rm>
using IncRm = Unary<Inc, Rm>;
template <typename Rm>
using DecRm = Unary<Dec, Rm>;
template <typename Rm>
using NegRm = Unary<Neg, Rm>;
template <typename Rm>
using ImulRegRm = Binary<Imul, RegOperand, Rm>;

constexpr std::array compare_rows{
    fusible(modrm_row("cmp", 0x38, gpr8, Access::read, gpr8, Access::read, writes_all,
                      handlers_b<CompareRmReg>()),
            fused_form<CompareRmReg, std::uint8_t>),
    fusible(
        modrm_row("cmp", 0x39, gpr, Access::read, gpr, Access::read, writes_all, handlers_v<CompareRmReg>()),
        fused_form<CompareRmReg, std::uint32_t>),
    fusible(modrm_row("cmp", 0x3a, gpr8, Access::read, gpr8, Access::read, writes_all,
                      handlers_b<CompareRegRm>()),
            fused_form<CompareRegRm, std::uint8_t>),
    fusible(
        modrm_row("cmp", 0x3b, gpr, Access::read, gpr, Access::read, writes_all, handlers_v<CompareRegRm>()),
        fused_form<CompareRegRm, std::uint32_t>),
    fusible(plain_row("cmp", 0x3c, InstructionClass::innocuous, writes_all,
                      handlers_any(threaded<CompareAccumulator::run<std::uint8_t>>)),
            fused_plain<CompareAccumulator::run<std::uint8_t>>),
    fusible(plain_row("cmp", 0x3d, InstructionClass::innocuous, writes_all,
                      handlers_by_size(threaded<CompareAccumulator::run<std::uint16_t>>,
                                       threaded<CompareAccumulator::run<std::uint32_t>>)),
            fused_plain<CompareAccumulator::run<std::uint32_t>>),
    fusible(digit_row("cmp", 0x80, 7, gpr8, Access::read, writes_all, handlers_b<CompareImmediate>()),
            fused_form<CompareImmediate, std::uint8_t>),
    fusible(digit_row("cmp", 0x81, 7, gpr, Access::read, writes_all, handlers_v<CompareImmediate>()),
            fused_form<CompareImmediate, std::uint32_t>),
    fusible(digit_row("cmp", 0x82, 7, gpr8, Access::read, writes_all, handlers_b<CompareImmediate>()),
            fused_form<CompareImmediate, std::uint8_t>),
    fusible(digit_row("cmp", 0x83, 7, gpr, Access::read, writes_all, handlers_v<CompareImmediate>()),
            fused_form<CompareImmediate, std::uint32_t>),
};

constexpr std::array unary_rows{
    fusible(register_row("inc", 0x40, gpr, Access::read_write, InstructionClass::innocuous, keeps_cf,
                         handlers_v<IncRm>()),
            fused_form<IncRm, std::uint32_t>),
    fusible(register_row("dec", 0x48, gpr, Access::read_write, InstructionClass::innocuous, keeps_cf,
                         handlers_v<DecRm>()),
            fused_form<DecRm, std::uint32_t>),
    digit_row("inc", 0xfe, 0, gpr8, Access::read_write, keeps_cf, handlers_b<IncRm>(), attribute::lockable),
    fusible(digit_row("inc", 0xff, 0, gpr, Access::read_write, keeps_cf, handlers_v<IncRm>(),
                      attribute::lockable),
            fused_form<IncRm, std::uint32_t>),
    digit_row("dec", 0xfe, 1, gpr8, Access::read_write, keeps_cf, handlers_b<DecRm>(), attribute::lockable),
    fusible(digit_row("dec", 0xff, 1, gpr, Access::read_write, keeps_cf, handlers_v<DecRm>(),
                      attribute::lockable),
            fused_form<DecRm, std::uint32_t>),
    digit_row("neg", 0xf6, 3, gpr8, Access::read_write, writes_all, handlers_b<NegRm>(), attribute::lockable),
    digit_row("neg", 0xf7, 3, gpr, Access::read_write, writes_all, handlers_v<NegRm>(), attribute::lockable),
};

constexpr std::array multiply_rows{
    digit_row("mul", 0xf6, 4, gpr8, Access::read, multiply_flags, handlers_b<Multiply>()),
    digit_row("mul", 0xf7, 4, gpr, Access::read, multiply_flags, handlers_v<Multiply>()),
    digit_row("imul", 0xf6, 5, gpr8, Access::read, multiply_flags, handlers_b<MultiplySigned>()),
    digit_row("imul", 0xf7, 5, gpr, Access::read, multiply_flags, handlers_v<MultiplySigned>()),
    digit_row("div", 0xf6, 6, gpr8, Access::read, divide_flags, handlers_b<Divide>()),
    digit_row("div", 0xf7, 6, gpr, Access::read, divide_flags, handlers_v<Divide>()),
    digit_row("idiv", 0xf6, 7, gpr8, Access::read, divide_flags, handlers_b<DivideSigned>()),
    digit_row("idiv", 0xf7, 7, gpr, Access::read, divide_flags, handlers_v<DivideSigned>()),
    in_map_0f(modrm_row("imul", 0xaf, gpr, Access::read, gpr, Access::read_write, multiply_flags,
                        handlers_v<ImulRegRm>())),
    modrm_row("imul", 0x69, gpr, Access::read, gpr, Access::write, multiply_flags,
              handlers_v<MultiplyImmediate>()),
    modrm_row("imul", 0x6b, gpr, Access::read, gpr, Access::write, multiply_flags,
              handlers_v<MultiplyImmediate>()),
};

constexpr FlagUse decimal_flags{.read = flag::cf | flag::af, .written = flag::status, .undefined = flag::of};
constexpr FlagUse ascii_flags{
    .read = flag::af, .written = flag::status, .undefined = flag::of | flag::sf | flag::zf | flag::pf};
constexpr FlagUse ascii_multiply_flags{
    .read = 0, .written = flag::status, .undefined = flag::of | flag::af | flag::cf};

constexpr Row bcd_row(const char* name, std::uint8_t opcode, FlagUse flags, Handler handler) {
    return plain_row(name, opcode, InstructionClass::emulated, flags, handlers_any(handler));
}
constexpr std::array bcd_rows{
    bcd_row("daa", 0x27, decimal_flags, threaded<decimal_adjust<false>>),
    bcd_row("das", 0x2f, decimal_flags, threaded<decimal_adjust<true>>),
    bcd_row("aaa", 0x37, ascii_flags, threaded<ascii_adjust<false>>),
    bcd_row("aas", 0x3f, ascii_flags, threaded<ascii_adjust<true>>),
    bcd_row("aam", 0xd4, ascii_multiply_flags, threaded<aam>),
    bcd_row("aad", 0xd5, ascii_multiply_flags, threaded<aad>),
};

constexpr auto rows =
    join(basic_operation<Add>("add", 0, writes_all), basic_operation<Adc>("adc", 2, writes_carry_too),
         basic_operation<Sbb>("sbb", 3, writes_carry_too), basic_operation<Sub>("sub", 5, writes_all),
         compare_rows, unary_rows, multiply_rows, bcd_rows);

}  // namespace

std::span<const Row> arithmetic_rows() { return rows; }

}  // namespace calque
