// User-mode networking by libslirp: ARP, DHCP, DNS, TFTP and a TCP/IP router of the host's user.
#include "frontend/network.hpp"
#include "frontend/repeated_syn_ack.hpp"
#include "frontend/usage_error.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <libslirp.h>
#include <utility>

namespace calque {

namespace {

constexpr Nanoseconds millisecond = 1'000'000;

// The addresses that people know from other emulators.
constexpr const char* network_address = "10.0.2.0";
constexpr const char* network_mask = "255.255.255.0";
constexpr const char* host_address = "10.0.2.2";
constexpr const char* name_server_address = "10.0.2.3";
constexpr const char* first_guest_address = "10.0.2.15";
// A guest that looks for an IPv6 router and finds none waits for long; iPXE does.
constexpr const char* network_address6 = "fec0::";
constexpr const char* host_address6 = "fec0::2";
constexpr const char* name_server_address6 = "fec0::3";
constexpr std::uint8_t prefix_length6 = 64;

in_addr ipv4(const char* text) {
    in_addr address{};
    inet_pton(AF_INET, text, &address);
    return address;
}

in6_addr ipv6(const char* text) {
    in6_addr address{};
    inet_pton(AF_INET6, text, &address);
    return address;
}

constexpr std::pair<int, short> poll_bits[] = {{SLIRP_POLL_IN, POLLIN},
                                               {SLIRP_POLL_OUT, POLLOUT},
                                               {SLIRP_POLL_PRI, POLLPRI},
                                               {SLIRP_POLL_ERR, POLLERR},
                                               {SLIRP_POLL_HUP, POLLHUP}};

short to_host(int events) {
    int result = 0;
    for (const auto& [ours, host] : poll_bits) result |= events & ours ? host : 0;
    return static_cast<short>(result);
}

int from_host(int events) {
    int result = 0;
    for (const auto& [ours, host] : poll_bits) result |= events & host ? ours : 0;
    return result;
}

const char* or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

/// libslirp's clock is the guest's: it is the other end of the guest's TCP connections, and both must count
/// the same seconds. What it answers by itself is then as reproducible as the machine.
class UserNetwork final : public NetworkPeer, private PollSource {
public:
    UserNetwork(const NetworkOptions& options, HostEvents& events, Clock& clock,
                const std::function<void(EthernetFrame)>& send)
        : events_(events), clock_(clock), send_(send) {
        if (!options.tftp.empty() && !std::filesystem::is_directory(options.tftp))
            throw UsageError(fmt::format("--net: {} is not a folder", options.tftp));
        const SlirpConfig config = configuration(options);
        slirp_.reset(slirp_new(&config, &callbacks(), this));
        if (!slirp_) throw UsageError("user networking could not be started");
        for (const NetworkOptions::Forward& forward : options.forwards) add(forward);
        events_.add_source(*this);
    }
    ~UserNetwork() override { events_.remove_source(*this); }
    UserNetwork(const UserNetwork&) = delete;
    UserNetwork& operator=(const UserNetwork&) = delete;

    void receive(EthernetFrame frame) override {
        const auto changed = without_large_mss(frame);
        if (changed) frame = *changed;
        slirp_input(slirp_.get(), frame.data(), static_cast<int>(frame.size()));
    }

private:
    static SlirpConfig configuration(const NetworkOptions& options) {
        SlirpConfig config{};
        config.version = SLIRP_CONFIG_VERSION_MAX;
        config.in_enabled = true;
        config.vnetwork = ipv4(network_address);
        config.vnetmask = ipv4(network_mask);
        config.vhost = ipv4(host_address);
        config.vnameserver = ipv4(name_server_address);
        config.vdhcp_start = ipv4(first_guest_address);
        config.in6_enabled = true;
        config.vprefix_addr6 = ipv6(network_address6);
        config.vprefix_len = prefix_length6;
        config.vhost6 = ipv6(host_address6);
        config.vnameserver6 = ipv6(name_server_address6);
        config.tftp_path = or_null(options.tftp);
        config.bootfile = or_null(options.bootfile);
        return config;
    }

