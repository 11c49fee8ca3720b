// The registers of a trace: what of the processor's state it records, by number and name.
#pragma once

#include "cpu/state.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace calque::trace {

/// Numbers of registers; part of the file format. A segment register takes four, a table register two, the
/// FXSAVE image one for each 8 bytes.
enum Register : unsigned {
    gpr_first = 0,
    rip = 16,
    rflags = 17,
    segment_first = 18,                   ///< ES, CS, SS, DS, FS, GS, LDTR, TR
    table_first = segment_first + 8 * 4,  ///< GDTR, IDTR
    cr0 = table_first + 4,
    cr2,
    cr3,
    cr4,
    xcr0,
    dr_first,
    cpl = dr_first + 8,
    msr_first,
    msr_count = 36,
    fpu_first = msr_first + msr_count,
    fpu_words = 52,  ///< up to XMM15, without what the processor does not use
    register_count = fpu_first + fpu_words,
};
/// Within a segment's or table's four or two.
enum SegmentPart : unsigned { part_base, part_limit, part_selector, part_attributes };

constexpr unsigned segment_register(unsigned name, SegmentPart part) {
    return segment_first + 4 * name + part;
}

using Registers = std::array<std::uint64_t, register_count>;

constexpr std::uint64_t segment_part(const Registers& registers, unsigned name, SegmentPart part) {
    return registers[segment_register(name, part)];
}
/// The linear address of an offset that is in a register, as SS:ESP.
constexpr std::uint64_t linear(const Registers& registers, unsigned segment, unsigned offset) {
    return (segment_part(registers, segment, part_base) + registers[offset]) & 0xffff'ffff;
}
/// Of CS:EIP.
constexpr std::uint64_t linear_ip(const Registers& registers) { return linear(registers, seg_cs, rip); }

/// All of them. The x87 part of `state` must be current.
Registers registers_of(const CpuState& state);

/// As people write it: "eax", "cs.base", "xmm3.low".
std::string_view register_name(unsigned number);
/// A value in as many hexadecimal digits as that register has.
std::string register_text(unsigned number, std::uint64_t value);

}  // namespace calque::trace
