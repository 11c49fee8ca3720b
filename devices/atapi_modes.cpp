// Packet commands that tell what the drive can do and what has happened to it.
#include "devices/atapi_cdrom.hpp"
#include "devices/atapi_sense.hpp"

#include <algorithm>
#include <utility>

namespace calque {
namespace {

constexpr std::uint8_t page_errors = 0x01;
constexpr std::uint8_t page_audio = 0x0E;
constexpr std::uint8_t page_capabilities = 0x2A;
constexpr std::uint8_t page_all = 0x3F;

constexpr std::uint8_t tray_mechanism = 0x29;  // a tray that the host can open and lock

constexpr std::uint8_t media_events = 0x10;
constexpr std::uint8_t media_event_class = 4;

constexpr std::uint16_t profile_cdrom = 0x0008;

using Bytes = std::vector<std::uint8_t>;

void append(Bytes& bytes, std::initializer_list<int> values) {
    for (const int value : values) bytes.push_back(static_cast<std::uint8_t>(value));
}

void append_page(Bytes& bytes, std::uint8_t page, bool locked) {
    switch (page) {
        case page_errors: append(bytes, {page, 6, 0, 5, 0, 0, 0, 0}); break;
        case page_audio: append(bytes, {page, 14, 4, 0, 0, 0, 0, 75, 1, 255, 2, 255, 0, 0, 0, 0}); break;
        case page_capabilities:
            append(bytes, {page, 18, 0x03, 0x00, 0x71, 0x01, tray_mechanism | (locked ? 2 : 0), 0x00});
            append(bytes, {0x0B, 0x00, 0x00, 0x02, 0x02, 0x00, 0x0B, 0x00, 0, 0, 0, 0});
            break;
        default: break;
    }
}

struct Feature {
    std::uint16_t code;
    bool current;
    Bytes bytes;
};

/// A feature: code, version and flags, length, then its own bytes.
void append_feature(Bytes& bytes, const Feature& feature) {
    append(bytes, {feature.code >> 8, feature.code & 0xFF, feature.current ? 1 : 0,
                   static_cast<int>(feature.bytes.size())});
    bytes.insert(bytes.end(), feature.bytes.begin(), feature.bytes.end());
}

std::vector<Feature> features(bool medium) {
    const auto present = static_cast<std::uint8_t>(medium);
    return {
        {0x0000, true, {0, profile_cdrom, present, 0}},    // profile list
        {0x0001, true, {0, 0, 0, 2}},                      // core, on ATAPI
        {0x0003, true, {tray_mechanism, 0, 0, 0}},         // removable medium
        {0x0010, medium, {0, 0, 0x08, 0x00, 0, 1, 0, 0}},  // random readable
        {0x001E, medium, {0, 0, 0, 0}},                    // CD read
    };
}

}  // namespace

void AtapiCdrom::mode_sense() {
    if (packet_byte(2) >> 6 == 3) return check_condition(atapi_sense::no_saved_parameters);
    const std::uint8_t page = packet_byte(2) & 0x3F;
    Reply bytes(8);
    for (const std::uint8_t known : {page_errors, page_audio, page_capabilities}) {
        if (page == known || page == page_all) append_page(bytes, known, state().packet.locked);
    }
    if (bytes.size() == 8) return check_condition(atapi_sense::invalid_field);
    bytes[1] = static_cast<std::uint8_t>(bytes.size() - 2);
    bytes[2] = medium() ? 0x01 : 0x70;
    reply(std::move(bytes), packet_number(7, 2));
}

/// Byte 1 asks for all features from a number on, for the current ones, or for one.
void AtapiCdrom::get_configuration() {
    const unsigned kind = packet_byte(1) & 3;
    const std::uint32_t first = packet_number(2, 2);
    Reply bytes(8);
    for (const Feature& feature : features(medium() != nullptr)) {
        const bool wanted = kind == 2 ? feature.code == first : feature.code >= first;
        if (wanted && (kind != 1 || feature.current)) append_feature(bytes, feature);
    }
    bytes[3] = static_cast<std::uint8_t>(bytes.size() - 4);
    bytes[7] = medium() ? profile_cdrom : 0;
    reply(std::move(bytes), packet_number(7, 2));
}

void AtapiCdrom::get_event_status() {
    const bool polled = packet_byte(1) & 1;
    if (!polled) return check_condition(atapi_sense::invalid_field);
    if (!(packet_byte(4) & media_events)) return reply({0, 2, 0x80, media_events}, packet_number(7, 2));
    const std::uint8_t event = std::exchange(state().packet.event, std::uint8_t{0});
    const int present = medium() ? 2 : 0;
    const int open = state().packet.tray_open ? 1 : 0;
    reply({0, 6, media_event_class, media_events, event, static_cast<std::uint8_t>(present | open), 0, 0},
          packet_number(7, 2));
}

void AtapiCdrom::mechanism_status() {
    Reply bytes(8);
    bytes[1] = state().packet.tray_open ? 0x10 : 0;
    reply(std::move(bytes), packet_number(8, 2));
}

}  // namespace calque
