// Recordings as files: a saved state, and behind it, piece by piece, what happened from there on.
#include "machine/field_stream.hpp"
#include "machine/recording.hpp"
#include "machine/saved_state_file.hpp"
#include "machine/state_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace calque {

template <typename Archive>
void describe(Archive& archive, RunPlace& place) {
    archive("instructions", place.instructions);
    archive("time", place.time);
}

template <typename Archive>
void describe(Archive& archive, Recording::Input& input) {
    archive("at", input.at);
    archive("input", input.input);
}

template <typename Archive>
void describe(Archive& archive, std::pair<std::string, std::uint64_t>& device) {
    archive("name", device.first);
    archive("hash", device.second);
}

template <typename Archive>
void describe(Archive& archive, Recording::Look& look) {
    archive("at", look.at);
    archive("inputs", look.inputs);
    archive("whole", look.whole);
    archive("cpu", look.hash.cpu);
    archive("clock", look.hash.clock);
    archive("ram", look.hash.ram);
    archive("video_memory", look.hash.video_memory);
    archive("devices", look.hash.devices);
}

template <typename Archive>
void describe(Archive& archive, Recording::Piece& piece) {
    archive("inputs", piece.inputs);
    archive("looks", piece.looks);
    archive("last", piece.last);
}

RecordingFile::RecordingFile(const std::string& path, const SavedState& start, bool plugged) {
    write_state_stream(recording_kind, path, start, fields_of(plugged));
    pieces_.emplace(recording_kind, path);
}

void RecordingFile::add(const Recording::Piece& piece) { pieces_->append(fields_of(piece)); }

void RecordingFile::finish() { pieces_->finish(); }

namespace {

void append(Recording& to, Recording::Piece piece) {
    if (!to.cut) throw std::runtime_error("is damaged: it goes on behind its end");
    std::ranges::move(piece.inputs, std::back_inserter(to.inputs));
    std::ranges::move(piece.looks, std::back_inserter(to.looks));
    to.cut = !piece.last;
}

}  // namespace

Recording read_recording(const std::string& path) {
    StateTail tail;
    Recording recording;
    recording.start = read_state_stream(recording_kind, path, &tail);
    recording.cut = true;
    try {
        recording.plugged = state_of<bool>("its head", tail.more);
        for (const auto& fields : tail.pieces)
            append(recording, state_of<Recording::Piece>("its course", fields));
        if (recording.looks.empty()) throw std::runtime_error("it was cut before the run began");
    } catch (const std::exception& error) {
        throw std::runtime_error(fmt::format("recording '{}': {}", path, error.what()));
    }
    return recording;
}

}  // namespace calque
