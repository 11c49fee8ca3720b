// gdb's connection.
#include "frontend/debugger/gdb_server.hpp"

namespace calque {

GdbServer::GdbServer(Machine& machine, const TcpPlace& place)
    : machine_(machine),
      socket_(machine.events(), listen_on_tcp(place.host, place.port),
              {[this] { came(); }, [this](std::span<const std::uint8_t> bytes) { said(bytes); },
               [this] { went(); }}) {
    machine_.debugger().on_stop([this](const DebugStop& why) {
        if (stub_) stub_->stopped(why);
    });
}

void GdbServer::came() {
    reader_ = {};
    detached_ = false;
    stub_.emplace(machine_, [this](std::string_view text) { socket_.send(text); });
    stub_->on_detach([this] { detached_ = true; });
    if (monitor_) stub_->on_monitor_command(monitor_);
    machine_.debugger().stop();
}

void GdbServer::said(std::span<const std::uint8_t> bytes) {
    for (const std::uint8_t byte : bytes) {
        if (const auto input = reader_.take(byte)) stub_->take(*input);
        if (!socket_.connected()) return;
    }
    if (detached_) socket_.hang_up();
}

void GdbServer::went() { stub_.reset(); }

void GdbServer::exited(int status) {
    if (stub_) stub_->exited(status);
}

}  // namespace calque
