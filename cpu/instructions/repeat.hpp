// Repetition of string instructions: the counting rules and the points where events are taken.
#pragma once

#include "cpu/cpu.hpp"

#include <algorithm>
#include <cstdint>

namespace calque {

/// How many iterations a string instruction makes now, and what that means for the count.
///
/// Each iteration counts as one instruction, and between two of them events may be taken, so no more run than
/// the budget has left. The block has prepaid one; ECX = 0 counts as one.
class Repetition {
public:
    Repetition(Cpu& cpu, const Insn& insn) : cpu_(cpu), insn_(insn) {
        cpu.current = &insn;
        repeated_ = insn.prefixes & (prefix::rep | prefix::repne);
        wanted_ = repeated_ ? cpu.state.reg32(ecx) & insn.address_mask : 1;
        const std::int64_t payable = cpu.budget + insn.remaining;
        allowed_ =
            static_cast<std::uint32_t>(std::min<std::int64_t>(wanted_, std::max<std::int64_t>(payable, 1)));
    }

    bool repeated() const { return repeated_; }
    std::uint32_t allowed() const { return allowed_ - done_; }
    /// Whether to make another iteration: after the first, not when somebody wants to look.
    bool more() const { return done_ < allowed_ && (done_ == 0 || !cpu_.stop_requested); }

    /// Accounts for iterations that are complete; ECX is up to date afterwards.
    void complete(std::uint32_t iterations) {
        done_ += iterations;
        if (!repeated_) return;
        const std::uint32_t mask = insn_.address_mask, old = cpu_.state.reg32(ecx);
        cpu_.state.gpr[ecx] = (old & ~mask) | ((old - iterations) & mask);
        cpu_.budget -= iterations;
    }
    /// REPE or REPNE ended the loop.
    void finish_early() { wanted_ = done_; }

    /// True if the instruction retires; false if it is to be resumed, an exception having occurred or not.
    bool retire(bool faulted = false) {
        if (!repeated_) return !faulted;
        const bool finished = !faulted && done_ == wanted_;
        cpu_.state.repeating = !finished && !faulted;
        if (!finished) return false;
        // The block prepaid one; with no iteration at all that one stands.
        if (done_ > 0) cpu_.budget += 1;
        if (cpu_.budget < 0) cpu_.stop_requested = true;
        return true;
    }

private:
    Cpu& cpu_;
    const Insn& insn_;
    std::uint32_t wanted_ = 1;
    std::uint32_t allowed_ = 1;
    std::uint32_t done_ = 0;
    bool repeated_ = false;
};

}  // namespace calque
