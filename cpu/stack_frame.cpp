// Frames that far transfers and event delivery push and pop.
#include "cpu/stack_frame.hpp"

#include <cstring>

namespace calque {

StackTarget current_stack(const Cpu& cpu, std::uint32_t external) {
    return {.ss = cpu.state.ss(), .esp = cpu.state.reg32(esp), .view = cpu.view, .error_code = external};
}

StackTarget inner_stack(Cpu& cpu, unsigned privilege, std::uint32_t external) {
    const SegmentRegister& tr = cpu.state.tr;
    const bool wide = tr.attributes & system_type::is_32bit;
    const std::uint32_t offset = wide ? privilege * 8 + 4 : privilege * 4 + 2;
    const std::uint32_t last = offset + (wide ? 5 : 3);
    if (last > tr.limit) cpu.fault(Vector::ts, (tr.selector & ~3U) | external);
    const LinearAddress place = tr.base + offset;
    const std::uint32_t new_esp =
        wide ? cpu.load_system<std::uint32_t>(place) : cpu.load_system<std::uint16_t>(place);
    const Selector selector{cpu.load_system<std::uint16_t>(place + (wide ? 4 : 2))};
    const StackCheck check{.privilege = privilege, .vector = Vector::ts, .external = external};
    return {.ss = prepare_stack_segment(cpu, selector, check),
            .esp = new_esp,
            .view = supervisor_view,
            .error_code = selector.error_code() | external};
}

void StackFrame::push(std::uint32_t value) {
    ++count_;
    std::memcpy(bytes_.data() + capacity - count_ * width_, &value, width_);
}

void StackFrame::check_limit() const {
    for (unsigned i = 0; i < count_; ++i)
        if (!within_limit(target_.ss, slot(i), width_)) cpu_.fault(Vector::ss, target_.error_code);
}

/// Where the whole frame lies, if it does not wrap, leave a page, or need a closer look.
std::uint8_t* StackFrame::contiguous_host() const {
    const std::uint32_t size = count_ * width_;
    const std::uint32_t lowest = slot(count_ - 1);
    constexpr std::uint32_t looked_at = mode::alignment_check | mode::observed;
    if (std::uint64_t{lowest} + size > target_.ss.write_end || (cpu_.mode & looked_at)) return nullptr;
    if (((lowest + size) & mask()) != (target_.esp & mask())) return nullptr;
    return cpu_.mmu.shadow(target_.view).writable(linear(lowest), size);
}

void StackFrame::probe_slots() const {
    const bool aligned_only = (cpu_.mode & mode::alignment_check) && target_.view == user_view;
    for (unsigned i = 0; i < count_; ++i) {
        const std::uint32_t address = linear(slot(i));
        if (aligned_only && address & (width_ - 1)) cpu_.fault(Vector::ac, 0);
        if (!cpu_.mmu.probe(address, width_, target_.view, AccessKind::write)) {
            cpu_.raise_page_fault();
            throw GuestFault{};
        }
    }
}

void StackFrame::write() {
    for (unsigned i = 0; i < count_; ++i) cpu_.note_access(linear(slot(i)), width_, AccessKind::write);
    const std::uint8_t* frame = bytes_.data() + capacity - count_ * width_;
    if (std::uint8_t* host = contiguous_host()) {
        std::memcpy(host, frame, count_ * width_);
        return;
    }
    check_limit();
    probe_slots();
    for (unsigned i = 0; i < count_; ++i) {
        std::uint32_t value = 0;
        std::memcpy(&value, bytes_.data() + capacity - (i + 1) * width_, width_);
        const std::uint32_t address = linear(slot(i));
        if (width_ == 4)
            cpu_.store_system(address, value);
        else
            cpu_.store_system(address, static_cast<std::uint16_t>(value));
    }
}

std::uint32_t StackFrame::esp(std::uint32_t old_esp) const {
    return (old_esp & ~mask()) | ((target_.esp - count_ * width_) & mask());
}

std::uint32_t StackReader::pop() {
    const std::uint32_t offset = esp_ & cpu_.stack_mask();
    esp_ += width_;
    return width_ == 4 ? cpu_.load<std::uint32_t>(seg_ss, offset) : cpu_.load<std::uint16_t>(seg_ss, offset);
}

std::uint32_t StackReader::result() const {
    const std::uint32_t mask = cpu_.stack_mask();
    return (cpu_.state.reg32(esp) & ~mask) | (esp_ & mask);
}

}  // namespace calque
