// SSSE3, SSE4, AES-NI, PCLMULQDQ and the SHA extensions in software against the host's own instructions,
// where it has them.
#include "cpu/host_cryptography.hpp"
#include "cpu/host_sse4.hpp"
#include "cpu/host_x87.hpp"
#include "cpu/instructions/packed_integer_0f38.hpp"
#include "tests/cpu/portable_sse.hpp"

#include <cstring>
#include <utility>

namespace calque::test {
namespace {

/// Skips the test where there is nothing to compare with.
bool host_lacks(std::uint32_t features) {
    if (!host_has(features)) MESSAGE("this host has not got it");
    return !host_has(features);
}

template <const auto& forms, std::size_t index>
void packed_xmm() {
    static constexpr PackedInteger0f38 form = forms[index];
    compare_units(
        form.name,
        [](Trial& t) {
            host_sse::on_host::packed_0f38<form.mandatory, form.opcode>(t.destination, &t.source);
        },
        [](Trial& t) { soft::packed_integer_0f38(form.opcode, t.destination.bytes, t.source.bytes); },
        form.opcode);
}

/// In MM3.
template <std::uint8_t opcode>
void on_mm(Trial& trial) {
    std::uint64_t value;
    std::memcpy(&value, trial.destination.bytes.data(), sizeof(value));
    host_x87::write_mm(3, value);
    host_x87::mmx_0f38<opcode>(3, &trial.source);
    value = host_x87::read_mm(3);
    host_x87::initialize();
    std::memcpy(trial.destination.bytes.data(), &value, sizeof(value));
}
template <std::uint8_t opcode>
void packed_mm(const char* name) {
    compare_units(
        name, on_mm<opcode>,
        [](Trial& t) {
            soft::packed_integer_0f38(opcode, std::span(t.destination.bytes).first(8),
                                      std::span(t.source.bytes).first(8));
        },
        opcode);
}

template <const auto& forms, std::size_t... index>
void each_xmm(std::index_sequence<index...>) {
    (packed_xmm<forms, index>(), ...);
}
template <const auto& forms, std::size_t... index>
void each_mm(std::index_sequence<index...>) {
    (packed_mm<forms[index].opcode>(forms[index].name), ...);
}

template <std::uint8_t opcode, std::uint8_t mode>
void rounding(const char* name) {
    compare_units(
        name,
        [](Trial& t) {
            t.raised = host_sse::on_host::round<opcode, mode>(t.destination, &t.source, t.mxcsr);
        },
        [](Trial& t) { t.raised = soft::sse_round(opcode, mode, t.destination, &t.source, t.mxcsr); }, mode);
}
template <std::uint8_t opcode, std::size_t... mode>
void roundings(const char* name, std::index_sequence<mode...>) {
    (rounding<opcode, mode>(name), ...);
}

template <std::uint8_t control>
void string_comparison() {
    const auto lengths = [](const Trial& t) {
        const unsigned count = control & 1 ? 8 : 16;
        return soft::StringLengths{t.mxcsr / 0x2000 % 2 ? count : t.source.bytes[0] % (count + 1),
                                   t.destination.bytes[0] % (count + 1)};
    };
    compare_units(
        "string comparison",
        [&](Trial& t) {
            t.value = host_sse::on_host::compare_strings<control>(t.destination, t.source, lengths(t));
        },
        [&](Trial& t) { t.value = soft::compare_strings(control, t.destination, t.source, lengths(t)); },
        control);
}
template <std::size_t... control>
void string_comparisons(std::index_sequence<control...>) {
    (string_comparison<control>(), ...);
}

template <typename T>
void crc(Random& random) {
    for (unsigned i = 0; i < attempts; ++i) {
        const std::uint32_t before = random();
        const auto data = static_cast<T>(random());
        CHECK_EQ(host_sse::on_host::crc32c(before, data), soft::crc32c(before, data));
    }
}

/// What comes of the host's way and of software's: the lesser host has got nothing.
template <typename Compute>
void both_ways(const char* name, Compute compute, unsigned seed) {
    compare_units(
        name, [&](Trial& t) { t.destination = compute(t); },
        [&](Trial& t) {
            const std::uint32_t all = std::exchange(host_features, 0);
            t.destination = compute(t);
            host_features = all;
        },
        seed);
}

}  // namespace

TEST_CASE("portable ssse3 as the host's") {
    if (host_lacks(feature::ssse3)) return;
    constexpr auto all = std::make_index_sequence<packed_integers_ssse3.size()>{};
    each_xmm<packed_integers_ssse3>(all);
    each_mm<packed_integers_ssse3>(all);
}

TEST_CASE("portable sse4 packed integers as the host's") {
    if (host_lacks(feature::sse41 | feature::sse42)) return;
    each_xmm<packed_integers_sse4>(std::make_index_sequence<packed_integers_sse4.size()>{});
}

TEST_CASE("portable rounding to integers as the host's") {
    if (host_lacks(feature::sse41)) return;
    constexpr auto modes = std::make_index_sequence<16>{};
    roundings<0x08>("roundps", modes);
    roundings<0x09>("roundpd", modes);
    roundings<0x0a>("roundss", modes);
    roundings<0x0b>("roundsd", modes);
}

TEST_CASE("portable comparison of strings as the host's") {
    if (host_lacks(feature::sse42)) return;
    string_comparisons(std::make_index_sequence<16>{});
}

TEST_CASE("portable crc32 as the host's") {
    if (host_lacks(feature::sse42)) return;
    Random random(32);
    crc<std::uint8_t>(random);
    crc<std::uint16_t>(random);
    crc<std::uint32_t>(random);
}

TEST_CASE("portable rounds of aes and sha as the host's") {
    if (host_lacks(feature::aes | feature::sha)) return;
    each_xmm<packed_integers_aes>(std::make_index_sequence<packed_integers_aes.size()>{});
    each_xmm<packed_integers_sha>(std::make_index_sequence<packed_integers_sha.size()>{});
    for (const unsigned constant : {0x00U, 0x01U, 0x80U, 0x1bU, 0xffU})
        both_ways(
            "aeskeygenassist",
            [&](const Trial& t) {
                return host_sse::aeskeygenassist(t.source, static_cast<std::uint8_t>(constant));
            },
            constant);
    for (unsigned phase = 0; phase < 4; ++phase)
        both_ways(
            "sha1rnds4", [&](const Trial& t) { return host_sse::sha1rnds4(t.destination, t.source, phase); },
            phase);
    both_ways(
        "sha256rnds2",
        [](const Trial& t) {
            Xmm words = t.source;
            words.bytes[3] ^= static_cast<std::uint8_t>(t.mxcsr >> 7);
            return host_sse::sha256rnds2(t.destination, t.source, words);
        },
        256);
}

TEST_CASE("portable carry-less product as the host's") {
    if (host_lacks(feature::pclmulqdq)) return;
    for (const unsigned halves : {0x00U, 0x01U, 0x10U, 0x11U, 0xeeU, 0xffU})
        both_ways(
            "pclmulqdq", [&](const Trial& t) { return host_sse::pclmulqdq(t.destination, t.source, halves); },
            halves);
}

}  // namespace calque::test
