// Arithmetic whose flags the manual leaves partly undefined: done by the host's own instruction, so that both
// engines give the same bits. Other hosts compute it (cpu/portable/arithmetic.hpp).
#pragma once

#include "cpu/arithmetic_kinds.hpp"
#include "cpu/status_flags.hpp"

#ifdef CALQUE_PORTABLE
#include "cpu/portable/arithmetic.hpp"

namespace calque::host {
using soft::bit_scan, soft::bit_test, soft::div, soft::idiv, soft::imul, soft::imul_wide, soft::mul,
    soft::shift, soft::shift_double;
}  // namespace calque::host
#else
#include <cstdint>
#include <limits>
#include <type_traits>

namespace calque::host {

/// The status flags as LAHF and SETO leave them in AX: AH = SF ZF - AF - PF - CF, AL = OF.
inline std::uint32_t to_ax(const StatusFlags& flags) {
    const std::uint32_t packed = flags.pack();
    return (packed & 0xff) << 8 | packed >> 11;
}
inline StatusFlags from_ax(std::uint32_t ax) {
    return StatusFlags::unpack((ax >> 8 & 0xff & flag::status) | (ax & 1) << 11);
}

// Loads the guest's status flags, runs one instruction, and stores the flags again.
#define CALQUE_WITH_FLAGS(instruction) "addb $127, %%al\n\tsahf\n\t" instruction "\n\tlahf\n\tseto %%al"

template <Shift operation, typename T>
T shift(T value, std::uint8_t count, StatusFlags& flags) {
    std::uint32_t ax = to_ax(flags);
    if constexpr (operation == Shift::rol)
        asm(CALQUE_WITH_FLAGS("rol %%cl, %0") : "+r"(value), "+a"(ax) : "c"(count) : "cc");
    if constexpr (operation == Shift::ror)
        asm(CALQUE_WITH_FLAGS("ror %%cl, %0") : "+r"(value), "+a"(ax) : "c"(count) : "cc");
    if constexpr (operation == Shift::rcl)
        asm(CALQUE_WITH_FLAGS("rcl %%cl, %0") : "+r"(value), "+a"(ax) : "c"(count) : "cc");
    if constexpr (operation == Shift::rcr)
        asm(CALQUE_WITH_FLAGS("rcr %%cl, %0") : "+r"(value), "+a"(ax) : "c"(count) : "cc");
    if constexpr (operation == Shift::shl)
        asm(CALQUE_WITH_FLAGS("shl %%cl, %0") : "+r"(value), "+a"(ax) : "c"(count) : "cc");
    if constexpr (operation == Shift::shr)
        asm(CALQUE_WITH_FLAGS("shr %%cl, %0") : "+r"(value), "+a"(ax) : "c"(count) : "cc");
    if constexpr (operation == Shift::sar)
        asm(CALQUE_WITH_FLAGS("sar %%cl, %0") : "+r"(value), "+a"(ax) : "c"(count) : "cc");
    flags = from_ax(ax);
    return value;
}

/// SHLD (left) and SHRD: shifts `value`, filling from `filler`.
template <bool left, typename T>
T shift_double(T value, T filler, std::uint8_t count, StatusFlags& flags) {
    std::uint32_t ax = to_ax(flags);
    if constexpr (left)
        asm(CALQUE_WITH_FLAGS("shld %%cl, %2, %0") : "+r"(value), "+a"(ax) : "r"(filler), "c"(count) : "cc");
    else
        asm(CALQUE_WITH_FLAGS("shrd %%cl, %2, %0") : "+r"(value), "+a"(ax) : "r"(filler), "c"(count) : "cc");
    flags = from_ax(ax);
    return value;
}

/// BSF (forward) and BSR: `old` is what the destination keeps if `source` is zero.
template <bool forward, typename T>
T bit_scan(T old, T source, StatusFlags& flags) {
    std::uint32_t ax = to_ax(flags);
    if constexpr (forward)
        asm(CALQUE_WITH_FLAGS("bsf %2, %0") : "+r"(old), "+a"(ax) : "r"(source) : "cc");
    else
        asm(CALQUE_WITH_FLAGS("bsr %2, %0") : "+r"(old), "+a"(ax) : "r"(source) : "cc");
    flags = from_ax(ax);
    return old;
}

/// `bit` is taken modulo the width.
template <BitOperation operation, typename T>
T bit_test(T value, T bit, StatusFlags& flags) {
    std::uint32_t ax = to_ax(flags);
    if constexpr (operation == BitOperation::bt)
        asm(CALQUE_WITH_FLAGS("bt %2, %0") : "+r"(value), "+a"(ax) : "r"(bit) : "cc");
    if constexpr (operation == BitOperation::bts)
        asm(CALQUE_WITH_FLAGS("bts %2, %0") : "+r"(value), "+a"(ax) : "r"(bit) : "cc");
    if constexpr (operation == BitOperation::btr)
        asm(CALQUE_WITH_FLAGS("btr %2, %0") : "+r"(value), "+a"(ax) : "r"(bit) : "cc");
    if constexpr (operation == BitOperation::btc)
        asm(CALQUE_WITH_FLAGS("btc %2, %0") : "+r"(value), "+a"(ax) : "r"(bit) : "cc");
    flags = from_ax(ax);
    return value;
}

/// IMUL r, r/m: the low half, CF = OF = it does not hold the product.
template <typename T>
T imul(T left, T right, StatusFlags& flags) {
    std::uint32_t ax = to_ax(flags);
    asm(CALQUE_WITH_FLAGS("imul %2, %0") : "+r"(left), "+a"(ax) : "r"(right) : "cc");
    flags = from_ax(ax);
    return left;
}

// MUL, IMUL, DIV and IDIV use AX, and DX for their own operands: the flags travel in another register.
#define CALQUE_WIDE(instruction)                                                                             \
    "movl %[ax], %%r8d\n\txchgq %%rax, %%r8\n\taddb $127, %%al\n\tsahf\n\txchgq %%rax, %%r8\n\t" instruction \
    "\n\txchgq %%rax, %%r8\n\tlahf\n\tseto %%al\n\txchgq %%rax, %%r8\n\tmovl %%r8d, %[ax]"

enum class WideOperation { mul, imul, div, idiv };

template <WideOperation operation, typename T>
Pair<T> wide(T low, T high, T operand, StatusFlags& flags) {
    std::uint32_t ax = to_ax(flags);
    std::uint64_t rax, rdx = high;
    if constexpr (sizeof(T) == 1)
        rax = static_cast<std::uint64_t>(high) << 8 | low;
    else
        rax = low;
    if constexpr (operation == WideOperation::mul)
        asm(CALQUE_WIDE("mul %[operand]")
            : [ax] "+r"(ax), "+a"(rax), "+d"(rdx)
            : [operand] "r"(operand)
            : "cc", "r8");
    if constexpr (operation == WideOperation::imul)
        asm(CALQUE_WIDE("imul %[operand]")
            : [ax] "+r"(ax), "+a"(rax), "+d"(rdx)
            : [operand] "r"(operand)
            : "cc", "r8");
    if constexpr (operation == WideOperation::div)
        asm(CALQUE_WIDE("div %[operand]")
            : [ax] "+r"(ax), "+a"(rax), "+d"(rdx)
            : [operand] "r"(operand)
            : "cc", "r8");
    if constexpr (operation == WideOperation::idiv)
        asm(CALQUE_WIDE("idiv %[operand]")
            : [ax] "+r"(ax), "+a"(rax), "+d"(rdx)
            : [operand] "r"(operand)
            : "cc", "r8");
    flags = from_ax(ax);
    if constexpr (sizeof(T) == 1)
        return {static_cast<T>(rax), static_cast<T>(rax >> 8)};
    else
        return {static_cast<T>(rax), static_cast<T>(rdx)};
}

template <typename T>
Pair<T> mul(T left, T right, StatusFlags& flags) {
    return wide<WideOperation::mul>(left, T{0}, right, flags);
}
template <typename T>
Pair<T> imul_wide(T left, T right, StatusFlags& flags) {
    return wide<WideOperation::imul>(left, T{0}, right, flags);
}
/// The quotient must fit; the caller has checked.
template <typename Wide, typename T>
Pair<T> div(Wide dividend, T divisor, StatusFlags& flags) {
    return wide<WideOperation::div>(static_cast<T>(dividend), static_cast<T>(dividend >> (8 * sizeof(T))),
                                    divisor, flags);
}
template <typename Wide, typename T>
Pair<T> idiv(Wide dividend, T divisor, StatusFlags& flags) {
    return wide<WideOperation::idiv>(static_cast<T>(dividend), static_cast<T>(dividend >> (8 * sizeof(T))),
                                     divisor, flags);
}

#undef CALQUE_WIDE
#undef CALQUE_WITH_FLAGS

}  // namespace calque::host
#endif
