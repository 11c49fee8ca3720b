// A recursive-descent parser that makes functions.
#include "frontend/monitor/expression.hpp"

#include "cpu/descriptor.hpp"
#include "frontend/parse.hpp"
#include "frontend/usage_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>

namespace calque {
namespace {

constexpr std::array<const char*, 8> general{"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
constexpr std::array<const char*, 8> general16{"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};
constexpr std::array<const char*, 6> segments{"es", "cs", "ss", "ds", "fs", "gs"};

template <std::size_t size>
std::optional<unsigned> place(const std::array<const char*, size>& names, std::string_view name) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) return std::nullopt;
    return static_cast<unsigned>(found - names.begin());
}

/// The base of a segment by its selector; a segment register that holds it knows best.
std::uint64_t base_of(Cpu& cpu, std::uint16_t selector) {
    for (const SegmentRegister& segment : cpu.state.segments)
        if (segment.selector == selector) return segment.base;
    if (!cpu.protected_mode()) return std::uint64_t{selector} << 4;
    const Selector named{selector};
    const std::uint64_t table = named.local() ? cpu.state.ldtr.base : cpu.state.gdtr.base;
    std::uint64_t bytes = 0;
    for (unsigned i = 0; i < 8; ++i) {
        PhysicalAddress physical = 0;
        if (!cpu.mmu.peek(table + named.offset() + i, physical))
            throw std::runtime_error(fmt::format("the descriptor of {:04x} is not mapped", selector));
        std::uint8_t byte = 0;
        cpu.mmu.memory().read_bytes(physical, {&byte, 1});
        bytes |= std::uint64_t{byte} << 8 * i;
    }
    return Descriptor{static_cast<std::uint32_t>(bytes), static_cast<std::uint32_t>(bytes >> 32)}.base();
}

class Parser {
public:
    explicit Parser(std::string_view text) : whole_(text), rest_(text) {}

    Expression parse() {
        Expression left = sum();
        if (take(':')) {
            const Expression offset = sum();
            left = [segment = left, offset](Cpu& cpu) {
                const std::uint64_t base = base_of(cpu, static_cast<std::uint16_t>(segment(cpu)));
                return (base + offset(cpu)) & 0xFFFF'FFFF;
            };
        }
        skip_blanks();
        if (!rest_.empty()) fail();
        return left;
    }

private:
    [[noreturn]] void fail() const {
        throw UsageError(fmt::format("\"{}\" is no address or number", whole_));
    }

    void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }
    bool take(char letter) {
        skip_blanks();
        if (!rest_.starts_with(letter)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    Expression sum() {
        Expression left = product();
        for (;;) {
            const bool minus = take('-');
            if (!minus && !take('+')) return left;
            left = [left, right = product(), minus](Cpu& cpu) {
                return minus ? left(cpu) - right(cpu) : left(cpu) + right(cpu);
            };
        }
    }
    Expression product() {
        Expression left = term();
        while (take('*')) left = [left, right = term()](Cpu& cpu) { return left(cpu) * right(cpu); };
        return left;
    }
    Expression term() {
        if (take('(')) {
            if (++depth_ > deepest) fail();
            Expression inner = sum();
            if (!take(')')) fail();
            --depth_;
            return inner;
        }
        const bool dollar = take('$');
        const std::size_t size = std::min(rest_.find_first_of("+-*:()$ "), rest_.size());
        const std::string_view word = rest_.substr(0, size);
        if (word.empty()) fail();
        rest_.remove_prefix(size);
        if (!dollar && word.front() >= '0' && word.front() <= '9')
            return [value = parse_number(word)](Cpu&) { return value; };
        return [read = find_register(word)](const Cpu& cpu) { return read(cpu); };
    }

    static constexpr unsigned deepest = 64;
    std::string_view whole_, rest_;
    unsigned depth_ = 0;
};

}  // namespace

std::function<std::uint64_t(const Cpu&)> find_register(std::string_view name) {
    if (const auto number = place(general, name))
        return [n = *number](const Cpu& cpu) { return cpu.state.reg32(n); };
    if (const auto number = place(general16, name))
        return [n = *number](const Cpu& cpu) { return cpu.reg<std::uint16_t>(n); };
    if (const auto number = place(segments, name))
        return [n = *number](const Cpu& cpu) { return cpu.state.segments[n].selector; };
    if (name.ends_with("_base"))
        if (const auto number = place(segments, name.substr(0, name.size() - 5)))
            return [n = *number](const Cpu& cpu) { return cpu.state.segments[n].base; };
    struct Other {
        std::string_view name;
        std::uint64_t (*read)(const Cpu&);
    };
    static constexpr std::array others{
        Other{"pc", [](const Cpu& c) { return std::uint64_t{c.state.linear_ip()}; }},
        Other{"eip", [](const Cpu& c) { return c.state.rip; }},
        Other{"ip", [](const Cpu& c) { return c.state.rip; }},
        Other{"eflags", [](const Cpu& c) { return std::uint64_t{c.state.eflags()}; }},
        Other{"cr0", [](const Cpu& c) { return c.state.cr0; }},
        Other{"cr2", [](const Cpu& c) { return c.state.cr2; }},
        Other{"cr3", [](const Cpu& c) { return c.state.cr3; }},
        Other{"cr4", [](const Cpu& c) { return c.state.cr4; }},
        Other{"gdtr", [](const Cpu& c) { return c.state.gdtr.base; }},
        Other{"idtr", [](const Cpu& c) { return c.state.idtr.base; }},
        Other{"tr", [](const Cpu& c) { return std::uint64_t{c.state.tr.selector}; }},
        Other{"ldtr", [](const Cpu& c) { return std::uint64_t{c.state.ldtr.selector}; }}};
    for (const Other& other : others)
        if (other.name == name) return other.read;
    throw UsageError(fmt::format("\"{}\" is neither a number nor a register", name));
}

Expression parse_expression(std::string_view text) { return Parser(text).parse(); }

}  // namespace calque
