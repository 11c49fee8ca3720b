// Delivery of exceptions and interrupts (SDM vol. 3A, "Interrupt and Exception Handling").
#pragma once

#include "cpu/cpu.hpp"

#include <cstdint>

namespace calque {

/// Delivers Cpu::exception and clears exception_pending. RIP is what the handler's frame is to hold: the
/// faulting instruction, or for a trap the next one. Faults while delivering become #DF, then shutdown.
void deliver_exception(Cpu& cpu);

/// Delivers an external interrupt with the vector that the board gave. A fault while delivering is left
/// pending.
void deliver_interrupt(Cpu& cpu, std::uint8_t vector);

void deliver_nmi(Cpu& cpu);

/// What is delivered, and what its frame holds.
struct Event {
    std::uint8_t vector = 0;
    bool software = false;       ///< INT n, INT3, INTO: the gate's DPL is checked
    std::uint32_t external = 0;  ///< the EXT bit of error codes of faults while delivering
    bool has_error_code = false;
    std::uint32_t error_code = 0;
    std::uint32_t return_ip = 0;
    std::uint32_t resume = 0;  ///< flag::rf or 0, for the pushed EFLAGS
};

/// Delivers through the IVT or the IDT, leaving the handler's CS:RIP in the state. A fault while delivering
/// unwinds by GuestFault with nothing changed (unless it belongs to a new task: then it is pending).
void deliver_event(Cpu& cpu, const Event& event);

/// INT n: `return_ip` is behind it. In virtual-8086 mode IOPL and the redirection bitmap decide.
void deliver_int_n(Cpu& cpu, std::uint8_t vector, std::uint32_t return_ip);

/// The error code that names an IDT entry.
constexpr std::uint32_t idt_error_code(std::uint8_t vector) { return vector * 8U + 2U; }

}  // namespace calque
