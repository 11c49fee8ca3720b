// Keeps what the guest writes in memory, in front of an image that is only read.
#pragma once

#include "devices/disk_image.hpp"

#include <array>
#include <map>

namespace calque {

class OverlayImage final : public DiskImage {
public:
    using Sector = std::array<std::uint8_t, sector_size>;

    explicit OverlayImage(std::unique_ptr<DiskImage> base)
        : base_(std::move(base)), sector_count_(base_->sector_count()) {}

    std::uint64_t sector_count() const override { return sector_count_; }
    bool read_only() const override { return false; }
    std::error_code read(std::uint64_t sector, std::span<std::uint8_t> bytes) override;
    std::error_code write(std::uint64_t sector, std::span<const std::uint8_t> bytes) override;
    std::error_code flush() override { return {}; }
    std::error_code grow(std::uint64_t sector_count) override;

    /// Of the image below.
    std::uint64_t base_sector_count() const { return base_->sector_count(); }
    /// The sectors that differ from the image below, by number.
    const std::map<std::uint64_t, Sector>& written() const { return written_; }
    /// Makes it what it was when it had so many sectors and these were written.
    void restore(std::uint64_t sector_count, std::map<std::uint64_t, Sector> written) {
        sector_count_ = sector_count;
        written_ = std::move(written);
    }

private:
    std::error_code read_base(std::uint64_t sector, std::span<std::uint8_t> bytes);

    std::unique_ptr<DiskImage> base_;
    std::uint64_t sector_count_;
    std::map<std::uint64_t, Sector> written_;
};

}  // namespace calque
