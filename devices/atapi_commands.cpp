// Packet commands: dispatch, status, reading, the tray.
#include "devices/atapi_cdrom.hpp"
#include "devices/atapi_sense.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace calque {
namespace {

constexpr std::uint32_t raw_block_size = 2352;
constexpr std::uint32_t lead_in_frames = 150;

constexpr std::uint8_t event_new_media = 2;

void put_text(std::span<std::uint8_t> field, std::string_view text) {
    std::ranges::fill(field, std::uint8_t{' '});
    std::copy_n(text.begin(), std::min(text.size(), field.size()), field.begin());
}

std::uint32_t frame_of(std::uint8_t minute, std::uint8_t second, std::uint8_t frame) {
    return (minute * 60U + second) * 75U + frame;
}

}  // namespace

const AtapiCdrom::PacketCommand* AtapiCdrom::find(std::uint8_t opcode) {
    using Drive = AtapiCdrom;
    static constexpr PacketCommand commands[] = {
        {.opcode = 0x00, .run = &Drive::nothing_to_do, .needs_medium = true},  // TEST UNIT READY
        {.opcode = 0x03, .run = &Drive::request_sense, .ignores_attention = true},
        {.opcode = 0x12, .run = &Drive::inquiry, .ignores_attention = true},
        {.opcode = 0x1B, .run = &Drive::start_stop},
        {.opcode = 0x1E, .run = &Drive::prevent_removal},
        {.opcode = 0x25, .run = &Drive::read_capacity, .needs_medium = true},
        {.opcode = 0x28, .run = &Drive::read_10, .needs_medium = true},
        {.opcode = 0x2B, .run = &Drive::nothing_to_do, .needs_medium = true},  // SEEK
        {.opcode = 0x42, .run = &Drive::read_subchannel, .needs_medium = true},
        {.opcode = 0x43, .run = &Drive::read_toc, .needs_medium = true},
        {.opcode = 0x46, .run = &Drive::get_configuration, .ignores_attention = true},
        {.opcode = 0x4A, .run = &Drive::get_event_status, .ignores_attention = true},
        {.opcode = 0x4E, .run = &Drive::nothing_to_do},  // STOP PLAY
        {.opcode = 0x51, .run = &Drive::read_disc_information, .needs_medium = true},
        {.opcode = 0x52, .run = &Drive::read_track_information, .needs_medium = true},
        {.opcode = 0x5A, .run = &Drive::mode_sense},
        {.opcode = 0xA8, .run = &Drive::read_12, .needs_medium = true},
        {.opcode = 0xB9, .run = &Drive::read_cd_msf, .needs_medium = true},
        {.opcode = 0xBB, .run = &Drive::nothing_to_do},  // SET CD SPEED
        {.opcode = 0xBD, .run = &Drive::mechanism_status},
        {.opcode = 0xBE, .run = &Drive::read_cd, .needs_medium = true},
    };
    const auto found = std::ranges::find(commands, opcode, &PacketCommand::opcode);
    return found == std::end(commands) ? nullptr : found;
}

/// Big-endian, as all numbers in packets are.
std::uint32_t AtapiCdrom::packet_number(unsigned first, unsigned count) const {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < count; ++i) value = value << 8 | packet_byte(first + i);
    return value;
}

bool AtapiCdrom::refused(const PacketCommand& command) {
    if (state().packet.attention && !command.ignores_attention) {
        state().packet.attention = false;
        check_condition(atapi_sense::medium_changed);
        return true;
    }
    if (command.needs_medium && !medium()) {
        check_condition(state().packet.tray_open ? atapi_sense::tray_open : atapi_sense::no_medium);
        return true;
    }
    return false;
}

void AtapiCdrom::run_packet() {
    const PacketCommand* command = find(packet_byte(0));
    if (!command) return check_condition(atapi_sense::invalid_command);
    if (refused(*command)) return;
    (this->*command->run)();
}

void AtapiCdrom::nothing_to_do() { finish_packet(); }

/// Tells why the last command failed, once.
void AtapiCdrom::request_sense() {
    const AtapiSense sense = std::exchange(state().packet.sense, {});
    Reply bytes(18);
    bytes[0] = 0x70;
    bytes[2] = sense.key;
    bytes[7] = 10;
    bytes[12] = sense.code;
    bytes[13] = sense.qualifier;
    reply(std::move(bytes), packet_byte(4));
}

void AtapiCdrom::inquiry() {
    if (packet_byte(1) & 1) return check_condition(atapi_sense::invalid_field);
    Reply bytes(36);
    bytes[0] = 0x05;  // CD-ROM
    bytes[1] = 0x80;  // removable
    bytes[3] = 0x21;
    bytes[4] = 31;
    put_text(std::span(bytes).subspan(8, 8), "CALQUE");
    put_text(std::span(bytes).subspan(16, 16), "CD-ROM");
    put_text(std::span(bytes).subspan(32, 4), "1.0");
    reply(std::move(bytes), packet_byte(4));
}

/// Bit 1 of byte 4 moves the tray, where bit 0 says.
void AtapiCdrom::start_stop() {
    if (!(packet_byte(4) & 2)) return finish_packet();
    const bool open = !(packet_byte(4) & 1);
    if (open && state().packet.locked) return check_condition(atapi_sense::removal_prevented);
    if (!open && state().packet.tray_open && medium_) {
        state().packet.attention = true;
        state().packet.event = event_new_media;
    }
    state().packet.tray_open = open;
    finish_packet();
}

void AtapiCdrom::prevent_removal() {
    state().packet.locked = packet_byte(4) & 1;
    finish_packet();
}

void AtapiCdrom::read_capacity() {
    Reply bytes(8);
    const std::uint32_t last = block_count() - 1;
    for (unsigned i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(last >> (24 - 8 * i));
    bytes[6] = cd_block_size >> 8;
    reply(std::move(bytes), 8);
}

void AtapiCdrom::read_blocks(std::uint32_t first, std::uint64_t count) {
    if (first > block_count() || count > block_count() - first) {
        return check_condition(atapi_sense::block_out_of_range);
    }
    reply_from_medium(first, static_cast<std::uint32_t>(count));
}

void AtapiCdrom::read_10() { read_blocks(packet_number(2, 4), packet_number(7, 2)); }
void AtapiCdrom::read_12() { read_blocks(packet_number(2, 4), packet_number(6, 4)); }

/// Plain data, or whole sectors with sync pattern and header; nothing else is kept in an image.
bool AtapiCdrom::select_raw_data(std::uint8_t flags) {
    state().packet.raw_sector = (flags & 0xF8) == 0xF8 ? raw_block_size : 0;
    return (flags & 0xF8) == 0xF8 || (flags & 0xF8) == 0x10;
}

void AtapiCdrom::read_cd() {
    if (packet_byte(9) == 0) return finish_packet();
    if (!select_raw_data(packet_byte(9))) return check_condition(atapi_sense::invalid_field);
    read_blocks(packet_number(2, 4), packet_number(6, 3));
}

void AtapiCdrom::read_cd_msf() {
    const std::uint32_t first = frame_of(packet_byte(3), packet_byte(4), packet_byte(5));
    const std::uint32_t end = frame_of(packet_byte(6), packet_byte(7), packet_byte(8));
    if (first < lead_in_frames || end < first) return check_condition(atapi_sense::block_out_of_range);
    if (packet_byte(9) == 0) return finish_packet();
    if (!select_raw_data(packet_byte(9))) return check_condition(atapi_sense::invalid_field);
    read_blocks(first - lead_in_frames, end - first);
}

}  // namespace calque
