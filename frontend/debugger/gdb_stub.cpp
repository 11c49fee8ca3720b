// The commands of gdb's remote serial protocol (GDB manual, "Packets" and "General Query Packets").
#include "frontend/debugger/gdb_stub.hpp"

#include "frontend/cpu_mode.hpp"
#include "frontend/debugger/gdb_registers.hpp"
#include "machine/debug_memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace calque::gdb {
namespace {

// Numbers of errno, which gdb shows, and of its own signals.
constexpr const char *invalid = "E16", *bad_address = "E0e", *io_error = "E05";
enum Signal : unsigned { sigint = 2, sigtrap = 5, sigsegv = 11 };

/// What fits into an answer in hexadecimal.
constexpr std::uint64_t largest_read = largest_packet / 2;

/// Z's types, which are z's.
enum PointType : std::uint64_t { software, hardware, write_watch, read_watch, access_watch };

std::span<const std::uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// `ADDRESS,SIZE`, or an offset and a size.
struct Range {
    std::uint64_t start, size;
};
std::optional<Range> range_in(Parts& arguments) {
    const auto start = arguments.number();
    if (!start || !arguments.skip(",")) return std::nullopt;
    const auto size = arguments.number();
    if (!size) return std::nullopt;
    return Range{*start, *size};
}

std::string hex_register(Board& board, const Register& reg) { return hex(reg.read(board, reg.index)); }

/// Unchanged values of what cannot be written are accepted: G writes all registers.
bool write(Board& board, const Register& reg, std::string_view bytes) {
    if (bytes.size() != reg.bytes()) return false;
    if (reg.read(board, reg.index) == bytes) return true;
    return reg.write && reg.write(board, reg.index, bytes_of(bytes));
}

std::string expedited(Board& board) {
    std::string text;
    for (const unsigned number : {pc_number, sp_number})
        text += fmt::format("{:02x}:{};", number, hex_register(board, registers()[number]));
    return text;
}

const char* watch_word(const Watchpoint& watchpoint) {
    if (!watchpoint.on_write) return "rwatch";
    return watchpoint.on_read ? "awatch" : "watch";
}

Watchpoint watchpoint_of(std::uint64_t type, std::uint64_t address, std::uint64_t size, bool physical) {
    return {.address = address,
            .size = size,
            .on_read = type != write_watch,
            .on_write = type != read_watch,
            .space = physical ? AddressSpace::physical : AddressSpace::linear};
}

}  // namespace

Stub::Stub(Machine& machine, std::function<void(std::string_view)> send)
    : machine_(machine), send_(std::move(send)) {}

Stub::~Stub() { remove_all_points(); }

const std::vector<Stub::Command>& Stub::commands() {
    // Longer prefixes come before those that they begin with.
    static const std::vector<Command> all{{"?", &Stub::why_stopped},
                                          {"g", &Stub::read_registers},
                                          {"G", &Stub::write_registers},
                                          {"p", &Stub::read_register},
                                          {"P", &Stub::write_register},
                                          {"m", &Stub::read_memory},
                                          {"M", &Stub::write_memory},
                                          {"X", &Stub::write_binary},
                                          {"Z", &Stub::insert_point},
                                          {"z", &Stub::remove_point},
                                          {"c", &Stub::go_on},
                                          {"C", &Stub::go_on_with_signal},
                                          {"s", &Stub::step},
                                          {"S", &Stub::step_with_signal},
                                          {"vCont?", &Stub::resume_actions},
                                          {"vCont;", &Stub::resume_as_asked},
                                          {"vKill;", &Stub::kill_politely},
                                          {"bs", &Stub::step_back},
                                          {"bc", &Stub::go_back},
                                          {"D", &Stub::detach},
                                          {"k", &Stub::end_run},
                                          {"H", &Stub::select_thread},
                                          {"T", &Stub::select_thread},
                                          {"qSupported", &Stub::supported},
                                          {"qXfer:features:read:", &Stub::transfer_features},
                                          {"QStartNoAckMode", &Stub::without_acknowledgements},
                                          {"qRcmd,", &Stub::run_monitor_command},
                                          {"qqemu.PhyMemMode", &Stub::physical_mode},
                                          {"Qqemu.PhyMemMode:", &Stub::set_physical_mode},
                                          {"qC", &Stub::only_thread},
                                          {"qfThreadInfo", &Stub::threads},
                                          {"qsThreadInfo", &Stub::no_more_threads},
                                          {"qThreadExtraInfo,", &Stub::thread_info},
                                          {"qAttached", &Stub::attached},
                                          {"qSymbol:", &Stub::okay}};
    return all;
}

