// Runs programs in ring 3 of a guest; any exception ends the run, so nothing is pushed on the program's own
// stack.
#pragma once

#include "tests/oracle/program.hpp"
#include "tests/oracle/state.hpp"
#include "tests/support/flat_machine.hpp"

#include <span>

namespace calque::test {

class OracleGuest {
public:
    explicit OracleGuest(const EngineKind& kind);

    const char* name() const { return name_; }
    std::uint32_t mode() const { return mode_; }
    const CpuModel& model() { return machine_.processor.cpu().model; }

    /// Runs `code` at `address`, behind which a HLT raises #GP: the end.
    Outcome run(std::uint32_t address, std::span<const std::uint8_t> code, const NativeState& state,
                const Memory& memory);

private:
    void build_tables();
    void load(const NativeState& state, const Memory& memory);
    void enter_user_mode();
    Outcome outcome(std::uint32_t end);
    void copy(std::uint32_t address, std::span<std::uint8_t> bytes);

    const char* name_;
    FlatMachine machine_;
    std::uint32_t mode_ = 0;
};

}  // namespace calque::test
