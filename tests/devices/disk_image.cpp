// Disk images: transfers, what cannot be opened, and hosts that fail.
#include "devices/disk_image_raw.hpp"
#include "disk_image_fixture.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>

using namespace calque;
namespace fs = std::filesystem;

TEST_CASE_FIXTURE(ImageFixture, "disk image: what is written is in the file") {
    const std::string path = file(std::string(2048, 'a'));
    const auto image = open_disk_image(path);
    CHECK(image->sector_count() == 4);
    CHECK_FALSE(image->write(2, sector));
    CHECK_FALSE(image->flush());
    CHECK(content(path) == std::string(1024, 'a') + std::string(512, '\xAA') + std::string(512, 'a'));
    const auto two = read(*image, 1, 2);
    CHECK(two[511] == 'a');
    CHECK(two[512] == 0xAA);
}

TEST_CASE_FIXTURE(ImageFixture, "disk image: transfers past the end fail") {
    const auto image = open_disk_image(file(std::string(1024, 'a')));
    std::vector<std::uint8_t> two(1024);
    CHECK(image->read(1, two) == std::errc::invalid_argument);
    CHECK(image->write(2, sector) == std::errc::invalid_argument);
    CHECK(image->read(~0ULL, two) == std::errc::invalid_argument);
}

TEST_CASE_FIXTURE(ImageFixture, "disk image: a last sector that is not whole is filled up") {
    const std::string path = file(std::string(700, 'a'));
    const auto image = open_disk_image(path);
    CHECK(image->sector_count() == 2);
    CHECK_FALSE(image->read(1, sector));
    CHECK(sector[187] == 'a');
    CHECK(sector[188] == 0);
    CHECK_FALSE(image->write(1, sector));
    CHECK(fs::file_size(path) == 1024);
}

TEST_CASE_FIXTURE(ImageFixture, "disk image: a file cut short while in use is an error") {
    const std::string path = file(std::string(2048, 'a'));
    const auto image = open_disk_image(path);
    fs::resize_file(path, 600);
    CHECK(image->read(3, sector) == std::errc::io_error);
}

TEST_CASE_FIXTURE(ImageFixture, "disk image: read-only and discarded writes leave the file alone") {
    const std::string path = file(std::string(1024, 'a'));
    const auto image = open_disk_image(path, {.read_only = true});
    CHECK(image->read_only());
    CHECK(image->write(0, sector) == std::errc::read_only_file_system);

    const auto overlay = open_disk_image(path, {.discard_writes = true});
    CHECK_FALSE(overlay->read_only());
    CHECK_FALSE(overlay->write(1, sector));
    CHECK(overlay->write(2, sector) == std::errc::invalid_argument);
    const auto two = read(*overlay, 0, 2);
    CHECK(two[511] == 'a');
    CHECK(two[512] == 0xAA);
    CHECK(content(path) == std::string(1024, 'a'));
}

TEST_CASE_FIXTURE(ImageFixture, "disk image: some grow, with zeros") {
    const std::string path = file(std::string(700, 'a'));
    auto overlay = open_disk_image(path, {.discard_writes = true});
    CHECK_FALSE(overlay->grow(4));
    CHECK(write(*overlay, 3, 0xAA));
    const auto seen = read(*overlay, 1, 3);
    CHECK(seen[187] == 'a');
    CHECK(seen[512] == 0);
    CHECK(seen[1024] == 0xAA);
    CHECK(overlay->read(4, sector) == std::errc::invalid_argument);
    CHECK(open_disk_image(path, {.read_only = true})->grow(4) == std::errc::read_only_file_system);
    CHECK(fs::file_size(path) == 700);

    overlay.reset();
    const auto image = open_disk_image(path);
    CHECK_FALSE(image->grow(4));
    CHECK_FALSE(image->grow(2));
    CHECK(image->sector_count() == 4);
    CHECK(read(*image, 3) == std::vector<std::uint8_t>(sector_size));
    CHECK(fs::file_size(path) == 2048);
}

TEST_CASE_FIXTURE(ImageFixture, "disk image: what cannot be used is named in one line") {
    CHECK(refusal("/nonexistent/disk") == "disk image '/nonexistent/disk': No such file or directory");
    CHECK(refusal(folder.string()).ends_with("': is a directory"));
    CHECK(refusal(file("")).ends_with("': is empty"));
    CHECK(refusal("/dev/null").ends_with("': is neither a file nor a disk"));
    CHECK(refusal(file("KDMV" + std::string(600, '\0'))).find("is a VMDK image") != std::string::npos);
}

TEST_CASE_FIXTURE(ImageFixture, "disk image: nobody writes what others use, and readers share") {
    const std::string path = file(std::string(4096, 'x'));
    const std::string in_use = "disk image '" + path + "': is in use by another drive, machine or program";
    const auto refusal_to_read = [&path](const DiskImageOptions& options) -> std::string {
        try {
            open_disk_image(path, options);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "opened";
    };
    {
        const auto writer = open_disk_image(path);
        CHECK(refusal(path) == in_use);
        CHECK(refusal_to_read({.read_only = true}) == in_use);
        CHECK(refusal_to_read({.discard_writes = true}) == in_use);
    }
    {
        const auto reader = open_disk_image(path, {.discard_writes = true});
        CHECK(refusal_to_read({.read_only = true}) == "opened");
        CHECK(refusal(path) == in_use);
    }
    CHECK(refusal(path) == "opened");
}

TEST_CASE("disk image: a full host disk is an error, not a loss") {
    const int full = ::open("/dev/full", O_RDWR);
    REQUIRE(full >= 0);
    RawImage image(ImageFile(full), 1024, false);
    const std::vector<std::uint8_t> sector(sector_size, 1);
    CHECK(image.write(0, sector) == std::errc::no_space_on_device);
}
