// The disk's commands that move no sectors: identification, settings, power, SMART.
#include "devices/ata_disk.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

namespace calque {
namespace {

using Block = std::array<std::uint8_t, sector_size>;

void put_word(Block& block, unsigned offset, std::uint16_t value) {
    block[offset] = static_cast<std::uint8_t>(value);
    block[offset + 1] = static_cast<std::uint8_t>(value >> 8);
}

/// SMART's structures end in a byte that makes the sum 0.
void put_checksum(Block& block) {
    const unsigned sum = std::accumulate(block.begin(), block.end() - 1, 0U);
    block.back() = static_cast<std::uint8_t>(0U - sum);
}

}  // namespace

void AtaDisk::return_block(std::span<const std::uint8_t, sector_size> bytes) {
    state().buffer.assign(bytes.begin(), bytes.end());
    request_block(sector_size, true);
}

void AtaDisk::identify() {
    const AtaIdentity words = identify_disk(state(), image_->sector_count(), geometries_.drive, serial_);
    Block block{};
    for (unsigned i = 0; i < words.size(); ++i) put_word(block, 2 * i, words[i]);
    return_block(block);
}

void AtaDisk::succeed() { complete(); }

void AtaDisk::run_diagnostic() {
    diagnose();
    set_interrupt(true);
}

void AtaDisk::seek() {
    if (addressed_sector() >= image_->sector_count()) return sector_not_found(addressed_sector());
    complete();
}

/// FFh: active or idle.
void AtaDisk::check_power() {
    state().sector_count = 0xFF;
    complete();
}

void AtaDisk::set_features() {
    switch (state().features & 0xFF) {
        case 0x02: state().disk.write_cache = true; break;
        case 0x82: state().disk.write_cache = false; return flush();
        case 0x03: {
            const auto mode = static_cast<std::uint8_t>(state().sector_count);
            const unsigned kind = mode >> 3;
            if (kind != 0 && kind != 1 && kind != 4 && kind != 8) return abort();
            state().transfer_mode = mode;
            break;
        }
        case 0x05:  // advanced power management
        case 0x55:  // read look-ahead off
        case 0x66:  // settings survive resets
        case 0x85:
        case 0xAA:
        case 0xCC: break;
        default: return abort();
    }
    complete();
}

/// INITIALIZE DEVICE PARAMETERS: sectors a track, and the highest head.
void AtaDisk::set_translation() {
    const auto sectors = static_cast<std::uint16_t>(state().sector_count & 0xFF);
    if (sectors == 0) return abort();
    state().disk.sectors_per_track = sectors;
    state().disk.heads = static_cast<std::uint16_t>((state().device & 0xF) + 1);
    complete();
}

void AtaDisk::set_multiple() {
    const unsigned count = state().sector_count & 0xFF;
    if (count > largest_multiple || (count && !std::has_single_bit(count))) return abort();
    state().disk.multiple = static_cast<std::uint8_t>(count);
    complete();
}

void AtaDisk::flush() {
    if (image_->flush()) return fail(ata_error::aborted, ata_status::device_fault);
    complete();
}

void AtaDisk::native_size() {
    const std::uint64_t last = image_->sector_count() - 1;
    state().device |= 0x40;
    show_sector(extended() ? last : std::min<std::uint64_t>(last, 0x0FFF'FFFF));
    complete();
}

/// Enough that monitoring tools find a healthy disk without attributes.
void AtaDisk::smart() {
    if ((state().lba_mid & 0xFF) != 0x4F || (state().lba_high & 0xFF) != 0xC2) return abort();
    const unsigned function = state().features & 0xFF;
    if (!state().disk.smart_enabled && function != 0xD8) return abort();
    Block block{};
    switch (function) {
        case 0xD0:  // READ DATA
        case 0xD1:  // READ THRESHOLDS
            put_word(block, 0, 1);
            put_checksum(block);
            return return_block(block);
        case 0xD2:  // attribute autosave
        case 0xDA:  // RETURN STATUS: unchanged registers say that all is well
            return complete();
        case 0xD8:
        case 0xD9: state().disk.smart_enabled = function == 0xD8; return complete();
        default: return abort();
    }
}

}  // namespace calque
