// Segment registers and descriptor tables: looking up, checking and loading.
#include "cpu/segmentation.hpp"

#include <algorithm>

namespace calque {

/// Expand-down and unreadable segments leave every access to the exact check.
void SegmentRegister::refresh() {
    using namespace segment_attribute;
    const std::uint64_t end = std::uint64_t{limit} + 1;
    const bool usable = (attributes & present) && (attributes & not_system);
    const bool is_code = attributes & code;
    const bool bit = attributes & writable_or_readable;
    const bool expand_down = !is_code && (attributes & expand_down_or_conforming);
    read_end = usable && !expand_down && (!is_code || bit) ? end : 0;
    write_end = usable && !expand_down && !is_code && bit ? end : 0;
}

bool within_limit(const SegmentRegister& segment, std::uint32_t offset, unsigned size) {
    using namespace segment_attribute;
    const std::uint64_t last = std::uint64_t{offset} + size - 1;
    const bool expand_down = !(segment.attributes & code) && (segment.attributes & expand_down_or_conforming);
    if (expand_down) return offset > segment.limit && last <= (segment.big() ? 0xffff'ffffU : 0xffffU);
    return last <= segment.limit;
}

bool find_descriptor(Cpu& cpu, Selector selector, NamedDescriptor& found) {
    const SegmentRegister& ldtr = cpu.state.ldtr;
    if (selector.local() && !(ldtr.attributes & segment_attribute::present)) return false;
    const std::uint64_t base = selector.local() ? ldtr.base : cpu.state.gdtr.base;
    const std::uint32_t limit = selector.local() ? ldtr.limit : cpu.state.gdtr.limit;
    if (selector.offset() + 7 > limit) return false;
    found.selector = selector;
    found.address = static_cast<std::uint32_t>(base + selector.offset());
    found.descriptor = Descriptor::from(cpu.load_system<std::uint64_t>(found.address));
    return true;
}

NamedDescriptor descriptor_of(Cpu& cpu, Selector selector, Vector vector, std::uint32_t external) {
    NamedDescriptor found;
    if (!find_descriptor(cpu, selector, found)) cpu.fault(vector, selector.error_code() | external);
    return found;
}

void mark_accessed(Cpu& cpu, NamedDescriptor& named) {
    if (named.descriptor.accessed()) return;
    named.descriptor.high |= 1U << 8;
    cpu.store_system(named.address + 5, static_cast<std::uint8_t>(named.descriptor.high >> 8));
}

SegmentRegister segment_from(const NamedDescriptor& named) {
    SegmentRegister made;
    made.base = named.descriptor.base();
    made.limit = named.descriptor.limit();
    made.attributes = named.descriptor.attributes();
    made.selector = named.selector.value;
    made.refresh();
    return made;
}

SegmentRegister code_segment_from(const NamedDescriptor& named, unsigned rpl) {
    SegmentRegister made = segment_from(named);
    made.selector = static_cast<std::uint16_t>((made.selector & ~3U) | rpl);
    return made;
}

SegmentRegister null_segment(Selector selector) {
    SegmentRegister made;
    made.selector = selector.value;
    return made;
}

SegmentRegister vm86_segment(std::uint16_t selector) {
    SegmentRegister made;
    made.selector = selector;
    made.base = std::uint32_t{selector} << 4;
    made.limit = 0xffff;
    made.attributes = 0xf3;  // present, DPL 3, writable data, accessed
    made.refresh();
    return made;
}

/// Real mode keeps limit and size, which makes "big real mode" work; one that was unusable becomes ordinary.
SegmentRegister real_segment(const SegmentRegister& old, std::uint16_t selector) {
    SegmentRegister made = old;
    if (!(old.attributes & segment_attribute::present)) made.limit = 0xffff;
    made.selector = selector;
    made.base = std::uint32_t{selector} << 4;
    made.attributes = static_cast<std::uint16_t>((old.attributes & 0xf000U) | 0x93U);
    made.refresh();
    return made;
}

SegmentRegister flat_segment(std::uint16_t selector, bool is_code, unsigned dpl) {
    SegmentRegister made;
    made.selector = selector;
    made.limit = 0xffff'ffffU;
    made.attributes = static_cast<std::uint16_t>((is_code ? 0xc09bU : 0xc093U) | dpl << 5);
    made.refresh();
    return made;
}

SegmentRegister prepare_stack_segment(Cpu& cpu, Selector selector, const StackCheck& check) {
    if (selector.null()) cpu.fault(check.vector, check.external);
    NamedDescriptor named = descriptor_of(cpu, selector, check.vector, check.external);
    const Descriptor& descriptor = named.descriptor;
    if (selector.rpl() != check.privilege || !descriptor.writable_data() ||
        descriptor.dpl() != check.privilege)
        cpu.fault(check.vector, selector.error_code() | check.external);
    if (!descriptor.present()) cpu.fault(Vector::ss, selector.error_code() | check.external);
    mark_accessed(cpu, named);
    return segment_from(named);
}

SegmentRegister prepare_data_segment(Cpu& cpu, Selector selector, Vector vector, std::uint32_t external) {
    if (selector.null()) return null_segment(selector);
    NamedDescriptor named = descriptor_of(cpu, selector, vector, external);
    const Descriptor& descriptor = named.descriptor;
    const unsigned needed = std::max<unsigned>(selector.rpl(), cpu.state.cpl);
    if (!descriptor.readable() || (!descriptor.conforming() && needed > descriptor.dpl()))
        cpu.fault(vector, selector.error_code() | external);
    if (!descriptor.present()) cpu.fault(Vector::np, selector.error_code() | external);
    mark_accessed(cpu, named);
    return segment_from(named);
}

SegmentRegister prepare_segment(Cpu& cpu, unsigned segment, Selector selector) {
    if (cpu.vm86()) return vm86_segment(selector.value);
    if (!cpu.protected_mode()) return real_segment(cpu.state.segments[segment], selector.value);
    if (segment == seg_ss) return prepare_stack_segment(cpu, selector, {.privilege = cpu.state.cpl});
    return prepare_data_segment(cpu, selector, Vector::gp, 0);
}

void drop_privileged_segments(Cpu& cpu) {
    using namespace segment_attribute;
    for (const unsigned name : {seg_es, seg_ds, seg_fs, seg_gs}) {
        SegmentRegister& segment = cpu.state.segments[name];
        const bool conforming =
            (segment.attributes & code) && (segment.attributes & expand_down_or_conforming);
        if ((segment.attributes & present) && !conforming && segment.dpl() < cpu.state.cpl) segment = {};
    }
}

bool visible(const Cpu& cpu, const NamedDescriptor& named) {
    return named.descriptor.conforming() ||
           named.descriptor.dpl() >= std::max<unsigned>(cpu.state.cpl, named.selector.rpl());
}

}  // namespace calque
