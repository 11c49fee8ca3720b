// Compares outcomes.
#include "tests/oracle/comparison.hpp"

#include <cstring>

namespace calque::test {
namespace {

constexpr std::uint16_t error_summary = 0x80;  // FSW.ES

}  // namespace

FpuView::FpuView(const NativeState& state, const Comparison& comparison) {
    const std::uint8_t* image = state.fpu.data();
    std::memcpy(&control, image, 2);
    std::memcpy(&status, image + 2, 2);
    tags = image[4];
    std::memcpy(&mxcsr, image + 24, 4);
    if (comparison.exact || (status & error_summary)) {
        std::memcpy(&opcode, image + 6, 2);
        std::memcpy(&instruction, image + 8, 4);
        const bool has_memory = (opcode & 0xff) < 0xc0;  // its ModRM; otherwise the pointer is undefined
        if (comparison.exact || has_memory) std::memcpy(&data, image + 16, 4);
    }
    for (unsigned i = 0; i < 8; ++i) {
        std::memcpy(st[i].data(), image + 32 + 16 * i, st[i].size());
        std::memcpy(xmm[i].data(), image + 160 + 16 * i, xmm[i].size());
    }
}

bool equal(const Outcome& left, const Outcome& right, const Comparison& comparison) {
    if (left.vector != right.vector || left.eip != right.eip) return false;
    if ((left.error_code ^ right.error_code) & comparison.error_code) return false;
    if (left.fault_address != right.fault_address) return false;
    if (comparison.exact && left.instructions != right.instructions) return false;
    return left.state.gpr == right.state.gpr &&
           ((left.state.eflags ^ right.state.eflags) & comparison.flags) == 0 &&
           FpuView(left.state, comparison) == FpuView(right.state, comparison) && left.memory == right.memory;
}

}  // namespace calque::test
