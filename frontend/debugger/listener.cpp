// Listening sockets and the one peer that each has at a time.
#include "frontend/debugger/listener.hpp"

#include "frontend/parse.hpp"
#include "frontend/usage_error.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace calque {
namespace {

constexpr std::size_t most_output = 16 << 20;

[[noreturn]] void fail(const std::string& what, const char* why) {
    throw UsageError(fmt::format("{}: {}", what, why));
}

bool somebody_answers(const sockaddr_un& address) {
    const HostFile probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return connect(probe.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

TcpPlace parse_tcp_place(std::string_view text) {
    TcpPlace place;
    const std::size_t colon = text.rfind(':');
    if (colon != std::string_view::npos) {
        if (colon > 0) place.host = std::string(text.substr(0, colon));
        text.remove_prefix(colon + 1);
    }
    place.port = static_cast<std::uint16_t>(parse_number(text, 0xFFFF));
    if (place.port == 0) throw UsageError("\"0\" is not a TCP port");
    return place;
}

HostFile listen_on_tcp(const std::string& host, std::uint16_t port) {
    const std::string name = fmt::format("tcp port {}:{}", host, port);
    addrinfo wanted{};
    wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found))
        fail(name, gai_strerror(error));
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> first(found, freeaddrinfo);
    HostFile file(socket(first->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int yes = 1;
    setsockopt(file.descriptor(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(file.descriptor(), first->ai_addr, first->ai_addrlen) || listen(file.descriptor(), 1))
        fail(name, std::strerror(errno));
    return file;
}

HostFile listen_on_unix(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) fail(path, "the name is too long for a socket");
    path.copy(address.sun_path, path.size());
    HostFile file(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const auto* any = reinterpret_cast<const sockaddr*>(&address);
    bool bound = bind(file.descriptor(), any, sizeof address) == 0;
    if (!bound && errno == EADDRINUSE && !somebody_answers(address)) {
        unlink(path.c_str());
        bound = bind(file.descriptor(), any, sizeof address) == 0;
    }
    if (!bound || listen(file.descriptor(), 1)) fail(path, std::strerror(errno));
    return file;
}

PeerSocket::PeerSocket(HostEvents& events, HostFile listener, Callbacks callbacks)
    : events_(events), listener_(std::move(listener)), callbacks_(std::move(callbacks)) {
    events_.watch(listener_.descriptor(), [this] { accept_peer(); });
    events_.before_waiting([this] { flush(); });
}

PeerSocket::~PeerSocket() {
    flush();
    events_.unwatch(listener_.descriptor());
    if (connected()) events_.unwatch(peer_.descriptor());
}

void PeerSocket::accept_peer() {
    HostFile peer(accept4(listener_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connected() && peer_has_gone()) close_peer();
    if (!peer.is_open() || connected()) return;
    const int yes = 1;
    setsockopt(peer.descriptor(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    peer_ = std::move(peer);
    output_.clear();
    overflowed_ = false;
    events_.watch(peer_.descriptor(), [this] { readable(); });
    callbacks_.came();
}

/// Its end may be the next thing to be noticed.
bool PeerSocket::peer_has_gone() const {
    char byte = 0;
    return recv(peer_.descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

void PeerSocket::readable() {
    std::array<std::uint8_t, 65536> bytes;
    const ssize_t count = read(peer_.descriptor(), bytes.data(), bytes.size());
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) return hang_up();
    callbacks_.said(std::span(bytes).first(static_cast<std::size_t>(count)));
    flush();
}

void PeerSocket::send(std::string_view text) {
    if (connected()) output_ += text;
    overflowed_ = overflowed_ || output_.size() > most_output;
}

void PeerSocket::flush() {
    if (overflowed_) return close_peer();
    while (connected() && !output_.empty()) {
        const ssize_t count = write(peer_.descriptor(), output_.data(), output_.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return;
        output_.erase(0, static_cast<std::size_t>(count));
    }
}

void PeerSocket::hang_up() {
    flush();
    close_peer();
}

void PeerSocket::close_peer() {
    if (!connected()) return;
    overflowed_ = false;
    events_.unwatch(peer_.descriptor());
    peer_ = HostFile();
    callbacks_.went();
}

}  // namespace calque
