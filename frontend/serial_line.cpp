// Serial lines: the terminal, a file, a pseudo-terminal, a TCP connection.
#include "frontend/serial_line.hpp"

#include "frontend/host_file.hpp"
#include "frontend/line_input.hpp"
#include "frontend/parse.hpp"
#include "frontend/terminal.hpp"
#include "frontend/usage_error.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace calque {

namespace {

constexpr std::string_view file_prefix = "file:", tcp_prefix = "tcp:";

[[noreturn]] void fail(const std::string& what) {
    throw UsageError(fmt::format("{}: {}", what, std::strerror(errno)));
}

class FileLine final : public SerialLine {
public:
    FileLine(HostEvents& events, const std::string& path)
        : file_(HostFile::create(path)), output_(file_.descriptor()) {
        events.before_waiting([this] { output_.flush(); });
    }
    ~FileLine() override { output_.flush(); }
    void send(std::uint8_t byte) override { output_.put(byte); }

private:
    HostFile file_;
    OutputBuffer output_;
};

/// Input goes to the guest as all that comes from outside does.
void give_through(LineInput& input, GuestInputs& inputs, Uart16550& uart) {
    input.set_giver([&](std::span<const std::uint8_t> bytes) {
        return inputs.receive(uart, bytes, [&input] { input.pump(); });
    });
}

/// Standard input and output. On a terminal Ctrl-A x leaves and Ctrl-A Ctrl-A is Ctrl-A.
class StdioLine final : public SerialLine {
public:
    StdioLine(Machine& machine, Uart16550& uart)
        : machine_(machine), output_(STDOUT_FILENO), input_(machine.events(), uart) {
        if (terminal_.is_terminal()) input_.set_filter([this](auto& bytes) { filter(bytes); });
        machine.events().before_waiting([this] { output_.flush(); });
        give_through(input_, machine.inputs(), uart);
        input_.read_from(STDIN_FILENO);
    }
    ~StdioLine() override { output_.flush(); }
    void send(std::uint8_t byte) override { output_.put(byte); }

private:
    void filter(std::vector<std::uint8_t>& bytes) {
        std::erase_if(bytes, [this](std::uint8_t byte) { return is_escape(byte); });
    }
    bool is_escape(std::uint8_t byte) {
        constexpr std::uint8_t control_a = 1;
        if (!std::exchange(escaped_, false)) return escaped_ = byte == control_a;
        if (byte == 'x') machine_.finish({RunEnd::quit});
        return byte != control_a;
    }

    Machine& machine_;
    RawTerminal terminal_;
    OutputBuffer output_;
    LineInput input_;
    bool escaped_ = false;
};

/// A new pseudo-terminal, whose name is told on standard error.
class PtyLine final : public SerialLine {
public:
    PtyLine(Machine& machine, Uart16550& uart)
        : master_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)),
          output_(master_.descriptor()),
          input_(machine.events(), uart) {
        const bool ready =
            master_.is_open() && !grantpt(master_.descriptor()) && !unlockpt(master_.descriptor());
        const char* name = ready ? ptsname(master_.descriptor()) : nullptr;
        if (!name) fail("pty");
        slave_ =
            HostFile(open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));  // else reading fails while nobody is there
        termios raw{};
        if (tcgetattr(slave_.descriptor(), &raw) == 0) {
            cfmakeraw(&raw);
            tcsetattr(slave_.descriptor(), TCSANOW, &raw);
        }
        fmt::print(stderr, "calque: serial line on {}\n", name);
        machine.events().before_waiting([this] { output_.flush(); });
        give_through(input_, machine.inputs(), uart);
        input_.read_from(master_.descriptor());
    }
    void send(std::uint8_t byte) override { output_.put(byte); }

private:
    HostFile master_, slave_;
    OutputBuffer output_;
    LineInput input_;
};

/// Listens on the host's own address for one connection at a time.
class TcpLine final : public SerialLine {
public:
    TcpLine(Machine& machine, Uart16550& uart, std::uint16_t port)
        : events_(machine.events()), listener_(listen_on(port)), input_(events_, uart) {
        give_through(input_, machine.inputs(), uart);
        events_.watch(listener_.descriptor(), [this] { accept_peer(); });
        events_.before_waiting([this] { output_.flush(); });
    }
    ~TcpLine() override { events_.unwatch(listener_.descriptor()); }
    void send(std::uint8_t byte) override {
        if (peer_.is_open()) output_.put(byte);
    }

private:
    static HostFile listen_on(std::uint16_t port) {
        HostFile file(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        const int yes = 1;
        setsockopt(file.descriptor(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const auto* any = reinterpret_cast<const sockaddr*>(&address);
        if (bind(file.descriptor(), any, sizeof address) || listen(file.descriptor(), 1))
            fail(fmt::format("tcp port {}", port));
        return file;
    }
    void accept_peer() {
        peer_ = HostFile(accept4(listener_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!peer_.is_open()) return;
        events_.pause(listener_.descriptor(), true);
        output_ = OutputBuffer(peer_.descriptor());
        input_.read_from(peer_.descriptor(), [this] { hang_up(); });
    }
    void hang_up() {
        peer_ = HostFile();
        events_.pause(listener_.descriptor(), false);
    }

    HostEvents& events_;
    HostFile listener_, peer_;
    OutputBuffer output_{-1};
    LineInput input_;
};

std::uint16_t port_of(std::string_view where) {
    const auto port = static_cast<std::uint16_t>(parse_number(where.substr(tcp_prefix.size()), 0xFFFF));
    if (port == 0) throw UsageError("\"0\" is not a TCP port");
    return port;
}

}  // namespace

void check_serial_line(std::string_view where) {
    if (where == "stdio" || where == "none" || where == "pty") return;
    if (where.starts_with(file_prefix) && where.size() > file_prefix.size()) return;
    if (!where.starts_with(tcp_prefix))
        throw UsageError(fmt::format("\"{}\" is not stdio, none, file:F, pty or tcp:PORT", where));
    port_of(where);
}

std::unique_ptr<SerialLine> open_serial_line(const std::string& where, Machine& machine, Uart16550& uart) {
    if (where == "none") return nullptr;
    if (where == "stdio") return std::make_unique<StdioLine>(machine, uart);
    if (where == "pty") return std::make_unique<PtyLine>(machine, uart);
    if (where.starts_with(file_prefix))
        return std::make_unique<FileLine>(machine.events(), where.substr(file_prefix.size()));
    return std::make_unique<TcpLine>(machine, uart, port_of(where));
}

}  // namespace calque
