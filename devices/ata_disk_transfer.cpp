// READ, WRITE and VERIFY: by PIO in blocks and by DMA.
#include "devices/ata_disk.hpp"
#include "devices/ide_bus_master.hpp"

#include <algorithm>

namespace calque {
namespace {

constexpr Nanoseconds block_time = 2'000;
constexpr Nanoseconds dma_sector_time = 256;
constexpr std::uint32_t dma_part_sectors = 128;

std::size_t bytes(std::uint32_t sectors) { return std::size_t{sectors} * sector_size; }

}  // namespace

/// False if the sectors addressed are not all there.
bool AtaDisk::begin_transfer() {
    const std::uint64_t first = addressed_sector();
    const std::uint32_t count = addressed_count();
    const std::uint64_t size = image_->sector_count();
    if (first >= size || count > size - first) {
        sector_not_found(first >= size ? first : size);
        return false;
    }
    state().next_sector = first;
    state().sectors_left = count;
    return true;
}

void AtaDisk::begin_read(unsigned block_sectors) {
    if (!begin_transfer()) return;
    state().block_sectors = block_sectors;
    load_block();
}

void AtaDisk::begin_write(unsigned block_sectors) {
    if (!begin_transfer()) return;
    state().block_sectors = block_sectors;
    request_write_block(false);
}

void AtaDisk::read_sectors() { begin_read(1); }
void AtaDisk::write_sectors() { begin_write(1); }
void AtaDisk::read_multiple() { state().disk.multiple ? begin_read(state().disk.multiple) : abort(); }
void AtaDisk::write_multiple() { state().disk.multiple ? begin_write(state().disk.multiple) : abort(); }

void AtaDisk::verify() {
    if (!begin_transfer()) return;
    show_sector(state().next_sector + state().sectors_left - 1);
    complete();
}

/// Reads into the buffer and moves on; a failure has been reported when this returns false.
bool AtaDisk::read_image(std::uint32_t sectors) {
    state().buffer.resize(bytes(sectors));
    if (image_->read(state().next_sector, state().buffer)) {
        show_sector(state().next_sector);
        fail(ata_error::uncorrectable);
        return false;
    }
    state().next_sector += sectors;
    state().sectors_left -= sectors;
    return true;
}

bool AtaDisk::write_image(std::uint32_t sectors) {
    std::error_code error = image_->write(state().next_sector, state().buffer);
    if (!error && !state().disk.write_cache) error = image_->flush();
    if (error) {
        show_sector(state().next_sector);
        fail(ata_error::aborted, ata_status::device_fault);
        return false;
    }
    state().next_sector += sectors;
    state().sectors_left -= sectors;
    return true;
}

void AtaDisk::load_block() {
    if (!read_image(std::min(state().block_sectors, state().sectors_left))) return;
    state().position = 0;
    request_block(static_cast<std::uint32_t>(state().buffer.size()), true);
}

/// The first block of a write comes without an interrupt.
void AtaDisk::request_write_block(bool interrupt) {
    state().buffer.assign(bytes(std::min(state().block_sectors, state().sectors_left)), 0);
    state().position = 0;
    request_block(static_cast<std::uint32_t>(state().buffer.size()), interrupt);
}

void AtaDisk::store_block() {
    if (!write_image(static_cast<std::uint32_t>(state().buffer.size() / sector_size))) return;
    if (state().sectors_left) return request_write_block(true);
    show_sector(state().next_sector - 1);
    complete();
}

/// A read ends with its last block; a write has still to be done.
void AtaDisk::block_moved() {
    const Command* command = find(state().command);
    const bool writing =
        command && (command->run == &AtaDisk::write_sectors || command->run == &AtaDisk::write_multiple);
    state().status = ata_status::busy;
    if (writing) return schedule(AtaStep::store_block, block_time);
    if (state().sectors_left) return schedule(AtaStep::next_block, block_time);
    clear_transfer();
    state().status = idle_status();
}

void AtaDisk::read_dma() {
    if (begin_transfer()) await_dma();
}

void AtaDisk::write_dma() { read_dma(); }

Nanoseconds AtaDisk::dma_time() const { return dma_sector_time * state().sectors_left; }

/// Moves a part; false once the command is over.
bool AtaDisk::dma_part(std::uint32_t sectors) {
    const Command* command = find(state().command);
    const bool reading = command && command->run == &AtaDisk::read_dma;
    if (reading && !read_image(sectors)) return false;
    state().buffer.resize(bytes(sectors));
    const bool moved = reading ? bus_master()->store(state().buffer) : bus_master()->load(state().buffer);
    if (!moved) {
        bus_master()->fail();
        abort();
        return false;
    }
    return reading || write_image(sectors);
}

void AtaDisk::run_dma() {
    if (!bus_master()->active()) return await_dma();
    while (state().sectors_left) {
        if (!dma_part(std::min(state().sectors_left, dma_part_sectors))) return;
    }
    bus_master()->finish();
    show_sector(state().next_sector - 1);
    complete();
}

}  // namespace calque
