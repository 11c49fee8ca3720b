// A raw image: byte n of the file is byte n of the disk.
#pragma once

#include "devices/disk_image.hpp"
#include "devices/disk_image_file.hpp"

namespace calque {

/// A file or a block device. A last sector that the file holds only a part of reads as if zeros followed,
/// and grows the file when written.
class RawImage final : public DiskImage {
public:
    /// The content is `size` bytes from now on.
    RawImage(ImageFile file, std::uint64_t size, bool read_only)
        : file_(std::move(file)), size_(size), read_only_(read_only) {}

    std::uint64_t sector_count() const override { return (size_ + sector_size - 1) / sector_size; }
    bool read_only() const override { return read_only_; }
    std::error_code read(std::uint64_t sector, std::span<std::uint8_t> bytes) override;
    std::error_code write(std::uint64_t sector, std::span<const std::uint8_t> bytes) override;
    std::error_code flush() override;
    std::error_code grow(std::uint64_t sector_count) override;
    std::uint64_t next_data(std::uint64_t sector) override;

private:
    ImageFile file_;
    std::uint64_t size_;
    bool read_only_;
};

}  // namespace calque
