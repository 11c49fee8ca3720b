// What the registers of a YMF262 mean to its operators and channels (application manual, "Register Map").
#include "devices/bits.hpp"
#include "devices/ymf262_synthesis.hpp"

#include <algorithm>

namespace calque::ymf262 {

namespace {

constexpr unsigned bank = 0x100, operators_a_bank = 18, channels_a_bank = 9;
constexpr unsigned four_operator_register = 0x104, new_register = 0x105;
constexpr unsigned note_select_register = 0x08, rhythm_register = 0xBD;

bool is_new(const Registers& registers) { return registers[new_register] & 1; }

/// Operators 0..5 are at offsets 0..5, 6..11 at 8..13, 12..17 at 16..21.
unsigned operator_offset(unsigned number) {
    const unsigned in_bank = number % operators_a_bank;
    return number / operators_a_bank * bank + in_bank / 6 * 8 + in_bank % 6;
}

unsigned channel_offset(unsigned number) {
    return number / channels_a_bank * bank + number % channels_a_bank;
}

unsigned channel_of(unsigned number) {
    const unsigned in_bank = number % operators_a_bank;
    return number / operators_a_bank * channels_a_bank + in_bank / 6 * 3 + in_bank % 3;
}

/// KSL at 6 dB an octave, in 0.75 dB.
std::uint8_t level_scaling(unsigned number, unsigned block) {
    constexpr std::array<std::uint8_t, 16> by_number{0,  32, 40, 45, 48, 51, 53, 55,
                                                     56, 58, 59, 60, 61, 62, 63, 64};
    const int scaled = by_number[number >> 6] - 8 * (8 - static_cast<int>(block));
    return static_cast<std::uint8_t>(std::max(scaled, 0));
}

}  // namespace

void Synthesis::decode_operator(const Registers& registers, unsigned number) {
    const unsigned offset = operator_offset(number);
    const std::uint8_t characteristic = registers[0x20 + offset], level = registers[0x40 + offset];
    const std::uint8_t rise = registers[0x60 + offset], fall = registers[0x80 + offset];
    OperatorSettings& settings = settings_[number];
    settings.tremolo = bit(characteristic, 7);
    settings.vibrato = bit(characteristic, 6);
    settings.sustained = bit(characteristic, 5);
    settings.scale_rate = bit(characteristic, 4);
    settings.multiple = characteristic & 15;
    settings.scale_level = level >> 6;
    settings.total_level = level & 63;
    settings.attack = rise >> 4;
    settings.decay = rise & 15;
    settings.sustain_level = fall >> 4 == 15 ? 31 : fall >> 4;
    settings.release = fall & 15;
    settings.waveform = registers[0xE0 + offset] & (is_new(registers) ? 7 : 3);
}

// Four operators: the first channel of a pair is 0..2 of a bank, the second three further.
void Synthesis::decode_channel(const Registers& registers, unsigned number) {
    const unsigned offset = channel_offset(number), in_bank = number % channels_a_bank;
    const unsigned pair = number / channels_a_bank * 3 + in_bank % 3;
    const bool joined = is_new(registers) && in_bank < 6 && bit(registers[four_operator_register], pair);
    Channel& channel = channels_[number];
    channel.kind = !joined ? Kind::two_operators : in_bank < 3 ? Kind::four_operators : Kind::second_half;

    const std::uint8_t control = registers[0xC0 + offset];
    channel.additive = bit(control, 0);
    channel.feedback = control >> 1 & 7;
    channel.left = !is_new(registers) || bit(control, 4);
    channel.right = !is_new(registers) || bit(control, 5);

    const unsigned leader = channel.kind == Kind::second_half ? offset - 3 : offset;
    const std::uint8_t high = registers[0xB0 + leader];
    channel.key = bit(high, 5);
    channel.pitch.number = static_cast<std::uint16_t>((high & 3) << 8 | registers[0xA0 + leader]);
    channel.pitch.block = high >> 2 & 7;
    const unsigned split = bit(registers[note_select_register], 6) ? 8 : 9;
    channel.pitch.rate_key =
        static_cast<std::uint8_t>(channel.pitch.block << 1 | (channel.pitch.number >> split & 1));
    channel.pitch.attenuation = level_scaling(channel.pitch.number, channel.pitch.block);
}

void Synthesis::decode_all(const Registers& registers) {
    for (unsigned number = 0; number < operator_count; ++number) decode_operator(registers, number);
    for (unsigned number = 0; number < channel_count; ++number) decode_channel(registers, number);
    const std::uint8_t rhythm = registers[rhythm_register];
    deep_tremolo_ = bit(rhythm, 7);
    deep_vibrato_ = bit(rhythm, 6);
    rhythm_ = bit(rhythm, 5);
    drum_keys_ = rhythm_ ? rhythm & 0x1F : 0;
}

void Synthesis::decode(const Registers& registers, unsigned index) {
    const unsigned low = index & 0xFF;
    if (low < 0x20 || low == rhythm_register) return decode_all(registers);
    const bool of_channel = low >= 0xA0 && low < 0xE0;
    const unsigned count = of_channel ? channel_count : operator_count;
    for (unsigned number = 0; number < count; ++number) {
        const unsigned offset = of_channel ? channel_offset(number) : operator_offset(number);
        const unsigned own = of_channel ? low & 15 : low & 31;
        if ((offset & bank) != (index & bank)) continue;
        // The second half of four operators has its leader's pitch.
        const unsigned place = offset & 0xFF;
        if (of_channel && (place == own || place == own + 3)) decode_channel(registers, number);
        if (!of_channel && place == own) decode_operator(registers, number);
    }
}

bool Synthesis::possible(const State& state) {
    return std::ranges::all_of(state.operators, [](const OperatorState& one) {
        return one.level <= OperatorState::silent && one.stage <= Stage::sustain && one.phase < 1U << 19;
    });
}

void Synthesis::restore(const State& state, const Registers& registers) {
    state_ = state;
    percussion_ = {};
    decode_all(registers);
}

bool Synthesis::key_down(unsigned number) const {
    // Bass drum, hi-hat, tom-tom, bass drum, snare drum, cymbal.
    constexpr std::array<std::uint8_t, 6> drums{0x10, 0x01, 0x04, 0x10, 0x08, 0x02};
    constexpr unsigned first_drum = 12;
    const bool drum =
        number >= first_drum && number < first_drum + drums.size() && drum_keys_ & drums[number - first_drum];
    return drum || channels_[channel_of(number)].key;
}

bool Synthesis::sounds() const {
    for (unsigned number = 0; number < operator_count; ++number) {
        if (state_.operators[number].level != OperatorState::silent || key_down(number)) return true;
    }
    return false;
}

const Pitch& Synthesis::pitch_of(unsigned number) const { return channels_[channel_of(number)].pitch; }

}  // namespace calque::ymf262
