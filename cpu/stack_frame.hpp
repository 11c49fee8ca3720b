// Frames that far transfers and event delivery push and pop: checked whole, then moved.
#pragma once

#include "cpu/segmentation.hpp"

#include <array>
#include <cstdint>

namespace calque {

/// Which stack a frame goes to, before it becomes the current one.
struct StackTarget {
    SegmentRegister ss;
    std::uint32_t esp = 0;
    View view = supervisor_view;
    std::uint32_t error_code = 0;  ///< of #SS when the frame does not fit
};

/// The stack in use; `external` is the EXT bit of its #SS.
StackTarget current_stack(const Cpu& cpu, std::uint32_t external = 0);

/// The stack that the TSS holds for a more privileged level (SDM vol. 3A, "Stack Switching"), checked.
StackTarget inner_stack(Cpu& cpu, unsigned privilege, std::uint32_t external = 0);

/// What is to be pushed. Nothing is written until write(), and that checks every page first.
class StackFrame {
public:
    /// `width`: 2 or 4 bytes a push.
    StackFrame(Cpu& cpu, const StackTarget& target, unsigned width)
        : cpu_(cpu), target_(target), width_(width) {}

    void push(std::uint32_t value);
    /// #SS if the frame is not within the stack's limit.
    void check_limit() const;
    /// Writes the frame; may raise #SS, #AC or #PF, and then has written nothing.
    void write();
    /// ESP with the frame pushed: its upper half is `old_esp`'s if the stack is a 16-bit one.
    std::uint32_t esp(std::uint32_t old_esp) const;

private:
    static constexpr unsigned capacity = 4 * 36;  // a call gate's 31 parameters, SS, ESP, CS, EIP, error code

    std::uint32_t mask() const { return target_.ss.big() ? 0xffff'ffffU : 0xffffU; }
    std::uint32_t slot(unsigned index) const { return (target_.esp - (index + 1) * width_) & mask(); }
    std::uint32_t linear(std::uint32_t offset) const {
        return static_cast<std::uint32_t>(target_.ss.base + offset);
    }
    std::uint8_t* contiguous_host() const;
    void probe_slots() const;

    Cpu& cpu_;
    StackTarget target_;
    unsigned width_;
    unsigned count_ = 0;
    std::array<std::uint8_t, capacity> bytes_;  ///< filled from the end, as the stack is
};

/// Pops from the current stack without moving ESP.
class StackReader {
public:
    StackReader(Cpu& cpu, unsigned width) : cpu_(cpu), width_(width), esp_(cpu.state.reg32(esp)) {}

    std::uint32_t pop();
    std::uint16_t pop_selector() { return static_cast<std::uint16_t>(pop()); }
    void skip(std::uint32_t bytes) { esp_ += bytes; }
    /// ESP after what was popped and skipped.
    std::uint32_t result() const;

private:
    Cpu& cpu_;
    unsigned width_;
    std::uint32_t esp_;
};

}  // namespace calque