    // Of the host's addresses only its own is listened to: a guest is not exposed to the host's neighbours.
    void add(const NetworkOptions::Forward& forward) {
        if (slirp_add_hostfwd(slirp_.get(), forward.udp, ipv4("127.0.0.1"), forward.host_port,
                              ipv4(first_guest_address), forward.guest_port) == 0)
            return;
        throw UsageError(fmt::format("--net: {} port {} of the host: {}", forward.udp ? "UDP" : "TCP",
                                     forward.host_port, std::strerror(errno)));
    }

    void before_poll(std::vector<pollfd>& files, Timeout& timeout) override {
        std::uint32_t milliseconds = UINT32_MAX;
        const auto add_file = [](int descriptor, int events, void* list) {
            auto& all = *static_cast<std::vector<pollfd>*>(list);
            all.push_back({descriptor, to_host(events), 0});
            return static_cast<int>(all.size()) - 1;
        };
        first_file_ = files.size();
        slirp_pollfds_fill(slirp_.get(), &milliseconds, add_file, &files);
        const std::chrono::nanoseconds needed = std::chrono::milliseconds{milliseconds};
        if (milliseconds != UINT32_MAX && (!timeout || needed < *timeout)) timeout = needed;
    }

    void after_poll(std::span<const pollfd> files) override {
        files_ = files;
        const auto events_of = [](int index, void* self) {
            const auto& network = *static_cast<UserNetwork*>(self);
            return from_host(network.files_[static_cast<std::size_t>(index) - network.first_file_].revents);
        };
        slirp_pollfds_poll(slirp_.get(), 0, events_of, this);
        files_ = {};
    }

    static UserNetwork& self(void* opaque) { return *static_cast<UserNetwork*>(opaque); }

    static const SlirpCb& callbacks() {
        static const SlirpCb table = [] {
            SlirpCb slirp{};
            slirp.send_packet = [](const void* bytes, std::size_t size, void* opaque) {
                self(opaque).send_({static_cast<const std::uint8_t*>(bytes), size});
                return static_cast<ssize_t>(size);
            };
            slirp.guest_error = [](const char*, void*) {};  // a guest's nonsense is its own affair
            slirp.clock_get_ns = [](void* opaque) { return self(opaque).clock_.now(); };
            slirp.timer_new = [](SlirpTimerCb expired, void* argument, void* opaque) -> void* {
                return new Timer(self(opaque).clock_, "user network", [=] { expired(argument); });
            };
            slirp.timer_free = [](void* timer, void*) { delete static_cast<Timer*>(timer); };
            slirp.timer_mod = [](void* timer, std::int64_t milliseconds, void*) {
                static_cast<Timer*>(timer)->arm(milliseconds * millisecond);
            };
            // Each look asks for the descriptors anew, and there is no other thread to be woken.
            slirp.register_poll_fd = slirp.unregister_poll_fd = [](int, void*) {};
            slirp.notify = [](void*) {};
            return slirp;
        }();
        return table;
    }

    struct Cleanup {
        void operator()(Slirp* slirp) const { slirp_cleanup(slirp); }
    };

    HostEvents& events_;
    Clock& clock_;
    std::function<void(EthernetFrame)> send_;
    std::unique_ptr<Slirp, Cleanup> slirp_;
    std::span<const pollfd> files_;  ///< while libslirp looks at them
    std::size_t first_file_ = 0;     ///< its first one's place in the list of all
};

}  // namespace

bool user_networking() { return true; }

std::unique_ptr<NetworkPeer> make_user_network(const NetworkOptions& options, HostEvents& events,
                                               Clock& clock, const std::function<void(EthernetFrame)>& send) {
    return std::make_unique<UserNetwork>(options, events, clock, send);
}

}  // namespace calque
