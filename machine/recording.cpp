// Noting and repeating.
#include "machine/recording.hpp"

#include "devices/rate.hpp"
#include "machine/machine.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace calque {

namespace {

RunPlace place_of(Board& board) { return {board.processor().cpu().state.instructions, board.clock().now()}; }

StateHash hash_of(Board& board, bool whole) { return whole ? hash_state(board) : hash_chips(board); }

bool is_plugged(Board& board) {
    const NetworkCard* card = board.chips().network_card();
    return card && card->plugged();
}

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

RunPlace Recording::end() const {
    RunPlace end = looks.back().at;
    if (cut && !inputs.empty()) end = std::max(end, inputs.back().at);
    return end;
}

// The first look is right at the start: a file that is cut early is one of a short run.
Recorder::Recorder(Machine& machine, const std::string& path)
    : machine_(machine),
      file_(path, save_state(machine.board()), is_plugged(machine.board())),
      next_look_(machine.board().processor().cpu().state.instructions) {
    machine_.inputs().record([this](const GuestInput& input) { note(input); });
    machine_.visit_borders([this] { return visit(); });
}

void Recorder::note(const GuestInput& input) {
    piece_.inputs.push_back({place_of(machine_.board()), input});
    piece_bytes_ += input.content.size() + sizeof(input);
    ++inputs_;
}

void Recorder::look(bool whole) {
    piece_.looks.push_back({place_of(machine_.board()), inputs_, whole, hash_of(machine_.board(), whole)});
}

/// Soon, but not a piece for each frame of a busy network.
bool Recorder::is_due() {
    constexpr std::size_t enough = 1 << 16;
    if (!piece_.looks.empty() || piece_bytes_ >= enough) return true;
    if (piece_.inputs.empty()) return false;
    const RunPlace first = piece_.inputs.front().at, now = place_of(machine_.board());
    return now.instructions >= first.instructions + longest_wait || now.time >= first.time + longest_time;
}

/// What the host refuses is told at the end of the run, which it does not disturb.
void Recorder::write() {
    try {
        if (error_.empty()) file_.add(piece_);
    } catch (const std::runtime_error& error) {
        error_ = error.what();
    }
    piece_ = {};
    piece_bytes_ = 0;
}

std::uint64_t Recorder::visit() {
    const std::uint64_t count = machine_.board().processor().cpu().state.instructions;
    if (count >= next_look_) {
        look(count > 0 && next_look_ % whole_interval == 0);
        next_look_ = next_multiple(count, look_interval);
    }
    if (is_due()) write();
    if (piece_.inputs.empty()) return next_look_;
    return std::min(next_look_, piece_.inputs.front().at.instructions + longest_wait);
}

// As at a border: a run may end in the midst of an idle wait.
void Recorder::finish() {
    machine_.board().clock().run_expired();
    look(true);
    piece_.last = true;
    write();
    if (!error_.empty()) throw std::runtime_error(error_);
    file_.finish();
}

Replayer::Replayer(Machine& machine, Recording recording,
                   std::function<void(std::optional<std::string>)> on_end)
    : machine_(machine),
      recording_(std::move(recording)),
      end_(recording_.end()),
      looks_on_the_way_(recording_.looks.size() - !recording_.cut),
      on_end_(std::move(on_end)) {
    machine_.load(recording_.start);
    machine_.inputs().shut();
    machine_.visit_borders([this] { return visit(); });
}

RunPlace Replayer::here() { return place_of(machine_.board()); }

std::optional<RunPlace> Replayer::cut_at() const {
    return recording_.cut ? std::optional(end_) : std::nullopt;
}

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

bool Replayer::is_look_due(const RunPlace& place) const {
    return next_look_ < looks_on_the_way_ && recording_.looks[next_look_].at <= place &&
           recording_.looks[next_look_].inputs <= next_input_;
}

std::optional<std::string> Replayer::replay_input(const RunPlace& place) {
    const Recording::Input& next = recording_.inputs[next_input_];
    if (next.at != place)
        return fmt::format("input {} was due at instruction {}, {} ns, and the machine is at {}, {} ns",
                           next_input_, next.at.instructions, next.at.time, place.instructions, place.time);
    machine_.inputs().replay(next.input);
    ++next_input_;
    return std::nullopt;
}

/// All that is due here, in the order in which it was.
std::optional<std::string> Replayer::advance() {
    const RunPlace place = here();
    for (;;) {
        std::optional<std::string> line;
        if (is_look_due(place))
            line = check(recording_.looks[next_look_++]);
        else if (next_input_ < recording_.inputs.size() && recording_.inputs[next_input_].at <= place)
            line = replay_input(place);
        else
            return std::nullopt;
        if (line) return line;
    }
}

std::uint64_t Replayer::visit() {
    if (over_) return RunLimits::no_limit;
    auto line = advance();
    if (line || here() >= end_) {
        over_ = true;
        if (!line && !recording_.cut) line = check_end();
        on_end_(std::move(line));
        return RunLimits::no_limit;
    }
    std::uint64_t next = end_.instructions;
    if (next_look_ < looks_on_the_way_) next = std::min(next, recording_.looks[next_look_].at.instructions);
    if (next_input_ < recording_.inputs.size())
        next = std::min(next, recording_.inputs[next_input_].at.instructions);
    return next;
}

std::optional<std::string> Replayer::check_end() {
    machine_.board().clock().run_expired();
    if (next_input_ < recording_.inputs.size())
        return fmt::format("the machine has ended before input {} of {}", next_input_,
                           recording_.inputs.size());
    if (recording_.cut && here() < end_)
        return fmt::format("the machine has ended at instruction {}, and had gone on to {}",
                           here().instructions, end_.instructions);
    if (recording_.cut) return std::nullopt;
    return check(recording_.looks.back());
}

}  // namespace calque
