// The floppy disks of the PC and the drives that take them.
#pragma once

#include <cstdint>

namespace calque {

enum class FloppySize : std::uint8_t { inches_5_25, inches_3_5 };

/// As DRATE SEL of the 82077AA encodes it ("Data Rate Select Register").
enum class FloppyRate : std::uint8_t { kbps_500 = 0, kbps_300 = 1, kbps_250 = 2, kbps_1000 = 3 };

constexpr unsigned bits_per_second(FloppyRate rate) {
    constexpr unsigned rates[] = {500'000, 300'000, 250'000, 1'000'000};
    return rates[static_cast<unsigned>(rate)];
}

/// A way to lay out a disk: MFM, sectors of 512 bytes numbered from 1 on each track.
struct FloppyFormat {
    const char* name;
    FloppySize size;
    std::uint8_t cylinders, heads, sectors;
    FloppyRate rate;  ///< in a drive made for it

    constexpr unsigned sector_count() const { return unsigned{cylinders} * heads * sectors; }
};

struct FloppyDriveType {
    const char* name;
    std::uint8_t cmos_code;  ///< as byte 10h of CMOS RAM has it
    FloppySize size;
    std::uint8_t cylinders;  ///< with an 80-cylinder drive a 40-cylinder disk takes two steps a cylinder
    unsigned revolutions_per_minute;
    FloppyRate fastest;

    bool takes(const FloppyFormat& format) const;
    /// The rate at which bits of a disk pass in this drive, which may turn faster than others.
    FloppyRate rate_of(const FloppyFormat& format) const;
};

/// The smallest format that holds so many sectors; null if there is none.
const FloppyFormat* floppy_format_for(std::uint64_t sector_count);

/// The drive that was sold for disks of a format.
const FloppyDriveType& floppy_drive_for(const FloppyFormat& format);
/// By byte 10h of CMOS RAM; null for none.
const FloppyDriveType* floppy_drive_by_code(std::uint8_t cmos_code);
/// What a PC has where nobody says otherwise: 1.44 MB.
const FloppyDriveType& usual_floppy_drive();

}  // namespace calque
