// The tables of disk formats and drive types.
#include "devices/floppy_format.hpp"

#include <algorithm>
#include <array>

namespace calque {
namespace {

using enum FloppySize;
using enum FloppyRate;

/// By rising capacity. The two of 21 sectors are those of distribution disks (DMF).
constexpr std::array formats{
    FloppyFormat{"160 KB", inches_5_25, 40, 1, 8, kbps_250},
    FloppyFormat{"180 KB", inches_5_25, 40, 1, 9, kbps_250},
    FloppyFormat{"320 KB", inches_5_25, 40, 2, 8, kbps_250},
    FloppyFormat{"360 KB", inches_5_25, 40, 2, 9, kbps_250},
    FloppyFormat{"720 KB", inches_3_5, 80, 2, 9, kbps_250},
    FloppyFormat{"1.2 MB", inches_5_25, 80, 2, 15, kbps_500},
    FloppyFormat{"1.44 MB", inches_3_5, 80, 2, 18, kbps_500},
    FloppyFormat{"1.68 MB", inches_3_5, 80, 2, 21, kbps_500},
    FloppyFormat{"1.72 MB", inches_3_5, 82, 2, 21, kbps_500},
    FloppyFormat{"2.88 MB", inches_3_5, 80, 2, 36, kbps_1000},
};

constexpr FloppyDriveType drive_360k{"360 KB", 1, inches_5_25, 42, 300, kbps_250};
constexpr FloppyDriveType drive_1200k{"1.2 MB", 2, inches_5_25, 83, 360, kbps_500};
constexpr FloppyDriveType drive_1440k{"1.44 MB", 4, inches_3_5, 83, 300, kbps_500};
constexpr FloppyDriveType drive_2880k{"2.88 MB", 5, inches_3_5, 83, 300, kbps_1000};

}  // namespace

bool FloppyDriveType::takes(const FloppyFormat& format) const {
    return format.size == size && format.cylinders <= cylinders &&
           bits_per_second(format.rate) <= bits_per_second(fastest);
}

FloppyRate FloppyDriveType::rate_of(const FloppyFormat& format) const {
    return format.rate == kbps_250 && revolutions_per_minute == 360 ? kbps_300 : format.rate;
}

const FloppyFormat* floppy_format_for(std::uint64_t sector_count) {
    const auto holds = [=](const FloppyFormat& format) { return format.sector_count() >= sector_count; };
    const auto found = std::ranges::find_if(formats, holds);
    return found == formats.end() ? nullptr : &*found;
}

const FloppyDriveType& floppy_drive_for(const FloppyFormat& format) {
    for (const FloppyDriveType* type : {&drive_360k, &drive_1200k, &drive_1440k}) {
        if (type->takes(format)) return *type;
    }
    return drive_2880k;
}

const FloppyDriveType* floppy_drive_by_code(std::uint8_t cmos_code) {
    for (const FloppyDriveType* type : {&drive_360k, &drive_1200k, &drive_1440k, &drive_2880k}) {
        if (type->cmos_code == cmos_code) return type;
    }
    return nullptr;
}

const FloppyDriveType& usual_floppy_drive() { return drive_1440k; }

}  // namespace calque
