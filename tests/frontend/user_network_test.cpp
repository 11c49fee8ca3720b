// User networking without a guest: what it answers to frames made by hand.
#include "frontend/network.hpp"
#include "frontend/usage_error.hpp"
#include "tests/devices/bench_clock.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

using namespace calque;

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr MacAddress guest{0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
constexpr MacAddress everybody{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
constexpr MacAddress host{0x52, 0x55, 0x0A, 0x00, 0x02, 0x02};  // libslirp's, after its IPv4 address

using Ipv4 = std::array<std::uint8_t, 4>;
constexpr Ipv4 guest_ip{10, 0, 2, 15}, host_ip{10, 0, 2, 2}, nobody{0, 0, 0, 0}, all{255, 255, 255, 255};

template <typename... Parts>
Bytes join(const Parts&... parts) {
    Bytes bytes;
    (bytes.insert(bytes.end(), std::begin(parts), std::end(parts)), ...);
    return bytes;
}

Bytes big_endian(unsigned value) {
    return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

unsigned big_endian(const Bytes& bytes, std::size_t offset) {
    return bytes.at(offset) * 256U + bytes.at(offset + 1);
}

Bytes big_endian_dword(std::uint32_t value) {
    return join(big_endian(value >> 16), big_endian(value & 0xFFFF));
}

std::uint32_t big_endian_dword(const Bytes& bytes, std::size_t offset) {
    return big_endian(bytes, offset) << 16 | big_endian(bytes, offset + 2);
}

/// The Internet checksum (RFC 1071).
unsigned internet_checksum(const Bytes& bytes) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) sum += i % 2 ? bytes[i] : bytes[i] * 256U;
    while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
    return ~sum & 0xFFFF;
}

Bytes ip_packet(std::uint8_t protocol, const Ipv4& from, const Ipv4& to, const Bytes& payload) {
    const auto header = [&](unsigned checksum) {
        return join(Bytes{0x45, 0}, big_endian(static_cast<unsigned>(20 + payload.size())),
                    Bytes{0, 1, 0, 0, 64, protocol}, big_endian(checksum), from, to);
    };
    return join(header(internet_checksum(header(0))), payload);
}

Bytes udp(unsigned from, unsigned to, const Bytes& payload) {
    return join(big_endian(from), big_endian(to), big_endian(static_cast<unsigned>(8 + payload.size())),
                big_endian(0), payload);
}

enum TcpFlag : std::uint8_t { syn = 2, ack = 16 };

/// A segment of no data from the guest to the host (RFC 9293).
Bytes tcp(unsigned from, unsigned to, std::uint32_t sequence, std::uint32_t acknowledged, unsigned flags,
          const Bytes& options) {
    const auto segment = [&](unsigned checksum) {
        const auto header_size = static_cast<unsigned>(20 + options.size());
        return join(big_endian(from), big_endian(to), big_endian_dword(sequence),
                    big_endian_dword(acknowledged), big_endian(header_size / 4 << 12 | flags),
                    big_endian(64240), big_endian(checksum), big_endian(0), options);
    };
    const Bytes plain = segment(0);
    const Bytes pseudo_header =
        join(guest_ip, host_ip, Bytes{0, 6}, big_endian(static_cast<unsigned>(plain.size())));
    return segment(internet_checksum(join(pseudo_header, plain)));
}

Bytes ethernet_frame(const MacAddress& to, unsigned type, const Bytes& payload) {
    return join(to, guest, big_endian(type), payload);
}

Bytes arp_request() {
    return ethernet_frame(everybody, 0x0806,
                          join(Bytes{0, 1, 8, 0, 6, 4, 0, 1}, guest, guest_ip, Bytes(6), host_ip));
}

/// A BOOTP request with DHCP's message type `type` (RFC 2131).
Bytes dhcp(std::uint8_t type) {
    Bytes message(236);
    message[0] = 1, message[1] = 1, message[2] = 6;
    std::copy(guest.begin(), guest.end(), message.begin() + 28);
    const Bytes options{0x63, 0x82, 0x53, 0x63, 53, 1, type, 50, 4, 10, 0, 2, 15, 255};
    return ethernet_frame(everybody, 0x0800, ip_packet(17, nobody, all, udp(68, 67, join(message, options))));
}

/// A network, and a guest that takes down what it gets.
struct Bench {
    explicit Bench(const NetworkOptions& options = {})
        : peer(make_user_network(options, events, bench.clock, [this](EthernetFrame frame) {
              answers.emplace_back(frame.begin(), frame.end());
          })) {}

    void send(const Bytes& frame) {
        peer->receive(frame);
        events.poll();
    }
    /// Lets the host speak until `count` frames have come.
    void wait_for(std::size_t count) {
        for (int i = 0; i < 500 && answers.size() < count; ++i) events.wait(std::chrono::milliseconds{10});
        REQUIRE(answers.size() >= count);
    }

    BenchClock bench;
    HostEvents events;
    std::vector<Bytes> answers;
    std::unique_ptr<NetworkPeer> peer;
};

std::uint16_t free_port() {
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    socklen_t size = sizeof address;
    getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
    close(descriptor);
    return ntohs(address.sin_port);
}

NetworkOptions forwarding(std::uint16_t from) {
    return {.user = true,
            .forwards = {{.udp = false, .host_port = from, .guest_port = 22}},
            .tftp = {},
            .bootfile = {},
            .capture = {}};
}

/// One that the host made and that the guest has not yet accepted.
struct ForwardedConnection {
    ForwardedConnection() {
        bench.send(arp_request());
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        bench.wait_for(2);
        seen = 2;
        host_port = big_endian(bench.answers.back(), 14 + 20);
        received = big_endian_dword(bench.answers.back(), 14 + 24) + 1;
    }
    ~ForwardedConnection() { close(descriptor); }
    ForwardedConnection(const ForwardedConnection&) = delete;
    ForwardedConnection& operator=(const ForwardedConnection&) = delete;

    void send(std::uint32_t sequence, std::uint32_t acknowledged, unsigned flags, const Bytes& options = {}) {
        const Bytes segment = tcp(22, host_port, sequence, acknowledged, flags, options);
        bench.send(ethernet_frame(host, 0x0800, ip_packet(6, guest_ip, host_ip, segment)));
    }
    void accept(const Bytes& options) { send(first, received, syn | ack, options); }
    /// Takes the data of the next segments, which are in order, and leaves them without an answer.
    void read() {
        bench.events.wait(std::chrono::milliseconds{10});
        for (; seen < bench.answers.size(); ++seen) {
            const Bytes& frame = bench.answers[seen];
            const std::size_t size = big_endian(frame, 14 + 2) - 40;
            data.insert(data.end(), frame.begin() + 54,
                        frame.begin() + 54 + static_cast<std::ptrdiff_t>(size));
        }
    }
    const Bytes& read_until(std::size_t size) {
        for (int i = 0; i < 100 && data.size() < size; ++i) {
            read();
            send(first + 1, received + static_cast<std::uint32_t>(data.size()), ack);
        }
        return data;
    }

    static constexpr std::uint32_t first = 1000;  ///< sequence number of the guest's SYN
    std::uint16_t port = free_port();
    Bench bench{forwarding(port)};
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    std::size_t seen = 0;  ///< frames
    unsigned host_port = 0;
    std::uint32_t received = 0;  ///< sequence number of the host's first byte
    Bytes data;
};

}  // namespace

