// Instructions given as bytes, executed one at a time without delivering exceptions.
#pragma once

#include "tests/support/flat_machine.hpp"

#include <optional>
#include <vector>

namespace calque::test {

/// A flat 32-bit machine of a model that has every feature.
class OneInstruction {
public:
    /// The exception that the instruction raised, if any.
    std::optional<Vector> operator()(const std::vector<std::uint8_t>& bytes);

    Cpu& cpu() { return machine.processor.cpu(); }
    CpuState& state() { return cpu().state; }
    /// The state with the x87 unit's in it.
    const FpuArea& fpu();
    void set_cr0(std::uint32_t bits, bool set);
    void set_cr4(std::uint32_t bits, bool set);

    template <typename T>
    T peek(std::uint32_t address) {
        return static_cast<T>(machine.memory.read(address, sizeof(T)));
    }

    FlatMachine machine;
};

}  // namespace calque::test
