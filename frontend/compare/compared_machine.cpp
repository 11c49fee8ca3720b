// One of the two machines that are compared.
#include "frontend/compare/compared_machine.hpp"

#include <utility>

namespace calque {

ComparedMachine::ComparedMachine(const MachineConfig& config, EngineMaker maker, std::string name)
    : name_(std::move(name)), make_(std::move(maker)), machine_(config) {
    machine_.visit_borders([this] {
        if (halts_for_good()) machine_.finish({RunEnd::quit, 0});
        return RunLimits::no_limit;
    });
    renew_engine();
}

/// Nothing comes from outside that could wake it.
bool ComparedMachine::halts_for_good() {
    const Cpu& cpu = board().processor().cpu();
    const CpuState& state = cpu.state;
    const bool listens = state.other_flags & flag::interrupt;
    const bool may_hear = cpu.interrupt_line || board().clock().next_deadline() != never;
    return state.halted && !state.nmi_pending && !(listens && may_hear);
}

ComparedMachine::~ComparedMachine() {
    thread_.run([this] { machine_.set_engine(nullptr); }).get();
}

// Host faults are taken on the thread that made the engine.
void ComparedMachine::replace_engine(bool eager) {
    thread_
        .run([&] {
            Processor& processor = machine_.board().processor();
            machine_.set_engine(nullptr);
            processor.blocks().clear();
            machine_.set_engine(make_(processor.cpu(), processor.blocks(), eager));
        })
        .get();
}

void ComparedMachine::renew_engine() {
    board().processor().blocks().limit_blocks(Block::max_instructions);
    replace_engine(false);
    remembers_ = std::string_view(board().processor().engine().name()) != "interpreter";
}

void ComparedMachine::use_eager_engine(unsigned longest_block) {
    board().processor().blocks().limit_blocks(longest_block);
    replace_engine(true);
}

std::future<void> ComparedMachine::run_to(std::uint64_t count) {
    return thread_.run([this, count] {
        result_ = {RunEnd::bound, 0};
        if (instructions() >= count) return;
        result_ = machine_.run({.instructions = count, .time = {}, .checkpoint = {}});
    });
}

void ComparedMachine::load(const SavedState& state) {
    machine_.load(state);
    result_ = {RunEnd::bound, 0};
}

}  // namespace calque
