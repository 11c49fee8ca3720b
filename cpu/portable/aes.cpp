// AES round by round. S-boxes are computed from their definition.
#include "cpu/portable/aes.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

namespace calque::soft {
namespace {

using Box = std::array<std::uint8_t, 256>;
using Column = std::array<std::uint8_t, 4>;

/// In GF(2^8), modulo x^8 + x^4 + x^3 + x + 1.
constexpr std::uint8_t product(std::uint8_t left, std::uint8_t right) {
    unsigned sum = 0;
    for (unsigned shifted = left; right != 0; right >>= 1) {
        if (right & 1) sum ^= shifted;
        shifted = shifted << 1 ^ (shifted & 0x80 ? 0x11b : 0);
    }
    return static_cast<std::uint8_t>(sum);
}

/// The multiplicative inverse, which is the 254th power, and an affine map.
constexpr std::uint8_t substituted(std::uint8_t byte) {
    std::uint8_t inverse = 1;
    for (unsigned i = 0; i < 254; ++i) inverse = product(inverse, byte);
    std::uint8_t result = 0x63;
    for (int i = 0; i < 5; ++i) result ^= std::rotl(inverse, i);
    return result;
}

/// Found by steps of a generator and of its inverse: computing each power would be too much for a constant
/// expression.
constexpr Box substitution = [] {
    Box box{};
    box[0] = 0x63;
    std::uint8_t power = 1, inverse = 1;
    do {
        power = product(power, 3);
        inverse = product(inverse, 0xf6);
        std::uint8_t value = 0x63;
        for (int i = 0; i < 5; ++i) value ^= std::rotl(inverse, i);
        box[power] = value;
    } while (power != 1);
    return box;
}();
static_assert(substitution[0x53] == substituted(0x53));

constexpr Box inverse_substitution = [] {
    Box box{};
    for (unsigned i = 0; i < box.size(); ++i) box[substitution[i]] = static_cast<std::uint8_t>(i);
    return box;
}();

/// SubBytes and ShiftRows at once: row r of column c comes from column c + r * step.
void substitute_and_shift(AesState state, const Box& box, unsigned step) {
    std::array<std::uint8_t, 16> before;
    std::ranges::copy(state, before.begin());
    for (unsigned i = 0; i < before.size(); ++i) state[i] = box[before[(i + i % 4 * step * 4) % 16]];
}
constexpr unsigned forwards = 1, backwards = 3;

/// Each column times a polynomial whose coefficients, from x^0 on, are `factors`.
void mix_columns(AesState state, const Column& factors) {
    for (std::size_t column = 0; column < 16; column += 4) {
        Column mixed{};
        for (std::size_t i = 0; i < 4; ++i)
            for (std::size_t j = 0; j < 4; ++j) mixed[i] ^= product(state[column + j], factors[(i - j) & 3]);
        std::ranges::copy(mixed, state.begin() + static_cast<std::ptrdiff_t>(column));
    }
}
constexpr Column mix{2, 1, 1, 3}, unmix{14, 9, 13, 11};

void add(AesState state, AesSource round_key) {
    for (std::size_t i = 0; i < state.size(); ++i) state[i] ^= round_key[i];
}

}  // namespace

void aesimc(AesState result, AesSource source) {
    std::ranges::copy(source, result.begin());
    mix_columns(result, unmix);
}

void aesenc(AesState state, AesSource round_key) {
    substitute_and_shift(state, substitution, forwards);
    mix_columns(state, mix);
    add(state, round_key);
}

void aesenclast(AesState state, AesSource round_key) {
    substitute_and_shift(state, substitution, forwards);
    add(state, round_key);
}

void aesdec(AesState state, AesSource round_key) {
    substitute_and_shift(state, inverse_substitution, backwards);
    mix_columns(state, unmix);
    add(state, round_key);
}

void aesdeclast(AesState state, AesSource round_key) {
    substitute_and_shift(state, inverse_substitution, backwards);
    add(state, round_key);
}

void aeskeygenassist(AesState result, AesSource source, std::uint8_t round_constant) {
    std::array<std::uint8_t, 16> words;
    for (std::size_t word = 0; word < 4; ++word)
        for (std::size_t i = 0; i < 4; ++i) {
            const bool rotated = word % 2 != 0;
            const std::size_t from = (word | 1) * 4 + (rotated ? (i + 1) % 4 : i);
            words[word * 4 + i] = substitution[source[from]];
        }
    words[4] ^= round_constant;
    words[12] ^= round_constant;
    std::ranges::copy(words, result.begin());
}

}  // namespace calque::soft
