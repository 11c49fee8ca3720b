// A difference between two machines, for people.
#include "frontend/compare/difference_report.hpp"

#include "machine/cpu_state_description.hpp"
#include "machine/field_stream.hpp"

#include <capstone/capstone.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace calque {

namespace {

constexpr std::size_t most_fields = 12, most_places = 12;

std::string name_of(std::uint32_t mode) {
    if (mode & mode::vm86) return "virtual-8086 mode";
    if (!(mode & mode::protected_mode)) return mode & mode::code32 ? "real mode, 32-bit" : "real mode";
    return mode & mode::code32 ? "32-bit protected mode" : "16-bit protected mode";
}

/// The code at CS:EIP: as many of its bytes as can be read, 15 at most.
struct Code {
    explicit Code(ComparedMachine& machine) : cpu(machine.board().processor().cpu()) {
        linear = cpu.state.linear_ip();
        for (std::uint32_t i = 0; i < bytes.size(); ++i) {
            PhysicalAddress at = 0;
            if (!cpu.mmu.peek(linear + i, at) || !cpu.mmu.memory().readable_page(at)) break;
            if (i == 0) physical = at;
            bytes[count++] = static_cast<std::uint8_t>(cpu.mmu.memory().read(at, 1));
        }
    }
    std::string text() const {
        csh capstone = 0;
        const bool wide = cpu.mode & mode::code32;
        if (cs_open(CS_ARCH_X86, wide ? CS_MODE_32 : CS_MODE_16, &capstone) != CS_ERR_OK) return "";
        cs_insn* insn = nullptr;
        std::string line = "(not an instruction)";
        if (cs_disasm(capstone, bytes.data(), count, cpu.state.rip, 1, &insn)) {
            line = fmt::format("{:<30}{} {}",
                               fmt::format("{:02x}", fmt::join(bytes.data(), bytes.data() + insn->size, " ")),
                               insn->mnemonic, insn->op_str);
            cs_free(insn, 1);
        }
        cs_close(&capstone);
        return line;
    }

    const Cpu& cpu;
    std::uint32_t linear = 0;
    PhysicalAddress physical = 0;
    std::array<std::uint8_t, 15> bytes{};
    std::size_t count = 0;
};

std::string place_of(ComparedMachine& machine) {
    const Code code(machine);
    const CpuState& state = code.cpu.state;
    const std::string physical = code.count ? fmt::format("{:08x}", code.physical) : "none";
    return fmt::format("at {:04x}:{:08x}, linear {:08x}, physical {}: {}, CPL {}\n", state.cs().selector,
                       state.rip, code.linear, physical, name_of(code.cpu.mode), state.cpl);
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
    text += place_of(machine);
    for (std::uint64_t count = difference.from; count < difference.to; ++count) {
        const Code code(machine);
        text += fmt::format("  {:08x}  {}\n", code.cpu.state.rip, code.text());
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
