// Lines about ports, addresses and registers that are not there, exceptions and errors.
#include "frontend/guest_log.hpp"

#include "devices/debug_ports.hpp"
#include "frontend/usage_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>
#include <vector>

namespace calque {
namespace {

struct Facility {
    std::string_view name, help;
    bool GuestLogFacilities::*enabled;
};
constexpr std::array facilities{
    Facility{"ports", "accesses that nobody answers", &GuestLogFacilities::ports},
    Facility{"post", "codes written to port 80h or 190h", &GuestLogFacilities::post},
    Facility{"mmio", "accesses to memory that is not there", &GuestLogFacilities::mmio},
    Facility{"msrs", "model-specific registers that the model does not have", &GuestLogFacilities::msrs},
    Facility{"exceptions", "each that is delivered", &GuestLogFacilities::exceptions},
    Facility{"errors", "triple faults, stores to ROM", &GuestLogFacilities::errors}};

std::string place(const Cpu& cpu) {
    return fmt::format("{:04x}:{:08x}", cpu.state.cs().selector, static_cast<std::uint32_t>(cpu.state.rip));
}

/// A line, unless it was written when the guest did this for the first time.
template <typename... Values>
void say(const Machine& machine, fmt::format_string<Values...> format, Values&&... values) {
    if (!machine.repeating()) fmt::print(stderr, format, std::forward<Values>(values)...);
}

void log_ports(Machine& machine, const GuestLogFacilities& wanted) {
    Board& board = machine.board();
    const auto show_post = [&machine](std::uint8_t code) { say(machine, "POST {:02x}h\n", code); };
    if (wanted.post) board.chips().post_code.on_code(show_post);
    if (!wanted.ports && !wanted.post) return;
    board.ports().on_unhandled(
        [=, &machine](std::uint16_t port, unsigned size, bool is_write, std::uint32_t value) {
            if (wanted.post && is_write && port == PostCode::ps2_port)
                show_post(static_cast<std::uint8_t>(value));
            else if (wanted.ports)
                say(machine, "port {:04x}h: nobody there, {} {:0{}x}h\n", port,
                    is_write ? "written" : "read as", value, 2 * size);
        });
}

void log_memory(Machine& machine, const GuestLogFacilities& wanted) {
    if (!wanted.mmio && !wanted.errors) return;
    machine.board().memory().on_stray([&machine, wanted](const PhysicalMemory::Stray& stray) {
        if (stray.is_rom ? !wanted.errors : !wanted.mmio) return;
        say(machine, "memory {:08x}h: {}, {} bytes {}\n", stray.address,
            stray.is_rom ? "ROM" : "nobody there", stray.size, stray.is_write ? "written" : "read");
    });
}

void log_registers(Machine& machine) {
    machine.board().pins().on_unknown_msr = [&machine](std::uint32_t index, bool is_write,
                                                       std::uint64_t value) {
        if (is_write)
            say(machine, "MSR {:x}h: not there, written {:x}h\n", index, value);
        else
            say(machine, "MSR {:x}h: not there, read\n", index);
    };
}

void log_exceptions(Machine& machine) {
    Processor& processor = machine.board().processor();
    processor.on_exception([&machine, &cpu = processor.cpu()] {
        const Exception& exception = cpu.exception;
        std::string line =
            fmt::format("exception {:02x}h at {}", static_cast<unsigned>(exception.vector), place(cpu));
        if (exception.has_error_code) line += fmt::format(", error code {:04x}h", exception.error_code);
        if (exception.vector == Vector::pf) line += fmt::format(", CR2 {:08x}h", cpu.state.cr2);
        say(machine, "{}\n", line);
        return false;
    });
}

}  // namespace

void add_log_facility(std::string_view name, GuestLogFacilities& wanted) {
    bool found = false;
    for (const Facility& facility : facilities) {
        if (name != facility.name && name != "all") continue;
        wanted.*facility.enabled = true;
        found = true;
    }
    if (found) return;
    std::vector<std::string_view> names;
    names.reserve(facilities.size());
    for (const Facility& facility : facilities) names.push_back(facility.name);
    throw UsageError(fmt::format("\"{}\" is not a facility ({}, all)", name, fmt::join(names, ", ")));
}

std::string log_facilities_help() {
    std::string text;
    for (const Facility& facility : facilities)
        text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", facility.name, facility.help);
    return text;
}

void connect_guest_log(Machine& machine, const GuestLogFacilities& wanted) {
    Board& board = machine.board();
    log_ports(machine, wanted);
    log_memory(machine, wanted);
    if (wanted.msrs) log_registers(machine);
    if (wanted.exceptions) log_exceptions(machine);
    if (wanted.errors)
        machine.on_triple_fault(
            [&machine, &cpu = board.processor().cpu()] { say(machine, "triple fault at {}\n", place(cpu)); });
}

}  // namespace calque
