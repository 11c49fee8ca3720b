// The PACKET command's phases: the packet, its data by PIO or DMA, and the status.
#include "devices/atapi_cdrom.hpp"
#include "devices/atapi_sense.hpp"
#include "devices/ide_bus_master.hpp"

#include <algorithm>

namespace calque {
namespace {

constexpr Nanoseconds packet_time = 20'000;
constexpr Nanoseconds block_time = 2'000;
constexpr Nanoseconds dma_kilobyte_time = 512;

// The sector count register is the interrupt reason: bit 0 command or status, bit 1 to the host.
constexpr std::uint8_t reason_data_to_host = 0x02;
constexpr std::uint8_t reason_status = 0x03;

constexpr std::size_t dma_part = 64 * 1024;

constexpr std::uint32_t raw_size = 2352;
constexpr std::uint32_t frames_per_second = 75;
constexpr std::uint32_t lead_in_frames = 150;

std::uint8_t bcd(std::uint32_t value) { return static_cast<std::uint8_t>(value / 10 << 4 | value % 10); }

/// The 16 bytes before a mode 1 sector's data: sync pattern, address, mode.
std::array<std::uint8_t, 16> sector_header(std::uint32_t block) {
    std::array<std::uint8_t, 16> header{};
    std::fill_n(header.begin() + 1, 10, std::uint8_t{0xFF});
    const std::uint32_t frame = block + lead_in_frames;
    header[12] = bcd(frame / frames_per_second / 60 % 100);
    header[13] = bcd(frame / frames_per_second % 60);
    header[14] = bcd(frame % frames_per_second);
    header[15] = 1;
    return header;
}

}  // namespace

void AtapiCdrom::block_moved() {
    AtapiState& packet = state().packet;
    state().status = ata_status::busy;
    if (packet.receiving_packet) {
        packet.receiving_packet = false;
        std::ranges::copy(state().buffer, packet.packet.begin());
        clear_transfer();
        return schedule(AtaStep::run_packet, packet_time);
    }
    if (state().command != 0xA0) {  // identification
        clear_transfer();
        state().status = ata_status::ready | ata_status::seek_complete;
        return;
    }
    const bool more = packet.data_left || state().position < state().buffer.size();
    schedule(more ? AtaStep::next_block : AtaStep::finish_packet, block_time);
}

void AtapiCdrom::reply(Reply bytes, std::size_t allocated) {
    if (bytes.size() > allocated) bytes.resize(allocated);
    state().buffer = std::move(bytes);
    begin_data(0);
}

std::uint32_t AtapiCdrom::block_bytes() const {
    return state().packet.raw_sector ? state().packet.raw_sector : cd_block_size;
}

void AtapiCdrom::reply_from_medium(std::uint32_t block, std::uint32_t count) {
    state().next_sector = block;
    state().sectors_left = count;
    begin_data(std::uint64_t{count} * block_bytes());
}

/// `more` bytes follow those in the buffer.
void AtapiCdrom::begin_data(std::uint64_t more) {
    state().position = 0;
    state().packet.data_left = more;
    if (more == 0 && state().buffer.empty()) return finish_packet();
    uses_dma() ? await_dma() : offer_block();
}

bool AtapiCdrom::append_block() {
    const auto block = static_cast<std::uint32_t>(state().next_sector);
    std::array<std::uint8_t, cd_block_size> data{};
    if (!medium() || medium()->read(block, data)) {
        check_condition(atapi_sense::read_error);
        return false;
    }
    if (state().packet.raw_sector) {
        const auto header = sector_header(block);
        state().buffer.insert(state().buffer.end(), header.begin(), header.end());
    }
    state().buffer.insert(state().buffer.end(), data.begin(), data.end());
    if (state().packet.raw_sector)
        state().buffer.resize(state().buffer.size() + raw_size - 16 - cd_block_size);
    ++state().next_sector;
    --state().sectors_left;
    state().packet.data_left -= block_bytes();
    return true;
}

/// Has at least `size` bytes of the data, if there are as many, in the buffer and not yet moved.
bool AtapiCdrom::fill_buffer(std::size_t size) {
    state().buffer.erase(state().buffer.begin(), state().buffer.begin() + state().position);
    state().position = 0;
    while (state().buffer.size() < size && state().packet.data_left) {
        if (!append_block()) return false;
    }
    return true;
}

/// The size of the block goes to the registers that held the largest one that the host takes.
void AtapiCdrom::offer_block() {
    const std::uint32_t limit = state().packet.byte_limit;
    if (!fill_buffer(limit)) return;

    auto count = static_cast<std::uint32_t>(std::min<std::size_t>(limit, state().buffer.size()));
    const bool last = count == state().buffer.size() && !state().packet.data_left;
    if (!last && count > 1) count &= ~1U;
    state().lba_mid = static_cast<std::uint16_t>(count & 0xFF);
    state().lba_high = static_cast<std::uint16_t>(count >> 8);
    state().sector_count = reason_data_to_host;
    request_block(count, true);
}

Nanoseconds AtapiCdrom::dma_time() const {
    return dma_kilobyte_time * ((state().packet.data_left + state().buffer.size()) / 1024 + 1);
}

void AtapiCdrom::run_dma() {
    if (!bus_master()->active()) return await_dma();
    while (state().packet.data_left || !state().buffer.empty()) {
        if (!fill_buffer(dma_part)) return;
        if (!bus_master()->store(state().buffer)) {
            bus_master()->fail();
            return check_condition(atapi_sense::transfer_aborted);
        }
        state().position = static_cast<std::uint32_t>(state().buffer.size());
        if (!fill_buffer(0)) return;
    }
    bus_master()->finish();
    finish_packet();
}

void AtapiCdrom::finish_packet() {
    state().sector_count = reason_status;
    complete();
}

/// The sense key goes to the error register; the rest is for REQUEST SENSE.
void AtapiCdrom::check_condition(AtapiSense sense) {
    state().packet.sense = sense;
    state().packet.data_left = 0;
    state().sector_count = reason_status;
    fail(static_cast<std::uint8_t>(sense.key << 4 | (sense.key == 5 ? ata_error::aborted : 0)));
}

}  // namespace calque
