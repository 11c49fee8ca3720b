// Where what the machine plays goes.
#include "frontend/sound.hpp"

#include "devices/rate.hpp"
#include "frontend/usage_error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace calque {

namespace {

constexpr std::string_view file_prefix = "file:";

}  // namespace

std::string sound_file(const std::string& where) {
    return where.starts_with(file_prefix) ? where.substr(file_prefix.size()) : "";
}

void check_sound(const std::string& text) {
    const auto names = sound_names();
    if (!sound_file(text).empty()) return;
    if (std::ranges::find(names, text) == names.end() || text.starts_with(file_prefix))
        throw UsageError(
            fmt::format("\"{}\" is not a sound output of this build ({})", text, fmt::join(names, ", ")));
}

Sound::Sound(const std::string& where, Machine& machine) : clock_(machine.board().clock()) {
    const std::string path = sound_file(where);
    if (!path.empty())
        file_.emplace(path, SoundOutput::hertz);
    else if (where != "none")
        device_ = open_sound_device(ring_, SoundOutput::hertz);
    if (!file_ && !device_) return;
    listen(machine.board().chips());
    machine.on_load([this, &machine] {
        output_.reset();
        frames_before_ = written_until_;
        listen(machine.board().chips());
    });
}

/// To what is played from now on.
void Sound::listen(Chips& chips) {
    first_frame_ = ticks_at(clock_.now(), SoundOutput::hertz);
    output_.emplace(clock_, chips.sound_sources(),
                    [this](std::int64_t first, std::span<const std::int16_t> samples) {
                        if (file_)
                            write(frames_before_ + first - first_frame_, samples);
                        else
                            ring_.push(samples);
                    });
}

void Sound::write(std::int64_t first, std::span<const std::int16_t> samples) {
    file_->add(first, samples);
    written_until_ = first + static_cast<std::int64_t>(samples.size() / 2);
}

void Sound::finish() {
    if (!file_) return;
    output_->flush();
    file_->fill_until(frames_before_ + ticks_at(clock_.now(), SoundOutput::hertz) - first_frame_);
}

}  // namespace calque
