// Framing of gdb's protocol, and what becomes of garbage.
#include "frontend/debugger/gdb_packet.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace calque::gdb;

namespace {

/// The kinds of everything in `bytes`, a letter each; a packet's payload in brackets.
std::string taken(std::string_view bytes) {
    PacketReader reader;
    std::string all;
    for (const char byte : bytes) {
        const auto input = reader.take(static_cast<std::uint8_t>(byte));
        if (!input) continue;
        if (const auto* packet = std::get_if<Packet>(&*input)) all += "[" + packet->payload + "]";
        if (std::holds_alternative<Garbled>(*input)) all += "g";
        if (std::holds_alternative<Acknowledged>(*input)) all += "a";
        if (std::holds_alternative<Refused>(*input)) all += "r";
        if (std::holds_alternative<Interrupt>(*input)) all += "i";
    }
    return all;
}

}  // namespace

TEST_CASE("packets, acknowledgements and Ctrl-C") {
    CHECK(taken("$g#67") == "[g]");
    CHECK(taken("+$?#3f-\x03") == "a[?]ri");
    CHECK(taken("$#00") == "[]");
    CHECK(taken("noise$g#67more") == "[g]");
    CHECK(taken("$a}\x03z#5b") == "[a#z]");  // an escaped #
    CHECK(taken("$m0,4#fd$G#4") == "[m0,4]");
}

TEST_CASE("what is damaged is refused, and what follows is not") {
    CHECK(taken("$g#68$g#67") == "g[g]");
    CHECK(taken("$g#zz$g#67") == "g[g]");
    CHECK(taken("$abc$g#67") == "[g]");  // an end that was lost
    CHECK(taken("$a}#de") == "g");       // an escape of nothing
    CHECK(taken("$" + std::string(largest_packet + 1, 'a') + "#61$g#67") == "g[g]");
    CHECK(taken("$" + std::string(largest_packet, '\0') + "#00").size() == largest_packet + 2);
}

TEST_CASE("what is framed can be read") {
    std::mt19937 random(1);
    for (int round = 0; round < 1000; ++round) {
        std::string payload(random() % 40, ' ');
        for (char& letter : payload) letter = static_cast<char>(random());
        CHECK(taken(framed(payload)) == "[" + payload + "]");
    }
    CHECK(framed("OK") == "$OK#9a");
}

TEST_CASE("no stream of bytes does harm") {
    std::mt19937 random(2);
    PacketReader reader;
    for (int i = 0; i < 1'000'000; ++i) {
        constexpr std::string_view likely = "$#}+-0a\x03";
        const auto byte = random() % 2 ? static_cast<std::uint8_t>(random())
                                       : static_cast<std::uint8_t>(likely[random() % likely.size()]);
        const auto input = reader.take(byte);
        if (!input) continue;
        if (const auto* packet = std::get_if<Packet>(&*input))
            CHECK(packet->payload.size() <= largest_packet);
    }
}

TEST_CASE("hexadecimal digits") {
    CHECK(hex(std::string_view("a\xff")) == "61ff");
    CHECK(unhex("61FF") == "a\xff");
    CHECK(unhex("") == "");
    for (const char* bad : {"6", "6g", "0x61", " 61"}) CHECK_FALSE(unhex(bad));
}

TEST_CASE("the parts of a payload") {
    Parts parts("Z0,fff0,1;cond");
    CHECK(parts.skip("Z"));
    CHECK_FALSE(parts.skip("Z"));
    CHECK(parts.number() == 0);
    CHECK(parts.skip(","));
    CHECK(parts.number() == 0xfff0);
    CHECK_FALSE(parts.number());
    CHECK(parts.skip(","));
    CHECK(parts.until(';') == "1");
    CHECK(parts.rest() == "cond");
    CHECK(parts.until(';') == "cond");
    CHECK(parts.done());
    CHECK(Parts("ffffffffffffffff").number() == ~0ULL);
    CHECK_FALSE(Parts("10000000000000000").number());
}
