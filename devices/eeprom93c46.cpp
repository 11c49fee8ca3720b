// The instruction set of the 93C46 (data sheet, "Instruction Set", x16 organisation). Writing takes no time.
#include "devices/eeprom93c46.hpp"

#include "devices/bits.hpp"

namespace calque {

namespace {

constexpr unsigned opcode_bits = 2, address_bits = 6, word_bits = 16;
constexpr std::uint16_t erased = 0xFFFF;

enum Opcode : std::uint8_t { extended_instruction = 0, write = 1, read = 2, erase = 3 };
/// The upper two address bits of an extended instruction.
enum Extended : std::uint8_t { disable_writes = 0, write_all = 1, erase_all = 2, enable_writes = 3 };

}  // namespace

void Eeprom93c46::set_inputs(bool select, bool clock, bool data) {
    const bool rising = clock && !state_.clock;
    state_.clock = clock;
    if (!select || !state_.select) {
        state_.phase = Phase::standby;
        state_.output = true;
    }
    state_.select = select;
    if (select && rising) clock_in(data);
}

void Eeprom93c46::clock_in(bool data) {
    switch (state_.phase) {
        case Phase::standby:
            if (data) state_.phase = Phase::instruction;  // the start bit
            state_.shift = state_.bits = 0;
            break;
        case Phase::instruction: instruction_bit(data); break;
        case Phase::reading: read_bit(); break;
        case Phase::writing: write_bit(data); break;
        case Phase::done: break;
    }
}

void Eeprom93c46::instruction_bit(bool data) {
    state_.shift = static_cast<std::uint16_t>(state_.shift << 1 | data);
    if (++state_.bits < opcode_bits + address_bits) return;
    state_.opcode = state_.shift >> address_bits & 3;
    state_.address = state_.shift & 0x3F;
    state_.shift = state_.bits = 0;
    start();
}

void Eeprom93c46::start() {
    state_.phase = Phase::done;
    switch (state_.opcode) {
        case read:
            state_.phase = Phase::reading;
            state_.output = false;  // the dummy bit before the data
            break;
        case write: state_.phase = Phase::writing; break;
        case erase: store(erased); break;
        default: extended(); break;
    }
}

void Eeprom93c46::extended() {
    switch (state_.address >> 4) {
        case enable_writes: state_.write_enabled = true; break;
        case disable_writes: state_.write_enabled = false; break;
        case erase_all: store(erased); break;
        default: state_.phase = Phase::writing; break;
    }
}

/// ERAL and WRAL mean every word.
bool Eeprom93c46::addresses_all() const { return state_.opcode == extended_instruction; }

void Eeprom93c46::store(std::uint16_t value) {
    if (!state_.write_enabled) return;
    if (addresses_all())
        state_.words.fill(value);
    else
        state_.words[state_.address & 0x3F] = value;
}

// A read goes on with the next word for as long as it is clocked.
void Eeprom93c46::read_bit() {
    const unsigned position = state_.bits & (word_bits - 1);
    state_.output = bit(state_.words[state_.address & 0x3F], word_bits - 1 - position);
    state_.bits = static_cast<std::uint8_t>(position + 1);
    if (state_.bits < word_bits) return;
    state_.bits = 0;
    state_.address = (state_.address + 1) & 0x3F;
}

void Eeprom93c46::write_bit(bool data) {
    state_.shift = static_cast<std::uint16_t>(state_.shift << 1 | data);
    if (++state_.bits < word_bits) return;
    store(state_.shift);
    state_.phase = Phase::done;
}

}  // namespace calque
