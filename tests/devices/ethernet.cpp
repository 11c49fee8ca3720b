// Addresses, checksums, multicast hashes.
#include "devices/ethernet.hpp"

#include "network_fixture.hpp"

#include <doctest/doctest.h>

#include <string_view>

using namespace calque;

namespace {

/// The hash as the cards' data sheets describe it: a CRC register that shifts left, data least significant
/// bit first, its upper six bits.
unsigned hash_by_bits(const MacAddress& address) {
    std::uint32_t crc = 0xFFFF'FFFF;
    for (const std::uint8_t byte : address) {
        for (unsigned i = 0; i < 8; ++i) {
            const bool carry = (crc >> 31 & 1) != (byte >> i & 1U);
            crc = crc << 1 ^ (carry ? 0x04C1'1DB7U : 0U);
        }
    }
    return crc >> 26;
}

}  // namespace

TEST_CASE("addresses") {
    CHECK(ethernet::is_broadcast(frame_to(broadcast_address)));
    CHECK(ethernet::is_multicast(frame_to(broadcast_address)));
    CHECK(ethernet::is_multicast(frame_to(multicast_address)));
    CHECK_FALSE(ethernet::is_broadcast(frame_to(multicast_address)));
    CHECK_FALSE(ethernet::is_multicast(frame_to(card_address)));
    CHECK(ethernet::is_for(frame_to(card_address), card_address));
    CHECK_FALSE(ethernet::is_for(FrameBytes{0x52, 0x54}, card_address));
    CHECK_FALSE(ethernet::is_multicast({}));
}

TEST_CASE("the checksum is CRC-32") {
    constexpr std::string_view check = "123456789";
    CHECK(ethernet::checksum(FrameBytes(check.begin(), check.end())) == 0xCBF4'3926);
}

TEST_CASE("multicast hashes are the upper bits of the register that shifts left") {
    for (const MacAddress& address : {multicast_address, broadcast_address, card_address, other_address}) {
        const unsigned hash = ethernet::multicast_hash(frame_to(address));
        CHECK(hash == hash_by_bits(address));
        MulticastFilter filter{};
        CHECK_FALSE(ethernet::passes(filter, frame_to(address)));
        filter[hash / 8] = static_cast<std::uint8_t>(1 << hash % 8);
        CHECK(ethernet::passes(filter, frame_to(address)));
    }
}

TEST_CASE("a wire is busy for preamble, frame, checksum and gap, and never less than for a minimal frame") {
    CHECK(ethernet::wire_time(1514, 100'000'000) == (1514 + 24) * 80);
    CHECK(ethernet::wire_time(60, 10'000'000) == 67'200);
    CHECK(ethernet::wire_time(1, 10'000'000) == 67'200);
}
