// Controller commands, the output buffer and its interrupts.
#include "devices/ps2_controller8042.hpp"

#include "devices/bits.hpp"
#include "devices/ps2_scan_codes.hpp"

namespace calque {

namespace {

enum Status : std::uint8_t {
    output_buffer_full = 0x01,
    system_flag = 0x04,
    was_command = 0x08,
    not_inhibited = 0x10,
    output_from_aux = 0x20
};
enum CommandByte : std::uint8_t {
    keyboard_interrupt = 0x01,
    aux_interrupt = 0x02,
    system_bit = 0x04,
    keyboard_disabled = 0x10,
    aux_disabled = 0x20,
    translates = 0x40
};
enum OutputPort : std::uint8_t { not_resetting = 0x01, a20_on = 0x02, irq1_level = 0x10, irq12_level = 0x20 };
enum Command : std::uint8_t {
    read_command_byte = 0x20,  // to 3Fh: a byte of the RAM
    write_command_byte = 0x60,
    write_ram_last = 0x7F,
    test_password = 0xA4,
    disable_aux = 0xA7,
    enable_aux = 0xA8,
    test_aux = 0xA9,
    self_test = 0xAA,
    test_keyboard = 0xAB,
    disable_keyboard = 0xAD,
    enable_keyboard = 0xAE,
    read_input_port = 0xC0,
    read_output_port = 0xD0,
    write_output_port = 0xD1,
    write_keyboard_output = 0xD2,
    write_aux_output = 0xD3,
    write_to_aux = 0xD4,
    a20_off_command = 0xDD,
    a20_on_command = 0xDF,
    read_test_inputs = 0xE0,
    pulse_first = 0xF0
};
constexpr std::uint8_t self_test_ok = 0x55, interface_ok = 0x00, no_password = 0xF1;
constexpr std::uint8_t ram_index = 0x1F;
constexpr std::uint8_t input_port_value = 0x80;  // keyboard not locked
constexpr std::uint8_t release = 0xF0, release_bit = 0x80;

constexpr bool takes_parameter(std::uint8_t command) {
    return (command >= write_command_byte && command <= write_ram_last) ||
           (command >= write_output_port && command <= write_to_aux);
}

}  // namespace

Ps2Controller8042::Ps2Controller8042(Clock& clock, Ps2Device& keyboard, Ps2Device& mouse)
    : clock_(clock),
      keyboard_(keyboard),
      mouse_(mouse),
      transfer_timer_(clock, "8042", [this] { transfer(); }) {
    keyboard_.on_output([this] { pump(); });
    mouse_.on_output([this] { pump(); });
    reset();
}

void Ps2Controller8042::restore(const State& state) {
    state_ = state;
    transfer_timer_.arm(state_.transfer_at);
    a20.set(state_.output_port & a20_on);
    update_irqs();
    pump();
}

std::uint32_t Ps2Controller8042::port_read(std::uint16_t port, unsigned /*size*/) {
    return port == data_port ? read_data() : status();
}

void Ps2Controller8042::port_write(std::uint16_t port, std::uint32_t value, unsigned /*size*/) {
    if (port == data_port)
        write_data(byte_of(value));
    else
        write_command(byte_of(value));
}

// ---- output buffer ----------------------------------------------------------

std::uint8_t Ps2Controller8042::status() const {
    unsigned value = not_inhibited;
    if (state_.output_full) value |= output_buffer_full;
    if (state_.output_full && state_.output_is_aux) value |= output_from_aux;
    if (state_.self_test_passed || state_.command_byte & system_bit) value |= system_flag;
    if (state_.last_write_was_command) value |= was_command;
    return static_cast<std::uint8_t>(value);
}

std::uint8_t Ps2Controller8042::read_data() {
    const std::uint8_t byte = state_.output;
    state_.output_full = false;
    update_irqs();
    pump();
    return byte;
}

void Ps2Controller8042::put(std::uint8_t byte, bool aux) {
    state_.output = byte;
    state_.output_full = true;
    state_.output_is_aux = aux;
    update_irqs();
}

void Ps2Controller8042::reply(std::uint8_t byte, bool aux) {
    state_.replies.push_back(aux);
    state_.replies.push_back(byte);
    pump();
}

void Ps2Controller8042::update_irqs() {
    const bool aux = state_.output_is_aux;
    keyboard_irq.set(state_.output_full && !aux && state_.command_byte & keyboard_interrupt);
    mouse_irq.set(state_.output_full && aux && state_.command_byte & aux_interrupt);
}

Ps2Device* Ps2Controller8042::ready_device() const {
    if (!(state_.command_byte & keyboard_disabled) && keyboard_.has_output()) return &keyboard_;
    if (!(state_.command_byte & aux_disabled) && mouse_.has_output()) return &mouse_;
    return nullptr;
}

/// Fills the output buffer if that can be done now, or sees to it that it will be.
void Ps2Controller8042::pump() {
    if (state_.output_full) return;
    if (!state_.replies.empty()) {
        const bool aux = state_.replies[0];
        const std::uint8_t byte = state_.replies[1];
        state_.replies.erase(state_.replies.begin(), state_.replies.begin() + 2);
        put(byte, aux);
    } else if (state_.transfer_at == never && ready_device()) {
        state_.transfer_at = clock_.now() + byte_time;
        transfer_timer_.arm(state_.transfer_at);
    }
}

void Ps2Controller8042::transfer() {
    state_.transfer_at = never;
    if (state_.output_full) return;
    Ps2Device* device = ready_device();
    if (device == &keyboard_)
        transfer_keyboard();
    else if (device)
        put(device->read(), true);
}

// The release prefix is folded into the code that follows it.
void Ps2Controller8042::transfer_keyboard() {
    const std::uint8_t byte = keyboard_.read();
    if (!(state_.command_byte & translates)) return put(byte, false);
    if (byte == release) {
        state_.release_prefix = true;
        if (keyboard_.has_output()) transfer_keyboard();
        return;
    }
    put(static_cast<std::uint8_t>(translate_scan_code(byte) | (state_.release_prefix ? release_bit : 0)),
        false);
    state_.release_prefix = false;
}

// ---- commands ---------------------------------------------------------------

// A byte for a device also enables its interface.
void Ps2Controller8042::write_data(std::uint8_t value) {
    state_.last_write_was_command = false;
    const std::uint8_t command = state_.command;
    state_.command = 0;
    if (command) {
        take_parameter(command, value);
    } else {
        set_command_bit(keyboard_disabled, false);
        keyboard_.write(value);
    }
    pump();
}

void Ps2Controller8042::write_command(std::uint8_t command) {
    state_.last_write_was_command = true;
    state_.command = takes_parameter(command) ? command : 0;
    if (!state_.command) run_command(command);
}

void Ps2Controller8042::set_command_bit(std::uint8_t mask, bool set) {
    state_.command_byte = merge(state_.command_byte, set ? mask : 0, mask);
    update_irqs();
    pump();
}

void Ps2Controller8042::run_command(std::uint8_t command) {
    switch (command) {
        case read_command_byte: return reply(state_.command_byte);
        case test_password: return reply(no_password);
        case disable_aux: return set_command_bit(aux_disabled, true);
        case enable_aux: return set_command_bit(aux_disabled, false);
        case disable_keyboard: return set_command_bit(keyboard_disabled, true);
        case enable_keyboard: return set_command_bit(keyboard_disabled, false);
        case test_aux:
        case test_keyboard: return reply(interface_ok);
        case self_test: state_.self_test_passed = true; return reply(self_test_ok);
        case read_input_port: return reply(input_port_value);
        case read_output_port:
            return reply(static_cast<std::uint8_t>(state_.output_port |
                                                   (keyboard_irq.level() ? irq1_level : 0) |
                                                   (mouse_irq.level() ? irq12_level : 0)));
        case a20_off_command: return set_output_port(state_.output_port & ~a20_on & 0xFF);
        case a20_on_command: return set_output_port(state_.output_port | a20_on);
        case read_test_inputs: return reply(0);
        default: break;
    }
    if (command > read_command_byte && command < read_command_byte + state_.ram.size())
        return reply(state_.ram[command & ram_index]);
    // F0h..FFh pulse those of the output port's low lines whose bit is 0.
    if (command >= pulse_first && !(command & not_resetting) && reset_line_) reset_line_();
}

void Ps2Controller8042::take_parameter(std::uint8_t command, std::uint8_t value) {
    switch (command) {
        case write_command_byte:
            state_.command_byte = value;
            update_irqs();
            break;
        case write_output_port: set_output_port(value); break;
        case write_keyboard_output: reply(value); break;
        case write_aux_output: reply(value, true); break;
        case write_to_aux:
            set_command_bit(aux_disabled, false);
            mouse_.write(value);
            break;
        default: state_.ram[command & ram_index] = value;
    }
}

void Ps2Controller8042::set_output_port(std::uint8_t value) {
    state_.output_port = value & (not_resetting | a20_on);
    a20.set(value & a20_on);
    if (!(value & not_resetting) && reset_line_) reset_line_();
}

}  // namespace calque
