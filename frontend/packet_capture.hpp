// Frames written down in the format of libpcap's files.
#pragma once

#include "devices/ethernet.hpp"
#include "frontend/host_file.hpp"

#include <cstdint>
#include <string>

namespace calque {

/// Each frame is in the file once it was added, so that a capture can be watched while it grows. A host whose
/// disk is full gets one line on standard error; the capture ends there and the run goes on.
class PacketCapture {
public:
    /// `start` is the date at guest time 0, in seconds since 1970. Throws UsageError that names the file.
    PacketCapture(const std::string& path, std::int64_t start);

    /// `time` is the guest's.
    void add(EthernetFrame frame, Nanoseconds time);

private:
    void write_all(std::span<const std::uint8_t> bytes);

    std::string path_;
    std::int64_t start_;
    HostFile file_;
};

}  // namespace calque
