// One case, every engine: a few instructions, what goes in, what must come out.
#pragma once

#include "tests/support/flat_machine.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <span>

namespace calque::test {

/// Registers and flags before or after; members left out are 0 before and not looked at after.
struct Registers {
    std::optional<std::uint32_t> eax{}, ecx{}, edx{}, ebx{}, ebp{}, esi{}, edi{}, flags{};
};

struct Case {
    const char* name;
    std::function<void(asmjit::x86::Assembler&)> code;
    Registers before{};
    Registers after{};
    /// The exception expected instead of reaching the end, if any. It must leave EIP at the last instruction.
    std::optional<Vector> exception{};
    std::uint32_t flags_mask = flag::status;
    /// The eight bytes at `data`, before and after.
    std::uint64_t memory_before = 0;
    std::optional<std::uint64_t> memory_after{};
};

/// Where a case's memory operand and stack are: ESP starts at `stack`.
inline constexpr std::uint32_t data = FlatMachine::data_base, stack = FlatMachine::stack_top;

/// Runs the case under every engine.
void check(const Case& test_case);
inline void check(std::span<const Case> cases) {
    for (const Case& c : cases) check(c);
}

}  // namespace calque::test
