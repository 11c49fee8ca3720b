// Selection of drives, software reset and interrupts of a channel.
#include "devices/ide_channel.hpp"

namespace calque {
namespace {

constexpr std::uint8_t floating = 0x7F;

constexpr std::uint8_t control_interrupts_off = 0x02;
constexpr std::uint8_t control_reset = 0x04;
constexpr std::uint8_t control_high_bytes = 0x80;

constexpr std::uint8_t execute_diagnostic = 0x90;

}  // namespace

void IdeChannel::attach_ports(PortBus& ports, std::uint16_t command_base, std::uint16_t control_port,
                              const std::string& name) {
    command_base_ = command_base;
    ports.attach(command_base, static_cast<std::uint16_t>(command_base + 7), *this, name, 4);
    ports.attach(control_port, control_port, *this, name);
}

void IdeChannel::reset() {
    state_.selected = 0;
    state_.control = 0;
    state_.bus_master = {};
    for (const auto& drive : drives_) {
        if (drive) drive->power_on();
    }
}

void IdeChannel::restored() {
    state_.selected &= 1;
    for (const auto& drive : drives_) {
        if (drive) drive->restored();
    }
}

void IdeChannel::interrupt_changed() {
    const AtaDrive* drive = selected();
    const bool level = drive && drive->interrupt() && !(state_.control & control_interrupts_off);
    if (level && !irq.level()) bus_master_.latch_interrupt();
    irq.set(level);
}

void IdeChannel::dma_requested() {
    AtaDrive* drive = selected();
    if (drive && drive->awaits_dma() && bus_master_.active()) drive->start_dma();
}

void IdeChannel::bus_master_write(unsigned reg, std::uint8_t value) {
    bus_master_.write(reg, value);
    if (reg == IdeBusMaster::command_register) dma_requested();
}

std::uint32_t IdeChannel::port_read(std::uint16_t port, unsigned size) {
    const unsigned offset = port - command_base_;
    if (offset > 7) return read_status(false);
    if (offset == 0) return selected() ? selected()->read_data(size) : floating * 0x0101'0101U;
    std::uint32_t value = 0;
    for (unsigned i = 0; i < size; ++i) {
        value |= std::uint32_t{read_register(static_cast<AtaRegister>(offset + i))} << 8 * i;
    }
    return value;
}

void IdeChannel::port_write(std::uint16_t port, std::uint32_t value, unsigned size) {
    const unsigned offset = port - command_base_;
    if (offset > 7) return write_control(static_cast<std::uint8_t>(value));
    if (offset == 0) {
        if (selected()) selected()->write_data(value, size);
        return;
    }
    for (unsigned i = 0; i < size; ++i) {
        write_register(static_cast<AtaRegister>(offset + i), static_cast<std::uint8_t>(value >> 8 * i));
    }
}

std::uint8_t IdeChannel::read_register(AtaRegister reg) {
    if (reg == AtaRegister::command) return read_status(true);
    const AtaDrive* drive = selected() ? selected() : drives_[0].get();
    return drive ? drive->read(reg, state_.control & control_high_bytes) : floating;
}

std::uint8_t IdeChannel::read_status(bool acknowledge) {
    AtaDrive* drive = selected();
    if (!drive) return state_.selected == 1 && drives_[0] ? 0 : floating;
    const std::uint8_t status = drive->status();
    if (acknowledge) drive->acknowledge_interrupt();
    return status;
}

void IdeChannel::write_register(AtaRegister reg, std::uint8_t value) {
    state_.control &= static_cast<std::uint8_t>(~control_high_bytes);
    if (reg == AtaRegister::command) return write_command(value);
    if (reg == AtaRegister::device) state_.selected = value >> 4 & 1;
    for (const auto& drive : drives_) {
        if (drive) drive->write(reg, value);
    }
    interrupt_changed();
}

void IdeChannel::write_command(std::uint8_t command) {
    if (command == execute_diagnostic) return run_diagnostic(command);
    if (selected()) selected()->write_command(command);
}

/// Both drives do it, and drive 0 reports.
void IdeChannel::run_diagnostic(std::uint8_t command) {
    state_.selected = 0;
    if (drives_[1]) {
        drives_[1]->begin_reset();
        drives_[1]->end_reset();
    }
    if (drives_[0]) drives_[0]->write_command(command);
    interrupt_changed();
}

void IdeChannel::write_control(std::uint8_t value) {
    const bool was_in_reset = state_.control & control_reset;
    const bool in_reset = value & control_reset;
    state_.control = value;
    if (in_reset) state_.selected = 0;
    for (const auto& drive : drives_) {
        if (drive && in_reset && !was_in_reset) drive->begin_reset();
        if (drive && !in_reset && was_in_reset) drive->end_reset();
    }
    interrupt_changed();
}

}  // namespace calque
