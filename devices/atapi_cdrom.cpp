// The CD-ROM drive's ATA side: signature, identification, and the way into packets.
#include "devices/atapi_cdrom.hpp"

#include "devices/ata_identify.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace calque {
namespace {

constexpr std::uint8_t reason_command = 0x01;  // the sector count register is the interrupt reason

constexpr std::uint8_t event_eject_request = 1;
constexpr std::uint8_t event_new_media = 2;
constexpr std::uint8_t event_media_removal = 3;

}  // namespace

AtapiCdrom::AtapiCdrom(Clock& clock, std::string name, AtaDriveState& state, AtaCable& cable,
                       std::unique_ptr<DiskImage> image)
    : AtaDrive(clock, name, state, cable), serial_(fmt::format("CQ-{}", name)) {
    if (image) medium_ = std::make_unique<CdImage>(std::move(image));
    power_on();
}

void AtapiCdrom::insert(std::unique_ptr<DiskImage> image) {
    medium_ = image ? std::make_unique<CdImage>(std::move(image)) : nullptr;
    state().packet.tray_open = false;
    state().packet.attention = medium_ != nullptr;
    state().packet.event = medium_ ? event_new_media : event_media_removal;
}

void AtapiCdrom::request_eject() { state().packet.event = event_eject_request; }

void AtapiCdrom::execute() {
    using Drive = AtapiCdrom;
    static constexpr AtaCommand commands[] = {
        {0x08, &Drive::device_reset},    {0x20, &Drive::refuse_with_signature},
        {0x90, &Drive::run_diagnostic},  {0xA0, &Drive::packet},
        {0xA1, &Drive::identify_packet}, {0xE0, &Drive::succeed},
        {0xE1, &Drive::succeed},         {0xE5, &Drive::check_power},
        {0xE6, &Drive::succeed},         {0xEC, &Drive::refuse_with_signature},
        {0xEF, &Drive::set_features},
    };
    const auto found = std::ranges::find(commands, state().command, &AtaCommand::opcode);
    if (found == std::end(commands)) return abort();
    (this->*found->run)();
}

void AtapiCdrom::run_step(AtaStep step) {
    switch (step) {
        case AtaStep::run_packet: run_packet(); break;
        case AtaStep::next_block: offer_block(); break;
        case AtaStep::finish_packet: finish_packet(); break;
        case AtaStep::run_dma: run_dma(); break;
        default: break;
    }
}

void AtapiCdrom::set_signature() {
    state().sector_count = 1;
    state().lba_low = 1;
    state().lba_mid = 0x14;
    state().lba_high = 0xEB;
    state().device = 0;
}

void AtapiCdrom::reset_settings() {
    const AtapiState old = state().packet;
    state().packet = {};
    state().packet.tray_open = old.tray_open;
    state().packet.attention = old.attention;
    state().packet.event = old.event;
    state().transfer_mode = 0;
}

bool AtapiCdrom::state_is_possible() const {
    const AtapiState& packet = state().packet;
    return !packet.receiving_packet || state().buffer.size() == packet.packet.size();
}

void AtapiCdrom::packet() {
    state().packet.receiving_packet = true;
    state().packet.raw_sector = 0;
    state().packet.data_left = 0;
    const unsigned limit = (state().lba_mid & 0xFFU) | (state().lba_high & 0xFFU) << 8;
    state().packet.byte_limit = static_cast<std::uint16_t>(limit == 0 || limit == 0xFFFF ? 0xFFFE : limit);
    state().buffer.assign(state().packet.packet.size(), 0);
    state().sector_count = reason_command;
    request_block(static_cast<std::uint32_t>(state().buffer.size()), false);
}

void AtapiCdrom::identify_packet() {
    const AtaIdentity words = identify_cdrom(state(), serial_);
    for (const std::uint16_t word : words) {
        state().buffer.push_back(static_cast<std::uint8_t>(word));
        state().buffer.push_back(static_cast<std::uint8_t>(word >> 8));
    }
    request_block(static_cast<std::uint32_t>(state().buffer.size()), true);
}

void AtapiCdrom::refuse_with_signature() {
    const std::uint8_t device = state().device;
    set_signature();
    state().device = device;
    abort();
}

/// Ends without an interrupt.
void AtapiCdrom::device_reset() {
    const std::uint8_t device = state().device & 0x10;
    clear_transfer();
    diagnose();
    state().device = device;
}

void AtapiCdrom::run_diagnostic() {
    diagnose();
    set_interrupt(true);
}

void AtapiCdrom::set_features() {
    if ((state().features & 0xFF) == 0x03)
        state().transfer_mode = static_cast<std::uint8_t>(state().sector_count);
    complete();
}

void AtapiCdrom::check_power() {
    state().sector_count = 0xFF;
    complete();
}

void AtapiCdrom::succeed() { complete(); }

}  // namespace calque
