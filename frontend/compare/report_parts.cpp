// Lines of reports.
#include "frontend/compare/report_parts.hpp"

#include "frontend/trace/printer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <iterator>
#include <span>

namespace calque {

std::string place_text(const trace::Registers& registers, std::optional<std::uint64_t> physical) {
    return fmt::format("at {:04x}:{:08x}, linear {:08x}, physical {}: {}, CPL {}\n",
                       trace::segment_part(registers, seg_cs, trace::part_selector), registers[trace::rip],
                       trace::linear_ip(registers), physical ? fmt::format("{:08x}", *physical) : "none",
                       phrase_of(trace::cpu_mode(registers)), registers[trace::cpl]);
}

std::string instruction_text(const trace::Code& code, std::uint64_t eip, trace::CodeTexts& texts) {
    const auto& [mnemonic, operands, length] = texts.text(code, eip);
    if (length == 0) return fmt::format("  {:08x}  (not an instruction)\n", eip);
    const std::string bytes = fmt::format("{:02x}", fmt::join(std::span(code.bytes).first(length), " "));
    return fmt::format("  {:08x}  {:<30}{} {}\n", eip, bytes, mnemonic, operands);
}

std::string registers_text(const trace::Registers& registers) {
    static constexpr std::array segments{seg_es, seg_cs, seg_ss, seg_ds, seg_fs, seg_gs};
    std::string text = " ";
    const auto add = [&](unsigned number) {
        fmt::format_to(std::back_inserter(text), " {} {}", trace::register_name(number),
                       trace::register_text(number, registers[number]));
    };
    for (unsigned i = 0; i < 8; ++i) {
        add(trace::gpr_first + i);
        if (i == 3) text += "\n ";
    }
    text += "\n ";
    for (const unsigned number :
         {+trace::rip, +trace::rflags, +trace::cr0, +trace::cr2, +trace::cr3, +trace::cr4})
        add(number);
    text += "\n ";
    for (const unsigned segment : segments) add(trace::segment_register(segment, trace::part_selector));
    return text + "\n";
}

const char* text_of(RunEnd end) {
    switch (end) {
        case RunEnd::powered_off: return "powered off";
        case RunEnd::guest_reset: return "reset";
        case RunEnd::exit_port: return "exit port";
        case RunEnd::triple_fault: return "triple fault";
        case RunEnd::quit: return "halts for good";
        default: return "goes on";
    }
}

void DifferenceTable::row(std::string_view what, std::string_view first, std::string_view second) {
    fmt::format_to(std::back_inserter(text_), "  {:<33} {:<25} {}\n", what, first, second);
}

}  // namespace calque