TEST_SUITE_BEGIN("user network" * doctest::skip(!user_networking()));

TEST_CASE("user network: the host answers ARP") {
    Bench bench;
    bench.send(arp_request());
    REQUIRE(bench.answers.size() == 1);
    const Bytes& answer = bench.answers[0];
    CHECK(ethernet::is_for(answer, guest));
    CHECK(big_endian(answer, 12) == 0x0806);
    CHECK(big_endian(answer, 20) == 2);
    CHECK(std::equal(host.begin(), host.end(), answer.begin() + 22));
    CHECK(std::equal(host_ip.begin(), host_ip.end(), answer.begin() + 28));
}

TEST_CASE("user network: DHCP offers 10.0.2.15, the router 10.0.2.2 and the boot file") {
    Bench bench({.user = true, .forwards = {}, .tftp = {}, .bootfile = "boot.me", .capture = {}});
    bench.send(dhcp(1));
    REQUIRE(bench.answers.size() == 1);
    const Bytes& offer = bench.answers[0];
    constexpr std::size_t message = 14 + 20 + 8;
    CHECK(std::equal(guest_ip.begin(), guest_ip.end(), offer.begin() + message + 16));
    CHECK(std::string(reinterpret_cast<const char*>(offer.data()) + message + 108) == "boot.me");
    const Bytes router{3, 4, 10, 0, 2, 2};
    CHECK(std::search(offer.begin() + message, offer.end(), router.begin(), router.end()) != offer.end());
    bench.send(dhcp(3));
    REQUIRE(bench.answers.size() == 2);
}

