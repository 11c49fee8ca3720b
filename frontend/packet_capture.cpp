// Frames written down in the format of libpcap's files (its manual page pcap-savefile).
#include "frontend/packet_capture.hpp"

#include "devices/rate.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <unistd.h>
#include <vector>

namespace calque {

namespace {

using Bytes = std::vector<std::uint8_t>;

/// Numbers in the host's order: who reads the file tells by the magic number.
template <typename T>
void append(Bytes& bytes, std::initializer_list<T> numbers) {
    for (const T number : numbers) {
        const auto* start = reinterpret_cast<const std::uint8_t*>(&number);
        bytes.insert(bytes.end(), start, start + sizeof number);
    }
}

Bytes file_header() {
    constexpr std::uint32_t magic = 0xA1B2'C3D4, snapshot_length = 65'535, link_type_ethernet = 1;
    Bytes bytes;
    append<std::uint32_t>(bytes, {magic});
    append<std::uint16_t>(bytes, {2, 4});  // version
    append<std::uint32_t>(bytes, {0, 0, snapshot_length, link_type_ethernet});
    return bytes;
}

}  // namespace

PacketCapture::PacketCapture(const std::string& path, std::int64_t start)
    : path_(path), start_(start), file_(HostFile::create(path)) {
    write_all(file_header());
}

void PacketCapture::add(EthernetFrame frame, Nanoseconds time) {
    if (!file_.is_open()) return;
    const std::int64_t seconds = start_ + floor_divide(time, nanoseconds_per_second);
    const std::int64_t rest = floor_modulo(time, nanoseconds_per_second);
    const auto size = static_cast<std::uint32_t>(frame.size());
    Bytes bytes;
    append<std::uint32_t>(
        bytes, {static_cast<std::uint32_t>(seconds), static_cast<std::uint32_t>(rest / 1000), size, size});
    bytes.insert(bytes.end(), frame.begin(), frame.end());
    write_all(bytes);
}

void PacketCapture::write_all(std::span<const std::uint8_t> bytes) {
    const int error = file_.write(bytes);
    if (error == 0) return;
    fmt::print(stderr, "calque: {}: {}; the capture ends here\n", path_, std::strerror(error));
    file_ = HostFile();
}

}  // namespace calque
