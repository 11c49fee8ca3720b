// Segment and gate descriptors and selectors as the descriptor tables hold them.
#pragma once

#include "cpu/state.hpp"

#include <cstdint>

namespace calque {

/// A segment selector (SDM vol. 3A, "Segment Selectors").
struct Selector {
    std::uint16_t value = 0;

    unsigned rpl() const { return value & 3U; }
    bool local() const { return value & 4U; }
    std::uint32_t offset() const { return value & ~7U; }  ///< of the descriptor, in its table
    bool null() const { return !(value & ~3U); }
    std::uint32_t error_code() const { return value & ~3U; }
};

/// Types of system descriptors (SDM vol. 3A, "System Descriptor Types").
namespace system_type {
inline constexpr unsigned tss16 = 1, ldt = 2, tss16_busy = 3, call_gate16 = 4, task_gate = 5,
                          interrupt_gate16 = 6;
inline constexpr unsigned trap_gate16 = 7, tss32 = 9, tss32_busy = 11, call_gate32 = 12,
                          interrupt_gate32 = 14;
inline constexpr unsigned trap_gate32 = 15;
inline constexpr unsigned busy_bit = 2, is_32bit = 8;
}  // namespace system_type

/// The eight bytes of a descriptor.
struct Descriptor {
    std::uint32_t low = 0, high = 0;

    // --- Segments

    std::uint32_t base() const { return low >> 16 | (high & 0xffU) << 16 | (high & 0xff00'0000U); }
    std::uint32_t limit() const {
        const std::uint32_t raw = (low & 0xffffU) | (high & 0xf'0000U);
        return high & 1U << 23 ? raw << 12 | 0xfffU : raw;
    }
    /// As SegmentRegister keeps them: without the limit's bits 16-19.
    std::uint16_t attributes() const { return static_cast<std::uint16_t>(high >> 8 & 0xf0ffU); }
    bool present() const { return high & 1U << 15; }
    unsigned dpl() const { return high >> 13 & 3U; }
    unsigned type() const { return high >> 8 & 15U; }
    bool system() const { return !(high & 1U << 12); }

    bool code() const { return !system() && (type() & 8U); }
    bool data() const { return !system() && !(type() & 8U); }
    bool writable_data() const { return data() && (type() & 2U); }
    bool readable() const { return data() || (code() && (type() & 2U)); }
    bool conforming() const { return code() && (type() & 4U); }
    bool accessed() const { return type() & 1U; }
    bool is_system(unsigned wanted) const { return system() && type() == wanted; }

    // --- Gates

    Selector target() const { return {static_cast<std::uint16_t>(low >> 16)}; }
    bool gate32() const { return type() & system_type::is_32bit; }
    std::uint32_t target_offset() const { return (low & 0xffffU) | (gate32() ? high & 0xffff'0000U : 0U); }
    unsigned parameters() const { return high & 31U; }

    std::uint64_t raw() const { return low | std::uint64_t{high} << 32; }
    static Descriptor from(std::uint64_t raw) {
        return {static_cast<std::uint32_t>(raw), static_cast<std::uint32_t>(raw >> 32)};
    }
};

}  // namespace calque
