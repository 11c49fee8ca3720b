// Sound written down as a RIFF WAVE file.
#pragma once

#include "frontend/host_file.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace calque {

/// 16 bits, stereo. The file is whole after each call, so that it can be listened to while it grows. A host
/// whose disk is full, and a file that reached the format's 4 GiB, get one line on standard error; the sound
/// ends there and the run goes on.
class WaveFile {
public:
    /// Throws UsageError that names the file.
    WaveFile(const std::string& path, std::uint32_t hertz);

    /// Frames from number `first` on, left before right; those left out are silent.
    void add(std::int64_t first, std::span<const std::int16_t> samples);
    /// Silence up to frame `end`.
    void fill_until(std::int64_t end);

private:
    void append(std::span<const std::int16_t> samples);
    bool write_at(std::uint64_t offset, std::span<const std::uint8_t> bytes);
    void write_header();

    std::string path_;
    std::uint32_t hertz_;
    HostFile file_;
    std::int64_t frames_ = 0;
};

}  // namespace calque