TEST_CASE("user network: the host answers a ping at once, in guest time") {
    Bench bench;
    bench.send(arp_request());
    const auto echo = [](unsigned checksum) {
        return join(Bytes{8, 0}, big_endian(checksum), Bytes{0, 1, 0, 1, 42});
    };
    const Bytes request = echo(internet_checksum(echo(0)));
    bench.send(ethernet_frame(host, 0x0800, ip_packet(1, guest_ip, host_ip, request)));
    REQUIRE(bench.answers.size() == 2);
    CHECK(bench.answers[1].at(14 + 20) == 0);  // echo reply
    CHECK(bench.answers[1].at(14 + 20 + 8) == 42);
}

TEST_CASE("user network: TFTP serves a folder") {
    char folder[] = "/tmp/calque-tftp-XXXXXX";
    REQUIRE(mkdtemp(folder));
    const std::string file = std::string(folder) + "/hello";
    std::FILE* stream = std::fopen(file.c_str(), "w");
    REQUIRE(stream);
    std::fputs("good day", stream);
    std::fclose(stream);
    {
        Bench bench({.user = true, .forwards = {}, .tftp = folder, .bootfile = {}, .capture = {}});
        bench.send(arp_request());
        const std::string request("\0\1/hello\0octet\0", 15);
        const Bytes datagram = udp(1234, 69, Bytes(request.begin(), request.end()));
        bench.send(ethernet_frame(host, 0x0800, ip_packet(17, guest_ip, host_ip, datagram)));
        REQUIRE(bench.answers.size() == 2);
        const Bytes& data = bench.answers[1];
        CHECK(std::string(data.begin() + 14 + 20 + 8 + 4, data.end()).starts_with("good day"));
    }
    unlink(file.c_str());
    rmdir(folder);
}

TEST_CASE("user network: a connection to a forwarded port reaches the guest") {
    ForwardedConnection connection;
    const Bytes& segment = connection.bench.answers.back();
    CHECK(segment.at(14 + 9) == 6);             // TCP ...
    CHECK(big_endian(segment, 14 + 22) == 22);  // ... to the guest's port ...
    CHECK((segment.at(14 + 33) & 0x12) == 2);   // ... SYN
}

// As one does that finds the SYN and its repetition at once.
TEST_CASE("user network: a guest that accepts a connection twice loses nothing of what it is sent") {
    for (const Bytes& options : {Bytes{2, 4, 5, 180}, Bytes{1, 2, 4, 5, 180, 1, 1, 0}, Bytes{}}) {
        ForwardedConnection connection;
        const Bytes data(5000, 42);
        REQUIRE(write(connection.descriptor, data.data(), data.size()) == ssize_t(data.size()));
        connection.accept(options);
        connection.read();
        connection.accept(options);
        CHECK(connection.read_until(data.size()) == data);
    }
}

TEST_CASE("user network: a guest is sent no larger segments than it accepts") {
    for (const unsigned mss : {536U, 1459U}) {
        ForwardedConnection connection;
        const Bytes data(5000, 42);
        REQUIRE(write(connection.descriptor, data.data(), data.size()) == ssize_t(data.size()));
        connection.accept(join(Bytes{2, 4}, big_endian(mss)));
        CHECK(connection.read_until(data.size()) == data);
        for (const Bytes& frame : connection.bench.answers) CHECK(frame.size() <= 14 + 20 + 20 + mss);
    }
}

TEST_CASE("user network: what cannot be used is named") {
    Bench bench;
    NetworkOptions options;
    options.tftp = "/nonexistent";
    const auto make = [&] {
        make_user_network(options, bench.events, bench.bench.clock, [](EthernetFrame) {});
    };
    CHECK_THROWS_WITH_AS(make(), "--net: /nonexistent is not a folder", UsageError);
}

TEST_CASE("user network: nonsense is ignored") {
    Bench bench;
    for (const std::size_t size : {0U, 1U, 13U, 14U, 15U, 34U, 60U, 1514U, 8191U}) {
        for (const unsigned type : {0x0800U, 0x0806U, 0x86DDU, 0x1234U}) {
            Bytes frame = ethernet_frame(host, type, Bytes(size, 0x5A));
            frame.resize(size);
            bench.send(frame);
        }
    }
}

TEST_SUITE_END();
