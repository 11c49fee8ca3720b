// The drives that the user asked for, and what lies in them.
#pragma once

#include "devices/disk_image_watched.hpp"
#include "machine/chips.hpp"
#include "machine/config.hpp"

#include <array>
#include <memory>
#include <string>

namespace calque {

/// Adds the drives to their controllers, opens images, and changes removable media while the machine runs.
/// What throws, throws std::runtime_error: one line that names the image or the drive.
class Drives {
public:
    enum class Tray : std::uint8_t { respect_lock, force };

    Drives(const MachineConfig& config, Chips& chips);
    Drives(const Drives&) = delete;
    Drives& operator=(const Drives&) = delete;

    /// Told in a line what the host refuses to read or write; the guest gets an error of the drive.
    void on_host_error(WatchedImage::Tell tell) { tell_ = std::move(tell); }

    /// Puts an image into the drive, in place of what is there. `drive` is the name of the option that made
    /// it, as `fda` or `cdrom`; the place of a CD-ROM drive does as well, as `hdc`. Throws if the guest has
    /// locked the tray and that counts.
    void change(const std::string& drive, const std::string& path, Tray tray);
    /// Presses the drive's button: takes the medium out or, if the guest has locked the tray, asks the guest.
    void eject(const std::string& drive, Tray tray);

    /// By place, primary master first; null where there is no hard disk.
    const std::array<AtaDisk*, 4>& disks() const { return disks_; }

private:
    void add_floppy_drive(const MachineConfig& config, unsigned number);
    void add_drive(const MachineConfig& config, unsigned number);
    std::unique_ptr<DiskImage> open(const std::string& path, bool read_only);
    std::unique_ptr<DiskImage> open_disk(const std::string& path) { return open(path, options_.read_only); }
    /// A file that the user may not write is a floppy disk whose notch is closed.
    std::unique_ptr<DiskImage> open_floppy(const std::string& path);
    /// CDs are never written, so their files need not be writable.
    std::unique_ptr<DiskImage> open_cd(const std::string& path) { return open(path, true); }
    void insert_floppy(unsigned number, const std::string& path);
    bool lies_in(unsigned number, const std::string& path) const;

    /// The number of a floppy drive with this name, or -1.
    int floppy_drive(const std::string& name) const;
    AtapiCdrom& cdrom_drive(const std::string& name) const;

    Fdc82077& fdc_;
    PiixIde& ide_;
    DiskImageOptions options_;
    std::array<AtaDisk*, 4> disks_{};
    std::array<AtapiCdrom*, 4> cdroms_{};
    std::array<std::string, 2> floppy_paths_;  ///< what was put in last
    WatchedImage::Tell tell_;
};

}  // namespace calque
