// A raw image: byte n of the file is byte n of the disk.
#pragma once

#include "devices/disk_image.hpp"

namespace calque {

/// Owns an open file (or block device). A last sector that the file holds only a part of reads as if
/// zeros followed, and grows the file when written.
class RawImage final : public DiskImage {
public:
    /// Takes over `descriptor`, whose content is `size` bytes.
    RawImage(int descriptor, std::uint64_t size, bool read_only);
    ~RawImage() override;
    RawImage(const RawImage&) = delete;
    RawImage& operator=(const RawImage&) = delete;

    std::uint64_t sector_count() const override { return (size_ + sector_size - 1) / sector_size; }
    bool read_only() const override { return read_only_; }
    std::error_code read(std::uint64_t sector, std::span<std::uint8_t> bytes) override;
    std::error_code write(std::uint64_t sector, std::span<const std::uint8_t> bytes) override;
    std::error_code flush() override;

private:
    int descriptor_;
    std::uint64_t size_;
    bool read_only_;
};

}  // namespace calque
