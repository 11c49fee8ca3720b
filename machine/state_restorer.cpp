// Clock first, so that chips arm their timers by it; then chips in the order in which their wires lead;
// memory and processor last, because a chip that is put back may move a wire that the processor notices.
#include "machine/state_restorer.hpp"

#include "machine/field_stream.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace calque {

namespace {

[[noreturn]] void refuse(const std::string& line) { throw std::runtime_error(line); }

/// Takes the parts of a state one by one.
class Parts {
public:
    explicit Parts(const std::vector<SavedPart>& parts) : parts_(parts) {}

    template <typename T>
    T next(std::string_view name) {
        if (next_ == parts_.size()) refuse(fmt::format("there is no state of {} in it", name));
        const SavedPart& part = parts_[next_++];
        if (part.name != name)
            refuse(fmt::format("there is the state of {} where that of {} should be", part.name, name));
        return state_of<T>(name, part.fields);
    }
    void finish() const {
        if (next_ < parts_.size())
            refuse(
                fmt::format("there is a state of {}, which this machine does not have", parts_[next_].name));
    }

private:
    const std::vector<SavedPart>& parts_;
    std::size_t next_ = 0;
};

/// What holds of every processor; the rest is checked as the guest's own instructions are.
bool possible(const ProcessorState& state) {
    const CpuState& registers = state.registers;
    const bool paged_unprotected = (registers.cr0 & cr0::pg) && !(registers.cr0 & cr0::pe);
    const bool low_flags =
        registers.other_flags <= 0xFFFF'FFFF && (registers.other_flags & flag::status) == 0;
    return registers.cpl <= 3 && registers.inhibition <= Inhibition::by_mov_ss && registers.gpr.back() == 0 &&
           low_flags && !paged_unprotected && registers.rip <= 0xFFFF'FFFF;
}

}  // namespace

StateRestorer::StateRestorer(Board& board, const SavedState& state) : board_(board), state_(state) {
    Parts parts(state.parts);
    now_ = parts.next<Nanoseconds>("clock");
    processor_ = parts.next<ProcessorState>("processor");
    if (now_ < 0 || now_ > end_of_time || !possible(processor_))
        refuse("the saved state of the processor is damaged");
    board.chips().for_each([&](std::string_view name, auto& device) {
        using State = typename std::decay_t<decltype(device)>::State;
        chips_.emplace_back(parts.next<State>(name));
    });
    parts.finish();
    check_memory();
    board.drives().check(state.media);
}

void StateRestorer::check_memory() const {
    const auto& blocks = board_.memory().blocks();
    if (blocks.size() != state_.memory.size()) refuse("the saved state has other ROMs than this machine");
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        if (blocks[i].size == state_.memory[i].size()) continue;
        if (i == 0)
            refuse(fmt::format("the saved state has {} KiB of RAM and this machine {} KiB",
                               state_.memory[i].size() >> 10, blocks[i].size >> 10));
        refuse("the saved state has ROMs of other sizes than this machine");
    }
}

void StateRestorer::put_back() {
    Cpu& cpu = board_.processor().cpu();
    board_.drives().put_back(state_.media);
    board_.processor().blocks().clear();
    cpu.resume_at(processor_.registers.instructions);
    board_.time().set_now(now_);
    put_back_chips();
    const auto& blocks = board_.memory().blocks();
    for (std::size_t i = 0; i < blocks.size(); ++i)
        state_.memory[i].put_back(board_.memory().memfd(), blocks[i]);
    put_back_processor();
    board_.take_request();
}

void StateRestorer::put_back_chips() {
    Chips& chips = board_.chips();
    auto next = chips_.begin();
    chips.for_each([&](std::string_view, auto& device) {
        using State = typename std::decay_t<decltype(device)>::State;
        const State& state = std::any_cast<const State&>(*next++);
        if constexpr (std::is_same_v<State, CoprocessorError::State>) board_.drive_ferr(state.ferr);
        device.restore(state);
    });
    chips.fw_cfg.set_contents(state_.firmware_items);
}

void StateRestorer::put_back_processor() {
    Processor& processor = board_.processor();
    Cpu& cpu = processor.cpu();
    cpu.state = processor_.registers;
    cpu.exception_pending = processor_.exception_pending;
    cpu.exception = processor_.exception;
    cpu.breakpoint_hits = processor_.breakpoint_hits;
    cpu.state_replaced();
    processor.set_interrupt_line(board_.chips().local_apic.interrupt.level());
}

}  // namespace calque
