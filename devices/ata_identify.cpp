// IDENTIFY DEVICE and IDENTIFY PACKET DEVICE, word by word (ATA/ATAPI-6).
#include "devices/ata_identify.hpp"

#include <algorithm>

namespace calque {
namespace {

constexpr std::uint64_t largest_lba28 = 0x0FFF'FFFF;
constexpr std::string_view firmware = "1.0";

/// Text has its characters swapped in pairs and is padded with spaces.
void put_text(AtaIdentity& words, unsigned first, unsigned count, std::string_view text) {
    const auto at = [text](unsigned i) {
        return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{' '};
    };
    for (unsigned i = 0; i < count; ++i) {
        words[first + i] = static_cast<std::uint16_t>(at(2 * i) << 8 | at(2 * i + 1));
    }
}

void put_number(AtaIdentity& words, unsigned first, unsigned count, std::uint64_t value) {
    for (unsigned i = 0; i < count; ++i) words[first + i] = static_cast<std::uint16_t>(value >> 16 * i);
}

/// The modes supported, and above them the one that SET FEATURES has selected.
std::uint16_t modes(std::uint8_t supported, std::uint8_t transfer_mode, unsigned kind) {
    const unsigned selected = transfer_mode >> 3 == kind ? 1U << (transfer_mode & 7) : 0;
    return static_cast<std::uint16_t>(supported | selected << 8);
}

void put_common(AtaIdentity& words, const AtaDriveState& state, std::string_view model,
                std::string_view serial) {
    put_text(words, 10, 10, serial);
    put_text(words, 23, 4, firmware);
    put_text(words, 27, 20, model);
    words[49] = 0x0F00;  // IORDY, LBA, DMA
    words[51] = 0x0200;
    words[52] = 0x0200;
    words[53] = 0x0007;                               // words 54-58, 64-70 and 88 are valid
    words[63] = modes(0x07, state.transfer_mode, 4);  // multiword DMA 0-2
    words[64] = 0x0003;                               // PIO 3 and 4
    std::fill_n(words.begin() + 65, 4, std::uint16_t{120});
    words[80] = 0x007E;                               // ATA-1 to ATA/ATAPI-6
    words[88] = modes(0x3F, state.transfer_mode, 8);  // Ultra DMA 0-5
    words[93] = 0x6001;                               // 80-conductor cable, reset passed
}

}  // namespace

AtaIdentity identify_disk(const AtaDriveState& state, std::uint64_t sector_count,
                          const DiskGeometry& geometry, std::string_view serial) {
    AtaIdentity words{};
    put_common(words, state, "CALQUE HARDDISK", serial);
    words[0] = 0x0040;  // a fixed disk
    words[1] = geometry.cylinders;
    words[3] = geometry.heads;
    words[6] = geometry.sectors;
    words[47] = 0x8000 | largest_multiple;
    words[50] = 0x4000;

    const std::uint32_t track = std::uint32_t{state.disk.heads} * state.disk.sectors_per_track;
    const std::uint64_t cylinders = std::min<std::uint64_t>(sector_count / std::max(track, 1U), 0xFFFF);
    words[54] = static_cast<std::uint16_t>(cylinders);
    words[55] = state.disk.heads;
    words[56] = state.disk.sectors_per_track;
    put_number(words, 57, 2, cylinders * track);
    words[59] = static_cast<std::uint16_t>(state.disk.multiple ? 0x0100 | state.disk.multiple : 0);
    put_number(words, 60, 2, std::min(sector_count, largest_lba28));
    put_number(words, 100, 4, sector_count);

    const unsigned write_cache = state.disk.write_cache ? 0x20 : 0;
    const unsigned smart = state.disk.smart_enabled ? 0x01 : 0;
    words[82] = 0x4029;  // NOP, write cache, power management, SMART
    words[83] = 0x7400;  // FLUSH CACHE and its EXT form, 48-bit addresses
    words[84] = 0x4000;
    words[85] = static_cast<std::uint16_t>(0x4008 | write_cache | smart);
    words[86] = 0x3400;
    words[87] = 0x4000;
    return words;
}

AtaIdentity identify_cdrom(const AtaDriveState& state, std::string_view serial) {
    AtaIdentity words{};
    put_common(words, state, "CALQUE CD-ROM", serial);
    words[0] = 0x85C0;   // ATAPI CD-ROM, removable, DRQ within 50 us, packets of 12 bytes
    words[82] = 0x4210;  // NOP, DEVICE RESET, PACKET
    words[83] = 0x4000;
    words[84] = 0x4000;
    words[85] = 0x4210;
    words[87] = 0x4000;
    return words;
}

}  // namespace calque
