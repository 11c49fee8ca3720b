// Limit and type checking of accesses through every kind of segment, around both ends, under every engine.
#include "tests/cpu/system_table.hpp"

#include <array>
#include <vector>

namespace calque::test {
namespace {

using M = SystemMachine;
using manual::AccessByte;

constexpr std::uint32_t base = 0x10'0000;
constexpr unsigned big = 4, granular = 8;  // of a descriptor's bits 52-55

struct Operand {
    unsigned size;
    std::vector<std::uint8_t> read, write;  ///< of [EBX], without the segment's prefix
};
const std::vector<Operand> operands{
    {1, {0x8a, 0x03}, {0x88, 0x03}},       {2, {0x66, 0x8b, 0x03}, {0x66, 0x89, 0x03}},
    {4, {0x8b, 0x03}, {0x89, 0x03}},       {4, {0x85, 0x03}, {0x01, 0x03}},  // test, add
    {8, {0xdf, 0x2b}, {0x0f, 0xc7, 0x0b}},                                   // fild, cmpxchg8b
    {10, {0xdb, 0x2b}, {0xdb, 0x3b}},                                        // fld, fstp
    {28, {0xd9, 0x23}, {0xd9, 0x33}},                                        // fldenv, fnstenv
};

struct Case {
    unsigned segment;
    AccessByte access;
    bool big;
    std::uint32_t limit, offset;
    const Operand* operand;
    bool writes;
};

/// "Type Checking" and "Limit Checking".
bool allowed(const Case& c) {
    if (c.writes ? !c.access.writable() : !c.access.readable()) return false;
    const std::uint64_t last = std::uint64_t{c.offset} + c.operand->size - 1;
    if (!c.access.expand_down()) return last <= c.limit;
    return c.offset > c.limit && last <= (c.big ? 0xffff'ffffU : 0xffffU);
}

/// A tested stack is ring 3's, so that faults are reported on another one.
void start(M& machine, const Case& c) {
    const bool in_pages = c.limit > 0xf'ffff;
    machine.set_descriptor(in_gdt, base, in_pages ? c.limit >> page_shift : c.limit, c.access.value,
                           (c.big ? big : 0) | (in_pages ? granular : 0));
    machine.protected_mode(c.segment == seg_ss ? 3 : 0);
    machine.set_segment(c.segment, in_gdt);
    machine.state.gpr[ebx] = c.offset;
    machine.cpu.refresh_mode();
}

bool agrees(M& machine, const Case& c) {
    start(machine, c);
    std::vector<std::uint8_t> bytes = c.writes ? c.operand->write : c.operand->read;
    bytes.insert(bytes.begin(), c.segment == seg_ss ? 0x36 : 0x64);
    const Outcome got = machine.settle(bytes);
    if (allowed(c)) return got == Outcome{};
    return got == Outcome{c.segment == seg_ss ? manual::ss : manual::gp, 0};
}

void check(M& machine, const Case& c) {
    const bool good = agrees(machine, c);
    if (good) return;
    CAPTURE(c.segment);
    CAPTURE(c.access.value);
    CAPTURE(c.big);
    CAPTURE(c.limit);
    CAPTURE(c.offset);
    CAPTURE(c.operand->size);
    CAPTURE(c.writes);
    REQUIRE(good);
}

/// Around the limit, and around the upper end of what an expand-down segment reaches.
std::vector<std::uint32_t> offsets_around(std::uint32_t limit) {
    std::vector<std::uint32_t> all;
    for (std::uint32_t i = 0; i < 33; ++i)
        if (limit + 3 >= i) all.push_back(limit + 3 - i);
    for (std::uint32_t i = 0; i < 33; ++i) all.push_back(0x1'0002 - i);
    return all;
}

unsigned check_operands(M& machine, Case c) {
    unsigned cases = 0;
    for (const std::uint32_t offset : offsets_around(c.limit))
        for (const Operand& operand : operands)
            for (const bool writes : {false, true}) {
                c.offset = offset;
                c.operand = &operand;
                c.writes = writes;
                check(machine, c);
                ++cases;
            }
    return cases;
}

constexpr std::array<std::uint32_t, 6> limits{0, 1, 0xfff, 0x1000, 0xfffe, 0xffff};
constexpr unsigned offsets_of_all = 4 + 5 + 33 * 4 + 33 * 6;

}  // namespace

TEST_CASE("table: limits and types of segments") {
    under_every_engine(16 * 2 * offsets_of_all * 7 * 2, [](M& machine) {
        unsigned cases = 0;
        for (unsigned type = 0; type < 16; ++type)
            for (const bool is_big : {false, true})
                for (const std::uint32_t limit : limits)
                    cases +=
                        check_operands(machine, {seg_fs, {0x90 | type}, is_big, limit, 0, nullptr, false});
        return cases;
    });
}

/// Where the manual leaves it to the processor whether an operand may wrap (SDM vol. 3A, "Limit Checking").
TEST_CASE("table: the end of a segment of 4 GiB") {
    under_every_engine(2 * 33 * 7 * 2, [](M& machine) {
        unsigned cases = 0;
        for (const unsigned segment : {seg_fs, seg_ss})
            for (std::uint32_t before = 0; before < 33; ++before)
                for (const Operand& operand : operands)
                    for (const bool writes : {false, true}) {
                        check(machine, {segment, {0xf3}, true, ~0U, ~0U - before, &operand, writes});
                        ++cases;
                    }
        return cases;
    });
}

TEST_CASE("table: limits of the stack segment") {
    under_every_engine(4 * 2 * offsets_of_all * 7 * 2, [](M& machine) {
        unsigned cases = 0;
        for (const unsigned access : {0xf2U, 0xf3U, 0xf6U, 0xf7U})
            for (const bool is_big : {false, true})
                for (const std::uint32_t limit : limits)
                    cases += check_operands(machine, {seg_ss, {access}, is_big, limit, 0, nullptr, false});
        return cases;
    });
}

}  // namespace calque::test
