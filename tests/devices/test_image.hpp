// A disk image in memory that can be made to fail.
#pragma once

#include "devices/disk_image.hpp"

#include <algorithm>
#include <vector>

namespace calque {

/// What is on the medium outlives the drive, for the test to look at.
struct TestMedium {
    std::vector<std::uint8_t> bytes{};
    std::error_code failure{};
    unsigned flushes = 0;
    bool read_only = false;
};

class TestImage final : public DiskImage {
public:
    explicit TestImage(TestMedium& medium) : medium_(medium) {}
    std::uint64_t sector_count() const override { return medium_.bytes.size() / sector_size; }
    bool read_only() const override { return medium_.read_only; }
    std::error_code read(std::uint64_t sector, std::span<std::uint8_t> bytes) override {
        if (medium_.failure) return medium_.failure;
        std::copy_n(medium_.bytes.begin() + static_cast<std::ptrdiff_t>(sector * sector_size), bytes.size(),
                    bytes.begin());
        return {};
    }
    std::error_code write(std::uint64_t sector, std::span<const std::uint8_t> bytes) override {
        if (medium_.failure) return medium_.failure;
        std::ranges::copy(bytes, medium_.bytes.begin() + static_cast<std::ptrdiff_t>(sector * sector_size));
        return {};
    }
    std::error_code flush() override {
        ++medium_.flushes;
        return medium_.failure;
    }

    std::error_code grow(std::uint64_t sector_count) override {
        if (medium_.failure) return medium_.failure;
        medium_.bytes.resize(sector_count * sector_size);
        return {};
    }

private:
    TestMedium& medium_;
};

}  // namespace calque
