// Memory, addresses and code.
#include "cpu/block_cache.hpp"
#include "frontend/host_file.hpp"
#include "frontend/monitor/code_listing.hpp"
#include "frontend/monitor/command.hpp"
#include "frontend/monitor/disassembly.hpp"
#include "frontend/monitor/expression.hpp"
#include "frontend/parse.hpp"
#include "frontend/usage_error.hpp"
#include "machine/debug_memory.hpp"
#include "mmu/page_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace calque {
namespace {

// --- x and xp

/// COUNT, a letter of xduoci and a size of bhwg, in any order, as gdb's x has them.
struct Format {
    std::uint64_t count = 1;
    char letter = 'x';
    unsigned size = 4;
};
Format parse_format(Words& words) {
    Format format;
    if (!words.starts_with("/")) return format;
    const std::string text = words.next("the format").substr(1);
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    constexpr std::uint64_t most = 100'000;
    if (digits) format.count = parse_number(text.substr(0, digits), most);
    for (const char letter : text.substr(digits)) {
        constexpr std::string_view letters = "xduoci", sizes = "bhwg";
        if (letters.find(letter) != letters.npos)
            format.letter = letter;
        else if (sizes.find(letter) != sizes.npos)
            format.size = 1U << sizes.find(letter);
        else
            throw UsageError(fmt::format("\"{}\" is not a letter of xduoci or bhwg", letter));
    }
    if (format.letter == 'c') format.size = 1;
    return format;
}

std::string item(const Format& format, std::uint64_t value) {
    const unsigned unused = 64 - 8 * format.size;
    switch (format.letter) {
        case 'd': return fmt::format("{}", static_cast<std::int64_t>(value << unused) >> unused);
        case 'u': return fmt::format("{}", value);
        case 'o': return fmt::format("0{:o}", value);
        case 'c':
            return value >= ' ' && value <= '~' ? fmt::format("'{}'", static_cast<char>(value))
                                                : fmt::format("'\\x{:02x}'", value);
        default: return fmt::format("0x{:0{}x}", value, 2 * format.size);
    }
}

void show_code(const MonitorCall& call, AddressSpace space, std::uint64_t address, std::uint64_t count) {
    constexpr std::size_t longest = 15;
    const auto bytes = peek_some(call.board(), space, address, count * longest);
    const std::uint64_t base = space == AddressSpace::linear ? call.cpu().state.cs().base : 0;
    for (const DisassembledInsn& insn : disassemble(bytes, {address, base, width_of(call.cpu().mode)}, count))
        call.say(fmt::format("{:08x}  {:<20} {}\n", insn.address, insn.bytes, insn.text));
    if (bytes.empty()) throw std::runtime_error(fmt::format("{:08x} cannot be read", address));
}

void show_items(const MonitorCall& call, AddressSpace space, std::uint64_t address, const Format& format) {
    const std::uint64_t a_line = std::max<std::uint64_t>(16 / format.size, 1);
    const auto bytes = peek_some(call.board(), space, address, format.count * format.size);
    std::string line;
    for (std::uint64_t i = 0; i < bytes.size() / format.size; ++i) {
        std::uint64_t value = 0;
        std::memcpy(&value, &bytes[i * format.size], format.size);
        if (i % a_line == 0) line += fmt::format("{}{:08x}:", i ? "\n" : "", address + i * format.size);
        line += " " + item(format, value);
    }
    if (!line.empty()) call.say(line + "\n");
    if (bytes.size() < format.count * format.size)
        throw std::runtime_error(fmt::format("{:08x} cannot be read", address + bytes.size()));
}

MonitorTask examine_in(Words& words, AddressSpace space) {
    const Format format = parse_format(words);
    const Expression address = parse_expression(words.done() ? "$pc" : words.rest());
    return at_once([=](const MonitorCall& call) {
        if (format.letter == 'i') return show_code(call, space, address(call.cpu()), format.count);
        show_items(call, space, address(call.cpu()), format);
    });
}
MonitorTask examine(Words& words) { return examine_in(words, AddressSpace::linear); }
MonitorTask examine_physical(Words& words) { return examine_in(words, AddressSpace::physical); }

MonitorTask print(Words& words) {
    const Format format = parse_format(words);
    const Expression value = parse_expression(words.done() ? words.next("the expression") : words.rest());
    return at_once([=](const MonitorCall& call) {
        const std::uint64_t found = value(call.cpu());
        call.say(format.letter == 'x' ? fmt::format("{:#x}\n", found)
                                      : item({1, format.letter, 8}, found) + "\n");
    });
}

// --- Addresses

MonitorTask translate(Words& words) {
    const Expression address = parse_expression(words.next("the address"));
    return at_once([=](const MonitorCall& call) {
        PhysicalAddress physical = 0;
        const bool mapped = call.board().mmu().peek(address(call.cpu()), physical);
        call.say(mapped ? fmt::format("gpa: {:#x}\n", physical) : "Unmapped\n");
    });
}

std::string rights(std::uint64_t entry) {
    std::string text = entry & page_entry::present ? "present" : "not present";
    text += entry & page_entry::writable ? ", writable" : ", read-only";
    text += entry & page_entry::user ? ", user" : ", supervisor";
    if (entry & page_entry::accessed) text += ", accessed";
    if (entry & page_entry::dirty) text += ", dirty";
    if (entry & page_entry::execute_disable) text += ", no execute";
    return text;
}

MonitorTask walk(Words& words) {
    const Expression address = parse_expression(words.next("the address"));
    return at_once([=](const MonitorCall& call) {
        const std::uint64_t linear = address(call.cpu()) & 0xFFFF'FFFF;
        const PagingControls& controls = call.board().mmu().controls();
        PhysicalMemory& memory = call.board().memory();
        if (!controls.paging)
            return call.say(fmt::format("paging is off; A20 is {}: physical {:08x}\n",
                                        memory.a20() ? "on" : "off", memory.apply_a20(linear)));
        PageWalker walker(memory);
        walker.configure(controls);
        const PageWalk found = walker.find(linear);
        call.say(fmt::format("CR3 {:08x}, {} paging\n", controls.cr3,
                             controls.physical_address_extension ? "PAE" : "32-bit"));
        if (controls.physical_address_extension)
            call.say(fmt::format("PDPTE {} {:016x}\n", linear >> 30, controls.pdptes[linear >> 30 & 3]));
        if (found.directory_at != PageWalk::none)
            call.say(fmt::format("PDE at {:08x}: {:016x}: {}{}\n", found.directory_at, found.directory_entry,
                                 rights(found.directory_entry), found.large ? ", large page" : ""));
        if (!found.large && found.table_at != PageWalk::none)
            call.say(fmt::format("PTE at {:08x}: {:016x}: {}\n", found.table_at, found.table_entry,
                                 rights(found.table_entry)));
        if (found.end == PageWalk::End::page)
            call.say(fmt::format("physical {:08x}\n", found.page | (linear & page_mask)));
        else
            call.say(found.end == PageWalk::End::reserved_bit ? "a reserved bit is set\n" : "not present\n");
    });
}

// --- Code

void show_block(const MonitorCall& call, const Block& block, std::uint64_t start) {
    const auto insns = disassemble({block.bytes(), block.length},
                                   {start, call.cpu().state.cs().base, width_of(block.mode)}, block.count);
    const auto translations = call.board().processor().engine().host_code(block);
    if (translations.empty()) {
        for (const DisassembledInsn& insn : insns)
            call.say(fmt::format("  {:08x}  {:<20} {}\n", insn.address, insn.bytes, insn.text));
        call.say("  not translated\n");
    }
    for (const HostCode& translation : translations) {
        call.say(fmt::format("  host code for EIP {:08x} at {:x}, {} bytes\n", translation.eip,
                             reinterpret_cast<std::uintptr_t>(translation.bytes.data()),
                             translation.bytes.size()));
        call.say(side_by_side(insns, translation));
    }
}

/// Every block that holds the byte, in whichever mode it was decoded.
MonitorTask code(Words& words) {
    const Expression address = parse_expression(words.done() ? "$pc" : words.next("the address"));
    return at_once([=](const MonitorCall& call) {
        const std::uint64_t linear = address(call.cpu()) & 0xFFFF'FFFF;
        PhysicalAddress physical = 0;
        if (!call.board().mmu().peek(linear, physical)) throw std::runtime_error("not mapped");
        const auto blocks = call.board().processor().blocks().holding(physical);
        if (blocks.empty()) call.say("no block holds it: it has not been executed, or not lately\n");
        for (const Block* block : blocks) {
            const std::uint64_t start = linear - (physical - block->physical);
            call.say(fmt::format(
                "block at {:08x} (physical {:08x}), {} instructions, mode {:x}, interpreted {} times\n",
                start, block->physical, block->count, block->mode, block->executions));
            show_block(call, *block, start);
        }
    });
}

// --- Files

MonitorTask save_in(Words& words, AddressSpace space) {
    const Expression address = parse_expression(words.next("the address"));
    const Expression size = parse_expression(words.next("the number of bytes"));
    const std::string path = words.next("the file");
    return at_once([=](const MonitorCall& call) {
        constexpr std::uint64_t piece = 1 << 16, most = 1ULL << 32;
        const std::uint64_t first = address(call.cpu()), count = size(call.cpu());
        if (count > most) throw std::runtime_error("that is more than there is");
        const HostFile file = HostFile::create(path);
        for (std::uint64_t done = 0; done < count;) {
            const auto bytes = peek_some(call.board(), space, first + done, std::min(piece, count - done));
            if (bytes.empty()) throw std::runtime_error(fmt::format("{:08x} cannot be read", first + done));
            if (const int error = file.write(bytes))
                throw std::runtime_error(fmt::format("{}: {}", path, std::strerror(error)));
            done += bytes.size();
        }
    });
}
MonitorTask save_memory(Words& words) { return save_in(words, AddressSpace::linear); }
MonitorTask save_physical(Words& words) { return save_in(words, AddressSpace::physical); }

constexpr MonitorCommand commands[] = {
    {"x", "", "[/FORMAT] [ADDRESS]", "Show memory: COUNT, x d u o c or i, b h w or g ($pc)", examine},
    {"xp", "", "[/FORMAT] ADDRESS", "The same by physical address", examine_physical},
    {"print", "p", "[/LETTER] EXPRESSION", "Evaluate: numbers, $registers, SEGMENT:OFFSET, + - * ( )", print},
    {"translate", "gva2gpa", "ADDRESS", "The physical address of a linear one", translate},
    {"walk", "", "ADDRESS", "The page walk that maps an address", walk},
    {"code", "", "[ADDRESS]", "The decoded block, and beside each instruction the host code made of it ($pc)",
     code},
    {"save-memory", "memsave", "ADDRESS SIZE FILE", "Memory into a file", save_memory},
    {"save-physical", "pmemsave", "ADDRESS SIZE FILE", "The same by physical address", save_physical},
};

}  // namespace

std::span<const MonitorCommand> memory_commands() { return commands; }

}  // namespace calque
