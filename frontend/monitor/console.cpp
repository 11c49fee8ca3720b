// The monitor's conversation.
#include "frontend/monitor/console.hpp"

#include "frontend/cpu_mode.hpp"
#include "frontend/monitor/disassembly.hpp"
#include "frontend/usage_error.hpp"
#include "machine/debug_memory.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <unistd.h>
#include <utility>

namespace calque {
namespace {

constexpr std::string_view unix_prefix = "unix:", tcp_prefix = "tcp:";
constexpr const char* prompt_text = "(calque) ";

std::string hit_text(const DebugHit& hit) {
    const char* verb = hit.access == AccessKind::write ? "write" : "read";
    switch (hit.kind) {
        case DebugHit::Kind::breakpoint: return fmt::format("breakpoint at {:08x}", hit.address);
        case DebugHit::Kind::watchpoint:
            return fmt::format("{} of {} bytes at {:08x}", verb, hit.size, hit.address);
        case DebugHit::Kind::port:
            return fmt::format("{} of {} bytes at port {:04x}", verb, hit.size, hit.address);
        case DebugHit::Kind::magic: return "magic breakpoint";
    }
    return "";
}

std::string reason_text(const DebugStop& why) {
    switch (why.reason) {
        case DebugStop::Reason::asked: return "stopped";
        case DebugStop::Reason::step: return "";
        case DebugStop::Reason::point: return why.hit ? hit_text(*why.hit) : "";
        case DebugStop::Reason::triple_fault: return "triple fault";
    }
    return "";
}

}  // namespace

std::string stop_text(Board& board, const DebugStop& why) {
    constexpr std::size_t longest = 15;
    const Cpu& cpu = board.processor().cpu();
    const std::uint32_t linear = cpu.state.linear_ip();
    const auto bytes = peek_some(board, AddressSpace::linear, linear, longest);
    const auto insns = disassemble(bytes, {linear, cpu.state.cs().base, width_of(cpu.mode)}, 1);
    const std::string reason = reason_text(why);
    return fmt::format("{}{}{} {:04x}:{:08x} {}\n", reason, reason.empty() ? "" : "\n",
                       name_of(cpu_mode(cpu.mode)), cpu.state.cs().selector,
                       static_cast<std::uint32_t>(cpu.state.rip),
                       insns.empty() ? "cannot be read" : insns.front().text);
}

std::string run_monitor_line(Monitor& monitor, const std::string& line) {
    std::string said;
    MonitorCall call{monitor, [&](std::string_view text) { said += text; }};
    try {
        if (!parse_monitor_line(line)(call))
            said += "(only begun: what waits belongs into a script or the monitor)\n";
    } catch (const std::runtime_error& error) {
        said += fmt::format("{}\n", error.what());
    }
    return said;
}

void check_monitor_place(std::string_view where) {
    if (where == "stdio") return;
    if (where.starts_with(unix_prefix) && where.size() > unix_prefix.size()) return;
    if (!where.starts_with(tcp_prefix))
        throw UsageError(fmt::format("\"{}\" is not stdio, unix:F or tcp:[HOST:]PORT", where));
    parse_tcp_place(where.substr(tcp_prefix.size()));
}

MonitorConsole::MonitorConsole(Monitor& monitor, const std::string& where)
    : monitor_(monitor),
      events_(monitor.machine.events()),
      tasks_(
          monitor, [this](std::string_view text) { say(text); },
          [this](std::string_view text) { say(fmt::format("{}\n", text)); }, [this] { prompt(); }) {
    if (where.starts_with(unix_prefix)) {
        open_socket(listen_on_unix(where.substr(unix_prefix.size())));
    } else if (where.starts_with(tcp_prefix)) {
        const TcpPlace place = parse_tcp_place(where.substr(tcp_prefix.size()));
        open_socket(listen_on_tcp(place.host, place.port));
    } else {
        open_terminal();
    }
    monitor_.machine.debugger().on_stop([this](const DebugStop& why) { stopped(why); });
}

MonitorConsole::~MonitorConsole() {
    if (has_terminal_) events_.unwatch(STDIN_FILENO);
}

void MonitorConsole::open_socket(HostFile listener) {
    const auto said = [this](std::span<const std::uint8_t> bytes) {
        take({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    };
    const auto went = [this] {
        partial_.clear();
        tasks_.clear();
    };
    socket_.emplace(events_, std::move(listener), PeerSocket::Callbacks{[this] { prompt(); }, said, went});
}

/// Whoever pipes commands in gets no prompts.
void MonitorConsole::open_terminal() {
    has_terminal_ = true;
    if (LineEditor::available() && isatty(STDIN_FILENO)) {
        const auto entered = [this](std::optional<std::string> line) {
            if (line)
                enter(*line);
            else
                events_.unwatch(STDIN_FILENO);
        };
        editor_.emplace(prompt_text, entered, complete_monitor_line);
    }
    events_.watch(STDIN_FILENO, [this] { terminal_readable(); });
}

void MonitorConsole::terminal_readable() {
    if (editor_) return editor_->readable();
    std::array<char, 4096> bytes;
    const ssize_t count = read(STDIN_FILENO, bytes.data(), bytes.size());
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
        events_.unwatch(STDIN_FILENO);
        if (!partial_.empty()) enter(std::exchange(partial_, {}));
        return;
    }
    take({bytes.data(), static_cast<std::size_t>(count)});
}

void MonitorConsole::take(std::string_view text) {
    constexpr std::size_t longest = 1 << 16;
    for (const char letter : text) {
        if (letter != '\n') {
            if (partial_.size() < longest) partial_ += letter;
            continue;
        }
        if (partial_.ends_with('\r')) partial_.pop_back();
        enter(std::exchange(partial_, {}));
    }
}

void MonitorConsole::enter(const std::string& line) {
    entering_ = true;
    tasks_.add(line);
    entering_ = false;
}

void MonitorConsole::say(std::string_view text) {
    if (socket_) return socket_->send(text);
    if (editor_ && !entering_) editor_->clear();
    fmt::print("{}", text);
    std::fflush(stdout);
}

/// The editor shows its own behind a line that was entered.
void MonitorConsole::prompt() {
    if (socket_) socket_->send(prompt_text);
    if (editor_ && !entering_) editor_->redraw();
}

void MonitorConsole::stopped(const DebugStop& why) {
    const bool waiting = tasks_.idle();
    say((waiting && socket_ ? "\n" : "") + stop_text(monitor_.machine.board(), why));
    if (waiting) prompt();
}

}  // namespace calque
