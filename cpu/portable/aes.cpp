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

/// SubBytes' affine map, of a multiplicative inverse.
constexpr std::uint8_t substitute_of(std::uint8_t inverse) {
    std::uint8_t result = 0x63;
    for (int i = 0; i < 5; ++i) result ^= std::rotl(inverse, i);
    return result;
}

/// Found by steps of a generator and of its inverse: an inverse for each, as the 254th power, would be too
/// much for a constant expression.
constexpr Box substitution = [] {
    Box box{};
    box[0] = substitute_of(0);
    std::uint8_t power = 1, inverse = 1;
    do {
        power = product(power, 3);
        inverse = product(inverse, 0xf6);
        box[power] = substitute_of(inverse);
    } while (power != 1);
    return box;
}();
static_assert(substitution[0x53] == 0xed);  // FIPS 197, "SubBytes()"

constexpr Box inverse_substitution = [] {
    Box box{};
    for (unsigned i = 0; i < box.size(); ++i) box[substitution[i]] = static_cast<std::uint8_t>(i);
    return box;
}();

/// One way through the cipher.
struct Direction {
    const Box& box;
    unsigned step;  ///< of ShiftRows: row r of column c comes from column c + r * step
    Column factors;
};
constexpr Direction forwards{substitution, 1, {2, 1, 1, 3}},
    backwards{inverse_substitution, 3, {14, 9, 13, 11}};

/// SubBytes and ShiftRows at once.
void substitute_and_shift(AesState state, const Direction& direction) {
    std::array<std::uint8_t, 16> before;
    std::ranges::copy(state, before.begin());
    for (unsigned i = 0; i < before.size(); ++i)
        state[i] = direction.box[before[(i + i % 4 * direction.step * 4) % 16]];
}

/// Each column times a polynomial whose coefficients, from x^0 on, are `factors`.
void mix_columns(AesState state, const Column& factors) {
    for (std::size_t column = 0; column < 16; column += 4) {
        Column mixed{};
        for (std::size_t i = 0; i < 4; ++i)
            for (std::size_t j = 0; j < 4; ++j) mixed[i] ^= product(state[column + j], factors[(i - j) & 3]);
        std::ranges::copy(mixed, state.begin() + static_cast<std::ptrdiff_t>(column));
    }
}

void add(AesState state, AesSource round_key) {
    for (std::size_t i = 0; i < state.size(); ++i) state[i] ^= round_key[i];
}

void last_round(AesState state, const Direction& direction, AesSource round_key) {
    substitute_and_shift(state, direction);
    add(state, round_key);
}

void round(AesState state, const Direction& direction, AesSource round_key) {
    substitute_and_shift(state, direction);
    mix_columns(state, direction.factors);
    add(state, round_key);
}

}  // namespace

void aesimc(AesState result, AesSource source) {
    std::ranges::copy(source, result.begin());
    mix_columns(result, backwards.factors);
}

void aesenc(AesState state, AesSource round_key) { round(state, forwards, round_key); }
void aesenclast(AesState state, AesSource round_key) { last_round(state, forwards, round_key); }
void aesdec(AesState state, AesSource round_key) { round(state, backwards, round_key); }
void aesdeclast(AesState state, AesSource round_key) { last_round(state, backwards, round_key); }

void aeskeygenassist(AesState result, AesSource source) {
    std::array<std::uint8_t, 16> words;
    for (std::size_t word = 0; word < 4; ++word)
        for (std::size_t i = 0; i < 4; ++i) {
            const bool rotated = word % 2 != 0;
            const std::size_t from = (word | 1) * 4 + (rotated ? (i + 1) % 4 : i);
            words[word * 4 + i] = substitution[source[from]];
        }
    std::ranges::copy(words, result.begin());
}

}  // namespace calque::soft
