// One of the two machines that are compared: a machine, its engine, and the thread on which that runs.
#pragma once

#include "frontend/compare/worker.hpp"
#include "machine/machine.hpp"
#include "machine/state_hash.hpp"

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>

namespace calque {

class ComparedMachine {
public:
    /// Makes an engine; an eager one translates at once.
    using EngineMaker = std::function<std::unique_ptr<Engine>(Cpu& cpu, BlockCache& blocks, bool eager)>;

    /// `name` is what its engine was asked for by.
    ComparedMachine(const MachineConfig& config, EngineMaker maker, std::string name);
    ~ComparedMachine();
    ComparedMachine(const ComparedMachine&) = delete;
    ComparedMachine& operator=(const ComparedMachine&) = delete;

    const std::string& name() const { return name_; }
    Machine& machine() { return machine_; }
    Board& board() { return machine_.board(); }
    std::uint64_t instructions() { return board().processor().cpu().state.instructions; }

    /// Until the count, or the guest's end. All else must wait for the future.
    std::future<void> run_to(std::uint64_t count);
    /// How the last run ended; `bound` where the count was reached, `quit` where the guest halted for good.
    const RunResult& result() const { return result_; }

    void load(const SavedState& state);
    SavedState save(const SavedState* like) { return save_state(board(), like); }

    /// Whether what it does now may depend on what it did long ago: on what has been translated by then.
    bool remembers() const { return remembers_; }
    /// An engine that has seen nothing, as asked for; or one that translates at once and no more than so many
    /// instructions together.
    void renew_engine();
    void use_eager_engine(unsigned longest_block);

private:
    bool halts_for_good();
    void replace_engine(bool eager);

    std::string name_;
    EngineMaker make_;
    Machine machine_;
    bool remembers_ = false;
    RunResult result_{RunEnd::bound, 0};
    Worker thread_;
};

}  // namespace calque
