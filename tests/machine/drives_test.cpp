// Drives by name: what may be changed, what may not, and files that may not be written.
#include "machine/drives.hpp"

#include "tests/devices/disk_image_fixture.hpp"
#include "tests/machine/small_machine.hpp"

#include <doctest/doctest.h>

using namespace calque;
using namespace calque::test;

namespace {

constexpr auto respect_lock = Drives::Tray::respect_lock;

/// Files are opened with the rights of somebody who is not root.
class AsNobody {
public:
    AsNobody() : changed_(::geteuid() == 0 && ::seteuid(65534) == 0) {}
    AsNobody(const AsNobody&) = delete;
    AsNobody& operator=(const AsNobody&) = delete;
    ~AsNobody() {
        if (changed_ && ::seteuid(0) != 0) std::abort();
    }

private:
    bool changed_;
};

struct DrivesFixture : ImageFixture {
    SmallFirmware firmware{{0xF4}};
    MachineConfig config = firmware.config();

    DrivesFixture() {
        config.drives[2].cdrom = true;
        config.floppies[0] = "";
        for (const std::string& path : {config.firmware, config.vga_firmware})
            std::filesystem::permissions(path, std::filesystem::perms{0444});
    }
    std::string protected_file(std::size_t size, const char* name) const {
        const std::string path = file(std::string(size, 'x'), name);
        std::filesystem::permissions(path, std::filesystem::perms{0444});
        return path;
    }
    static bool refuses(Board& board, const char* drive) {
        try {
            board.drives().eject(drive, respect_lock);
        } catch (const std::runtime_error&) {
            return true;
        }
        return false;
    }
};

}  // namespace

TEST_CASE_FIXTURE(DrivesFixture, "drives: those with removable media have names") {
    config.drives[0].path = file(std::string(1 << 20, 'x'), "disk.img");
    Board board(config);
    for (const char* drive : {"fda", "cdrom", "hdc"}) CHECK_FALSE(refuses(board, drive));
    for (const char* drive : {"fdb", "hda", "hdb", "hdd", "dvd", ""}) CHECK(refuses(board, drive));

    board.drives().change("fda", file(std::string(1'474'560, 'x'), "floppy.img"), respect_lock);
    CHECK(board.chips().fdc.has_disk(0));
    CHECK_THROWS_WITH_AS(board.drives().change("fda", config.drives[0].path, respect_lock),
                         doctest::Contains("is in use"), std::runtime_error);
    CHECK_THROWS_WITH_AS(
        board.drives().change("fda", file(std::string(1 << 20, 'x'), "other.img"), respect_lock),
        doctest::Contains("does not fit"), std::runtime_error);
    CHECK(board.chips().fdc.has_disk(0));
    const std::string same = (folder / "." / "floppy.img").string();
    CHECK_NOTHROW(board.drives().change("fda", same, respect_lock));  // out and in again
    CHECK(board.chips().fdc.has_disk(0));
    board.drives().eject("fda", respect_lock);
    CHECK_FALSE(board.chips().fdc.has_disk(0));
}

TEST_CASE_FIXTURE(DrivesFixture, "drives: CDs and floppy disks need not be writable") {
    config.floppies[0] = protected_file(1'474'560, "floppy.img");
    config.drives[2].path = protected_file(1 << 20, "cd.iso");
    const std::string disk = protected_file(1 << 20, "disk.img");
    const AsNobody nobody;
    CHECK_NOTHROW(Board{config});
    config.drives[0].path = disk;
    CHECK_THROWS_WITH_AS(Board{config}, doctest::Contains("Permission denied"), std::runtime_error);
    config.read_only = true;
    CHECK_NOTHROW(Board{config});
}
