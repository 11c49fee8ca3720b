// Classes of operand values.
#include "tests/oracle/value_class.hpp"

#include <array>
#include <cstring>

namespace calque::test {
namespace {

enum IntegerClass : unsigned { integer_zero, positive, negative, minimum, maximum, minus_one };
constexpr std::array<const char*, 6> integer_names{"zero",    "positive", "negative",
                                                   "minimum", "maximum",  "minus one"};

enum FloatClass : unsigned { float_zero, denormal, normal, infinity, quiet_nan, signaling_nan, unsupported };
constexpr std::array<const char*, 7> float_names{"zero",      "denormal",      "normal",     "infinity",
                                                 "quiet NaN", "signaling NaN", "unsupported"};

std::uint64_t load(const std::uint8_t* bytes, unsigned size) {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes, size);
    return value;
}

constexpr std::uint64_t all_ones(unsigned size) { return ~std::uint64_t{0} >> (64 - 8 * size); }
constexpr std::uint64_t sign_bit(unsigned size) { return std::uint64_t{1} << (8 * size - 1); }

unsigned classify_integer(std::uint64_t value, unsigned size) {
    if (value == 0) return integer_zero;
    if (value == sign_bit(size)) return minimum;
    if (value == sign_bit(size) - 1) return maximum;
    if (value == all_ones(size)) return minus_one;
    return value & sign_bit(size) ? negative : positive;
}

std::uint64_t make_integer(unsigned value_class, unsigned size, Random& random) {
    switch (value_class) {
        case integer_zero: return 0;
        case minimum: return sign_bit(size);
        case maximum: return sign_bit(size) - 1;
        case minus_one: return all_ones(size);
        default: break;
    }
    const std::uint64_t any = random.chance(50) ? random.next() : random.integer();
    return value_class == negative ? any | sign_bit(size) : any & (sign_bit(size) - 1);
}

/// SDM vol. 1, table "Floating-Point Number and NaN Encodings"; `fraction` without the integer bit.
unsigned classify_float(std::uint64_t exponent, std::uint64_t highest, std::uint64_t fraction,
                        unsigned fraction_bits) {
    if (exponent == 0) return fraction ? denormal : float_zero;
    if (exponent != highest) return normal;
    if (fraction == 0) return infinity;
    return fraction >> (fraction_bits - 1) ? quiet_nan : signaling_nan;
}

unsigned classify_extended(const std::uint8_t* bytes) {
    const std::uint64_t significand = load(bytes, 8), exponent = load(bytes + 8, 2) & 0x7fff;
    const bool integer_bit = significand >> 63;
    if (integer_bit == (exponent == 0) && (integer_bit || exponent)) return unsupported;
    return classify_float(exponent, 0x7fff, significand << 1 >> 1, 63);
}

void any_value(ValueForm form, Random& random, std::uint8_t* bytes) {
    const auto put = [&](auto value) { std::memcpy(bytes, &value, sizeof(value)); };
    if (form.kind == ValueKind::single) return put(random.single());
    if (form.kind == ValueKind::double_precision) return put(random.double_bits());
    put(random.extended_significand());
    const std::uint16_t exponent = random.extended_exponent();
    std::memcpy(bytes + 8, &exponent, sizeof(exponent));
}

}  // namespace

std::span<const char* const> value_classes(ValueKind kind) {
    if (kind == ValueKind::integer) return integer_names;
    const std::span<const char* const> names(float_names);
    return kind == ValueKind::extended ? names : names.first(unsupported);
}

unsigned classify(ValueForm form, const std::uint8_t* bytes) {
    switch (form.kind) {
        case ValueKind::integer: return classify_integer(load(bytes, form.size), form.size);
        case ValueKind::single: {
            const std::uint64_t bits = load(bytes, 4);
            return classify_float(bits >> 23 & 0xff, 0xff, bits & 0x7f'ffff, 23);
        }
        case ValueKind::double_precision: {
            const std::uint64_t bits = load(bytes, 8);
            return classify_float(bits >> 52 & 0x7ff, 0x7ff, bits << 12 >> 12, 52);
        }
        case ValueKind::extended: return classify_extended(bytes);
    }
    return 0;
}

void make_value(ValueForm form, unsigned value_class, Random& random, std::uint8_t* bytes) {
    if (form.kind == ValueKind::integer) {
        do {
            const std::uint64_t value = make_integer(value_class, form.size, random);
            std::memcpy(bytes, &value, form.size);
        } while (classify(form, bytes) != value_class);
        return;
    }
    do any_value(form, random, bytes);
    while (classify(form, bytes) != value_class);
}

}  // namespace calque::test