void Stub::take(const Input& input) {
    if (const auto* packet = std::get_if<Packet>(&input)) {
        if (acknowledges_) send_("+");
        handle(packet->payload);
    } else if (std::holds_alternative<Garbled>(input)) {
        if (acknowledges_) send_("-");
    } else if (std::holds_alternative<Refused>(input)) {
        if (acknowledges_ && !last_packet_.empty()) send_(last_packet_);
    } else if (std::holds_alternative<Interrupt>(input)) {
        debugger().stop();
    }
}

void Stub::handle(const std::string& payload) {
    const bool was_waiting = waits_for_stop_;
    const std::string text = answer(payload);
    if (!waits_for_stop_ || was_waiting) reply(text);
}

/// What is not known is answered by nothing, as the protocol wants it.
std::string Stub::answer(std::string_view payload) {
    for (const Command& command : commands()) {
        Parts arguments(payload);
        if (arguments.skip(command.prefix)) return (this->*command.handler)(arguments);
    }
    return "";
}

void Stub::reply(std::string_view payload) {
    last_packet_ = framed(payload);
    send_(last_packet_);
}

// --- Stops

std::string Stub::why_stopped(Parts) {
    debugger().stop();
    return stop_reply(debugger().last_stop());
}

std::string Stub::stop_reply(const DebugStop& why) {
    std::string reason;
    unsigned signal = sigtrap;
    if (why.reason == DebugStop::Reason::asked) signal = waits_for_stop_ ? sigint : sigtrap;
    if (why.reason == DebugStop::Reason::triple_fault) signal = sigsegv;
    if (why.hit && why.hit->kind == DebugHit::Kind::watchpoint)
        reason = fmt::format("{}:{:x};", watch_word(why.hit->watchpoint), why.hit->address);
    if (why.hit && why.hit->kind == DebugHit::Kind::breakpoint)
        reason = std::ranges::any_of(points_,
                                     [&](const Point& point) {
                                         return point.type == hardware && point.address == why.hit->address;
                                     })
                     ? "hwbreak:;"
                     : "swbreak:;";
    return fmt::format("T{:02x}thread:1;{}{}", signal, reason, expedited(board()));
}

void Stub::stopped(const DebugStop& why) {
    if (!waits_for_stop_) return;
    const std::string text = stop_reply(why);
    waits_for_stop_ = false;
    reply(text);
}

void Stub::exited(int status) {
    if (!waits_for_stop_) return;
    waits_for_stop_ = false;
    reply(fmt::format("W{:02x}", status & 0xFF));
}

/// The past does not lead to what the client makes of the present.
void Stub::changes() { changed_ = machine_.history() != nullptr; }

void Stub::forget_past() {
    if (std::exchange(changed_, false)) machine_.history()->forget();
}

// --- Registers

std::string Stub::read_registers(Parts) {
    std::string text;
    for (const Register& reg : registers()) text += hex_register(board(), reg);
    return text;
}

/// As many registers as there are values for. What cannot be written stays as it is.
std::string Stub::write_registers(Parts arguments) {
    changes();
    const auto bytes = unhex(arguments.rest());
    if (!bytes) return invalid;
    std::string_view rest = *bytes;
    for (const Register& reg : registers()) {
        if (rest.size() < reg.bytes()) break;
        write(board(), reg, rest.substr(0, reg.bytes()));
        rest.remove_prefix(reg.bytes());
    }
    return "OK";
}

std::string Stub::read_register(Parts arguments) {
    const auto number = arguments.number();
    if (!number || *number >= registers().size() || !arguments.done()) return invalid;
    return hex_register(board(), registers()[*number]);
}

std::string Stub::write_register(Parts arguments) {
    changes();
    const auto number = arguments.number();
    if (!number || *number >= registers().size() || !arguments.skip("=")) return invalid;
    const auto bytes = unhex(arguments.rest());
    return bytes && write(board(), registers()[*number], *bytes) ? "OK" : invalid;
}

// --- Memory

bool Stub::peek(std::uint64_t address, std::span<std::uint8_t> bytes) {
    return physical_ ? peek_physical(board(), address, bytes) : peek_linear(board(), address, bytes);
}

