// Random registers and memory.
#include "tests/oracle/random_state.hpp"

#include "cpu/state.hpp"
#include "tests/oracle/addressing.hpp"

#include <cstring>
#include <span>

namespace calque::test {
namespace {

/// Where operands in memory are chosen from.
constexpr std::size_t data_middle = window::data_size / 2, most_used = 0x400;

template <typename T>
void put(std::span<std::uint8_t> bytes, std::size_t offset, T value) {
    std::memcpy(bytes.data() + offset, &value, sizeof(value));
}

/// 16 bytes that mean something as integers, singles or doubles.
void fill16(Random& random, std::span<std::uint8_t> bytes) {
    switch (random.below(4)) {
        case 0:
            for (unsigned i = 0; i < 16; i += 8) put(bytes, i, random.next());
            break;
        case 1:
            for (unsigned i = 0; i < 16; i += 4) put(bytes, i, random.integer());
            break;
        case 2:
            for (unsigned i = 0; i < 16; i += 4) put(bytes, i, random.single());
            break;
        default:
            for (unsigned i = 0; i < 16; i += 8) put(bytes, i, random.double_bits());
            break;
    }
}

void fill_x87(Random& random, std::span<std::uint8_t> image) {
    const bool masked = random.chance(90);
    auto control = static_cast<std::uint16_t>(masked ? 0x7f : 0x40 | random.below(64));
    control = static_cast<std::uint16_t>(control | (random.chance(60) ? 0x300U : random.below(16) << 8));
    const auto status =
        static_cast<std::uint16_t>((random.next() & 0x7f00) | (masked ? random.below(128) & 0x7f : 0));
    put(image, 0, control);
    put(image, 2, status);
    image[4] = random.chance(50) ? std::uint8_t{0xff} : random.byte();
    for (unsigned i = 0; i < 8; ++i) {
        put(image, 32 + 16 * i, random.extended_significand());
        put(image, 40 + 16 * i, random.extended_exponent());
    }
}

void fill_sse(Random& random, std::span<std::uint8_t> image) {
    const std::uint32_t masks = random.chance(90) ? 0x1f80U : random.below(64) << 7;
    const std::uint32_t modes =
        random.chance(50) ? 0 : random.below(4) << 13 | (random.below(4) & 1) << 15 | random.below(2) << 6;
    put(image, 24, masks | modes | (random.chance(50) ? 0 : random.below(64)));
    put(image, 28, std::uint32_t{0xffff});
    for (unsigned i = 0; i < 8; ++i) fill16(random, image.subspan(160 + 16 * i, 16));
}

template <typename T>
T get(std::span<const std::uint8_t> bytes, std::size_t offset) {
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof(value));
    return value;
}

}  // namespace

void set_sse_masks(FpuImage& image, std::uint32_t masks) {
    put(image, 24, (get<std::uint32_t>(image, 24) & ~0x1f80U) | masks << 7);
}

void set_x87_masks(FpuImage& image, std::uint32_t masks) {
    put(image, 0, static_cast<std::uint16_t>((get<std::uint16_t>(image, 0) & ~63U) | masks));
}

void set_x87_exceptions(FpuImage& image, std::uint32_t exceptions) {
    constexpr std::uint32_t summary = 0x8080, flags = 0x3f;
    const std::uint32_t status = get<std::uint16_t>(image, 2) & ~(summary | flags);
    const bool pending = exceptions & ~get<std::uint16_t>(image, 0) & flags;
    put(image, 2, static_cast<std::uint16_t>(status | exceptions | (pending ? summary : 0)));
}

namespace {

/// Few significant bits, for exact results, or many; of `bits`.
std::uint64_t extreme_fraction(Random& random, unsigned bits) {
    if (random.chance(30)) return 0;
    const std::uint64_t all = random.next() >> (64 - bits);
    return random.chance(50) ? all : all >> (bits - 3) << (bits - 3);
}

/// An exponent at the low or the high end of a range.
std::uint64_t extreme_exponent(Random& random, std::uint64_t lowest, std::uint64_t highest) {
    return random.chance(50) ? highest - random.below(3) : lowest + random.below(4);
}

}  // namespace

