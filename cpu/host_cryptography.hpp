// Guest instructions for AES, GHASH and SHA on an x86 host that has them. Others compute them.
#pragma once

#include "cpu/host_features.hpp"
#include "cpu/host_sse.hpp"
#include "cpu/instruction_table.hpp"
#include "cpu/portable/aes.hpp"
#include "cpu/portable/carryless_product.hpp"
#include "cpu/portable/sha.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <utility>

namespace calque::host_sse {

#ifndef CALQUE_PORTABLE
namespace on_host {

inline Xmm aeskeygenassist(const Xmm& source) {
    Vector128 result;
    asm("aeskeygenassist $0, %1, %0" : "=x"(result) : "x"(vector_of(source)));
    return std::bit_cast<Xmm>(result);
}

template <std::uint8_t halves>
Xmm pclmulqdq(const Xmm& left, const Xmm& right) {
    Vector128 product = vector_of(left);
    asm("pclmulqdq %2, %1, %0" : "+x"(product) : "x"(vector_of(right)), "i"(halves));
    return std::bit_cast<Xmm>(product);
}

template <std::uint8_t phase>
Xmm sha1rnds4(const Xmm& state, const Xmm& words) {
    Vector128 result = vector_of(state);
    asm("sha1rnds4 %2, %1, %0" : "+x"(result) : "x"(vector_of(words)), "i"(phase));
    return std::bit_cast<Xmm>(result);
}

inline Xmm sha256rnds2(const Xmm& cdgh, const Xmm& abef, const Xmm& words) {
    Vector128 result = vector_of(cdgh);
    asm("sha256rnds2 %%xmm0, %1, %0" : "+x"(result) : "x"(vector_of(abef)), "Yz"(vector_of(words)));
    return std::bit_cast<Xmm>(result);
}

}  // namespace on_host
#endif

/// With round constant 0.
inline Xmm aeskeygenassist(const Xmm& source) {
#ifndef CALQUE_PORTABLE
    if (host_has(feature::aes)) return on_host::aeskeygenassist(source);
#endif
    Xmm result;
    soft::aeskeygenassist(result.bytes, source.bytes);
    return result;
}

inline Xmm aeskeygenassist(const Xmm& source, std::uint8_t round_constant) {
    Xmm result = aeskeygenassist(source);
    result.bytes[4] ^= round_constant;
    result.bytes[12] ^= round_constant;
    return result;
}

/// The product of a half of each: bits 0 and 4 of `halves` choose the upper ones.
inline Xmm pclmulqdq(const Xmm& left, const Xmm& right, unsigned halves) {
    const bool upper_left = halves & 1, upper_right = halves >> 4 & 1;
#ifndef CALQUE_PORTABLE
    static constexpr std::array products{on_host::pclmulqdq<0x00>, on_host::pclmulqdq<0x01>,
                                         on_host::pclmulqdq<0x10>, on_host::pclmulqdq<0x11>};
    if (host_has(feature::pclmulqdq))
        return products[(upper_right ? 2 : 0) + (upper_left ? 1 : 0)](left, right);
#endif
    using Halves = std::array<std::uint64_t, 2>;
    return std::bit_cast<Xmm>(soft::carryless_product(std::bit_cast<Halves>(left)[upper_left ? 1 : 0],
                                                      std::bit_cast<Halves>(right)[upper_right ? 1 : 0]));
}

inline Xmm sha1rnds4(const Xmm& state, const Xmm& words, unsigned phase) {
#ifndef CALQUE_PORTABLE
    static constexpr std::array rounds{on_host::sha1rnds4<0>, on_host::sha1rnds4<1>, on_host::sha1rnds4<2>,
                                       on_host::sha1rnds4<3>};
    if (host_has(feature::sha)) return rounds[phase & 3](state, words);
#endif
    using soft::ShaWords;
    return std::bit_cast<Xmm>(
        soft::sha1rnds4(std::bit_cast<ShaWords>(state), std::bit_cast<ShaWords>(words), phase));
}

inline Xmm sha256rnds2(const Xmm& cdgh, const Xmm& abef, const Xmm& words) {
#ifndef CALQUE_PORTABLE
    if (host_has(feature::sha)) return on_host::sha256rnds2(cdgh, abef, words);
#endif
    using soft::ShaWords;
    return std::bit_cast<Xmm>(soft::sha256rnds2(std::bit_cast<ShaWords>(cdgh), std::bit_cast<ShaWords>(abef),
                                                std::bit_cast<ShaWords>(words)));
}

}  // namespace calque::host_sse
