// A socket that waits for somebody to talk to, one at a time.
#pragma once

#include "frontend/host_file.hpp"
#include "machine/host_events.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace calque {

/// TCP at HOST:PORT. Throws UsageError that names it.
HostFile listen_on_tcp(const std::string& host, std::uint16_t port);
/// A Unix socket; one that nobody listens on any more is replaced. Throws UsageError that names it.
HostFile listen_on_unix(const std::string& path);

/// `[HOST:]PORT`, HOST being the host's own address unless given.
struct TcpPlace {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
};
/// Throws UsageError.
TcpPlace parse_tcp_place(std::string_view text);

/// The peer of the moment; further ones are turned away until it has gone. Nothing waits: what the peer does
/// not take is kept for it, within bounds.
class PeerSocket {
public:
    struct Callbacks {
        std::function<void()> came;
        std::function<void(std::span<const std::uint8_t>)> said;
        std::function<void()> went;  ///< hung up, or was hung up on
    };
    PeerSocket(HostEvents& events, HostFile listener, Callbacks callbacks);
    ~PeerSocket();
    PeerSocket(const PeerSocket&) = delete;
    PeerSocket& operator=(const PeerSocket&) = delete;

    bool connected() const { return peer_.is_open(); }
    /// Goes out when the callback that called it is done.
    void send(std::string_view text);
    /// When what was sent is out, or at once if it does not go out.
    void hang_up();

private:
    void accept_peer();
    void readable();
    void flush();
    void close_peer();
    bool peer_has_gone() const;

    HostEvents& events_;
    HostFile listener_, peer_;
    Callbacks callbacks_;
    std::string output_;
    bool overflowed_ = false;
};

}  // namespace calque
