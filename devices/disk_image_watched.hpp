// Tells the user, in a line, when the host refuses to read or write an image.
#pragma once

#include "devices/disk_image.hpp"

#include <array>
#include <functional>

namespace calque {

/// Passes everything on to an image. A failure of the host is told once for each kind of access, however
/// often the guest tries again; what the guest itself does wrong is not told.
class WatchedImage final : public DiskImage {
public:
    using Tell = std::function<void(const std::string& line)>;

    /// `name` is how the user called the image.
    WatchedImage(std::unique_ptr<DiskImage> image, std::string name, Tell tell)
        : image_(std::move(image)), name_(std::move(name)), tell_(std::move(tell)) {}

    std::uint64_t sector_count() const override { return image_->sector_count(); }
    bool read_only() const override { return image_->read_only(); }
    std::error_code read(std::uint64_t sector, std::span<std::uint8_t> bytes) override;
    std::error_code write(std::uint64_t sector, std::span<const std::uint8_t> bytes) override;
    std::error_code flush() override;
    std::error_code grow(std::uint64_t sector_count) override;
    std::uint64_t next_data(std::uint64_t sector) override { return image_->next_data(sector); }

private:
    enum Access : std::uint8_t { reading, writing, flushing };

    std::error_code watched(Access access, std::error_code error);

    std::unique_ptr<DiskImage> image_;
    std::string name_;
    Tell tell_;
    std::array<bool, 3> told_{};
};

}  // namespace calque
