// The drives that the user asked for, with their images.
#include "machine/drives.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace calque {

namespace {

DiskImageOptions image_options(const MachineConfig& config) {
    return {.read_only = config.read_only, .discard_writes = config.discard_writes};
}

void add_floppy_drive(const MachineConfig& config, Fdc82077& fdc, unsigned number) {
    const auto& path = config.floppies[number];
    if (!path) return;
    if (path->empty()) return fdc.add_drive(number, nullptr);
    auto image = open_disk_image(*path, image_options(config));
    try {
        fdc.add_drive(number, std::move(image));
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(fmt::format("disk image '{}': {}", *path, error.what()));
    }
}

void add_drive(const MachineConfig& config, PiixIde& ide, unsigned number) {
    const MachineConfig::Drive& drive = config.drives[number];
    const unsigned channel = number / 2, place = number % 2;
    const DiskImageOptions options = image_options(config);
    if (drive.cdrom)
        ide.add_cdrom(channel, place, drive.path.empty() ? nullptr : open_disk_image(drive.path, options));
    else if (!drive.path.empty())
        ide.add_disk(channel, place, open_disk_image(drive.path, options));
}

}  // namespace

void add_drives(const MachineConfig& config, Chips& chips) {
    for (unsigned number = 0; number < config.floppies.size(); ++number)
        add_floppy_drive(config, chips.fdc, number);
    for (unsigned number = 0; number < config.drives.size(); ++number) add_drive(config, chips.ide, number);
}

}  // namespace calque
