// Geometries: by size, by partition table, and tables that fit no geometry.
#include "devices/disk_geometry.hpp"

#include "test_image.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

using namespace calque;

namespace {

/// Only the first sector can be looked at.
class LargeImage final : public DiskImage {
public:
    explicit LargeImage(std::uint64_t sectors) : sectors_(sectors), table_(sector_size) {}
    std::uint64_t sector_count() const override { return sectors_; }
    bool read_only() const override { return true; }
    std::error_code read(std::uint64_t sector, std::span<std::uint8_t> bytes) override {
        if (sector != 0) return make_error_code(std::errc::io_error);
        std::ranges::copy(table_, bytes.begin());
        return {};
    }
    std::error_code write(std::uint64_t, std::span<const std::uint8_t>) override {
        return make_error_code(std::errc::read_only_file_system);
    }
    std::error_code flush() override { return {}; }

    LargeImage& partition(std::initializer_list<std::uint8_t> entry, unsigned number = 0) {
        std::ranges::copy(entry, table_.begin() + 0x1BE + 16 * number);
        table_[0x1FE] = 0x55;
        table_[0x1FF] = 0xAA;
        return *this;
    }

private:
    std::uint64_t sectors_;
    std::vector<std::uint8_t> table_;
};

DiskGeometries of_size(std::uint64_t sectors) {
    LargeImage image(sectors);
    return disk_geometries(image);
}

}  // namespace

TEST_CASE("disk geometry: small disks are taken as they are, larger ones with more heads") {
    CHECK(of_size(200).drive == DiskGeometry{1, 16, 63});
    CHECK(of_size(1008 * 1000).drive == DiskGeometry{1000, 16, 63});
    CHECK_FALSE(of_size(1008 * 1024).translated());
    CHECK(of_size(1008 * 2000).drive == DiskGeometry{2000, 16, 63});
    CHECK(of_size(1008 * 2000).bios == DiskGeometry{1000, 32, 63});
    CHECK(of_size(4 << 20).bios == DiskGeometry{520, 128, 63});
    CHECK(of_size(1ULL << 32).drive == DiskGeometry{16383, 16, 63});
    CHECK(of_size(1ULL << 32).bios == DiskGeometry{1024, 255, 63});
}

TEST_CASE("disk geometry: a partition table tells the geometry with which it was made") {
    LargeImage old(615 * 4 * 17);  // a 20 MB disk of an XT, one partition from the second track on
    old.partition({0x80, 1, 1, 0, 1, 3, 0x11 | 0x80, 614 & 0xFF, 17, 0, 0, 0, 0x4B, 0xA3, 0, 0});
    CHECK(disk_geometries(old).drive == DiskGeometry{615, 4, 17});
    CHECK_FALSE(disk_geometries(old).translated());

    LargeImage assisted(2'000'000);  // cylinders 0 to 123 of 255 heads
    assisted.partition({0, 1, 1, 0, 6, 254, 63, 123, 63, 0, 0, 0, 0x3D, 0x65, 0x1E, 0}, 2);
    CHECK(disk_geometries(assisted).bios == DiskGeometry{124, 255, 63});
    CHECK(disk_geometries(assisted).drive == DiskGeometry{1984, 16, 63});
}

TEST_CASE("disk geometry: of new tables 255 heads are believed if both ends agree") {
    // Sector 2048 is 0/32/33, sector 4194303 is 261/21/16.
    LargeImage image(4 << 20);
    image.partition({0, 32, 33, 0, 0x83, 21, 16 | 0x40, 5, 0, 8, 0, 0, 0, 0xF8, 0x3F, 0});
    CHECK(disk_geometries(image).bios == DiskGeometry{261, 255, 63});
    LargeImage beyond(64 << 20);  // what has no address is 1023/254/63
    beyond.partition({0, 32, 33, 0, 0x83, 254, 0xFF, 0xFF, 0, 8, 0, 0, 0, 0xF8, 0xFF, 3});
    CHECK(disk_geometries(beyond).bios == DiskGeometry{1024, 255, 63});
}

TEST_CASE("disk geometry: tables that fit nothing, and none at all, do not count") {
    LargeImage odd(1008 * 1000);
    odd.partition({0, 1, 1, 0, 6, 99, 63, 10, 5, 0, 0, 0, 5, 0, 0, 0});
    CHECK(disk_geometries(odd).drive == DiskGeometry{1000, 16, 63});
    TestMedium medium{.bytes = std::vector<std::uint8_t>(1008 * sector_size)};
    medium.failure = make_error_code(std::errc::io_error);
    TestImage failing(medium);
    CHECK(disk_geometries(failing).drive == DiskGeometry{1, 16, 63});
}
