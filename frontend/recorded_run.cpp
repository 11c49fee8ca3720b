// Recording what reaches a machine, and repeating it.
#include "frontend/recorded_run.hpp"

#include "frontend/command_line.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace calque {

RecordedRun::RecordedRun(const RunOptions& options, Machine& machine) : options_(options), machine_(machine) {
    if (!options.record.empty()) {
        recorder_.emplace(machine, options.record);
        machine.on_load([this] { give_up_recording(); });
    }
    if (!options.recording) return;
    // Frames come from the recording; those that the guest sends lead nowhere.
    if (options.recording->plugged) {
        cable_.emplace(machine.board().clock(), *machine.board().chips().network_card(),
                       [](EthernetFrame) {});
        machine.on_load([this] { cable_->drop(); });
        machine.inputs().on_frame([this](EthernetFrame frame) { cable_->send(frame); });
    }
    replayer_.emplace(machine, *options.recording,
                      [this](const auto& difference) { replay_ended(difference); });
}

/// A replay could not do the same.
void RecordedRun::give_up_recording() {
    machine_.visit_borders({});
    machine_.inputs().record({});
    recorder_.reset();
    throw std::runtime_error("no state can be loaded while a run is recorded");
}

void RecordedRun::replay_ended(const std::optional<std::string>& difference) {
    at_end_ = true;
    const auto cut = replayer_->cut_at();
    if (!difference && cut) {
        fmt::print(stderr, "calque: {}: was cut; what is left of it ends at instruction {}\n",
                   options_.replay, cut->instructions);
        if (options_.max_instructions != RunLimits::no_limit) return;
    }
    if (difference) fmt::print(stderr, "calque: the replay is another run: {}\n", *difference);
    machine_.finish({RunEnd::quit, difference ? exit_status::replay_differs : exit_status::success});
}

RunResult RecordedRun::finish(const RunResult& result) {
    if (recorder_) recorder_->finish();
    if (!replayer_ || at_end_) return result;
    const bool stopped_by_host =
        result.end == RunEnd::bound || result.end == RunEnd::interrupted || result.end == RunEnd::quit;
    if (stopped_by_host) return result;
    const auto difference = replayer_->check_end();
    if (!difference) return result;
    fmt::print(stderr, "calque: the replay is another run: {}\n", *difference);
    return {RunEnd::quit, exit_status::replay_differs};
}

}  // namespace calque
