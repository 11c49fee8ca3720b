// What --net and --nic take, and what they refuse.
#include "frontend/network_options.hpp"

#include "frontend/usage_error.hpp"

#include <doctest/doctest.h>

using namespace calque;

TEST_CASE("network: cards by name") {
    CHECK(parse_nic("rtl8139") == NicModel::rtl8139);
    CHECK(parse_nic("ne2k_pci") == NicModel::ne2k_pci);
    CHECK(parse_nic("ne2k_isa") == NicModel::ne2k_isa);
    CHECK(parse_nic("none") == NicModel::none);
    for (const char* bad : {"", "RTL8139", "e1000"}) CHECK_THROWS_AS(parse_nic(bad), UsageError);
}

TEST_CASE("network: none") {
    NetworkOptions options;
    parse_net("none", options);
    CHECK_FALSE(options.user);
    for (const char* bad : {"", "none,", "none,tftp=.", "tap"})
        CHECK_THROWS_AS(parse_net(bad, options), UsageError);
}

TEST_CASE("network: user, with what it forwards and serves" * doctest::skip(!user_networking())) {
    NetworkOptions options;
    parse_net("user,forward=tcp:2222:22,forward=udp:0x35:53,tftp=/srv,bootfile=http://10.0.2.2/a?b=c",
              options);
    CHECK(options.user);
    REQUIRE(options.forwards.size() == 2);
    CHECK_FALSE(options.forwards[0].udp);
    CHECK(options.forwards[0].host_port == 2222);
    CHECK(options.forwards[0].guest_port == 22);
    CHECK(options.forwards[1].udp);
    CHECK(options.forwards[1].host_port == 53);
    CHECK(options.tftp == "/srv");
    CHECK(options.bootfile == "http://10.0.2.2/a?b=c");
    for (const char* bad : {"user,", "user,forward", "user,forward=", "user,forward=tcp:1",
                            "user,forward=tcp:1:", "user,forward=tcp:1:0", "user,forward=tcp:1:2:3",
                            "user,forward=sctp:1:2", "user,tftp", "user,restrict=on", "user,forward=tcp::22"})
        CHECK_THROWS_AS(parse_net(bad, options), UsageError);
}
