// Reports in MXCSR, and the table of all SSE instructions.
#include "cpu/instructions/sse.hpp"

#include <vector>

namespace calque {
namespace {

template <typename Bits>
bool is_denormal(const Xmm& value, unsigned lane, Bits exponent) {
    Bits bits;
    std::memcpy(&bits, value.bytes.data() + lane * sizeof(Bits), sizeof(Bits));
    const Bits fraction = (exponent & (Bits{} - exponent)) - 1;
    return !(bits & exponent) && (bits & fraction);
}
bool is_denormal_single(const Xmm& value, unsigned lane) {
    return is_denormal<std::uint32_t>(value, lane, 0x7f80'0000U);
}
bool is_denormal_double(const Xmm& value, unsigned lane) {
    return is_denormal<std::uint64_t>(value, lane, 0x7ff0'0000'0000'0000U);
}

}  // namespace

bool has_denormal(const Xmm& value, Result result) {
    switch (result) {
        case Result::scalar_single: return is_denormal_single(value, 0);
        case Result::packed_single:
            return is_denormal_single(value, 0) || is_denormal_single(value, 1) ||
                   is_denormal_single(value, 2) || is_denormal_single(value, 3);
        case Result::scalar_double: return is_denormal_double(value, 0);
        case Result::packed_double: return is_denormal_double(value, 0) || is_denormal_double(value, 1);
        default: return false;
    }
}

bool report_sse(Cpu& cpu, std::uint32_t raised) {
    std::uint32_t& control = cpu.state.fpu.mxcsr;
    const std::uint32_t unmasked = raised & ~(control >> 7) & mxcsr::exceptions;
    // SDM vol. 1, "Priority Among SIMD Floating-Point Exceptions and Unmasked Responses".
    if (unmasked & mxcsr::before_computation) raised &= mxcsr::before_computation;
    control |= raised;
    if (!unmasked) [[likely]]
        return true;
    return cpu.raise(cpu.state.cr4 & cr4::osxmmexcpt ? Vector::xm : Vector::ud);
}

std::span<const Row> sse_rows() {
    static const std::vector<Row> rows = [] {
        std::vector<Row> all;
        for (const auto part :
             {sse_move_rows(), sse_floating_rows(), sse_conversion_rows(), sse_packed_integer_rows(),
              sse_shuffle_rows(), sse_control_rows(), sse3_rows(), ssse3_rows(), sse4_packed_integer_rows(),
              sse4_insert_extract_rows(), sse4_floating_rows(), sse4_string_rows(), cryptography_rows()})
            all.insert(all.end(), part.begin(), part.end());
        return all;
    }();
    return rows;
}

}  // namespace calque
