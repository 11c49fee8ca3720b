// Registers of the bus master and its walk along the physical region descriptors.
#include "devices/ide_bus_master.hpp"

#include <algorithm>
#include <array>

namespace calque {
namespace {

std::uint32_t dword(std::span<const std::uint8_t, 4> bytes) {
    return bytes[0] | std::uint32_t{bytes[1]} << 8 | std::uint32_t{bytes[2]} << 16 |
           std::uint32_t{bytes[3]} << 24;
}

}  // namespace

std::uint8_t IdeBusMaster::read(unsigned reg) const {
    if (reg == command_register) return state_.command;
    if (reg == status_register) return state_.status;
    if (reg >= table_register) return static_cast<std::uint8_t>(state_.table >> 8 * (reg - table_register));
    return 0;
}

void IdeBusMaster::write(unsigned reg, std::uint8_t value) {
    if (reg == command_register) {
        write_command(value);
    } else if (reg == status_register) {
        const auto cleared = value & (status_error | status_interrupt);
        const auto kept = state_.status & ~cleared & ~status_drives;
        state_.status = static_cast<std::uint8_t>(kept | (value & status_drives));
    } else if (reg >= table_register) {
        const unsigned shift = 8 * (reg - table_register);
        state_.table = (state_.table & ~(0xFFU << shift)) | std::uint32_t{value} << shift;
        state_.table &= ~3U;
    }
}

void IdeBusMaster::write_command(std::uint8_t value) {
    const bool was_started = state_.command & command_start;
    state_.command = value & (command_start | command_to_memory);
    const bool started = state_.command & command_start;
    if (started && !was_started) {
        state_.next_entry = state_.table;
        state_.region_left = 0;
        state_.last_region = false;
        state_.status |= status_active;
    } else if (!started) {
        state_.status &= static_cast<std::uint8_t>(~status_active);
    }
}

/// An entry is an address, a byte count (0 for 64 KiB) and, in its last bit, the end of the table.
bool IdeBusMaster::next_region() {
    if (state_.last_region) return false;
    std::array<std::uint8_t, 8> entry{};
    memory_.read_bytes(state_.next_entry, entry);
    state_.next_entry += 8;
    const std::uint32_t flags = dword(std::span(entry).last<4>());
    state_.region = dword(std::span(entry).first<4>()) & ~1U;
    state_.region_left = flags & 0xFFFE ? flags & 0xFFFE : 0x1'0000;
    state_.last_region = flags >> 31;
    return true;
}

template <typename Bytes, typename Move>
bool IdeBusMaster::move(Bytes bytes, Move move_part) {
    while (!bytes.empty()) {
        if (state_.region_left == 0 && !next_region()) return false;
        const std::size_t count = std::min<std::size_t>(bytes.size(), state_.region_left);
        move_part(state_.region, bytes.first(count));
        bytes = bytes.subspan(count);
        state_.region += static_cast<std::uint32_t>(count);
        state_.region_left -= static_cast<std::uint32_t>(count);
    }
    return true;
}

bool IdeBusMaster::store(std::span<const std::uint8_t> bytes) {
    return move(bytes, [this](PhysicalAddress address, auto part) { memory_.write_bytes(address, part); });
}

bool IdeBusMaster::load(std::span<std::uint8_t> bytes) {
    return move(bytes, [this](PhysicalAddress address, auto part) { memory_.read_bytes(address, part); });
}

void IdeBusMaster::finish() {
    if (state_.region_left == 0 && state_.last_region)
        state_.status &= static_cast<std::uint8_t>(~status_active);
}

void IdeBusMaster::fail() {
    state_.status |= status_error;
    state_.status &= static_cast<std::uint8_t>(~status_active);
}

}  // namespace calque