bool Stub::poke(std::uint64_t address, std::string_view bytes) {
    changes();
    return physical_ ? poke_physical(board(), address, bytes_of(bytes))
                     : poke_linear(board(), address, bytes_of(bytes));
}

/// What can be read of it, at least a byte.
std::string Stub::read_memory(Parts arguments) {
    const auto range = range_in(arguments);
    if (!range || !arguments.done()) return invalid;
    std::vector<std::uint8_t> bytes(std::min(range->size, largest_read));
    if (peek(range->start, bytes)) return hex(bytes);
    std::size_t count = 0;
    while (count < bytes.size() && peek(range->start + count, std::span(bytes).subspan(count, 1))) ++count;
    return count ? hex(std::span(bytes).first(count)) : bad_address;
}

std::string Stub::store(std::uint64_t address, std::uint64_t size, const std::optional<std::string>& bytes) {
    if (!bytes || bytes->size() != size) return invalid;
    return poke(address, *bytes) ? "OK" : bad_address;
}

std::string Stub::write_memory(Parts arguments) {
    const auto range = range_in(arguments);
    if (!range || !arguments.skip(":")) return invalid;
    return store(range->start, range->size, unhex(arguments.rest()));
}

std::string Stub::write_binary(Parts arguments) {
    const auto range = range_in(arguments);
    if (!range || !arguments.skip(":")) return invalid;
    return store(range->start, range->size, std::string(arguments.rest()));
}

// --- Points

std::optional<Stub::Point> Stub::point_in(Parts& arguments) {
    const auto type = arguments.number();
    if (!type || !arguments.skip(",")) return std::nullopt;
    const auto range = range_in(arguments);
    if (!range) return std::nullopt;
    return Point{*type, range->start, range->size, false};
}

bool Stub::set_point(const Point& point, bool present) {
    Processor& processor = board().processor();
    if (point.type <= hardware) {
        const auto linear = static_cast<std::uint32_t>(point.address);
        if (!present) return processor.remove_breakpoint(linear);
        processor.add_breakpoint(linear);
        return true;
    }
    const Watchpoint watchpoint = watchpoint_of(point.type, point.address, point.size, point.physical);
    if (!present) return processor.remove(watchpoint);
    processor.add(watchpoint);
    return true;
}

/// Inserting what is there already does nothing: gdb repeats itself when it is unsure.
std::string Stub::insert_point(Parts arguments) {
    constexpr std::uint64_t address_end = 1ULL << 32, largest = 1 << 20;
    auto point = point_in(arguments);
    if (!point) return invalid;
    if (point->type > access_watch) return "";
    const bool watches = point->type > hardware;
    if (point->address >= address_end || (watches && (point->size == 0 || point->size > largest)))
        return invalid;
    if (watches && point->address + point->size > address_end) return invalid;
    point->physical = physical_ && watches;
    if (std::ranges::find(points_, *point) != points_.end()) return "OK";
    set_point(*point, true);
    points_.push_back(*point);
    return "OK";
}

std::string Stub::remove_point(Parts arguments) {
    const auto wanted = point_in(arguments);
    if (!wanted) return invalid;
    const auto found = std::ranges::find_if(points_, [&](Point point) {
        point.physical = false;
        return point == *wanted;
    });
    if (found == points_.end()) return wanted->type > access_watch ? "" : "OK";
    set_point(*found, false);
    points_.erase(found);
    return "OK";
}

void Stub::remove_all_points() {
    for (const Point& point : points_) set_point(point, false);
    points_.clear();
}

// --- Running

bool Stub::set_pc(Parts& arguments) {
    const auto address = arguments.number();
    if (!address) return arguments.done();
    const Register& pc = registers()[pc_number];
    std::string bytes;
    for (unsigned i = 0; i < pc.bytes(); ++i) bytes += static_cast<char>(*address >> 8 * i);
    return write(board(), pc, bytes);
}

/// A breakpoint where the machine stands stops it again: gdb itself steps over those that were reported.
std::string Stub::go_on(Parts arguments) {
    if (!debugger().stopped() || !set_pc(arguments)) return invalid;
    forget_past();
    waits_for_stop_ = true;
    debugger().go(false);
    return "";
}

std::string Stub::step(Parts arguments) {
    if (!debugger().stopped() || !set_pc(arguments)) return invalid;
    forget_past();
    waits_for_stop_ = true;
    debugger().step();
    return "";
}

/// A machine takes no signals.
std::string Stub::go_on_with_signal(Parts arguments) {
    arguments.until(';');
    return go_on(arguments);
}

