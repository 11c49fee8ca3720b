// The disk's command table and how it reads addresses.
#include "devices/ata_disk.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace calque {

AtaDisk::AtaDisk(Clock& clock, std::string name, AtaDriveState& state, AtaCable& cable,
                 std::unique_ptr<DiskImage> image)
    : AtaDrive(clock, name, state, cable),
      image_(std::move(image)),
      geometries_(disk_geometries(*image_)),
      serial_(fmt::format("CQ-{}", name)) {
    power_on();
}

const AtaDisk::Command* AtaDisk::find(std::uint8_t opcode) {
    using Disk = AtaDisk;
    static constexpr Command commands[] = {
        {0x20, &Disk::read_sectors},
        {0x21, &Disk::read_sectors},
        {0x24, &Disk::read_sectors, true},
        {0x25, &Disk::read_dma, true},
        {0x27, &Disk::native_size, true},
        {0x29, &Disk::read_multiple, true},
        {0x30, &Disk::write_sectors},
        {0x31, &Disk::write_sectors},
        {0x34, &Disk::write_sectors, true},
        {0x35, &Disk::write_dma, true},
        {0x39, &Disk::write_multiple, true},
        {0x40, &Disk::verify},
        {0x41, &Disk::verify},
        {0x42, &Disk::verify, true},
        {0x90, &Disk::run_diagnostic},
        {0x91, &Disk::set_translation},
        {0x94, &Disk::succeed},
        {0x95, &Disk::succeed},
        {0x96, &Disk::succeed},
        {0x97, &Disk::succeed},
        {0x98, &Disk::check_power},
        {0x99, &Disk::succeed},
        {0xB0, &Disk::smart},
        {0xC4, &Disk::read_multiple},
        {0xC5, &Disk::write_multiple},
        {0xC6, &Disk::set_multiple},
        {0xC8, &Disk::read_dma},
        {0xC9, &Disk::read_dma},
        {0xCA, &Disk::write_dma},
        {0xCB, &Disk::write_dma},
        {0xE0, &Disk::succeed},
        {0xE1, &Disk::succeed},
        {0xE2, &Disk::succeed},
        {0xE3, &Disk::succeed},
        {0xE5, &Disk::check_power},
        {0xE6, &Disk::succeed},
        {0xE7, &Disk::flush},
        {0xEA, &Disk::flush, true},
        {0xEC, &Disk::identify},
        {0xEF, &Disk::set_features},
        {0xF8, &Disk::native_size},
    };
    const auto found = std::ranges::find(commands, opcode, &Command::opcode);
    return found == std::end(commands) ? nullptr : found;
}

void AtaDisk::execute() {
    const unsigned group = state().command >> 4;
    if (group == 0x1) return succeed();  // RECALIBRATE, with a step rate of old
    if (group == 0x7) return seek();
    const Command* command = find(state().command);
    if (!command) return abort();
    (this->*command->run)();
}

void AtaDisk::run_step(AtaStep step) {
    switch (step) {
        case AtaStep::next_block: load_block(); break;
        case AtaStep::store_block: store_block(); break;
        case AtaStep::run_dma: run_dma(); break;
        default: break;
    }
}

void AtaDisk::set_signature() {
    state().sector_count = 1;
    state().lba_low = 1;
    state().lba_mid = 0;
    state().lba_high = 0;
    state().device = 0;
}

void AtaDisk::reset_settings() {
    const DiskGeometry& geometry = geometries_.drive;
    state().disk = {.heads = geometry.heads, .sectors_per_track = geometry.sectors, .geometry = geometry};
    state().transfer_mode = 0;
}

bool AtaDisk::state_is_possible() const {
    const AtaDiskState& disk = state().disk;
    return disk.heads && disk.sectors_per_track && disk.geometry.heads && disk.geometry.sectors &&
           disk.multiple <= largest_multiple && state().block_sectors <= largest_multiple;
}

bool AtaDisk::extended() const {
    const Command* command = find(state().command);
    return command && command->extended;
}

std::uint32_t AtaDisk::addressed_count() const {
    if (extended()) return state().sector_count ? state().sector_count : 0x1'0000;
    return state().sector_count & 0xFF ? state().sector_count & 0xFF : 0x100;
}

/// All ones if a CHS address lies outside the translation.
std::uint64_t AtaDisk::addressed_sector() const {
    const std::uint64_t low =
        (state().lba_low & 0xFFU) | (state().lba_mid & 0xFFU) << 8 | (state().lba_high & 0xFFU) << 16;
    if (extended()) {
        const std::uint64_t high =
            state().lba_low >> 8 | (state().lba_mid & 0xFF00U) | (state().lba_high & 0xFF00U) << 8;
        return high << 24 | low;
    }
    if (uses_lba()) return std::uint64_t{state().device & 0xFU} << 24 | low;
    const unsigned head = state().device & 0xF;
    const unsigned sector = state().lba_low & 0xFF;
    if (sector == 0 || sector > state().disk.sectors_per_track || head >= state().disk.heads) return ~0ULL;
    return ((low >> 8) * state().disk.heads + head) * state().disk.sectors_per_track + sector - 1;
}

/// Puts an address into the task file, in the form the command used.
void AtaDisk::show_sector(std::uint64_t sector) {
    const auto byte = [](std::uint64_t value) { return static_cast<std::uint16_t>(value & 0xFF); };
    if (extended()) {
        state().lba_low = static_cast<std::uint16_t>(byte(sector >> 24) << 8 | byte(sector));
        state().lba_mid = static_cast<std::uint16_t>(byte(sector >> 32) << 8 | byte(sector >> 8));
        state().lba_high = static_cast<std::uint16_t>(byte(sector >> 40) << 8 | byte(sector >> 16));
        return;
    }
    unsigned top = sector >> 24 & 0xF;
    if (!uses_lba()) {
        const std::uint64_t track = sector / state().disk.sectors_per_track;
        top = static_cast<unsigned>(track % state().disk.heads);
        sector = track / state().disk.heads << 8 | (sector % state().disk.sectors_per_track + 1);
    }
    state().lba_low = byte(sector);
    state().lba_mid = byte(sector >> 8);
    state().lba_high = byte(sector >> 16);
    state().device = static_cast<std::uint8_t>((state().device & 0xF0) | top);
}

void AtaDisk::sector_not_found(std::uint64_t sector) {
    if (sector != ~0ULL) show_sector(sector);
    fail(ata_error::id_not_found);
}

}  // namespace calque
