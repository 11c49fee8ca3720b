// Double extended precision: the values of x87 registers, and rounding as the control word asks for it.
#pragma once

#include "cpu/portable/number.hpp"

#include <cstdint>

namespace calque::soft {

/// SDM vol. 1, "x87 FPU Data Types". Unsupported are the encodings that processors since the 387 refuse.
enum class Kind : std::uint8_t { zero, denormal, normal, infinity, quiet_nan, signaling_nan, unsupported };

struct Extended {
    std::uint64_t significand = 0;
    std::uint16_t sign_exponent = 0;

    bool sign() const { return sign_exponent >> 15; }
    unsigned biased_exponent() const { return sign_exponent & 0x7fffU; }
    Kind kind() const;
    bool is(Kind which) const { return kind() == which; }
    bool is_nan() const { return is(Kind::quiet_nan) || is(Kind::signaling_nan); }

    Extended negated() const { return {significand, static_cast<std::uint16_t>(sign_exponent ^ 0x8000)}; }
    Extended quieted() const { return {significand | 1ULL << 62, sign_exponent}; }

    /// A finite value; unpacks denormals and pseudo-denormals alike.
    Number unpack() const;
    /// Packs a number rounded to at most 64 bits; a denormal one has the least exponent and bit 127 clear.
    static Extended pack(const Number& value);
    static Extended zero(bool sign) { return {0, static_cast<std::uint16_t>(sign ? 0x8000 : 0)}; }
    static Extended one(bool sign) {
        return {1ULL << 63, static_cast<std::uint16_t>(sign ? 0xbfff : 0x3fff)};
    }
    static Extended infinity(bool sign) {
        return {1ULL << 63, static_cast<std::uint16_t>(sign ? 0xffff : 0x7fff)};
    }
    /// The QNaN floating-point indefinite.
    static Extended indefinite() { return {3ULL << 62, 0xffff}; }
};

/// What the control word asks of one instruction, and what the instruction reports.
struct X87Control {
    explicit X87Control(std::uint16_t control_word);

    Rounding rounding;
    int precision;   ///< by PC: of basic arithmetic only
    unsigned masks;  ///< set: the exception is masked
    unsigned raised = 0;
    bool up = false;  ///< C1: the last rounding was away from zero

    bool masked(unsigned exceptions) const { return (masks & exceptions) == exceptions; }
    /// An unmasked exception found before the computation: there is no result.
    bool stops() const {
        return raised & ~masks & (exception::invalid | exception::denormal | exception::zero_divide);
    }
    Extended invalid() {
        raised |= exception::invalid;
        return Extended::indefinite();
    }
    void note_denormal(const Extended& value) {
        if (value.is(Kind::denormal)) raised |= exception::denormal;
    }
};

/// Rounds to `control.precision` bits, or to `precision` ones. Unmasked overflow and underflow give the
/// result with its exponent biased by 24576.
Extended round_and_pack(const Number& value, X87Control& control, int precision);
inline Extended round_and_pack(const Number& value, X87Control& control) {
    return round_and_pack(value, control, control.precision);
}

/// Whether an operand is a NaN or unsupported: then `result` is the instruction's result (SDM vol. 1, "Rules
/// for Handling NaNs").
bool settle_nan(const Extended& operand, X87Control& control, Extended& result);
bool settle_nans(const Extended& left, const Extended& right, X87Control& control, Extended& result);

}  // namespace calque::soft
