// A difference between two machines, for people.
#include "frontend/compare/difference_report.hpp"

#include "frontend/cpu_mode.hpp"
#include "frontend/trace/code_texts.hpp"
#include "machine/cpu_state_description.hpp"
#include "machine/debug_memory.hpp"
#include "machine/field_stream.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <span>

namespace calque {

namespace {

constexpr std::size_t most_fields = 12, most_places = 12;

/// What stands at CS:EIP: an instruction's bytes and more, or as many of them as can be read.
trace::Code code_of(Board& board) {
    const Cpu& cpu = board.processor().cpu();
    trace::Code code{.linear = cpu.state.linear_ip(), .code32 = cpu.code32()};
    const std::size_t in_page = page_size - (code.linear & page_mask);
    for (const std::size_t size : {code.bytes.size(), std::min(code.bytes.size(), in_page)}) {
        if (!peek_linear(board, code.linear, std::span(code.bytes).first(size))) continue;
        code.length = static_cast<std::uint8_t>(size);
        break;
    }
    return code;
}

std::string place_of(Board& board) {
    const Cpu& cpu = board.processor().cpu();
    const CpuState& state = cpu.state;
    PhysicalAddress at = 0;
    const std::string physical = cpu.mmu.peek(state.linear_ip(), at) ? fmt::format("{:08x}", at) : "none";
    return fmt::format("at {:04x}:{:08x}, linear {:08x}, physical {}: {}, CPL {}\n", state.cs().selector,
                       state.rip, state.linear_ip(), physical, phrase_of(cpu_mode(cpu.mode)), state.cpl);
}

std::string instruction_of(Board& board, trace::CodeTexts& texts) {
    const std::uint64_t eip = board.processor().cpu().state.rip;
    const trace::Code code = code_of(board);
    const auto& [mnemonic, operands, length] = texts.text(code, eip);
    if (length == 0) return fmt::format("  {:08x}  (not an instruction)\n", eip);
    const std::string bytes = fmt::format("{:02x}", fmt::join(std::span(code.bytes).first(length), " "));
    return fmt::format("  {:08x}  {:<30}{} {}\n", eip, bytes, mnemonic, operands);
}

std::string registers_of(const CpuState& state) {
    static constexpr std::array general{"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
    static constexpr std::array segments{"es", "cs", "ss", "ds", "fs", "gs"};
    std::string text = "before:\n ";
    for (unsigned i = 0; i < general.size(); ++i)
        text += fmt::format(" {} {:08x}{}", general[i], state.reg32(i), i == 3 ? "\n " : "");
    text += fmt::format("\n  eip {:08x} eflags {:08x} cr0 {:08x} cr2 {:08x} cr3 {:08x} cr4 {:08x}\n ",
                        state.rip, state.eflags(), state.cr0, state.cr2, state.cr3, state.cr4);
    for (unsigned i = 0; i < segments.size(); ++i)
        text += fmt::format(" {} {:04x}", segments[i], state.segments[i].selector);
    return text + "\n";
}

class Table {
public:
    Table(const std::string& first, const std::string& second) {
        row("", "first: " + first, "second: " + second);
    }

    void row(std::string_view what, std::string_view first, std::string_view second) {
        fmt::format_to(std::back_inserter(text_), "  {:<34}{:<26}{}\n", what, first, second);
    }
    const std::string& text() const { return text_; }

private:
    std::string text_;
};

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

void add_fields(Table& table, const Difference& difference) {
    const auto& first = difference.first.parts;
    const auto& second = difference.second.parts;
    for (std::size_t i = 0; i < first.size(); ++i) {
        const auto found = field_differences(first[i].fields, second[i].fields, most_fields);
        for (const FieldDifference& field : found)
            table.row(first[i].name + ": " + field.name, field.first, field.second);
        if (found.size() == most_fields) table.row(first[i].name, "...", "...");
    }
}

/// The bytes of a page around place `at`, of which zeros are not kept.
std::string bytes_at(const MemoryCopy::SharedPage& page, std::size_t at) {
    constexpr std::size_t shown = 8;
    std::array<std::uint8_t, shown> bytes{};
    const std::size_t count = std::min(shown, page_size - at);
    if (page) std::copy_n(page->begin() + static_cast<std::ptrdiff_t>(at), count, bytes.begin());
    return fmt::format("{:02x}",
                       fmt::join(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count), " "));
}

std::size_t first_difference(const MemoryCopy::SharedPage& a, const MemoryCopy::SharedPage& b,
                             std::size_t from) {
    for (; from < page_size; ++from) {
        if ((a ? (*a)[from] : 0) != (b ? (*b)[from] : 0)) break;
    }
    return from;
}

/// False once there are enough of them.
bool add_page(Table& table, std::string_view block, std::uint64_t number, const MemoryCopy::SharedPage& a,
              const MemoryCopy::SharedPage& b, std::size_t& places) {
    for (std::size_t at = 0; (at = first_difference(a, b, at)) < page_size; at += 8) {
        if (++places > most_places) {
            table.row(block, "...", "...");
            return false;
        }
        table.row(fmt::format("{} {:08x}", block, (number << page_shift) + at), bytes_at(a, at),
                  bytes_at(b, at));
    }
    return true;
}

void add_memory(Table& table, const Difference& difference) {
    std::size_t places = 0;
    for (std::size_t block = 0; block < difference.first.memory.size(); ++block) {
        const auto& first = difference.first.memory[block].pages();
        const auto& second = difference.second.memory[block].pages();
        const std::string name = block == 0 ? "memory" : fmt::format("memory block {}", block);
        for (std::size_t number = 0; number < first.size(); ++number) {
            if (first[number] == second[number]) continue;
            if (!add_page(table, name, number, first[number], second[number], places)) return;
        }
    }
}

std::string heading(const Difference& difference) {
    switch (difference.kind) {
        case Difference::Kind::instruction:
            return fmt::format("the first difference: instruction {}\n", difference.to);
        case Difference::Kind::together:
            return fmt::format(
                "the first difference: instructions {} to {}, where they are translated together\n",
                difference.from + 1, difference.to);
        case Difference::Kind::history: break;
    }
    return fmt::format(
        "the first difference: at instruction {}, for machines that come from instruction {} only\n",
        difference.to, difference.since);
}

}  // namespace

std::string report_of(const Difference& difference, ComparedMachine& machine,
                      const std::string& second_name) {
    std::string text = heading(difference);
    machine.load(difference.before);
    text += place_of(machine.board());
    trace::CodeTexts texts;
    for (std::uint64_t count = difference.from; count < difference.to; ++count) {
        text += instruction_of(machine.board(), texts);
        if (count + 1 < difference.to) machine.run_to(count + 1).get();
    }
    machine.load(difference.before);
    text += registers_of(machine.board().processor().cpu().state) + "after:\n";
    Table table(machine.name(), second_name);
    if (difference.first_end.end != difference.second_end.end)
        table.row("the run", text_of(difference.first_end.end), text_of(difference.second_end.end));
    add_fields(table, difference);
    add_memory(table, difference);
    return text + table.text();
}

}  // namespace calque
