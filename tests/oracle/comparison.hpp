// What counts as a difference between two outcomes.
#pragma once

#include "tests/oracle/state.hpp"

namespace calque::test {

struct Comparison {
    std::uint32_t flags = ~0U;  ///< which bits of EFLAGS count
    bool exact = true;          ///< between engines: count of instructions too
    std::uint32_t error_code = ~0U;
};

bool equal(const Outcome& left, const Outcome& right, const Comparison& comparison);

/// The x87 and SSE state that both an image of the host and the guest's state hold, in comparable form.
struct FpuView {
    explicit FpuView(const NativeState& state, const Comparison& comparison);
    std::uint16_t control, status;
    std::uint8_t tags;
    std::uint32_t mxcsr;
    /// The x87 pointers. Without a pending exception the host's kernel may have lost its processor's.
    std::uint16_t opcode = 0;
    std::uint32_t instruction = 0, data = 0;
    std::array<std::array<std::uint8_t, 10>, 8> st;
    std::array<std::array<std::uint8_t, 16>, 8> xmm;
    bool operator==(const FpuView&) const = default;
};

}  // namespace calque::test