std::string Stub::step_with_signal(Parts arguments) {
    arguments.until(';');
    return step(arguments);
}

std::string Stub::resume_actions(Parts) { return "vCont;c;C;s;S"; }

/// There is one thread, so the first action is the one.
std::string Stub::resume_as_asked(Parts arguments) {
    const std::string_view action = arguments.until(';');
    if (action.starts_with('c') || action.starts_with('C')) return go_on(Parts(""));
    if (action.starts_with('s') || action.starts_with('S')) return step(Parts(""));
    return invalid;
}

/// The machine is there before the answer goes out; gdb takes it for one that ran. `move` returns whether
/// there was a way back.
template <typename Move>
std::string Stub::move_back(Move move) {
    if (!machine_.history()) return "";
    if (!debugger().stopped()) return invalid;
    forget_past();
    try {
        DebugStop why{DebugStop::Reason::step};
        const bool moved = move(*machine_.history(), why);
        debugger().moved(why);
        const std::string text = stop_reply(why);
        constexpr std::string_view thread = "thread:1;";
        if (moved) return text;
        return std::string(text).insert(text.find(thread) + thread.size(), "replaylog:begin;");
    } catch (const std::runtime_error&) {
        return io_error;
    }
}

std::string Stub::step_back(Parts) {
    return move_back([](History& history, DebugStop&) { return history.step_back(); });
}

std::string Stub::go_back(Parts) {
    return move_back([](History& history, DebugStop& why) {
        const auto hit = history.go_back();
        if (hit) why = {DebugStop::Reason::point, hit};
        return hit.has_value();
    });
}

std::string Stub::detach(Parts) {
    forget_past();
    remove_all_points();
    debugger().go();
    if (detached_) detached_();
    return "OK";
}

std::string Stub::end_run(Parts) {
    machine_.finish({RunEnd::quit});
    if (detached_) detached_();
    return "OK";
}

std::string Stub::kill_politely(Parts arguments) { return end_run(arguments); }

// --- Queries

std::string Stub::supported(Parts) {
    return fmt::format(
        "PacketSize={:x};qXfer:features:read+;QStartNoAckMode+;vContSupported+;swbreak+;hwbreak+{}",
        largest_packet, machine_.history() ? ";ReverseStep+;ReverseContinue+" : "");
}

std::string Stub::transfer_features(Parts arguments) {
    if (arguments.until(':') != "target.xml") return "E00";
    const auto range = range_in(arguments);
    if (!range) return invalid;
    const std::string& xml = target_description();
    if (range->start >= xml.size()) return "l";
    const std::string part = xml.substr(range->start, std::min(range->size, largest_read));
    return (range->start + part.size() < xml.size() ? "m" : "l") + part;
}

std::string Stub::without_acknowledgements(Parts) {
    acknowledges_ = false;
    return "OK";
}

std::string Stub::run_monitor_command(Parts arguments) {
    const auto text = unhex(arguments.rest());
    if (!text) return invalid;
    if (!monitor_) return "";
    const std::string said = monitor_(*text);
    for (std::size_t at = 0; at < said.size(); at += largest_read - 1)
        reply("O" + hex(std::string_view(said).substr(at, largest_read - 1)));
    return "OK";
}

std::string Stub::physical_mode(Parts) { return physical_ ? "1" : "0"; }

std::string Stub::set_physical_mode(Parts arguments) {
    const auto on = arguments.number();
    if (!on || *on > 1) return invalid;
    physical_ = *on;
    return "OK";
}

/// Any of its ways to name the only thread, or all of them.
std::string Stub::select_thread(Parts arguments) {
    if (!arguments.skip("g")) arguments.skip("c");
    if (arguments.rest() == "-1") return "OK";
    const auto thread = arguments.number();
    return thread && *thread <= 1 ? "OK" : invalid;
}

std::string Stub::only_thread(Parts) { return "QC1"; }
std::string Stub::threads(Parts) { return "m1"; }
std::string Stub::no_more_threads(Parts) { return "l"; }

std::string Stub::thread_info(Parts) {
    const Cpu& cpu = board().processor().cpu();
    return hex(fmt::format("{}, CPL {}{}", name_of(cpu_mode(cpu.mode)), cpu.state.cpl,
                           cpu.state.halted ? ", halted" : ""));
}

std::string Stub::attached(Parts) { return "1"; }
std::string Stub::okay(Parts) { return "OK"; }

}  // namespace calque::gdb
