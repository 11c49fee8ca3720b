// Recordings as files: a saved state, and behind it what happened from there on.
#include "machine/field_stream.hpp"
#include "machine/recording.hpp"
#include "machine/saved_state_file.hpp"
#include "machine/state_stream.hpp"

#include <fmt/format.h>

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
    archive("whole", look.whole);
    archive("cpu", look.hash.cpu);
    archive("clock", look.hash.clock);
    archive("ram", look.hash.ram);
    archive("video_memory", look.hash.video_memory);
    archive("devices", look.hash.devices);
}

namespace {

/// All but the start.
struct Course {
    bool plugged = false;
    std::vector<Recording::Input> inputs;
    std::vector<Recording::Look> looks;
};

}  // namespace

template <typename Archive>
void describe(Archive& archive, Course& course) {
    archive("plugged", course.plugged);
    archive("inputs", course.inputs);
    archive("looks", course.looks);
}

void write_recording(const Recording& recording, const std::string& path) {
    write_state_stream(recording_kind, path, recording.start,
                       fields_of(Course{recording.plugged, recording.inputs, recording.looks}));
}

Recording read_recording(const std::string& path) {
    std::vector<std::uint8_t> fields;
    Recording recording;
    recording.start = read_state_stream(recording_kind, path, &fields);
    try {
        Course course = state_of<Course>("its course", fields);
        if (course.looks.empty()) throw std::runtime_error("it has no end");
        recording.plugged = course.plugged;
        recording.inputs = std::move(course.inputs);
        recording.looks = std::move(course.looks);
    } catch (const std::exception& error) {
        throw std::runtime_error(fmt::format("recording '{}': {}", path, error.what()));
    }
    return recording;
}

}  // namespace calque
