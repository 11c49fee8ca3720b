// ROL, ROR, RCL, RCR, SHL, SHR, SAR, SHLD and SHRD.
#include "cpu/arithmetic_like_host.hpp"
#include "cpu/instructions/rows.hpp"

#include <type_traits>

namespace calque {
namespace {

template <host::Shift operation>
struct ShiftBy {
    template <typename T>
    static T apply(Cpu& cpu, T value, T count) {
        return like_host::shift<operation>(value, static_cast<std::uint8_t>(count), cpu.state.status);
    }
};

/// Of a register by an immediate.
template <host::Shift operation>
struct Rotate {
    template <typename T>
    static T apply(Cpu& cpu, T value, T count) {
        if (!like_host::rotates_leave_of || (count & 31U) == 1) [[likely]]
            return ShiftBy<operation>::apply(cpu, value, count);
        StatusFlags& flags = cpu.state.status;
        const bool overflow = flags.of();
        const T result = ShiftBy<operation>::apply(cpu, value, count);
        flags.set_cf_of(flags.cf(), overflow);
        return result;
    }
};

template <bool left, typename Rm, typename Count>
struct DoubleShift {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        std::uint8_t count;
        Count::read(cpu, insn, count);
        const T filler = register_at<T>(cpu.state, insn.reg);
        return Rm::template update<T>(cpu, insn, [&](T& value) {
            value = like_host::shift_double<left>(value, filler, count, cpu.state.status);
        });
    }
};

using enum OperandKind;
/// A count of zero leaves the flags alone, so they are read as well.
constexpr FlagUse shift_flags{
    .read = flag::status, .written = flag::status, .undefined = flag::of | flag::af};
constexpr FlagUse rotate_flags{.read = flag::status, .written = flag::cf | flag::of, .undefined = flag::of};

template <host::Shift operation>
struct Forms {
    template <typename Rm>
    using ByOne = Binary<ShiftBy<operation>, Rm, Constant<1>>;
    template <typename Rm>
    using ByCl = Binary<ShiftBy<operation>, Rm, FixedRegister<ecx>>;
    static constexpr bool rotates = operation == host::Shift::rol || operation == host::Shift::ror;
    template <typename Rm>
    using ByImmediate = std::conditional_t<rotates && std::is_same_v<Rm, RmRegister>,
                                           Binary<Rotate<operation>, Rm, Immediate>,
                                           Binary<ShiftBy<operation>, Rm, Immediate>>;
};

template <host::Shift operation>
constexpr std::array<Row, 6> shift_operation(const char* name, int digit, FlagUse flags) {
    using F = Forms<operation>;
    constexpr Access rw = Access::read_write;
    return {digit_row(name, 0xd0, digit, gpr8, rw, flags, handlers_b<F::template ByOne>()),
            digit_row(name, 0xd1, digit, gpr, rw, flags, handlers_v<F::template ByOne>()),
            digit_row(name, 0xd2, digit, gpr8, rw, flags, handlers_b<F::template ByCl>()),
            digit_row(name, 0xd3, digit, gpr, rw, flags, handlers_v<F::template ByCl>()),
            digit_row(name, 0xc0, digit, gpr8, rw, flags, handlers_b<F::template ByImmediate>()),
            digit_row(name, 0xc1, digit, gpr, rw, flags, handlers_v<F::template ByImmediate>())};
}

template <typename Rm>
using ShldImmediate = DoubleShift<true, Rm, Immediate>;
template <typename Rm>
using ShldCl = DoubleShift<true, Rm, FixedRegister<ecx>>;
template <typename Rm>
using ShrdImmediate = DoubleShift<false, Rm, Immediate>;
template <typename Rm>
using ShrdCl = DoubleShift<false, Rm, FixedRegister<ecx>>;

constexpr Row double_row(const char* name, std::uint8_t opcode, const Handlers& handlers) {
    return in_map_0f(
        modrm_row(name, opcode, gpr, Access::read_write, gpr, Access::read, shift_flags, handlers));
}

constexpr std::array double_rows{
    double_row("shld", 0xa4, handlers_v<ShldImmediate>()),
    double_row("shld", 0xa5, handlers_v<ShldCl>()),
    double_row("shrd", 0xac, handlers_v<ShrdImmediate>()),
    double_row("shrd", 0xad, handlers_v<ShrdCl>()),
};

// /6 is an undocumented alias of SHL.
constexpr auto rows = join(shift_operation<host::Shift::rol>("rol", 0, rotate_flags),
                           shift_operation<host::Shift::ror>("ror", 1, rotate_flags),
                           shift_operation<host::Shift::rcl>("rcl", 2, rotate_flags),
                           shift_operation<host::Shift::rcr>("rcr", 3, rotate_flags),
                           shift_operation<host::Shift::shl>("shl", 4, shift_flags),
                           shift_operation<host::Shift::shr>("shr", 5, shift_flags),
                           shift_operation<host::Shift::shl>("shl", 6, shift_flags),
                           shift_operation<host::Shift::sar>("sar", 7, shift_flags), double_rows);

}  // namespace

std::span<const Row> shift_rotate_rows() { return rows; }

}  // namespace calque
