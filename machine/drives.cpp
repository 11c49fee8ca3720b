// The drives that the user asked for, with their images.
#include "machine/drives.hpp"

namespace calque {

namespace {

void add_drive(const MachineConfig& config, PiixIde& ide, unsigned number) {
    const MachineConfig::Drive& drive = config.drives[number];
    const unsigned channel = number / 2, place = number % 2;
    const DiskImageOptions options{.read_only = config.read_only, .discard_writes = config.discard_writes};
    if (drive.cdrom)
        ide.add_cdrom(channel, place, drive.path.empty() ? nullptr : open_disk_image(drive.path, options));
    else if (!drive.path.empty())
        ide.add_disk(channel, place, open_disk_image(drive.path, options));
}

}  // namespace

void add_drives(const MachineConfig& config, Chips& chips) {
    for (unsigned number = 0; number < config.drives.size(); ++number) add_drive(config, chips.ide, number);
}

}  // namespace calque
