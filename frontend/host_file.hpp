// An open file descriptor of the host, and output held back until the guest has had its turn.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace calque {

/// Owns a descriptor (or none: -1).
class HostFile {
public:
    HostFile() = default;
    explicit HostFile(int descriptor) : descriptor_(descriptor) {}
    HostFile(HostFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    HostFile& operator=(HostFile&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~HostFile();

    /// Throws UsageError that names the file.
    static HostFile create(const std::string& path);

    int descriptor() const { return descriptor_; }
    bool is_open() const { return descriptor_ >= 0; }
    /// Writes all of it. 0, or errno.
    int write(std::span<const std::uint8_t> bytes) const;

private:
    int descriptor_ = -1;
};

/// Throws UsageError that names `path` unless a file can be made or replaced there. Changes nothing.
void check_can_create(const std::string& path);

/// Bytes on their way to a descriptor that it does not own.
class OutputBuffer {
public:
    explicit OutputBuffer(int descriptor) : descriptor_(descriptor) {}
    void put(std::uint8_t byte);
    /// Writes what was put; what the other end does not take is lost, as on a line that nobody listens to.
    void flush();

private:
    int descriptor_;
    std::vector<std::uint8_t> bytes_;
};

}  // namespace calque
