// A floppy drive: a head that is stepped over a disk that turns.
#pragma once

#include "devices/clock.hpp"
#include "devices/floppy_disk.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace calque {

/// What the guest can see or change of a drive, but for the contents of its disk.
struct FloppyDriveState {
    std::uint8_t cylinder = 0;  ///< where the head is
    bool changed = true;        ///< the latch behind DSKCHG
    /// A bit for each sector that has a deleted data address mark, which images cannot hold.
    std::vector<std::uint8_t> deleted;
};

template <typename Archive>
void describe(Archive& archive, FloppyDriveState& state) {
    archive("cylinder", state.cylinder);
    archive("changed", state.changed);
    archive("deleted", state.deleted);
}

/// Its state is kept by the controller. The disk turns in step with guest time, and is up to speed as soon as
/// the motor is on. Of the places at which a sector passes, `id` is the last at which its address can still
/// be read in time and `end` is that of its data.
class FloppyDrive {
public:
    struct Passage {
        unsigned sector;  ///< from 1
        Nanoseconds id, end;
    };

    FloppyDrive(const FloppyDriveType& type, FloppyDriveState& state) : type_(type), state_(state) {}

    const FloppyDriveType& type() const { return type_; }
    /// Puts a disk in, in place of what was there; null takes it out. Throws std::runtime_error, one line, if
    /// the drive does not take such a disk; what was there then stays.
    void insert(std::unique_ptr<DiskImage> image);
    bool has_disk() const { return disk_ != nullptr; }
    /// Could this be the state of the drive with the disk that is in it?
    bool takes(const FloppyDriveState& state) const;

    // The drive's signals.
    bool track0() const { return state_.cylinder == 0; }
    bool changed() const { return state_.changed; }
    bool write_protected() const { return !disk_ || disk_->read_only(); }
    bool index(Nanoseconds now) const;
    void step(bool inward);

    // What is under the head; there is a disk.
    /// Are there address marks at this rate on this side?
    bool formatted(unsigned head, FloppyRate rate) const;
    /// The cylinder and the number of sectors that the address fields of this track tell.
    unsigned cylinder() const { return state_.cylinder / steps_per_cylinder(); }
    unsigned sectors() const { return disk_->format().sectors; }
    FloppyRate rate() const { return type_.rate_of(disk_->format()); }
    bool deleted(unsigned head, unsigned sector) const;
    [[nodiscard]] std::error_code read(unsigned head, unsigned sector, FloppyDisk::Sector bytes);
    [[nodiscard]] std::error_code write(unsigned head, unsigned sector, FloppyDisk::ConstSector bytes,
                                        bool deleted);

    // When things pass the head.
    Nanoseconds revolution() const;
    /// The first index pulse after `from`.
    Nanoseconds next_index(Nanoseconds from) const;
    /// When `sector` next passes of a track with so many as this has.
    Passage passage(unsigned sector, Nanoseconds from) const;
    /// The first sector whose address passes at or after `from`.
    Passage next_passage(Nanoseconds from) const;

private:
    std::size_t marks_size() const { return disk_ ? (disk_->format().sector_count() + 7) / 8 : 0; }
    unsigned steps_per_cylinder() const;
    unsigned number(unsigned head, unsigned sector) const { return disk_->number(cylinder(), head, sector); }

    const FloppyDriveType& type_;
    FloppyDriveState& state_;
    std::unique_ptr<FloppyDisk> disk_;
};

}  // namespace calque
