// Segment registers and descriptor tables: looking up, checking and loading (SDM vol. 3A, "Protection").
#pragma once

#include "cpu/cpu.hpp"
#include "cpu/descriptor.hpp"

#include <cstdint>

namespace calque {

/// A selector with the descriptor that it names.
struct NamedDescriptor {
    Selector selector;
    Descriptor descriptor;
    LinearAddress address = 0;  ///< of the descriptor
};

/// False: the selector is beyond its table. May raise #PF.
bool find_descriptor(Cpu& cpu, Selector selector, NamedDescriptor& found);
/// The same for a selector that must name something; `vector`(selector | external) if it is beyond its table.
NamedDescriptor descriptor_of(Cpu& cpu, Selector selector, Vector vector = Vector::gp,
                              std::uint32_t external = 0);

/// Sets the accessed bit in memory, if it is not. May raise #PF.
void mark_accessed(Cpu& cpu, NamedDescriptor& named);

/// The register contents that a descriptor makes; a code segment's RPL becomes `rpl`.
SegmentRegister segment_from(const NamedDescriptor& named);
SegmentRegister code_segment_from(const NamedDescriptor& named, unsigned rpl);
/// What a null selector makes.
SegmentRegister null_segment(Selector selector);
/// What real and virtual-8086 mode make.
SegmentRegister vm86_segment(std::uint16_t selector);
SegmentRegister real_segment(const SegmentRegister& old, std::uint16_t selector);
/// A flat segment of SYSENTER's and SYSEXIT's kind.
SegmentRegister flat_segment(std::uint16_t selector, bool is_code, unsigned dpl);

/// Checks a selector for DS, ES, FS, GS or SS in the present mode and returns the new contents; nothing but
/// accessed bits has changed.
SegmentRegister prepare_segment(Cpu& cpu, unsigned segment, Selector selector);

/// Checks a selector for DS, ES, FS or GS in protected mode; faults with `vector` (or #NP).
SegmentRegister prepare_data_segment(Cpu& cpu, Selector selector, Vector vector, std::uint32_t external);

/// Which vectors a stack segment's checks raise: IRET and MOV SS say #GP, a switch of stacks #TS.
struct StackCheck {
    unsigned privilege;  ///< what RPL and DPL must be
    Vector vector = Vector::gp;
    std::uint32_t external = 0;
};
/// Checks and accesses a stack segment.
SegmentRegister prepare_stack_segment(Cpu& cpu, Selector selector, const StackCheck& check);

/// After a transfer to a less privileged level: segments that it may not use become null.
void drop_privileged_segments(Cpu& cpu);

/// Limit checking only, both directions of expansion (SDM vol. 3A, "Limit Checking").
bool within_limit(const SegmentRegister& segment, std::uint32_t offset, unsigned size);

/// Whether the privileges that LAR, LSL, VERR and VERW check are sufficient.
bool visible(const Cpu& cpu, const NamedDescriptor& named);

}  // namespace calque
