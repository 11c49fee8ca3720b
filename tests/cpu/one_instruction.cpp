// Executes instructions one at a time.
#include "tests/cpu/one_instruction.hpp"

#include "cpu/decoder.hpp"

#include <doctest/doctest.h>

#include <array>

namespace calque::test {

std::optional<Vector> OneInstruction::operator()(const std::vector<std::uint8_t>& bytes) {
    CpuModel model = cpu().model;
    model.features = ~0U;
    cpu().exception_pending = cpu().stop_requested = false;
    std::array<Insn, 2> insns;
    REQUIRE_EQ(decode(bytes, cpu().mode, model, insns[0]), bytes.size());
    insns[1].execute = end_of_block;
    insns[0].execute(cpu(), insns.data());
    cpu().current = nullptr;
    if (!cpu().exception_pending) return {};
    return cpu().exception.vector;
}

const FpuArea& OneInstruction::fpu() {
    cpu().fpu.release(state().fpu);
    return state().fpu;
}

void OneInstruction::set_cr0(std::uint32_t bits, bool set) {
    state().cr0 = set ? state().cr0 | bits : state().cr0 & ~std::uint64_t{bits};
    cpu().refresh_mode();
}
void OneInstruction::set_cr4(std::uint32_t bits, bool set) {
    state().cr4 = set ? state().cr4 | bits : state().cr4 & ~std::uint64_t{bits};
    cpu().refresh_mode();
}

}  // namespace calque::test
