// Ground for programs with faults and software interrupts: descriptor tables, handlers, and what a run
// leaves.
#pragma once

#include "tests/support/flat_machine.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace calque::test {

/// Where the program's data are.
inline constexpr std::uint32_t buffer = FlatMachine::data_base;
/// Interrupt 21h adds one to the doubleword here.
inline constexpr std::uint32_t interrupt_count = buffer + 104;

/// Loads a program with its GDT and IDT; #DE's handler steps over a DIV of two bytes.
void load_interrupted_program(FlatMachine& machine,
                              const std::function<void(asmjit::x86::Assembler&)>& program);

/// All that the program could tell two states apart by.
std::vector<std::uint64_t> fingerprint(FlatMachine& machine);

}  // namespace calque::test
