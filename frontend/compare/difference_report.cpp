// A difference between two machines, for people.
#include "frontend/compare/difference_report.hpp"

#include "frontend/compare/report_parts.hpp"
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
    const auto bytes = peek_some(board, AddressSpace::linear, code.linear, code.bytes.size());
    std::ranges::copy(bytes, code.bytes.begin());
    code.length = static_cast<std::uint8_t>(bytes.size());
    return code;
}

std::string place_of(Board& board) {
    const Cpu& cpu = board.processor().cpu();
    PhysicalAddress at = 0;
    const bool mapped = cpu.mmu.peek(cpu.state.linear_ip(), at);
    return place_text(trace::registers_of(cpu.state),
                      mapped ? std::optional<std::uint64_t>(at) : std::nullopt);
}

void add_fields(DifferenceTable& table, const Difference& difference) {
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
bool add_page(DifferenceTable& table, std::string_view block, std::uint64_t number,
              const MemoryCopy::SharedPage& a, const MemoryCopy::SharedPage& b, std::size_t& places) {
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

void add_memory(DifferenceTable& table, const Difference& difference) {
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
        text +=
            instruction_text(code_of(machine.board()), machine.board().processor().cpu().state.rip, texts);
        if (count + 1 < difference.to) machine.run_to(count + 1).get();
    }
    machine.load(difference.before);
    text += "before:\n" + registers_text(trace::registers_of(machine.board().processor().cpu().state)) +
            "after:\n";
    DifferenceTable table(machine.name(), second_name);
    if (difference.first_end.end != difference.second_end.end)
        table.row("the run", text_of(difference.first_end.end), text_of(difference.second_end.end));
    add_fields(table, difference);
    add_memory(table, difference);
    return text + table.text();
}

}  // namespace calque
