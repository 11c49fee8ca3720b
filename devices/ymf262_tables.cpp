// The tables, from the formulas behind the chip's ROMs.
#include "devices/ymf262_tables.hpp"

#include <array>
#include <cmath>
#include <numbers>

namespace calque::ymf262 {

namespace {

constexpr unsigned size = 256;
using Table = std::array<std::uint16_t, size>;

Table make_log_sine() {
    Table table{};
    for (unsigned i = 0; i < size; ++i) {
        const double sine = std::sin((i + 0.5) * std::numbers::pi / (2 * size));
        table[i] = static_cast<std::uint16_t>(std::lround(-std::log2(sine) * size));
    }
    return table;
}

// The ROM holds ten bits below a one that is always there.
Table make_exponential() {
    Table table{};
    for (unsigned i = 0; i < size; ++i) {
        const double power = std::exp2((size - 1 - i) / double{size});
        table[i] = static_cast<std::uint16_t>(1024 + std::lround((power - 1) * 1024));
    }
    return table;
}

const Table log_sines = make_log_sine(), powers = make_exponential();

}  // namespace

std::uint16_t log_sine(unsigned index) { return log_sines[index % size]; }

std::int16_t exponential(unsigned logarithm) {
    constexpr unsigned silence = 0x1FFF;
    const unsigned bounded = logarithm < silence ? logarithm : silence;
    return static_cast<std::int16_t>(powers[bounded % size] << 1 >> bounded / size);
}

}  // namespace calque::ymf262
