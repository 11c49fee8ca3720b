// Each code is a sign and a magnitude; great magnitudes make the step greater, none at all smaller.
#include "devices/sb_adpcm.hpp"

#include <algorithm>
#include <array>

namespace calque {

namespace {

struct Format {
    unsigned samples;  ///< in a byte
    unsigned bits;     ///< of a code, sign included
    unsigned last_step;
    unsigned grows_from;  ///< the magnitude
};

const Format& format_of(AdpcmCode code) {
    static constexpr Format bits4{2, 4, 3, 5}, bits2_6{3, 3, 4, 3}, bits2{4, 2, SbAdpcm::most_steps, 1};
    return code == AdpcmCode::bits4 ? bits4 : code == AdpcmCode::bits2_6 ? bits2_6 : bits2;
}

/// The first step has the magnitude itself, the others odd multiples of half of what doubles from step to
/// step; only the last of 2.6 bits breaks the rule.
int distance(AdpcmCode code, unsigned step, unsigned magnitude) {
    if (step == 0) return static_cast<int>(magnitude);
    const unsigned scale = code == AdpcmCode::bits2_6 && step == 4 ? 5 : 1u << (step - 1);
    return static_cast<int>((2 * magnitude + 1) * scale);
}

/// The highest bits first. The third code of 2.6 bits has but two: its lowest is missing.
unsigned code_in(const Format& format, std::uint8_t byte, unsigned index) {
    const unsigned padded = unsigned{byte} << 8;
    return padded >> (16 - format.bits * (index + 1)) & ((1u << format.bits) - 1);
}

}  // namespace

unsigned SbAdpcm::samples(AdpcmCode code) { return code == AdpcmCode::none ? 1 : format_of(code).samples; }

std::uint8_t SbAdpcm::decode(AdpcmCode code, std::uint8_t byte, unsigned index) {
    const Format& format = format_of(code);
    state_.step = static_cast<std::uint8_t>(std::min<unsigned>(state_.step, format.last_step));
    const unsigned word = code_in(format, byte, index), sign = 1u << (format.bits - 1);
    const unsigned magnitude = word & (sign - 1);
    const int moved = distance(code, state_.step, magnitude);
    state_.level =
        static_cast<std::uint8_t>(std::clamp(state_.level + (word & sign ? -moved : moved), 0, 255));
    if (magnitude >= format.grows_from)
        state_.step = static_cast<std::uint8_t>(std::min(state_.step + 1u, format.last_step));
    else if (magnitude == 0 && state_.step > 0)
        --state_.step;
    return state_.level;
}

}  // namespace calque