void fill_extreme(Random& random, FpuImage& image, unsigned xmm, Extremes extremes) {
    const std::size_t place = 160 + std::size_t{16} * xmm;
    if (extremes == Extremes::of_single) {
        for (unsigned i = 0; i < 16; i += 4) {
            const std::uint64_t exponent = extreme_exponent(random, 0, 0xfe),
                                fraction = extreme_fraction(random, 23);
            put(image, place + i,
                static_cast<std::uint32_t>(random.below(2) << 31 | exponent << 23 | fraction));
        }
        return;
    }
    // A single's exponents in a double: 3FF + -126..127, and denormals down to 23 below.
    const bool narrow = extremes == Extremes::of_single_in_double;
    const std::uint64_t lowest = narrow ? 0x3ff - 130 : 0, highest = narrow ? 0x3ff + 129 : 0x7fe;
    for (unsigned i = 0; i < 16; i += 8) {
        const std::uint64_t exponent = extreme_exponent(random, lowest, highest),
                            fraction = extreme_fraction(random, 52);
        put(image, place + i, std::uint64_t{random.below(2)} << 63 | exponent << 52 | fraction);
    }
}

void fill_text(Random& random, FpuImage& image, Memory& memory) {
    static constexpr std::array<std::uint8_t, 4> letters{'a', 'b', 'c', 0x80};
    const unsigned zeros = random.below(30), seldom = random.chance(30) ? 10 : 50;
    const auto fill_with_text = [&](std::span<std::uint8_t> bytes) {
        for (std::uint8_t& byte : bytes)
            byte = random.chance(zeros)    ? std::uint8_t{0}
                   : random.chance(seldom) ? random.any_of(letters)
                                           : letters[0];
    };
    const std::span<std::uint8_t> data(memory.data);
    fill_with_text(std::span(image).subspan(160, 8 * 16));
    fill_with_text(data.subspan(data_middle - most_used, 3 * most_used));
}

NativeState random_state(Random& random) {
    NativeState state;
    for (std::uint32_t& value : state.gpr) value = random.integer();
    const auto near = [&](std::uint32_t place) {
        return place + random.below(256) * (random.chance(70) ? 4 : 1);
    };
    state.gpr[ebx] = near(window::data + 0x1800);
    state.gpr[esi] = near(window::data + 0x1800);
    state.gpr[edi] = near(window::data + 0x2000);
    state.gpr[ebp] = near(window::stack + 0x800);
    state.gpr[esp] = random_stack_place(random);
    state.eflags = flag::always_one | (static_cast<std::uint32_t>(random.next()) & flag::status) |
                   (random.chance(20) ? flag::df : 0);
    fill_x87(random, state.fpu);
    fill_sse(random, state.fpu);
    return state;
}

void fill(Random& random, Memory& memory) {
    const std::span<std::uint8_t> data(memory.data), stack(memory.stack);
    for (std::size_t i = 0; i < data.size(); i += 8) put(data, i, random.next());
    for (std::size_t i = data_middle - most_used; i < data_middle + 2 * most_used; i += 16)
        fill16(random, data.subspan(i, 16));
    for (std::size_t i = 0; i < stack.size(); i += 8) put(stack, i, random.next());
}

const std::array<std::uint8_t, window::fixed_size>& fixed_memory() {
    static const auto bytes = [] {
        std::array<std::uint8_t, window::fixed_size> made{};
        Random random(0);
        for (std::size_t i = 0; i < made.size(); i += 16) fill16(random, std::span(made).subspan(i, 16));
        return made;
    }();
    return bytes;
}

}  // namespace calque::test
