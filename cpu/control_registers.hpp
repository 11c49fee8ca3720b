// Control and debug registers: checks, side effects, and what derives from them (SDM vol. 3A, "Control
// Registers").
#pragma once

#include "cpu/cpu.hpp"

#include <cstdint>

namespace calque {

/// MOV to CR0, CR3, CR4, and LMSW. #GP(0) unwinds by GuestFault with nothing changed.
void write_cr0(Cpu& cpu, std::uint32_t value);
void write_cr3(Cpu& cpu, std::uint32_t value);
void write_cr4(Cpu& cpu, std::uint32_t value);

/// Loads CR3 and, under PAE paging, the PDPTE registers. False: one has a reserved bit set and nothing
/// changed.
bool load_cr3(Cpu& cpu, std::uint32_t value);

/// Tells the MMU what the state says about paging. Needed after any change of it, and after restoring a
/// state.
void apply_paging(Cpu& cpu);

/// MOV from and to DRn, DR4 and DR5 included. #UD and #DB (general detect) unwind by GuestFault.
std::uint32_t read_debug_register(Cpu& cpu, unsigned number);
void write_debug_register(Cpu& cpu, unsigned number, std::uint32_t value);

}  // namespace calque
