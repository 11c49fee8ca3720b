// What looks on while the processor executes: traces, watchpoints, comparisons.
#pragma once

#include "cpu/block.hpp"

#include <cstdint>

namespace calque {

class Cpu;

/// What an access is to. Ports are addressed by number, memory by linear address.
enum class AccessPlace : std::uint8_t { memory, port };

/// One access of an instruction or of an exception's delivery, already done.
struct ObservedAccess {
    AccessPlace place = AccessPlace::memory;
    bool is_write = false;
    bool is_system = false;  ///< made as supervisor whatever the CPL: descriptor tables, TSS, gates
    std::uint8_t size = 0;   ///< bytes, 1 to 64
    std::uint64_t address = 0;
    const void* value = nullptr;  ///< `size` bytes, valid during the call
};

/// What is about to be delivered. Where delivery itself faults, each exception that follows is told.
struct ObservedDelivery {
    std::uint8_t vector = 0;
    bool is_interrupt = false;  ///< INTR or NMI, not an exception
    bool has_error_code = false;
    std::uint32_t error_code = 0;
};

/// Sees every instruction under either engine, one at a time (Cpu::observe()).
///
/// While there is an observer the mode has the bit mode::observed. Blocks decoded in that mode hold one
/// instruction, so both engines come back to the processor after each, which tells the observer; fast paths
/// to memory are closed (Cpu::refresh_mode(), TranslatorOptions::for_observation()), so accesses pass by
/// Cpu::read_slow() and its like. Blocks and translations of the ordinary mode stay, untouched, for later.
///
/// An observer reads what it wants; it must not change the guest's state. Page walks and fetches are not
/// told.
class Observer {
public:
    virtual ~Observer() = default;

    /// A run begins: the board may have changed the state in any way since the last call.
    virtual void begins(Cpu& cpu) = 0;
    /// In the order in which they were made, before the executed() or delivered() that they belong to.
    virtual void accessed(Cpu& cpu, const ObservedAccess& access) = 0;
    /// The instruction of `block` (its first) retired, or one iteration of it, or its exception is pending.
    /// State is exact, but for the x87 part of CpuState::fpu: Cpu::fpu.release().
    virtual void executed(Cpu& cpu, const Block& block, bool retired) = 0;
    virtual void delivering(Cpu& cpu, const ObservedDelivery& delivery) = 0;
    /// State is that of the handler's first instruction, or of shutdown.
    virtual void delivered(Cpu& cpu) = 0;
};

}  // namespace calque
