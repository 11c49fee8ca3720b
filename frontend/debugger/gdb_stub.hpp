// gdb's remote serial protocol on a machine: commands in, answers out, no sockets.
#pragma once

#include "frontend/debugger/gdb_packet.hpp"
#include "machine/machine.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace calque::gdb {

/// One client's session. All-stop, one thread.
///
/// Its breakpoints and watchpoints are its own and go with it. Addresses are linear, or physical while the
/// client has asked for that as it would ask QEMU (Qqemu.PhyMemMode).
class Stub {
public:
    /// `send` takes whole packets and acknowledgements.
    Stub(Machine& machine, std::function<void(std::string_view)> send);
    ~Stub();
    Stub(const Stub&) = delete;
    Stub& operator=(const Stub&) = delete;

    /// Carries out a monitor command (qRcmd) and returns what it says.
    void on_monitor_command(std::function<std::string(const std::string&)> run) { monitor_ = std::move(run); }
    /// The client is through with the machine.
    void on_detach(std::function<void()> callback) { detached_ = std::move(callback); }

    void take(const Input& input);
    /// The machine came to stand still.
    void stopped(const DebugStop& why);
    /// The machine's run is over, with this status.
    void exited(int status);

private:
    using Handler = std::string (Stub::*)(Parts arguments);
    struct Command {
        std::string_view prefix;
        Handler handler;
    };
    static const std::vector<Command>& commands();

    void handle(const std::string& payload);
    std::string answer(std::string_view payload);
    void reply(std::string_view payload);

    // What packets ask for; the answer, or nothing if it comes later.
    std::string why_stopped(Parts);
    std::string read_registers(Parts);
    std::string write_registers(Parts arguments);
    std::string read_register(Parts arguments);
    std::string write_register(Parts arguments);
    std::string read_memory(Parts arguments);
    std::string write_memory(Parts arguments);
    std::string write_binary(Parts arguments);
    std::string insert_point(Parts arguments);
    std::string remove_point(Parts arguments);
    std::string go_on(Parts arguments);
    std::string go_on_with_signal(Parts arguments);
    std::string step(Parts arguments);
    std::string step_with_signal(Parts arguments);
    std::string resume_as_asked(Parts arguments);
    std::string resume_actions(Parts);
    std::string step_back(Parts);
    std::string go_back(Parts);
    template <typename Move>
    std::string move_back(Move move);
    std::string detach(Parts);
    std::string end_run(Parts);
    std::string kill_politely(Parts);
    std::string select_thread(Parts arguments);
    std::string supported(Parts);
    std::string transfer_features(Parts arguments);
    std::string without_acknowledgements(Parts);
    std::string run_monitor_command(Parts arguments);
    std::string physical_mode(Parts);
    std::string set_physical_mode(Parts arguments);
    std::string only_thread(Parts);
    std::string threads(Parts);
    std::string no_more_threads(Parts);
    std::string thread_info(Parts arguments);
    std::string attached(Parts);
    std::string okay(Parts);

    struct Point {
        std::uint64_t type, address, size;
        bool physical;
        bool operator==(const Point&) const = default;
    };
    static std::optional<Point> point_in(Parts& arguments);
    bool set_point(const Point& point, bool present);
    void remove_all_points();
    bool set_pc(Parts& arguments);
    bool peek(std::uint64_t address, std::span<std::uint8_t> bytes);
    bool poke(std::uint64_t address, std::string_view bytes);
    std::string store(std::uint64_t address, std::uint64_t size, const std::optional<std::string>& bytes);
    void changes();
    void forget_past();
    std::string stop_reply(const DebugStop& why);

    Board& board() { return machine_.board(); }
    Debugger& debugger() { return machine_.debugger(); }

    Machine& machine_;
    std::function<void(std::string_view)> send_;
    std::function<std::string(const std::string&)> monitor_;
    std::function<void()> detached_;
    std::vector<Point> points_;
    bool acknowledges_ = true;
    bool waits_for_stop_ = false;  ///< an answer is due when the machine stops
    bool physical_ = false;
    bool changed_ = false;     ///< the client wrote registers or memory since the machine ran
    std::string last_packet_;  ///< to be repeated if refused
};

}  // namespace calque::gdb
