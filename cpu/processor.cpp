// The processor's main loop: events at instruction boundaries, an engine in between.
#include "cpu/processor.hpp"

#include "cpu/breakpoints.hpp"
#include "cpu/instruction_table.hpp"
#include "cpu/interrupts.hpp"

#include <utility>

namespace calque {
namespace {

/// Events delivered in one run before the board is asked for its turn.
constexpr unsigned most_deliveries = 1U << 16;

constexpr std::uint32_t dr6_single_step = 1U << 14;

bool is_int1(const Row& row) { return row.map == OpcodeMap::one_byte && row.opcode == 0xf1; }

}  // namespace

Processor::Processor(Mmu& mmu, Outside& outside, const CpuModel& model)
    : cpu_(mmu, outside, model), blocks_(cpu_) {}

/// The time stamp counter starts from zero; the board's clock does not.
void Processor::reset() {
    cpu_.reset();
    cpu_.state.tsc_offset = 0 - cpu_.outside.time_stamp();
}

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
    if (!deliver_one()) return false;
    cpu_.state.repeating = false;
    if (cpu_.observer()) cpu_.observer()->delivered(cpu_);
    return true;
}

bool Processor::deliver_one() {
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

/// #DB before the instruction, unless RF or a MOV SS holds it back (SDM vol. 3B, "Instruction-Breakpoint
/// Exception Condition").
bool Processor::stopped_by_breakpoint() {
    const CpuState& state = cpu_.state;
    if (!(cpu_.mode & mode::stepping) || (state.other_flags & flag::rf) || state.repeating ||
        state.inhibition == Inhibition::by_mov_ss)
        return false;
    const std::uint32_t hits = instruction_breakpoints(state);
    if (hits == 0) return false;
    record_debug_conditions(cpu_.state, hits);
    cpu_.raise(Vector::db);
    cpu_.exception.resumable = false;
    return true;
}

/// `execute` runs one instruction of `block`, or one iteration of a string instruction.
template <typename Execute>
void Processor::execute_one(const Block& block, Execute execute) {
    const std::int64_t rest =
        cpu_.budget - 1;  // hidden, so that a string instruction stops after one iteration
    cpu_.target -= static_cast<std::uint64_t>(rest);
    cpu_.budget = 1;
    execute();
    const bool retired = cpu_.budget <= 0;
    cpu_.budget += rest;
    cpu_.target += static_cast<std::uint64_t>(rest);
    if (cpu_.observer() && (retired || cpu_.exception_pending))
        cpu_.observer()->executed(cpu_, block, retired);
}

/// By the engine, which comes back after each because of mode::observed.
void Processor::execute_observed() {
    do {
        cpu_.state.repeating = false;
        Block* block = blocks_.find();
        if (!block) return;
        execute_one(*block, [&] { engine_->execute_observed(cpu_, blocks_, *block); });
    } while (cpu_.budget > 0 && only_observed());
}

/// Whether run() has nothing to see to before the next instruction.
bool Processor::only_observed() const {
    const CpuState& state = cpu_.state;
    return !cpu_.exception_pending && !cpu_.stop_requested && !cpu_.interrupt_line && !state.nmi_pending &&
           !state.halted && !state.shutdown && state.inhibition == Inhibition::none &&
           (cpu_.mode & (mode::stepping | mode::observed)) == mode::observed && !cpu_.debug &&
           !cpu_.fpu.set_aside;
}

/// Executes one instruction, or one iteration of a string instruction.
void Processor::step() {
    CpuState& state = cpu_.state;
    if (stopped_by_breakpoint()) return;
    const bool single_step = state.other_flags & flag::tf;
    state.other_flags &= ~std::uint64_t{flag::rf};
    state.repeating = false;
    Block* block = blocks_.find_single();
    // What a MOV SS has hit is reported behind the instruction that follows it.
    if (state.inhibition != Inhibition::by_mov_ss) cpu_.breakpoint_hits = 0;
    state.inhibition = Inhibition::none;
    if (!block) return;
    ++stepped_;
    execute_one(*block, [&] { interpret_block(cpu_, *block); });
    if (cpu_.exception_pending) return;
    const Row& row = row_of(block->insns[0]);  // it retired, so it has one
    if (cpu_.debug && debug_points_.stops_behind(block->insns[0]))
        debug_points_.set_hit({.kind = DebugHit::Kind::magic, .address = state.linear_ip()});
    if (state.inhibition == Inhibition::by_mov_ss) return;  // which holds back its own trap
    // One debug exception stands for INT1 and for what came before it.
    if (is_int1(row) && cpu_.breakpoint_hits)
        record_debug_conditions(state, std::exchange(cpu_.breakpoint_hits, 0));
    const bool delivered =
        (row.attributes & attribute::software_interrupt) && !(state.other_flags & flag::tf);
    trap(cpu_.breakpoint_hits | (single_step && !delivered ? dr6_single_step : 0));
}

/// #DB behind the instruction for these bits of DR6, if any.
void Processor::trap(std::uint32_t reasons) {
    if (reasons == 0) return;
    record_debug_conditions(cpu_.state, reasons);
    cpu_.raise(Vector::db);
    cpu_.exception.trap = true;
    cpu_.exception.resumable = false;
}

/// Whether the last instruction, or the delivery of an event, met one of its points. What an instruction met
/// that did not retire does not count.
bool Processor::stopped_by_debugger() {
    if (!debug_points_.hit()) return false;
    const bool retired = !cpu_.exception_pending || cpu_.exception.trap;
    if (!retired) debug_points_.take_hit();
    return retired;
}

/// A string instruction that goes on does not start there.
bool Processor::reached_breakpoint() {
    const std::uint32_t linear = cpu_.state.linear_ip();
    if (!debug_points_.stops_at(linear) || cpu_.state.repeating) return false;
    if (passed_ == Passed{cpu_.retired(), linear}) return false;
    debug_points_.set_hit({.kind = DebugHit::Kind::breakpoint, .address = linear});
    return true;
}

/// Whether the block cache has no block for this instruction: one at a breakpoint that was passed, or one
/// that it refused.
bool Processor::stands_alone() {
    return std::exchange(debug_points_.refused, false) || debug_points_.stops_at(cpu_.state.linear_ip());
}

void Processor::pass_breakpoint() { passed_ = {cpu_.state.instructions, cpu_.state.linear_ip()}; }

void Processor::attach_debug_points() { cpu_.debug.attach(debug_points_.empty() ? nullptr : &debug_points_); }

std::optional<DebugHit> Processor::take_hit() {
    auto hit = debug_points_.take_hit();
    attach_debug_points();
    return hit;
}

void Processor::add_breakpoint(std::uint32_t linear) {
    debug_points_.add_breakpoint(linear);
    attach_debug_points();
    blocks_.part_at(linear);
}

bool Processor::remove_breakpoint(std::uint32_t linear) {
    const bool found = debug_points_.remove_breakpoint(linear);
    attach_debug_points();
    if (found) blocks_.part_at(linear);
    return found;
}

void Processor::add(const Watchpoint& watchpoint) {
    debug_points_.add(watchpoint);
    attach_debug_points();
    cpu_.mmu.watch(debug_points_.watched_pages());
}

bool Processor::remove(const Watchpoint& watchpoint) {
    const bool found = debug_points_.remove(watchpoint);
    attach_debug_points();
    if (found) cpu_.mmu.watch(debug_points_.watched_pages());
    return found;
}

void Processor::add(const PortBreakpoint& port) {
    debug_points_.add(port);
    attach_debug_points();
}

bool Processor::remove(const PortBreakpoint& port) {
    const bool found = debug_points_.remove(port);
    attach_debug_points();
    return found;
}

void Processor::set_magic_breakpoint(bool on) {
    debug_points_.set_magic(on);
    attach_debug_points();
    blocks_.clear();
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
    if (cpu_.observer()) cpu_.observer()->begins(cpu_);
    const auto leave = [&](ExitReason reason) {
        state.instructions = cpu_.target - static_cast<std::uint64_t>(cpu_.budget);
        cpu_.board_requested = false;
        cpu_.fpu.release(state.fpu);
        return reason;
    };
    for (;;) {
        cpu_.stop_requested = false;
        if (cpu_.fpu.set_aside) cpu_.fpu.restore_exceptions(state.fpu);
        if (state.shutdown) return leave(ExitReason::shutdown);
        if (cpu_.board_requested) return leave(ExitReason::stop);
        if (cpu_.exception_pending && keep_exception_ && keep_exception_())
            return leave(ExitReason::exception);
        if (cpu_.debug && stopped_by_debugger()) return leave(ExitReason::debugger);
        if (stop_after_event_ && cpu_.budget <= 0) return leave(ExitReason::budget);
        if (take_event()) {
            if (stop_after_event_) return leave(ExitReason::debugger);
            // A handler that faults on its first instruction retires nothing: the board must get its turn.
            if (++deliveries == most_deliveries) return leave(ExitReason::stop);
            continue;
        }
        if (state.halted) return leave(ExitReason::halted);
        if (cpu_.budget <= 0) return leave(ExitReason::budget);
        if (cpu_.debug && reached_breakpoint()) return leave(ExitReason::debugger);
        const bool alone = cpu_.debug && stands_alone();
        if (state.inhibition != Inhibition::none && !inhibition_matters())
            state.inhibition = Inhibition::none;
        if (state.inhibition != Inhibition::none || (cpu_.mode & mode::stepping) || alone) {
            step();
            continue;
        }
        state.repeating = false;
        if (cpu_.mode & mode::observed) {
            execute_observed();
            continue;
        }
        const std::int64_t before = cpu_.budget;
        engine_->execute(cpu_, blocks_);
        if (cpu_.budget == before && !needs_attention(cpu_)) step();
    }
}

}  // namespace calque
