// The drives that the user asked for, and what lies in them.
#pragma once

#include "devices/disk_image_watched.hpp"
#include "machine/chips.hpp"
#include "machine/config.hpp"
#include "machine/medium.hpp"

#include <array>
#include <cstddef>
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

    /// Floppy drives A and B, then the places of IDE drives, primary master first.
    static constexpr std::size_t place_count = 6;
    using Media = std::array<Medium, place_count>;

    /// What is in the drives, once all that was written is on the host's disk.
    Media media();
    /// Throws unless the media that are in the drives, or can be put there, are of the size of those given.
    void check(const Media& media);
    /// Puts media like these into the drives that take them while the machine runs, and what was kept of
    /// writes into all, without a word to the guest. Tells which images were written to since.
    void put_back(const Media& media);
    /// Names in `config` what is in the drives.
    void add_media_to(MachineConfig& config) const;

    /// By place, primary master first; null where there is no hard disk.
    const std::array<AtaDisk*, 4>& disks() const { return disks_; }

private:
    void add_floppy_drive(const MachineConfig& config, unsigned number);
    void add_drive(const MachineConfig& config, unsigned number);
    /// For place number `number`; it is there once note_taken() says so.
    std::unique_ptr<DiskImage> open(std::size_t number, const std::string& path, bool read_only);
    /// A file that the user may not write is a floppy disk whose notch is closed.
    std::unique_ptr<DiskImage> open_floppy(unsigned number, const std::string& path);
    /// CDs are never written, so their files need not be writable.
    void insert_cd(unsigned number, const std::string& path);
    template <typename Take>
    void with_floppy(unsigned number, const std::string& path, Take take);
    void note_taken();
    void check(std::size_t number, const Medium& medium) const;
    void put_back(std::size_t number, const Medium& medium);
    void take_out(std::size_t number);
    void insert_floppy(unsigned number, const std::string& path);
    bool lies_in(unsigned number, const std::string& path) const;
    /// Whether the place takes media while the machine runs.
    bool is_removable(std::size_t number) const;

    /// The number of a floppy drive with this name, or -1.
    int floppy_drive(const std::string& name) const;
    /// The place among the IDE drives. Throws if there is no such drive.
    unsigned cdrom_drive(const std::string& name) const;

    static constexpr std::size_t first_ide = 2;
    /// What lies in a drive. The drive owns the image.
    struct Place {
        std::string path;
        DiskImage* image = nullptr;
        OverlayImage* overlay = nullptr;
    };
    /// Of the image, whatever was kept of writes.
    static std::uint64_t sectors_of(const Place& place);
    static void check_size(const Place& place, const Medium& medium);

    Fdc82077& fdc_;
    PiixIde& ide_;
    DiskImageOptions options_;
    std::array<AtaDisk*, 4> disks_{};
    std::array<AtapiCdrom*, 4> cdroms_{};
    struct Opened {
        std::size_t number = 0;
        Place place;
    };
    std::array<Place, place_count> places_;
    Opened opened_;
    WatchedImage::Tell tell_;
};

}  // namespace calque
