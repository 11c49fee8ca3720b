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
    output_.emplace(clock_, machine.board().chips().sound_sources(),
                    [this](std::int64_t first, std::span<const std::int16_t> samples) {
                        if (file_)
                            file_->add(first, samples);
                        else
                            ring_.push(samples);
                    });
}

void Sound::finish() {
    if (!file_) return;
    output_->flush();
    file_->fill_until(ticks_at(clock_.now(), SoundOutput::hertz));
}

}  // namespace calque
