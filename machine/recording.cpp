// Noting and repeating.
#include "machine/recording.hpp"

#include "machine/machine.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace calque {

namespace {

RunPlace place_of(Board& board) { return {board.processor().cpu().state.instructions, board.clock().now()}; }

std::uint64_t next_multiple(std::uint64_t value, std::uint64_t interval) {
    return (value / interval + 1) * interval;
}

StateHash hash_of(Board& board, bool whole) { return whole ? hash_state(board) : hash_chips(board); }

std::vector<std::string> differing_parts(const StateHash& was, const StateHash& is) {
    std::vector<std::string> parts;
    const auto compare = [&](const std::string& name, std::uint64_t a, std::uint64_t b) {
        if (a != b) parts.push_back(name);
    };
    compare("processor", was.cpu, is.cpu);
    compare("clock", was.clock, is.clock);
    compare("RAM", was.ram, is.ram);
    compare("video memory", was.video_memory, is.video_memory);
    for (std::size_t i = 0; i < std::min(was.devices.size(), is.devices.size()); ++i)
        compare(is.devices[i].first, was.devices[i].second, is.devices[i].second);
    return parts;
}

}  // namespace

Recorder::Recorder(Machine& machine)
    : machine_(machine),
      next_look_(next_multiple(machine.board().processor().cpu().state.instructions, look_interval)) {
    Board& board = machine_.board();
    NetworkCard* card = board.chips().network_card();
    recording_.start = save_state(board);
    recording_.plugged = card && card->plugged();
    machine_.inputs().record([this](const GuestInput& input) {
        recording_.inputs.push_back({place_of(machine_.board()), input});
    });
    machine_.visit_borders([this] { return visit(); });
}

void Recorder::look(bool whole) {
    recording_.looks.push_back({place_of(machine_.board()), whole, hash_of(machine_.board(), whole)});
}

std::uint64_t Recorder::visit() {
    const std::uint64_t count = machine_.board().processor().cpu().state.instructions;
    if (count < next_look_) return next_look_;
    look(next_look_ % whole_interval == 0);
    return next_look_ = next_multiple(count, look_interval);
}

// As at a border: a run may end in the midst of an idle wait.
const Recording& Recorder::finish() {
    machine_.board().clock().run_expired();
    look(true);
    return recording_;
}

Replayer::Replayer(Machine& machine, Recording recording,
                   std::function<void(std::optional<std::string>)> on_end)
    : machine_(machine), recording_(std::move(recording)), on_end_(std::move(on_end)) {
    machine_.load(recording_.start);
    machine_.inputs().shut();
    machine_.visit_borders([this] { return visit(); });
}

RunPlace Replayer::here() { return place_of(machine_.board()); }

std::optional<std::string> Replayer::check(const Recording::Look& look) {
    const RunPlace place = here();
    if (place != look.at)
        return fmt::format("at instruction {} guest time is {} ns, and was {} ns at instruction {}",
                           place.instructions, place.time, look.at.time, look.at.instructions);
    const auto parts = differing_parts(look.hash, hash_of(machine_.board(), look.whole));
    if (parts.empty()) return std::nullopt;
    return fmt::format("at instruction {} these are not what they were: {}", place.instructions,
                       fmt::join(parts, ", "));
}

/// All that is due here.
std::optional<std::string> Replayer::advance() {
    const RunPlace place = here();
    while (next_input_ < recording_.inputs.size() && recording_.inputs[next_input_].at <= place) {
        const Recording::Input& next = recording_.inputs[next_input_];
        if (next.at != place)
            return fmt::format("input {} was due at instruction {}, {} ns, and the machine is at {}, {} ns",
                               next_input_, next.at.instructions, next.at.time, place.instructions,
                               place.time);
        machine_.inputs().replay(next.input);
        ++next_input_;
    }
    while (next_look_ + 1 < recording_.looks.size() && recording_.looks[next_look_].at <= place) {
        if (auto line = check(recording_.looks[next_look_])) return line;
        ++next_look_;
    }
    return std::nullopt;
}

std::uint64_t Replayer::visit() {
    const std::uint64_t end = recording_.looks.back().at.instructions;
    if (over_) return end;
    auto line = advance();
    if (line || here() >= recording_.looks.back().at) {
        over_ = true;
        if (!line) line = check_end();
        on_end_(std::move(line));
        return end;
    }
    std::uint64_t next = recording_.looks[next_look_].at.instructions;
    if (next_input_ < recording_.inputs.size())
        next = std::min(next, recording_.inputs[next_input_].at.instructions);
    return next;
}

std::optional<std::string> Replayer::check_end() {
    machine_.board().clock().run_expired();
    if (next_input_ < recording_.inputs.size())
        return fmt::format("the machine has ended before input {} of {}", next_input_,
                           recording_.inputs.size());
    return check(recording_.looks.back());
}

}  // namespace calque
