// The portable x87 and MMX unit against the host's: every form, bit for bit, with the whole status word;
// transcendental functions within one unit in the last place.
#include "cpu/fpu.hpp"
#include "cpu/host_x87.hpp"
#include "cpu/instructions/packed_integer.hpp"
#include "cpu/portable/x87_unit.hpp"
#include "tests/cpu/native_fpu.hpp"
#include "tests/support/approximation.hpp"
#include "tests/support/effort.hpp"
#include "tests/support/reference_host.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

namespace calque::test {
namespace {

constexpr unsigned attempts = tries(40'000);

/// What an instruction gets and gives.
struct Trial {
    FpuArea fpu;
    alignas(16) std::array<std::uint8_t, 16> memory{};
    std::uint32_t flags = 0;
};

std::string text_of(const Trial& trial) {
    const auto hex = [](const auto& bytes, unsigned size) {
        std::string text;
        for (unsigned i = size; i-- > 0;) text += fmt::format("{:02x}", bytes[i]);
        return text;
    };
    std::string text = fmt::format("fcw {:04x} fsw {:04x} ftw {:02x} flags {:03x} memory {}", trial.fpu.fcw,
                                   trial.fpu.fsw, trial.fpu.ftw, trial.flags, hex(trial.memory, 16));
    for (const auto& reg : trial.fpu.st) text += " " + hex(reg.bytes, 10);
    return text + "\n";
}

void on_host(Trial& trial, std::uint8_t opcode, std::uint8_t modrm, bool uses_flags) {
    host_x87::load(trial.fpu);
    if (uses_flags)
        trial.flags = host_x87::execute_with_flags(opcode, modrm, trial.flags);
    else if (modrm >= 0xc0)
        host_x87::execute(opcode, modrm);
    else
        host_x87::execute(opcode, modrm >> 3 & 7U, trial.memory.data());
    host_x87::store(trial.fpu);
}

void in_software(Trial& trial, std::uint8_t opcode, std::uint8_t modrm, bool uses_flags) {
    soft::X87Unit unit;
    unit.load(trial.fpu);
    if (uses_flags)
        trial.flags = unit.execute_with_flags(opcode, modrm, trial.flags);
    else if (modrm >= 0xc0)
        unit.execute(opcode, modrm);
    else
        unit.execute(opcode, modrm >> 3 & 7U, trial.memory.data());
    unit.store(trial.fpu);
}

bool same(const Trial& left, const Trial& right) {
    return left.fpu.fcw == right.fpu.fcw && left.fpu.fsw == right.fpu.fsw && left.fpu.ftw == right.fpu.ftw &&
           left.flags == right.flags && left.memory == right.memory &&
           std::ranges::equal(left.fpu.st, right.fpu.st, {}, &FpuArea::Register::bytes,
                              &FpuArea::Register::bytes);
}

/// The instruction is computed by the unit, not by the handler itself.
bool is_computed(const Row& row) {
    static constexpr std::array<std::string_view, 3> handled{"fnstcw", "fnstsw", "fnclex"};
    return row.cls == InstructionClass::innocuous && std::ranges::find(handled, row.name) == handled.end();
}
template <typename Same>
void compare_units(const Row& row, bool unmasked, unsigned count, Same agree) {
    Random random(row.opcode);
    unsigned failures = 0;
    for (unsigned i = 0; i < count; ++i) {
        const FpuCase state = random_case(random, unmasked);
        Trial before;
        before.fpu = state.fpu;
        std::memcpy(before.memory.data(), state.memory.data(), before.memory.size());
        before.flags = static_cast<std::uint32_t>(state.flags) & flag::status;
        const std::uint8_t modrm = random_encoding(row, random)[1];
        const bool uses_flags = row.flags.read || row.flags.written;
        Trial host = before, soft = before;
        on_host(host, row.opcode, modrm, uses_flags);
        in_software(soft, row.opcode, modrm, uses_flags);
        if (agree(before, host, soft)) continue;
        FAIL_CHECK(std::string(row.name)
                   << fmt::format(" {:02x} {:02x}", row.opcode, modrm) << "\nbefore " << text_of(before)
                   << "host   " << text_of(host) << "soft   " << text_of(soft));
        if (++failures == 3) return;
    }
}

std::uint64_t significand_of(const FpuArea::Register& value) {
    std::uint64_t significand;
    std::memcpy(&significand, value.bytes.data(), sizeof(significand));
    return significand;
}
unsigned exponent_of(const FpuArea::Register& value) {
    return value.bytes[8] | (value.bytes[9] & 0x7fU) << 8;
}
bool sign_of(const FpuArea::Register& value) { return value.bytes[9] >> 7; }

/// At most one unit in the last place apart.
bool is_near(const FpuArea::Register& left, const FpuArea::Register& right) {
    const std::uint64_t fractions = (significand_of(left) << 1) - (significand_of(right) << 1);
    const unsigned exponents = exponent_of(left) - exponent_of(right);
    const bool next = exponents == 0 && (fractions == 2 || fractions == 0);
    const bool previous = exponents == 0 && fractions == 0 - std::uint64_t{2};
    // Across a power of 2 the fraction wraps.
    const bool wraps = (exponents == 1 && fractions == 2 && significand_of(left) << 1 == 0) ||
                       (exponents == -1U && fractions + 2 == 0 && significand_of(right) << 1 == 0);
    return sign_of(left) == sign_of(right) && (next || previous || wraps);
}

/// The result is a number that the manual leaves undefined: F2XM1 and FYL2XP1 out of their ranges.
bool is_undefined(const Row& row, const Trial& before) {
    const std::string_view name = row.name;
    const unsigned limit = name == "f2xm1" ? 0x3fff : name == "fyl2xp1" ? 0x3ffd : 0x8000;
    const unsigned exponent = exponent_of(before.fpu.st[0]);
    const std::uint64_t significand = significand_of(before.fpu.st[0]);
    const bool is_number = significand >> 63 && (exponent != 0x7fff || significand << 1 == 0);
    return is_number && exponent >= limit &&
           !(exponent == 0x3fff && significand << 1 == 0 && limit == 0x3fff);
}

/// All but C1 and what follows from the precision flag, the results to one unit in the last place.
bool nearly_same(const Trial& left, const Trial& right) {
    std::uint16_t ignored = 0x220;
    if (!(left.fpu.fcw & x87::precision)) ignored |= x87::error_summary | x87::busy;
    for (unsigned i = 0; i < 8; ++i) {
        if (!is_near(left.fpu.st[i], right.fpu.st[i])) return false;
        if (exponent_of(left.fpu.st[i]) == 0) ignored |= 0x10;  // an exact denormal is no underflow
    }
    return left.fpu.fcw == right.fpu.fcw && left.fpu.ftw == right.fpu.ftw &&
           ((left.fpu.fsw ^ right.fpu.fsw) & ~ignored) == 0;
}

/// These treat unnormals, and FSCALE extreme factors, in each maker's own way.
bool depends_on_maker(const Row& row) {
    static constexpr std::array<std::string_view, 4> names{"fsin", "fsincos", "fpatan", "fscale"};
    return std::ranges::find(names, row.name) != names.end();
}
bool host_decides_alike(const Row& row) { return is_reference_host() || !depends_on_maker(row); }

}  // namespace

TEST_CASE("portable transcendental functions as the host's") {
    for (const bool unmasked : {false, true})
        for (const Row& row : x87_rows())
            if (is_approximation(row) && host_decides_alike(row))
                compare_units(row, unmasked, attempts,
                              [&](const Trial& before, const Trial& host, const Trial& soft) {
                                  return is_undefined(row, before) || nearly_same(host, soft);
                              });
}

TEST_CASE("portable x87 as the host's") {
    for (const bool unmasked : {false, true})
        for (const Row& row : x87_rows())
            if (is_computed(row) && !is_approximation(row) && host_decides_alike(row))
                compare_units(
                    row, unmasked, attempts,
                    [](const Trial&, const Trial& host, const Trial& soft) { return same(host, soft); });
}

namespace {

template <std::uint8_t opcode>
void compare_mmx(const char* name) {
    Random random(opcode);
    for (unsigned i = 0; i < attempts; ++i) {
        const FpuCase state = random_case(random, false);
        const unsigned number = random() % 8;
        FpuArea host = state.fpu, soft = state.fpu;
        host_x87::load(host);
        host_x87::mmx<opcode>(number, state.memory.data());
        const std::uint64_t host_value = host_x87::read_mm(number);
        host_x87::store(host);
        soft::X87Unit unit;
        unit.load(soft);
        unit.mmx(opcode, number, state.memory.data());
        CHECK_MESSAGE(host_value == unit.read_mm(number), std::string(name));
        unit.store(soft);
        CHECK_EQ(host.fsw, soft.fsw);
        CHECK_EQ(host.ftw, soft.ftw);
        CHECK_EQ(host.st[number].bytes, soft.st[number].bytes);
    }
}
template <std::size_t... index>
void compare_all_mmx(std::index_sequence<index...>) {
    (compare_mmx<packed_integers[index].opcode>(packed_integers[index].name), ...);
}

}  // namespace

TEST_CASE("portable mmx as the host's") {
    compare_all_mmx(std::make_index_sequence<packed_integers.size()>{});
}

}  // namespace calque::test
