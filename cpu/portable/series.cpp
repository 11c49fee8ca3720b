// Elementary functions by their power series.
#include "cpu/portable/series.hpp"

#include <array>
#include <span>

namespace calque::soft {
namespace {

constexpr Number constant(int exponent, std::uint64_t high, std::uint64_t low) {
    return {Uint128{high} << 64 | low, exponent, false};
}
constexpr Number log2_of_e = constant(0, 0xb8aa'3b29'5c17'f0bb, 0xbe87'fed0'691d'3e88);
constexpr Number ln_2 = constant(-1, 0xb172'17f7'd1cf'79ab, 0xc9e3'b398'03f2'f6af);
constexpr Number one = constant(0, 1ULL << 63, 0);

template <std::size_t count>
using Coefficients = std::array<Number, count>;

/// 1 / first!, 1 / (first + step)!, ...
template <std::size_t count>
Coefficients<count> reciprocal_factorials(unsigned first, unsigned step, bool alternating) {
    Coefficients<count> result;
    Number term = one;
    unsigned reached = 1;
    for (std::size_t i = 0; i < count; ++i) {
        for (const unsigned wanted = first + static_cast<unsigned>(i) * step; reached < wanted;)
            term = divide(term, from_integer(false, ++reached));
        result[i] = alternating && i % 2 ? term.negated() : term;
    }
    return result;
}

/// 1, 1/3, 1/5, ...
template <std::size_t count>
Coefficients<count> odd_reciprocals(bool alternating) {
    Coefficients<count> result;
    for (std::size_t i = 0; i < count; ++i)
        result[i] = divide(from_integer(alternating && i % 2, 1), from_integer(false, 2 * i + 1));
    return result;
}

/// Horner's rule.
Number polynomial(std::span<const Number> coefficients, const Number& value) {
    Number result{};
    for (std::size_t i = coefficients.size(); i-- > 0;)
        result = add(multiply(result, value), coefficients[i]);
    return result;
}

/// 2 * atanh(value) / ln 2 for magnitudes up to 0.172.
Number twice_atanh_base_2(const Number& value) {
    static const auto coefficients = odd_reciprocals<26>(false);
    const Number odd = multiply(value, polynomial(coefficients, multiply(value, value)));
    return multiply(odd, log2_of_e).scaled(1);
}

}  // namespace

const Number pi = constant(1, 0xc90f'daa2'2168'c234, 0xc4c6'628b'80dc'1cd1);
const Number half_pi = constant(0, 0xc90f'daa2'2168'c234, 0xc4c6'628b'80dc'1cd1);

Number exponential2_minus_1(const Number& value) {
    static const auto coefficients = reciprocal_factorials<34>(1, 1, false);
    const Number power = multiply(value, ln_2);
    return multiply(power, polynomial(coefficients, power));
}

Number logarithm2(const Number& value) {
    // value = significand * 2^exponent with the significand from sqrt(1/2) to sqrt(2).
    constexpr Uint128 root_of_2 = constant(0, 0xb504'f333'f9de'6484, 0x597d'89b3'754a'be9f).significand;
    const bool upper = value.significand > root_of_2;
    const int exponent = value.exponent + int{upper};
    const Number significand{value.significand, upper ? -1 : 0, false};
    const Number ratio = divide(subtract(significand, one), add(significand, one));
    const auto magnitude = static_cast<std::uint64_t>(exponent < 0 ? -exponent : exponent);
    return add(from_integer(exponent < 0, magnitude), twice_atanh_base_2(ratio));
}

Number logarithm2_of_1_plus(const Number& value) {
    return twice_atanh_base_2(divide(value, add(value, one.scaled(1))));
}

Number arc_tangent(const Number& value) {
    static const auto coefficients = odd_reciprocals<21>(true);
    // atan(x) = 2 atan(x / (1 + sqrt(1 + x^2)))
    Number reduced = value;
    int halvings = 0;
    for (; reduced.exponent >= -4; ++halvings) {
        const Number hypotenuse = square_root(add(one, multiply(reduced, reduced)));
        reduced = divide(reduced, add(one, hypotenuse));
    }
    return multiply(reduced, polynomial(coefficients, multiply(reduced, reduced))).scaled(halvings);
}

Number sine(const Number& value) {
    static const auto coefficients = reciprocal_factorials<18>(1, 2, true);
    return multiply(value, polynomial(coefficients, multiply(value, value)));
}

Number cosine(const Number& value) {
    static const auto coefficients = reciprocal_factorials<18>(0, 2, true);
    return polynomial(coefficients, multiply(value, value));
}

}  // namespace calque::soft
