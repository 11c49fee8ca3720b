// Reports of failures.
#include "tests/oracle/report.hpp"

#include "cpu/cpu.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace calque::test {
namespace {

constexpr std::array<const char*, 8> gpr_names{"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};

/// Three columns: before, expected, found; a star where the last two differ.
class Columns {
public:
    Columns(const char* expected, const char* found) { line("", "before", expected, found, ' '); }
    void row(const std::string& name, const std::string& before, const std::string& expected,
             const std::string& found, bool differs) {
        line(name, before, expected, found, differs ? '*' : ' ');
    }
    /// Only shown if anything happened to it.
    void quiet_row(const std::string& name, const std::string& before, const std::string& expected,
                   const std::string& found) {
        if (before != expected || expected != found) row(name, before, expected, found, expected != found);
    }
    std::string text;

private:
    void line(const std::string& name, const std::string& before, const std::string& expected,
              const std::string& found, char mark) {
        text += fmt::format("{} {:<7} {:<34} {:<34} {}\n", mark, name, before, expected, found);
    }
};

template <typename Bytes>
std::string hex(const Bytes& bytes) {
    return fmt::format("{:02x}", fmt::join(bytes.rbegin(), bytes.rend(), ""));
}

std::string how_it_ended(const Outcome& outcome) {
    if (outcome.vector == Outcome::no_end) return "did not end";
    if (outcome.vector == Outcome::end) return "reached the end";
    if (outcome.vector != static_cast<int>(Vector::pf))
        return fmt::format("vector {} ({:x}) at {:08x}", outcome.vector, outcome.error_code, outcome.eip);
    return fmt::format("#PF ({:x}) {:08x} at {:08x}", outcome.error_code, outcome.fault_address, outcome.eip);
}

std::string general_registers(const Failure& failure) {
    Columns columns(failure.expected_name, failure.found_name);
    const auto& before = failure.before;
    const auto &expected = failure.expected.state, &found = failure.found.state;
    columns.row("ended", "", how_it_ended(failure.expected), how_it_ended(failure.found),
                how_it_ended(failure.expected) != how_it_ended(failure.found));
    const auto word = [](std::uint32_t value) { return fmt::format("{:08x}", value); };
    for (unsigned i = 0; i < 8; ++i)
        columns.row(gpr_names[i], word(before.gpr[i]), word(expected.gpr[i]), word(found.gpr[i]),
                    expected.gpr[i] != found.gpr[i]);
    const std::uint32_t mask = failure.comparison.flags;
    columns.row("eflags", word(before.eflags), word(expected.eflags), word(found.eflags),
                ((expected.eflags ^ found.eflags) & mask) != 0);
    columns.row("count", "", fmt::format("{}", failure.expected.instructions),
                fmt::format("{}", failure.found.instructions),
                failure.comparison.exact && failure.expected.instructions != failure.found.instructions);
    return columns.text;
}

std::string fpu_registers(const Failure& failure) {
    Columns columns(failure.expected_name, failure.found_name);
    const Comparison& how = failure.comparison;
    const FpuView before(failure.before, how), expected(failure.expected.state, how),
        found(failure.found.state, how);
    const auto word = [](std::uint32_t value) { return fmt::format("{:04x}", value); };
    columns.quiet_row("fcw", word(before.control), word(expected.control), word(found.control));
    columns.quiet_row("fsw", word(before.status), word(expected.status), word(found.status));
    columns.quiet_row("ftw", word(before.tags), word(expected.tags), word(found.tags));
    columns.quiet_row("fop", word(before.opcode), word(expected.opcode), word(found.opcode));
    columns.quiet_row("fip", word(before.instruction), word(expected.instruction), word(found.instruction));
    columns.quiet_row("fdp", word(before.data), word(expected.data), word(found.data));
    columns.quiet_row("mxcsr", word(before.mxcsr), word(expected.mxcsr), word(found.mxcsr));
    for (unsigned i = 0; i < 8; ++i)
        columns.quiet_row(fmt::format("st{}", i), hex(before.st[i]), hex(expected.st[i]), hex(found.st[i]));
    for (unsigned i = 0; i < 8; ++i)
        columns.row(fmt::format("xmm{}", i), hex(before.xmm[i]), hex(expected.xmm[i]), hex(found.xmm[i]),
                    expected.xmm[i] != found.xmm[i]);
    return columns.text;
}

template <typename Bytes>
std::string memory_differences(const Bytes& expected, const Bytes& found, std::uint32_t base) {
    constexpr unsigned most = 24;
    std::string text;
    unsigned shown = 0;
    for (std::size_t i = 0; i < expected.size() && shown < most; ++i) {
        if (expected[i] == found[i]) continue;
        text += fmt::format("* [{:08x}] {:02x} {:02x}\n", base + i, expected[i], found[i]);
        ++shown;
    }
    return text;
}

}  // namespace

std::string report(const Failure& failure) {
    return fmt::format("{} and {} differ\n", failure.expected_name, failure.found_name) +
           failure.program.listing(failure.count, failure.found.eip) + general_registers(failure) +
           fpu_registers(failure) +
           memory_differences(failure.expected.memory.data, failure.found.memory.data, window::data) +
           memory_differences(failure.expected.memory.stack, failure.found.memory.stack, window::stack);
}

}  // namespace calque::test
