// Packed integer operations of SSSE3 and SSE4, element by element, and those for AES and SHA.
#include "cpu/portable/packed_integer_0f38.hpp"

#include "cpu/portable/aes.hpp"
#include "cpu/portable/packed_element.hpp"
#include "cpu/portable/sha.hpp"

#include <type_traits>

namespace calque::soft {
namespace {

using std::int16_t, std::int32_t, std::int64_t, std::int8_t, std::uint16_t, std::uint32_t, std::uint64_t,
    std::uint8_t;

/// PSHUFB: an index with its top bit set gives zero.
void shuffle(Destination to, Source from) {
    Buffer result;
    const std::size_t last = to.size() - 1;
    for (std::size_t i = 0; i < to.size(); ++i) result[i] = from[i] & 0x80 ? uint8_t{0} : to[from[i] & last];
    std::copy_n(result.begin(), to.size(), to.begin());
}

/// PHADDW and its kind: `operation` on neighbours of the destination, then of the source.
template <typename T, typename Operation>
void horizontal(Destination to, Source from, Operation operation) {
    Buffer result;
    const std::size_t half = to.size() / sizeof(T) / 2;
    for (std::size_t i = 0; i < 2 * half; ++i) {
        const Source both = i < half ? Source(to) : from;
        const std::size_t first = i % half * 2;
        put(Destination(result), i, static_cast<T>(operation(get<T>(both, first), get<T>(both, first + 1))));
    }
    std::copy_n(result.begin(), to.size(), to.begin());
}

template <typename T>
void horizontal_add(Destination to, Source from) {
    horizontal<T>(to, from, [](T a, T b) { return a + b; });
}
template <typename T>
void horizontal_subtract(Destination to, Source from) {
    horizontal<T>(to, from, [](T a, T b) { return a - b; });
}

/// PMADDUBSW: unsigned bytes of the destination times signed bytes of the source.
void multiply_add_bytes(Destination to, Source from) {
    for (std::size_t i = 0; i < to.size() / 2; ++i) {
        const int sum = to[2 * i] * get<int8_t>(from, 2 * i) + to[2 * i + 1] * get<int8_t>(from, 2 * i + 1);
        put(to, i, saturate<int16_t>(sum));
    }
}

/// PSIGNB and its kind. The least number stays as it is.
template <typename T>
void apply_sign(Destination to, Source from) {
    using Unsigned = std::make_unsigned_t<T>;
    each<T>(to, from, [](T a, T b) {
        if (b == 0) return T{0};
        return b < 0 ? static_cast<T>(Unsigned{0} - static_cast<Unsigned>(a)) : a;
    });
}

template <typename T>
void absolute(Destination to, Source from) {
    std::copy_n(from.begin(), to.size(), to.begin());
    apply_sign<T>(to, from);
}

/// PMULHRSW.
void multiply_rounded(Destination to, Source from) {
    each<int16_t>(to, from, [](int16_t a, int16_t b) { return ((a * b >> 14) + 1) >> 1; });
}

/// PMOVSXBW and its kind; zero-extending where `From` is unsigned.
template <typename From, typename To>
void extend(Destination to, Source from) {
    Buffer result;
    for (std::size_t i = 0; i < to.size() / sizeof(To); ++i)
        put(Destination(result), i, static_cast<To>(get<From>(from, i)));
    std::copy_n(result.begin(), to.size(), to.begin());
}

/// PMULDQ.
void multiply_signed_doublewords(Destination to, Source from) {
    each<int64_t>(to, from, [](int64_t a, int64_t b) {
        return int64_t{static_cast<int32_t>(a)} * int64_t{static_cast<int32_t>(b)};
    });
}

/// PHMINPOSUW: the least word and where it first stands.
void least_word(Destination to, Source from) {
    uint16_t least = get<uint16_t>(from, 0), position = 0;
    for (uint16_t i = 1; i < 8; ++i) {
        if (get<uint16_t>(from, i) >= least) continue;
        least = get<uint16_t>(from, i);
        position = i;
    }
    std::ranges::fill(to, uint8_t{0});
    put(to, 0, least);
    put(to, 1, position);
}

/// 00 to 1E.
void ssse3(std::uint8_t opcode, Destination to, Source from) {
    switch (opcode) {
        case 0x00: return shuffle(to, from);
        case 0x01: return horizontal_add<uint16_t>(to, from);
        case 0x02: return horizontal_add<uint32_t>(to, from);
        case 0x03:
            return horizontal<int16_t>(to, from, [](int a, int b) { return saturate<int16_t>(a + b); });
        case 0x04: return multiply_add_bytes(to, from);
        case 0x05: return horizontal_subtract<uint16_t>(to, from);
        case 0x06: return horizontal_subtract<uint32_t>(to, from);
        case 0x07:
            return horizontal<int16_t>(to, from, [](int a, int b) { return saturate<int16_t>(a - b); });
        case 0x08: return apply_sign<int8_t>(to, from);
        case 0x09: return apply_sign<int16_t>(to, from);
        case 0x0a: return apply_sign<int32_t>(to, from);
        case 0x0b: return multiply_rounded(to, from);
        case 0x1c: return absolute<int8_t>(to, from);
        case 0x1d: return absolute<int16_t>(to, from);
        default: return absolute<int32_t>(to, from);
    }
}

/// 20 to 25 and 30 to 35.
void extension(std::uint8_t opcode, Destination to, Source from) {
    switch (opcode) {
        case 0x20: return extend<int8_t, int16_t>(to, from);
        case 0x21: return extend<int8_t, int32_t>(to, from);
        case 0x22: return extend<int8_t, int64_t>(to, from);
        case 0x23: return extend<int16_t, int32_t>(to, from);
        case 0x24: return extend<int16_t, int64_t>(to, from);
        case 0x25: return extend<int32_t, int64_t>(to, from);
        case 0x30: return extend<uint8_t, uint16_t>(to, from);
        case 0x31: return extend<uint8_t, uint32_t>(to, from);
        case 0x32: return extend<uint8_t, uint64_t>(to, from);
        case 0x33: return extend<uint16_t, uint32_t>(to, from);
        case 0x34: return extend<uint16_t, uint64_t>(to, from);
        default: return extend<uint32_t, uint64_t>(to, from);
    }
}

/// C8 to CD.
void sha(std::uint8_t opcode, Destination to, Source from) {
    ShaWords first, second;
    std::memcpy(first.data(), to.data(), sizeof(first));
    std::memcpy(second.data(), from.data(), sizeof(second));
    const auto result = [&] {
        switch (opcode) {
            case 0xc8: return sha1nexte(first, second);
            case 0xc9: return sha1msg1(first, second);
            case 0xca: return sha1msg2(first, second);
            case 0xcc: return sha256msg1(first, second);
            default: return sha256msg2(first, second);
        }
    }();
    std::memcpy(to.data(), result.data(), sizeof(result));
}

/// DB to DF. The source may be the destination.
void aes(std::uint8_t opcode, AesState to, AesSource source) {
    Buffer from;
    std::ranges::copy(source, from.begin());
    switch (opcode) {
        case 0xdb: return aesimc(to, from);
        case 0xdc: return aesenc(to, from);
        case 0xdd: return aesenclast(to, from);
        case 0xde: return aesdec(to, from);
        default: return aesdeclast(to, from);
    }
}

}  // namespace

void packed_integer_0f38(std::uint8_t opcode, Destination to, Source from) {
    if (opcode < 0x20) return ssse3(opcode, to, from);
    if (opcode >= 0xdb) return aes(opcode, to.first<16>(), from.first<16>());
    if (opcode >= 0xc8) return sha(opcode, to, from);
    switch (opcode) {
        case 0x28: return multiply_signed_doublewords(to, from);
        case 0x29: return compare_equal<uint64_t>(to, from);
        case 0x2b: return pack<int32_t, uint16_t>(to, from);
        case 0x37: return compare_greater<int64_t>(to, from);
        case 0x38: return minimum<int8_t>(to, from);
        case 0x39: return minimum<int32_t>(to, from);
        case 0x3a: return minimum<uint16_t>(to, from);
        case 0x3b: return minimum<uint32_t>(to, from);
        case 0x3c: return maximum<int8_t>(to, from);
        case 0x3d: return maximum<int32_t>(to, from);
        case 0x3e: return maximum<uint16_t>(to, from);
        case 0x3f: return maximum<uint32_t>(to, from);
        case 0x40: return each<uint32_t>(to, from, [](uint32_t a, uint32_t b) { return a * b; });
        case 0x41: return least_word(to, from);
        default: return extension(opcode, to, from);
    }
}

}  // namespace calque::soft
