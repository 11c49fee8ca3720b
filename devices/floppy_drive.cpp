// Head, disk and rotation.
#include "devices/floppy_drive.hpp"

#include "devices/bits.hpp"
#include "devices/rate.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace calque {
namespace {

constexpr Nanoseconds index_pulse = 2'000'000;
/// The share of a sector's passage that is gap, in which a controller can still make up its mind.
constexpr Nanoseconds gap_share = 8;

}  // namespace

void FloppyDrive::insert(std::unique_ptr<DiskImage> image) {
    auto disk = image ? std::make_unique<FloppyDisk>(std::move(image)) : nullptr;
    if (disk && !type_.takes(disk->format()))
        throw std::runtime_error(
            fmt::format("a {} floppy disk does not fit into a {} drive", disk->format().name, type_.name));
    disk_ = std::move(disk);
    state_.changed = true;
    state_.deleted.assign(marks_size(), 0);
}

bool FloppyDrive::takes(const FloppyDriveState& state) const {
    return state.cylinder < type_.cylinders && state.deleted.size() == marks_size();
}

bool FloppyDrive::index(Nanoseconds now) const {
    return disk_ && floor_modulo(now, revolution()) < index_pulse;
}

void FloppyDrive::step(bool inward) {
    if (disk_) state_.changed = false;
    if (inward && state_.cylinder + 1 < type_.cylinders) ++state_.cylinder;
    if (!inward && state_.cylinder > 0) --state_.cylinder;
}

/// 1.2 MB drives have half the distance between tracks.
unsigned FloppyDrive::steps_per_cylinder() const {
    return disk_ && disk_->format().cylinders == 40 && type_.cylinders > 80 ? 2 : 1;
}

bool FloppyDrive::formatted(unsigned head, FloppyRate rate) const {
    const FloppyFormat& format = disk_->format();
    return rate == this->rate() && head < format.heads && state_.cylinder % steps_per_cylinder() == 0 &&
           cylinder() < format.cylinders;
}

bool FloppyDrive::deleted(unsigned head, unsigned sector) const {
    const unsigned n = number(head, sector);
    return n / 8 < state_.deleted.size() && bit(state_.deleted[n / 8], n % 8);
}

std::error_code FloppyDrive::read(unsigned head, unsigned sector, FloppyDisk::Sector bytes) {
    return disk_->read(number(head, sector), bytes);
}

std::error_code FloppyDrive::write(unsigned head, unsigned sector, FloppyDisk::ConstSector bytes,
                                   bool deleted) {
    const unsigned n = number(head, sector);
    if (const std::error_code error = disk_->write(n, bytes)) return error;
    if (n / 8 < state_.deleted.size())
        state_.deleted[n / 8] = with_bit(state_.deleted[n / 8], n % 8, deleted);
    return {};
}

Nanoseconds FloppyDrive::revolution() const {
    return 60 * nanoseconds_per_second / type_.revolutions_per_minute;
}

Nanoseconds FloppyDrive::next_index(Nanoseconds from) const {
    return (floor_divide(from, revolution()) + 1) * revolution();
}

FloppyDrive::Passage FloppyDrive::passage(unsigned sector, Nanoseconds from) const {
    const Nanoseconds length = revolution() / sectors();
    const Nanoseconds id = length * (sector - 1) + length / gap_share;
    const Nanoseconds turns = floor_divide(from - id + revolution() - 1, revolution());
    const Nanoseconds begin = turns * revolution() + length * (sector - 1);
    return {sector, begin + length / gap_share, begin + length};
}

FloppyDrive::Passage FloppyDrive::next_passage(Nanoseconds from) const {
    Passage next = passage(1, from);
    for (unsigned sector = 2; sector <= sectors(); ++sector) {
        const Passage other = passage(sector, from);
        if (other.id < next.id) next = other;
    }
    return next;
}

}  // namespace calque
