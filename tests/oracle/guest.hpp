// Runs programs in ring 3 of a guest.
#pragma once

#include "tests/oracle/program.hpp"
#include "tests/oracle/state.hpp"
#include "tests/support/user_machine.hpp"

#include <span>

namespace calque::test {

class OracleGuest {
public:
    /// `has_gs`: GS shall be what it is natively; otherwise it is null.
    OracleGuest(const EngineKind& kind, bool has_gs);

    const char* name() const { return name_; }
    std::uint32_t mode() const { return mode_; }
    const CpuModel& model() { return machine_.processor.cpu().model; }

    /// Instructions that generated code handed to the interpreter so far.
    std::uint64_t called_out() { return machine_.processor.engine().counters().called_out; }

    /// Runs `code` at `address`, behind which a HLT raises #GP: the end.
    Outcome run(std::uint32_t address, std::span<const std::uint8_t> code, const NativeState& state,
                const Memory& memory);

private:
    void load(const NativeState& state, const Memory& memory);
    void load_gs();
    Outcome outcome(const UserMachine::End& end);

    const char* name_;
    UserMachine machine_;
    std::uint32_t mode_ = 0;
    bool has_gs_;
};

}  // namespace calque::test
