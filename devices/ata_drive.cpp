// The protocol that every drive follows, whatever it stores (ATA/ATAPI-6, "Interface register definitions
// and descriptions" and "Protocol").
#include "devices/ata_drive.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace calque {
namespace {

constexpr Nanoseconds command_time = 20'000;
constexpr Nanoseconds reset_time = 100'000;

constexpr std::uint8_t device_reset = 0x08;
constexpr std::uint8_t diagnostic_passed = 0x01;

/// A write moves the old value to the high byte.
std::uint16_t pushed(std::uint16_t reg, std::uint8_t value) {
    return static_cast<std::uint16_t>(reg << 8 | value);
}

}  // namespace

AtaDrive::AtaDrive(Clock& clock, std::string name, AtaDriveState& state, AtaCable& cable)
    : state_(state), clock_(clock), cable_(cable), timer_(clock, std::move(name), [this] { expired(); }) {}

std::uint8_t AtaDrive::read(AtaRegister reg, bool high) const {
    const auto half = [high](std::uint16_t value) {
        return static_cast<std::uint8_t>(high ? value >> 8 : value);
    };
    switch (reg) {
        case AtaRegister::features: return state_.error;
        case AtaRegister::sector_count: return half(state_.sector_count);
        case AtaRegister::lba_low: return half(state_.lba_low);
        case AtaRegister::lba_mid: return half(state_.lba_mid);
        case AtaRegister::lba_high: return half(state_.lba_high);
        case AtaRegister::device: return static_cast<std::uint8_t>(state_.device | 0xA0);
        default: return state_.status;
    }
}

void AtaDrive::write(AtaRegister reg, std::uint8_t value) {
    if (state_.status & (ata_status::busy | ata_status::data_request)) return;
    switch (reg) {
        case AtaRegister::features: state_.features = pushed(state_.features, value); break;
        case AtaRegister::sector_count: state_.sector_count = pushed(state_.sector_count, value); break;
        case AtaRegister::lba_low: state_.lba_low = pushed(state_.lba_low, value); break;
        case AtaRegister::lba_mid: state_.lba_mid = pushed(state_.lba_mid, value); break;
        case AtaRegister::lba_high: state_.lba_high = pushed(state_.lba_high, value); break;
        case AtaRegister::device: state_.device = value; break;
        default: break;
    }
}

void AtaDrive::write_command(std::uint8_t command) {
    const bool occupied = state_.status & (ata_status::busy | ata_status::data_request);
    if (occupied && command != device_reset) return;
    set_interrupt(false);
    clear_transfer();
    state_.command = command;
    state_.error = 0;
    state_.status = ata_status::busy;
    schedule(AtaStep::execute, command_time);
}

std::uint32_t AtaDrive::read_data(unsigned size) {
    if (!(state_.status & ata_status::data_request)) return 0;
    std::uint32_t value = 0;
    for (unsigned i = 0; i < size && state_.position < state_.block_end; ++i) {
        value |= std::uint32_t{state_.buffer[state_.position++]} << 8 * i;
    }
    if (state_.position == state_.block_end) block_moved();
    return value;
}

void AtaDrive::write_data(std::uint32_t value, unsigned size) {
    if (!(state_.status & ata_status::data_request)) return;
    for (unsigned i = 0; i < size && state_.position < state_.block_end; ++i) {
        state_.buffer[state_.position++] = static_cast<std::uint8_t>(value >> 8 * i);
    }
    if (state_.position == state_.block_end) block_moved();
}

void AtaDrive::set_interrupt(bool level) {
    if (state_.interrupt == level) return;
    state_.interrupt = level;
    cable_.interrupt_changed();
}

void AtaDrive::acknowledge_interrupt() { set_interrupt(false); }

void AtaDrive::power_on() {
    state_ = {};
    timer_.disarm();
    reset_settings();
    diagnose();
    cable_.interrupt_changed();
}

void AtaDrive::begin_reset() {
    set_interrupt(false);
    clear_transfer();
    timer_.disarm();
    state_.deadline = never;
    state_.step = AtaStep::none;
    state_.status = ata_status::busy;
}

void AtaDrive::end_reset() { schedule(AtaStep::finish_reset, reset_time); }

void AtaDrive::diagnose() {
    set_signature();
    state_.error = diagnostic_passed;
    state_.status = idle_status();
}

void AtaDrive::schedule(AtaStep step, Nanoseconds delay) {
    state_.step = step;
    state_.deadline = clock_.now() + delay;
    timer_.arm(state_.deadline);
}

void AtaDrive::expired() {
    const AtaStep step = std::exchange(state_.step, AtaStep::none);
    state_.deadline = never;
    switch (step) {
        case AtaStep::execute: execute(); break;
        case AtaStep::finish_reset: diagnose(); break;
        default: run_step(step); break;
    }
}

void AtaDrive::await_dma() {
    state_.step = AtaStep::await_dma;
    cable_.dma_requested();
}

void AtaDrive::start_dma() { schedule(AtaStep::run_dma, dma_time()); }

void AtaDrive::request_block(std::uint32_t end, bool interrupt) {
    state_.block_end = end;
    state_.status = ata_status::ready | ata_status::seek_complete | ata_status::data_request;
    if (interrupt) set_interrupt(true);
}

void AtaDrive::complete() {
    clear_transfer();
    state_.status = ata_status::ready | ata_status::seek_complete;
    set_interrupt(true);
}

void AtaDrive::fail(std::uint8_t error, std::uint8_t more_status) {
    clear_transfer();
    state_.error = error;
    state_.status = static_cast<std::uint8_t>(ata_status::ready | ata_status::error | more_status);
    set_interrupt(true);
}

void AtaDrive::clear_transfer() {
    state_.buffer.clear();
    state_.position = 0;
    state_.block_end = 0;
    state_.sectors_left = 0;
    state_.packet.receiving_packet = false;
}

void AtaDrive::restored() {
    const bool in_buffer = state_.position <= state_.block_end && state_.block_end <= state_.buffer.size();
    if (!in_buffer || !state_is_possible()) {
        throw std::runtime_error(fmt::format("the saved state of {} is damaged", timer_.name()));
    }
    state_taken();
    timer_.arm(state_.deadline);
    cable_.interrupt_changed();
}

}  // namespace calque
