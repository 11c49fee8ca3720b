// SHA-1 and SHA-256 in the portions that the instructions have.
#include "cpu/portable/sha.hpp"

#include <bit>

namespace calque::soft {
namespace {

using std::rotl, std::rotr, std::uint32_t;

constexpr uint32_t choose(uint32_t x, uint32_t y, uint32_t z) { return (x & y) ^ (~x & z); }
constexpr uint32_t parity(uint32_t x, uint32_t y, uint32_t z) { return x ^ y ^ z; }
constexpr uint32_t majority(uint32_t x, uint32_t y, uint32_t z) { return (x & y) ^ (x & z) ^ (y & z); }

struct Sha1Phase {
    uint32_t (*function)(uint32_t, uint32_t, uint32_t);
    uint32_t constant;
};
constexpr std::array<Sha1Phase, 4> phases{
    {{choose, 0x5a82'7999}, {parity, 0x6ed9'eba1}, {majority, 0x8f1b'bcdc}, {parity, 0xca62'c1d6}}};

constexpr uint32_t large_sigma0(uint32_t x) { return rotr(x, 2) ^ rotr(x, 13) ^ rotr(x, 22); }
constexpr uint32_t large_sigma1(uint32_t x) { return rotr(x, 6) ^ rotr(x, 11) ^ rotr(x, 25); }
constexpr uint32_t small_sigma0(uint32_t x) { return rotr(x, 7) ^ rotr(x, 18) ^ x >> 3; }
constexpr uint32_t small_sigma1(uint32_t x) { return rotr(x, 17) ^ rotr(x, 19) ^ x >> 10; }

}  // namespace

/// The first word comes with E added to it.
ShaWords sha1rnds4(const ShaWords& state, const ShaWords& words, unsigned phase) {
    const auto [function, constant] = phases[phase & 3];
    auto [d, c, b, a] = state;
    uint32_t e = 0;
    for (unsigned i = 0; i < 4; ++i) {
        const uint32_t next = function(b, c, d) + rotl(a, 5) + words[3 - i] + e + constant;
        e = d;
        d = c;
        c = rotl(b, 30);
        b = a;
        a = next;
    }
    return {d, c, b, a};
}

ShaWords sha1nexte(const ShaWords& state, const ShaWords& words) {
    return {words[0], words[1], words[2], words[3] + rotl(state[3], 30)};
}

ShaWords sha1msg1(const ShaWords& first, const ShaWords& second) {
    return {first[0] ^ second[2], first[1] ^ second[3], first[2] ^ first[0], first[3] ^ first[1]};
}

ShaWords sha1msg2(const ShaWords& first, const ShaWords& second) {
    const uint32_t w16 = rotl(first[3] ^ second[2], 1), w17 = rotl(first[2] ^ second[1], 1),
                   w18 = rotl(first[1] ^ second[0], 1), w19 = rotl(first[0] ^ w16, 1);
    return {w19, w18, w17, w16};
}

ShaWords sha256rnds2(const ShaWords& cdgh, const ShaWords& abef, const ShaWords& words) {
    auto [h, g, d, c] = cdgh;
    auto [f, e, b, a] = abef;
    for (unsigned i = 0; i < 2; ++i) {
        const uint32_t first = h + large_sigma1(e) + choose(e, f, g) + words[i];
        const uint32_t second = large_sigma0(a) + majority(a, b, c);
        h = g;
        g = f;
        f = e;
        e = d + first;
        d = c;
        c = b;
        b = a;
        a = first + second;
    }
    return {f, e, b, a};
}

ShaWords sha256msg1(const ShaWords& first, const ShaWords& second) {
    return {first[0] + small_sigma0(first[1]), first[1] + small_sigma0(first[2]),
            first[2] + small_sigma0(first[3]), first[3] + small_sigma0(second[0])};
}

ShaWords sha256msg2(const ShaWords& first, const ShaWords& second) {
    const uint32_t w16 = first[0] + small_sigma1(second[2]), w17 = first[1] + small_sigma1(second[3]);
    return {w16, w17, first[2] + small_sigma1(w16), first[3] + small_sigma1(w17)};
}

}  // namespace calque::soft
