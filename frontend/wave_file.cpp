// Sound written down as a RIFF WAVE file.
#include "frontend/wave_file.hpp"

#include "devices/bits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace calque {

namespace {

constexpr std::uint32_t header_size = 44, bytes_a_frame = 4;
constexpr std::int64_t most_frames = (0xFFFF'FFFF - header_size) / bytes_a_frame;

using Header = std::array<std::uint8_t, header_size>;

Header make_header(std::uint32_t hertz, std::uint32_t data_size) {
    constexpr std::uint32_t format_size = 16, pcm = 1, channels = 2, bits = 16;
    Header header{};
    const auto name = [&](std::size_t at, std::string_view text) {
        std::ranges::copy(text, header.begin() + static_cast<std::ptrdiff_t>(at));
    };
    const auto number = [&](std::size_t at, std::uint32_t value, unsigned size) {
        store_little_endian(header, at, value, size);
    };
    name(0, "RIFF");
    number(4, header_size - 8 + data_size, 4);
    name(8, "WAVEfmt ");
    number(16, format_size, 4);
    number(20, pcm, 2);
    number(22, channels, 2);
    number(24, hertz, 4);
    number(28, hertz * bytes_a_frame, 4);
    number(32, bytes_a_frame, 2);
    number(34, bits, 2);
    name(36, "data");
    number(40, data_size, 4);
    return header;
}

}  // namespace

WaveFile::WaveFile(const std::string& path, std::uint32_t hertz)
    : path_(path), hertz_(hertz), file_(HostFile::create(path)) {
    write_header();
}

void WaveFile::write_header() {
    write_at(0, make_header(hertz_, static_cast<std::uint32_t>(frames_) * bytes_a_frame));
}

void WaveFile::add(std::int64_t first, std::span<const std::int16_t> samples) {
    fill_until(first);
    append(samples);
}

void WaveFile::fill_until(std::int64_t end) {
    constexpr std::int64_t piece = 48'000;
    const std::vector<std::int16_t> silence(2 * piece);
    while (file_.is_open() && frames_ < end)
        append(std::span(silence).first(static_cast<std::size_t>(2 * std::min(piece, end - frames_))));
}

void WaveFile::append(std::span<const std::int16_t> samples) {
    if (!file_.is_open()) return;
    const auto frames = static_cast<std::int64_t>(samples.size() / 2);
    if (frames_ + frames > most_frames) {
        fmt::print(stderr, "calque: {}: the file cannot grow beyond 4 GiB; the sound ends here\n", path_);
        file_ = HostFile();
        return;
    }
    std::vector<std::uint8_t> bytes(samples.size() * sizeof(std::int16_t));
    for (std::size_t i = 0; i < samples.size(); ++i)
        store_little_endian(bytes, 2 * i, static_cast<std::uint16_t>(samples[i]), 2);
    if (!write_at(header_size + static_cast<std::uint64_t>(frames_) * bytes_a_frame, bytes)) return;
    frames_ += frames;
    write_header();
}

bool WaveFile::write_at(std::uint64_t offset, std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const ssize_t count =
            pwrite(file_.descriptor(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            fmt::print(stderr, "calque: {}: {}; the sound ends here\n", path_, std::strerror(errno));
            file_ = HostFile();
            return false;
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    return true;
}

}  // namespace calque
