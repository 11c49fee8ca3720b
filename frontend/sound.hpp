// Where what the machine plays goes.
#pragma once

#include "frontend/sound_ring.hpp"
#include "frontend/wave_file.hpp"
#include "machine/machine.hpp"
#include "machine/sound_output.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace calque {

/// A sound device of the host that takes what waits in a ring for as long as it lives.
class SoundDevice {
public:
    virtual ~SoundDevice() = default;
};

/// "sdl" where the build has it, "file:F", and "none".
std::vector<std::string> sound_names();

/// Throws UsageError unless `text` is one of sound_names().
void check_sound(const std::string& text);

/// nullptr, and a line on standard error, if there is none: a machine runs without.
std::unique_ptr<SoundDevice> open_sound_device(SoundRing& ring, std::int64_t hertz);

/// A machine's sound on its way to a device or into a file.
class Sound {
public:
    /// `where` is one that check_sound() takes. Throws UsageError if a file cannot be made.
    Sound(const std::string& where, Machine& machine);

    /// The run is over: a file gets the rest.
    void finish();

private:
    void listen(Chips& chips);
    void write(std::int64_t first, std::span<const std::int16_t> samples);

    Clock& clock_;
    std::int64_t first_frame_ = 0;    ///< of guest time, when it began to listen
    std::int64_t frames_before_ = 0;  ///< in the file, of states that are no longer in force
    std::int64_t written_until_ = 0;  ///< in the file
    SoundRing ring_;
    std::optional<WaveFile> file_;
    std::unique_ptr<SoundDevice> device_;
    std::optional<SoundOutput> output_;
};

/// The file that `where` names, if any.
std::string sound_file(const std::string& where);

}  // namespace calque
