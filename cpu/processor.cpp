// The processor's main loop: events at instruction boundaries, an engine in between.
#include "cpu/processor.hpp"

#include "cpu/instruction_table.hpp"
#include "cpu/interrupts.hpp"

namespace calque {
namespace {

/// Events delivered in one run before the board is asked for its turn.
constexpr unsigned most_deliveries = 1U << 16;

}  // namespace

Processor::Processor(Mmu& mmu, Outside& outside, const CpuModel& model)
    : cpu_(mmu, outside, model), blocks_(cpu_) {}

void Processor::reset() { cpu_.reset(); }

void Processor::set_interrupt_line(bool asserted) {
    cpu_.interrupt_line = asserted;
    cpu_.stop_requested = true;
}

void Processor::raise_nmi() {
    cpu_.state.nmi_pending = true;
    cpu_.stop_requested = true;
}

/// Delivers at most one event. True if there was one.
bool Processor::take_event() {
    CpuState& state = cpu_.state;
    if (cpu_.exception_pending) {
        deliver_exception(cpu_);
        return true;
    }
    if (state.inhibition != Inhibition::none) return false;
    if (state.nmi_pending && !state.nmi_blocked) {
        state.nmi_pending = state.halted = false;
        deliver_nmi(cpu_);
        return true;
    }
    if (!cpu_.interrupt_line || !(state.other_flags & flag::interrupt)) return false;
    state.halted = false;
    deliver_interrupt(cpu_, cpu_.outside.acknowledge_interrupt());
    return true;
}

/// Executes one instruction, or one iteration of a string instruction.
void Processor::step() {
    const bool trap = cpu_.state.other_flags & flag::tf;
    Block* block = blocks_.find_single();
    cpu_.state.inhibition = Inhibition::none;
    if (!block) return;
    ++stepped_;
    const std::int64_t rest =
        cpu_.budget - 1;  // hidden, so that a string instruction stops after one iteration
    cpu_.target -= static_cast<std::uint64_t>(rest);
    cpu_.budget = 1;
    interpret_block(cpu_, *block);
    cpu_.budget += rest;
    cpu_.target += static_cast<std::uint64_t>(rest);
    if (!trap || cpu_.exception_pending || cpu_.state.inhibition == Inhibition::by_mov_ss) return;
    const bool delivered = (row_of(block->insns[0]).attributes & attribute::software_interrupt) &&
                           !(cpu_.state.other_flags & flag::tf);
    if (delivered) return;         // delivery cleared TF
    cpu_.state.dr[6] |= 1U << 14;  // BS
    cpu_.raise(Vector::db);
    cpu_.exception.trap = true;
}

/// Whether an event or a trap is due that the inhibition holds back, or may become due with the next
/// instruction.
bool Processor::inhibition_matters() const {
    return cpu_.interrupt_line || cpu_.state.nmi_pending || (cpu_.mode & mode::stepping);
}

ExitReason Processor::run(std::uint64_t until) {
    CpuState& state = cpu_.state;
    unsigned deliveries = 0;
    cpu_.target = until;
    cpu_.budget = static_cast<std::int64_t>(until - state.instructions);
    const auto leave = [&](ExitReason reason) {
        state.instructions = cpu_.target - static_cast<std::uint64_t>(cpu_.budget);
        cpu_.board_requested = false;
        cpu_.fpu.release(state.fpu);
        return reason;
    };
    for (;;) {
        cpu_.stop_requested = false;
        if (state.shutdown) return leave(ExitReason::shutdown);
        if (cpu_.board_requested) return leave(ExitReason::stop);
        if (cpu_.exception_pending && keep_exception_ && keep_exception_())
            return leave(ExitReason::exception);
        if (take_event()) {
            // A handler that faults on its first instruction retires nothing: the board must get its turn.
            if (++deliveries == most_deliveries) return leave(ExitReason::stop);
            continue;
        }
        if (state.halted) return leave(ExitReason::halted);
        if (cpu_.budget <= 0) return leave(ExitReason::budget);
        if (state.inhibition != Inhibition::none && !inhibition_matters())
            state.inhibition = Inhibition::none;
        if (state.inhibition != Inhibition::none || (cpu_.mode & mode::stepping)) {
            step();
            continue;
        }
        const std::int64_t before = cpu_.budget;
        engine_->execute(cpu_, blocks_);
        if (cpu_.budget == before && !needs_attention(cpu_)) step();
    }
}

}  // namespace calque
