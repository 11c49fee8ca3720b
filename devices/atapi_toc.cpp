// Packet commands about what is on the disc: one session with one data track.
#include "devices/atapi_cdrom.hpp"
#include "devices/atapi_sense.hpp"

namespace calque {
namespace {

constexpr std::uint8_t data_track = 0x14;  // ADR 1, control 4
constexpr std::uint8_t lead_out = 0xAA;
constexpr std::uint32_t lead_in_frames = 150;

using Bytes = std::vector<std::uint8_t>;

void append_address(Bytes& bytes, std::uint32_t block, bool as_time) {
    if (as_time) {
        const std::uint32_t frame = block + lead_in_frames;
        block = frame / 75 / 60 << 16 | frame / 75 % 60 << 8 | frame % 75;
    }
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(block >> shift));
}

void append_track(Bytes& bytes, std::uint8_t number, std::uint32_t block, bool as_time) {
    bytes.insert(bytes.end(), {0, data_track, number, 0});
    append_address(bytes, block, as_time);
}

/// An entry of the lead-in's own table. `point` is a track, or says what the last three bytes mean.
void append_raw_entry(Bytes& bytes, std::uint8_t point, std::uint32_t frame) {
    bytes.insert(bytes.end(), {1, data_track, 0, point, 0, 0, 0, 0});
    bytes.push_back(static_cast<std::uint8_t>(frame / 75 / 60));
    bytes.push_back(static_cast<std::uint8_t>(frame / 75 % 60));
    bytes.push_back(static_cast<std::uint8_t>(frame % 75));
}

void set_length(Bytes& bytes) {
    bytes[0] = static_cast<std::uint8_t>((bytes.size() - 2) >> 8);
    bytes[1] = static_cast<std::uint8_t>(bytes.size() - 2);
}

void put_number(Bytes& bytes, unsigned first, std::uint32_t value) {
    for (unsigned i = 0; i < 4; ++i) bytes[first + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

}  // namespace

/// Formats 0 (tracks), 1 (sessions) and 2 (as recorded). The format may stand in byte 9, as in SFF-8020.
void AtapiCdrom::read_toc() {
    const bool as_time = packet_byte(1) & 2;
    const unsigned format = packet_byte(2) & 0xF ? packet_byte(2) & 0xF : packet_byte(9) >> 6;
    const std::uint8_t first = packet_byte(6);
    Reply bytes{0, 0, 1, 1};
    switch (format) {
        case 0:
            if (first > 1 && first != lead_out) return check_condition(atapi_sense::invalid_field);
            if (first <= 1) append_track(bytes, 1, 0, as_time);
            append_track(bytes, lead_out, block_count(), as_time);
            break;
        case 1: append_track(bytes, 1, 0, as_time); break;
        case 2:
            append_raw_entry(bytes, 0xA0, 1 * 60 * 75);
            append_raw_entry(bytes, 0xA1, 1 * 60 * 75);
            append_raw_entry(bytes, 0xA2, block_count() + lead_in_frames);
            append_raw_entry(bytes, 1, lead_in_frames);
            break;
        default: return check_condition(atapi_sense::invalid_field);
    }
    set_length(bytes);
    reply(std::move(bytes), packet_number(7, 2));
}

void AtapiCdrom::read_disc_information() {
    Reply bytes(34);
    bytes[2] = 0x0E;  // a complete disc
    bytes[3] = bytes[4] = bytes[5] = bytes[6] = 1;
    bytes[7] = 0x20;
    set_length(bytes);
    reply(std::move(bytes), packet_number(7, 2));
}

void AtapiCdrom::read_track_information() {
    Reply bytes(36);
    bytes[2] = bytes[3] = 1;  // track and session
    bytes[5] = data_track & 0xF;
    bytes[6] = 1;  // mode 1
    put_number(bytes, 24, block_count());
    set_length(bytes);
    reply(std::move(bytes), packet_number(7, 2));
}

/// There is no audio, so nothing plays.
void AtapiCdrom::read_subchannel() {
    constexpr std::uint8_t no_audio_status = 0x15;
    const bool wants_position = (packet_byte(2) & 0x40) && packet_byte(3) == 1;
    Reply bytes(wants_position ? 16 : 4);
    bytes[1] = no_audio_status;
    if (wants_position) {
        bytes[3] = 12;
        bytes[4] = 1;
        bytes[5] = data_track;
        bytes[6] = bytes[7] = 1;
    }
    reply(std::move(bytes), packet_number(7, 2));
}

}  // namespace calque
