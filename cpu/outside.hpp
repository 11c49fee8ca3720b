// What the processor needs of the board; the board implements it.
#pragma once

#include <cstdint>

namespace calque {

class Outside {
public:
    virtual ~Outside() = default;
    /// `size` is 1, 2 or 4.
    virtual std::uint32_t port_read(std::uint16_t port, unsigned size) = 0;
    virtual void port_write(std::uint16_t port, std::uint32_t value, unsigned size) = 0;
    /// INTA: the vector of the interrupt that INTR announces.
    virtual std::uint8_t acknowledge_interrupt() = 0;
    /// The time stamp counter before IA32_TSC writes are applied.
    virtual std::uint64_t time_stamp() = 0;
    /// 64 bits for RDRAND and RDSEED; where a run has to be repeatable, the same in each at the same count.
    virtual std::uint64_t random() = 0;
    /// FERR# (CR0.NE clear: an unmasked x87 exception is pending).
    virtual void ferr(bool asserted) = 0;
    /// RDMSR or WRMSR of a register that the model does not have, which becomes #GP(0).
    virtual void unknown_msr(std::uint32_t /*index*/, bool /*is_write*/, std::uint64_t /*value*/) {}
    /// IA32_APIC_BASE was written: where the local APIC is now, and whether.
    virtual void apic_base_written(std::uint64_t) {}
};

}  // namespace calque
