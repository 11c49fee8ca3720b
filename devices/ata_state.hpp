// All that the guest can see or change of an ATA or ATAPI drive, but for its medium.
#pragma once

#include "devices/clock.hpp"
#include "devices/disk_geometry.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace calque {

/// What a drive does next by itself, at `AtaDriveState::deadline`.
enum class AtaStep : std::uint8_t {
    none,
    finish_reset,
    execute,      ///< the command that was written
    next_block,   ///< PIO to the host: load what follows
    store_block,  ///< PIO from the host: a block has arrived
    await_dma,    ///< no deadline: the bus master has to be started
    run_dma,
    run_packet,     ///< ATAPI: a packet has arrived
    finish_packet,  ///< ATAPI: the host has taken the data
};

/// ATA disks: what SET FEATURES and its like have set.
struct AtaDiskState {
    std::uint16_t heads = 0;  ///< of the current CHS translation
    std::uint16_t sectors_per_track = 0;
    DiskGeometry geometry;      ///< the default one: what was found on the disk at power-on
    std::uint8_t multiple = 0;  ///< sectors a block of READ and WRITE MULTIPLE
    bool write_cache = true;
    bool smart_enabled = true;
};

struct AtapiSense {
    std::uint8_t key = 0;
    std::uint8_t code = 0;  ///< additional sense code and its qualifier
    std::uint8_t qualifier = 0;
};

/// ATAPI drives: the packet under way and the tray.
struct AtapiState {
    std::array<std::uint8_t, 12> packet{};
    bool receiving_packet = false;
    std::uint16_t byte_limit = 0;  ///< the largest block of PIO data that the host takes
    std::uint64_t data_left = 0;   ///< bytes of the answer that are not in the buffer yet
    std::uint16_t raw_sector = 0;  ///< bytes of a sector that READ CD returns, 0 for plain data
    AtapiSense sense;
    bool attention = false;  ///< the medium has changed and the host has not been told
    std::uint8_t event = 0;  ///< for GET EVENT STATUS NOTIFICATION
    bool tray_open = false;
    bool locked = false;
};

/// The task file holds in its high bytes what was written before (48-bit commands).
struct AtaDriveState {
    std::uint16_t features = 0;
    std::uint16_t sector_count = 0;
    std::uint16_t lba_low = 0;
    std::uint16_t lba_mid = 0;
    std::uint16_t lba_high = 0;
    std::uint8_t device = 0;
    std::uint8_t error = 0;
    std::uint8_t status = 0;
    std::uint8_t command = 0;
    bool interrupt = false;

    AtaStep step = AtaStep::none;
    Nanoseconds deadline = never;
    std::vector<std::uint8_t> buffer;
    std::uint32_t position = 0;   ///< in the buffer
    std::uint32_t block_end = 0;  ///< in the buffer, of the block that the host is moving
    std::uint64_t next_sector = 0;
    std::uint32_t sectors_left = 0;
    std::uint32_t block_sectors = 0;
    std::uint8_t transfer_mode = 0;  ///< as SET FEATURES takes it

    AtaDiskState disk;
    AtapiState packet;
};

template <typename Archive>
void describe(Archive& archive, DiskGeometry& geometry) {
    archive("cylinders", geometry.cylinders);
    archive("heads", geometry.heads);
    archive("sectors", geometry.sectors);
}

template <typename Archive>
void describe(Archive& archive, AtaDiskState& state) {
    archive("heads", state.heads);
    archive("sectors_per_track", state.sectors_per_track);
    archive("geometry", state.geometry);
    archive("multiple", state.multiple);
    archive("write_cache", state.write_cache);
    archive("smart_enabled", state.smart_enabled);
}

template <typename Archive>
void describe(Archive& archive, AtapiSense& sense) {
    archive("key", sense.key);
    archive("code", sense.code);
    archive("qualifier", sense.qualifier);
}

template <typename Archive>
void describe(Archive& archive, AtapiState& state) {
    archive("packet", state.packet);
    archive("receiving_packet", state.receiving_packet);
    archive("byte_limit", state.byte_limit);
    archive("data_left", state.data_left);
    archive("raw_sector", state.raw_sector);
    archive("sense", state.sense);
    archive("attention", state.attention);
    archive("event", state.event);
    archive("tray_open", state.tray_open);
    archive("locked", state.locked);
}

template <typename Archive>
void describe(Archive& archive, AtaDriveState& state) {
    archive("features", state.features);
    archive("sector_count", state.sector_count);
    archive("lba_low", state.lba_low);
    archive("lba_mid", state.lba_mid);
    archive("lba_high", state.lba_high);
    archive("device", state.device);
    archive("error", state.error);
    archive("status", state.status);
    archive("command", state.command);
    archive("interrupt", state.interrupt);
    archive("step", state.step);
    archive("deadline", state.deadline);
    archive("buffer", state.buffer);
    archive("position", state.position);
    archive("block_end", state.block_end);
    archive("next_sector", state.next_sector);
    archive("sectors_left", state.sectors_left);
    archive("block_sectors", state.block_sectors);
    archive("transfer_mode", state.transfer_mode);
    archive("disk", state.disk);
    archive("packet", state.packet);
}

}  // namespace calque
