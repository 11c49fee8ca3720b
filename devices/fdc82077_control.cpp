// The table of commands, and those that only set and tell (data sheet, "Command Set/Descriptions").
#include "devices/bits.hpp"
#include "devices/fdc82077.hpp"
#include "devices/fdc82077_bits.hpp"

#include <algorithm>
#include <bit>

namespace calque {

using namespace fdc;

namespace {

constexpr std::uint8_t controller_version = 0x90;
constexpr std::uint8_t drive_selects = 0x3C, overwrite = 0x80, gap_and_write_gate = 0x03;

}  // namespace

const Fdc82077::Command* Fdc82077::find(std::uint8_t opcode) {
    using Fdc = Fdc82077;
    constexpr std::uint8_t mfm = option::mfm, lock = option::lock, inward = option::inward;
    constexpr std::uint8_t write = option::multi_track | option::mfm, read = write | option::skip;
    static constexpr Command commands[] = {
        {0x02, option::mfm | option::skip, 9, &Fdc::read_or_write},  // READ TRACK
        {0x03, 0, 3, &Fdc::specify},
        {0x04, 0, 2, &Fdc::sense_drive_status},
        {0x05, write, 9, &Fdc::read_or_write},  // WRITE DATA
        {0x06, read, 9, &Fdc::read_or_write},   // READ DATA
        {0x07, 0, 2, &Fdc::recalibrate},
        {0x08, 0, 1, &Fdc::sense_interrupt_status},
        {0x09, write, 9, &Fdc::read_or_write},  // WRITE DELETED DATA
        {0x0A, mfm, 2, &Fdc::read_id},
        {0x0C, read, 9, &Fdc::read_or_write},  // READ DELETED DATA
        {0x0D, mfm, 6, &Fdc::format_track},
        {0x0E, 0, 1, &Fdc::dump_registers},
        {0x0F, 0, 3, &Fdc::seek},
        {0x10, 0, 1, &Fdc::version},
        {0x11, read, 9, &Fdc::read_or_write},  // SCAN EQUAL
        {0x12, 0, 2, &Fdc::perpendicular_mode},
        {0x13, 0, 4, &Fdc::configure},
        {0x14, lock, 1, &Fdc::lock},
        {0x16, read, 9, &Fdc::read_or_write},  // VERIFY
        {0x19, read, 9, &Fdc::read_or_write},  // SCAN LOW OR EQUAL
        {0x1D, read, 9, &Fdc::read_or_write},  // SCAN HIGH OR EQUAL
        {0x8F, inward, 3, &Fdc::relative_seek},
    };
    const auto matches = [=](const Command& command) { return (opcode & ~command.options) == command.code; };
    const auto found = std::ranges::find_if(commands, matches);
    return found == std::end(commands) ? nullptr : found;
}

// PART ID is among these: the 82078 has it.
void Fdc82077::invalid() { reply({st0::invalid}); }

void Fdc82077::specify() { std::copy_n(&state_.command[1], state_.specify.size(), state_.specify.begin()); }

void Fdc82077::sense_drive_status() {
    constexpr std::uint8_t ready = 0x20, two_sided = 0x08;
    const FloppyDrive* drive = selected();
    std::uint8_t status = ready | two_sided | (state_.command[1] & 7);
    status = with_bit(status, 4, drive && drive->track0());
    reply({with_bit(status, 6, drive && drive->write_protected())});
}

// The ends of seeks first, then what polling after a reset has found.
void Fdc82077::sense_interrupt_status() {
    const auto ended = std::ranges::find_if(state_.units, &FdcUnit::ended);
    if (ended != state_.units.end()) {
        ended->ended = false;
        reply({ended->st0, ended->cylinder});
    } else if (state_.polled) {
        const auto number = static_cast<unsigned>(std::countr_zero(state_.polled));
        state_.polled = with_bit(state_.polled, number, false);
        reply({static_cast<std::uint8_t>(st0::polled | number), state_.units[number].cylinder});
    } else {
        return invalid();
    }
    state_.interrupt = false;
    update_interrupt();
}

void Fdc82077::configure() {
    state_.configuration = state_.command[2] & 0x7F;
    state_.precompensation_track = state_.command[3];
}

void Fdc82077::dump_registers() {
    const auto& units = state_.units;
    reply({units[0].cylinder, units[1].cylinder, units[2].cylinder, units[3].cylinder, state_.specify[0],
           state_.specify[1], state_.sectors, with_bit(state_.perpendicular, 7, state_.locked),
           state_.configuration, state_.precompensation_track});
}

void Fdc82077::version() { reply({controller_version}); }

void Fdc82077::perpendicular_mode() {
    const std::uint8_t value = state_.command[1];
    const std::uint8_t written = gap_and_write_gate | (value & overwrite ? drive_selects : 0);
    state_.perpendicular = merge(state_.perpendicular, value, written);
}

void Fdc82077::lock() {
    state_.locked = option(option::lock);
    reply({with_bit(std::uint8_t{0}, 4, state_.locked)});
}

}  // namespace calque
