// Named cases to and from text.
#include "tests/oracle/named_case.hpp"

#include "cpu/decoder.hpp"
#include "tests/oracle/program_builder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <span>
#include <string_view>

namespace calque::test {
namespace {

constexpr std::size_t piece_size = 16;

std::vector<std::uint8_t> bytes_of(std::string_view digits) {
    std::vector<std::uint8_t> bytes(digits.size() / 2);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        std::from_chars(digits.data() + 2 * i, digits.data() + 2 * i + 2, bytes[i], 16);
    return bytes;
}

std::string hex(std::span<const std::uint8_t> bytes) { return fmt::format("{:02x}", fmt::join(bytes, "")); }

void put(std::span<std::uint8_t> place, std::uint32_t offset, const char* digits) {
    const std::vector<std::uint8_t> bytes = bytes_of(digits);
    std::ranges::copy(bytes, place.subspan(offset, bytes.size()).begin());
}

/// What is not zero.
std::string pieces(std::span<const std::uint8_t> bytes, std::uint32_t base) {
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += piece_size) {
        const auto piece = bytes.subspan(at, std::min(piece_size, bytes.size() - at));
        if (std::ranges::any_of(piece, [](std::uint8_t byte) { return byte != 0; }))
            text += fmt::format("{{{:#x}, \"{}\"}}, ", base + at, hex(piece));
    }
    return text;
}

}  // namespace

Generated make_case(const NamedCase& named, const Target& target) {
    Generated made;
    made.program.address = named.address;
    made.state.gpr = named.gpr;
    made.state.eflags = named.eflags;
    for (const Piece& piece : named.fpu) put(made.state.fpu, piece.place, piece.bytes);
    for (const Piece& piece : named.memory) {
        const bool in_stack = piece.place >= window::stack;
        if (in_stack)
            put(made.memory.stack, piece.place - window::stack, piece.bytes);
        else
            put(made.memory.data, piece.place - window::data, piece.bytes);
    }
    ProgramBuilder builder(made.program, named.gpr);
    const std::vector<std::uint8_t> code = bytes_of(named.code);
    for (std::span<const std::uint8_t> rest(code); !rest.empty();) {
        Insn insn;
        const unsigned length = decode(rest, target.mode, *target.model, insn);
        Item item;
        item.row = insn.row;
        item.bytes.assign(rest.begin(), rest.begin() + length);
        builder.push(std::move(item));
        rest = rest.subspan(length);
    }
    return made;
}

std::string text_of_case(const Generated& made) {
    return fmt::format("{{\"\", {:#x}, \"{}\",\n {{{:#x}}}, {:#x},\n {{{}}},\n {{{}{}}}}},\n",
                       made.program.address, hex(made.program.code()), fmt::join(made.state.gpr, ", "),
                       made.state.eflags, pieces(std::span(made.state.fpu).first(288), 0),
                       pieces(made.memory.data, window::data), pieces(made.memory.stack, window::stack));
}

}  // namespace calque::test
