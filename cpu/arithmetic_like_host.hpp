// Arithmetic whose flags the manual leaves partly undefined, with the flags that the host's own instruction
// gives: by that instruction, or, on a processor that follows the rules of cpu/portable/arithmetic.hpp, by
// those, which cost less than moving flags to and from the host's.
#pragma once

#include "cpu/host_arithmetic.hpp"

#ifdef CALQUE_PORTABLE
namespace calque::like_host {
using namespace calque::host;
inline constexpr bool rotates_leave_of = false;
}  // namespace calque::like_host
#else
#include "cpu/portable/arithmetic.hpp"

namespace calque::like_host {

/// Whether the host was found to follow the rules, on every operation, width, count and many operands.
extern const bool follows_rules;
/// Whether the host's ROL and ROR of a register by an immediate count other than 1 leave OF as it was, where
/// it is undefined. Those of memory and those by CL are told by the rules, also there.
extern const bool rotates_leave_of;

using host::BitOperation, host::Pair, host::Shift;

template <Shift operation, typename T>
T shift(T value, std::uint8_t count, StatusFlags& flags) {
    const bool beyond = (count & 31U) > soft::width<T>;  // which no rule covers
    if (follows_rules && !beyond) [[likely]]
        return soft::shift<operation>(value, count, flags);
    return host::shift<operation>(value, count, flags);
}
template <bool left, typename T>
T shift_double(T value, T filler, std::uint8_t count, StatusFlags& flags) {
    const bool beyond = (count & 31U) >= soft::width<T>;
    if (follows_rules && !beyond) [[likely]]
        return soft::shift_double<left>(value, filler, count, flags);
    return host::shift_double<left>(value, filler, count, flags);
}
template <bool forward, typename T>
T bit_scan(T old, T source, StatusFlags& flags) {
    return follows_rules ? soft::bit_scan<forward>(old, source, flags)
                         : host::bit_scan<forward>(old, source, flags);
}
template <BitOperation operation, typename T>
T bit_test(T value, T bit, StatusFlags& flags) {
    return follows_rules ? soft::bit_test<operation>(value, bit, flags)
                         : host::bit_test<operation>(value, bit, flags);
}
template <typename T>
T imul(T left, T right, StatusFlags& flags) {
    return follows_rules ? soft::imul(left, right, flags) : host::imul(left, right, flags);
}
template <typename T>
Pair<T> mul(T left, T right, StatusFlags& flags) {
    return follows_rules ? soft::mul(left, right, flags) : host::mul(left, right, flags);
}
template <typename T>
Pair<T> imul_wide(T left, T right, StatusFlags& flags) {
    return follows_rules ? soft::imul_wide(left, right, flags) : host::imul_wide(left, right, flags);
}

}  // namespace calque::like_host
#endif
