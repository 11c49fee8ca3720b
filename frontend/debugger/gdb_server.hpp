// Where gdb connects to.
#pragma once

#include "frontend/debugger/gdb_stub.hpp"
#include "frontend/debugger/listener.hpp"

#include <functional>
#include <optional>
#include <string>

namespace calque {

/// Listens for one gdb at a time. The machine stops when one connects; it goes on when it detaches, and stays
/// as it is if the connection breaks.
class GdbServer {
public:
    /// Throws UsageError that names the port.
    GdbServer(Machine& machine, const TcpPlace& place);

    /// Carries out gdb's `monitor` commands.
    void on_monitor_command(std::function<std::string(const std::string&)> run) { monitor_ = std::move(run); }
    /// The run is over, with this exit status.
    void exited(int status);

private:
    void came();
    void said(std::span<const std::uint8_t> bytes);
    void went();

    Machine& machine_;
    std::function<std::string(const std::string&)> monitor_;
    gdb::PacketReader reader_;
    std::optional<gdb::Stub> stub_;
    bool detached_ = false;
    PeerSocket socket_;
};

}  // namespace calque
