// New images and copies: what takes room, what is refused, and that nothing half made is left.
#include "devices/disk_image_create.hpp"

#include "devices/disk_image_info.hpp"
#include "devices/disk_image_watched.hpp"
#include "disk_image_fixture.hpp"
#include "test_image.hpp"

#include <doctest/doctest.h>

using namespace calque;
namespace fs = std::filesystem;

namespace {

struct NewFixture : ImageFixture {
    std::string path = (folder / "new.img").string();

    NewDiskImage qcow2(std::uint64_t size = 0) const {
        return {.path = path, .format = DiskImageFormat::qcow2, .size = size};
    }
    void convert(DiskImage& from, const NewDiskImage& to) const {
        convert_disk_image(from, to, [](double) {});
    }
};

}  // namespace

TEST_CASE_FIXTURE(NewFixture, "new image: next_data skips what is not there") {
    create_disk_image(qcow2(3ULL << 40));
    auto image = open_disk_image(path);
    CHECK(image->next_data(0) == image->sector_count());
    const std::uint64_t far = (2ULL << 40) / sector_size + 5;
    REQUIRE(write(*image, far, 1));
    CHECK(image->next_data(0) == far / 128 * 128);
    CHECK(image->next_data(far) == far);
    CHECK(image->next_data(far + 128) == image->sector_count());

    CHECK_THROWS_WITH_AS(create_disk_image({.path = path, .size = 1 << 20}), doctest::Contains("is in use"),
                         std::runtime_error);
    image.reset();
    create_disk_image({.path = path, .size = 1 << 20});
    image = open_disk_image(path);
    CHECK(image->next_data(7) == image->sector_count());
    REQUIRE(write(*image, 1000, 1));
    CHECK(image->next_data(0) <= 1000);
    CHECK(image->next_data(0) >= 1000 / 8 * 8 - 256);
}

TEST_CASE_FIXTURE(NewFixture, "new image: next_data looks into the backing image, but not below zeros") {
    const std::string base = (folder / "base.img").string();
    create_disk_image({.path = base, .size = 1 << 20});
    REQUIRE(write(*open_disk_image(base), 1024, 1));
    NewDiskImage over = qcow2(4 << 20);
    over.backing_file = "base.img";
    create_disk_image(over);
    const auto image = open_disk_image(path);
    CHECK(image->next_data(0) == 1024);
    CHECK(image->next_data(1032) == image->sector_count());
    CHECK(inspect_disk_image(path).backing_format == "raw");
}

TEST_CASE_FIXTURE(NewFixture, "new image: a copy holds what is not zeros") {
    TestMedium medium{.bytes = std::vector<std::uint8_t>(5 << 20)};
    for (const std::size_t at : {0UL, 70'000UL, (1UL << 20) - 1, (5UL << 20) - 1}) medium.bytes[at] = 7;
    TestImage from(medium);
    for (const DiskImageFormat format : {DiskImageFormat::qcow2, DiskImageFormat::raw}) {
        convert(from, {.path = path, .format = format});
        const auto copy = open_disk_image(path);
        CHECK(read(*copy, 0, copy->sector_count()) == medium.bytes);
        CHECK(inspect_disk_image(path).actual_size < 1 << 20);
        CHECK(inspect_disk_image(path).format == format);
    }
}

TEST_CASE_FIXTURE(NewFixture, "new image: a source that fails leaves what was there") {
    file("precious", "new.img");
    TestMedium medium{.bytes = std::vector<std::uint8_t>(1 << 20, 1)};
    medium.failure = make_error_code(std::errc::io_error);
    TestImage from(medium);
    CHECK_THROWS_WITH_AS(convert(from, qcow2()), doctest::Contains("cannot be read: Input/output error"),
                         std::runtime_error);
    CHECK(content(path) == "precious");
    CHECK(std::distance(fs::directory_iterator(folder), fs::directory_iterator{}) == 1);
}

TEST_CASE_FIXTURE(NewFixture, "new image: a copy through a link replaces what the link names") {
    file(std::string(512, 'a'), "target.img");
    fs::create_symlink("target.img", path);
    create_disk_image(qcow2(1 << 20));
    CHECK(fs::is_symlink(path));
    CHECK(inspect_disk_image((folder / "target.img").string()).format == DiskImageFormat::qcow2);
}

TEST_CASE("watched image: the host's failures are told once a kind, the guest's never") {
    TestMedium medium{.bytes = std::vector<std::uint8_t>(4 * sector_size)};
    std::vector<std::string> lines;
    WatchedImage image(std::make_unique<TestImage>(medium), "d.img",
                       [&lines](const std::string& line) { lines.push_back(line); });
    std::vector<std::uint8_t> sector(sector_size);
    medium.failure = make_error_code(std::errc::read_only_file_system);
    CHECK(image.write(0, sector) == std::errc::read_only_file_system);
    CHECK(lines.empty());
    medium.failure = make_error_code(std::errc::no_space_on_device);
    for (unsigned i = 0; i < 3; ++i) CHECK(image.write(0, sector) == std::errc::no_space_on_device);
    CHECK(lines == std::vector<std::string>{
                       "disk image 'd.img' cannot be written: No space left on device (the guest is told)"});
    medium.failure = make_error_code(std::errc::io_error);
    CHECK(image.read(0, sector) == std::errc::io_error);
    CHECK(image.flush() == std::errc::io_error);
    CHECK(image.flush() == std::errc::io_error);
    CHECK(lines.size() == 3);
    CHECK(lines[2].find("flushed") != std::string::npos);
}
