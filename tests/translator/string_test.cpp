// String instructions, alone and repeated.
#include "tests/translator/comparison.hpp"

#include <doctest/doctest.h>

using namespace calque::test;
using asmjit::x86::Assembler;
namespace x86 = asmjit::x86;

namespace {

constexpr std::uint8_t rep = 0xf3;

/// F3 and a string instruction, with 66 before it for words.
void repeated(Assembler& a, std::uint8_t opcode, bool word = false) {
    if (word) a.db(0x66);
    a.db(rep);
    a.db(opcode);
}

void fill(Assembler& a, std::uint32_t address, std::uint32_t count, std::uint32_t value) {
    const auto again = a.newLabel();
    a.mov(x86::edi, address);
    a.mov(x86::ecx, count);
    a.mov(x86::eax, value);
    a.bind(again);
    a.mov(x86::dword_ptr(x86::edi), x86::eax);
    a.imul(x86::eax, x86::eax, 1664525);
    a.add(x86::eax, 1013904223);
    a.add(x86::edi, 4);
    a.dec(x86::ecx);
    a.jnz(again);
}

void copy(Assembler& a, std::uint32_t from, std::uint32_t to, std::uint32_t count) {
    a.mov(x86::esi, from);
    a.mov(x86::edi, to);
    a.mov(x86::ecx, count);
    a.cmp(x86::ecx, 7);  // flags that must survive
}

/// The steps of a guest in slices of `slice` instructions, as text.
std::vector<std::string> slices(std::uint64_t slice, bool down, const calque::TranslatorOptions* options) {
    using namespace calque;
    ComparedMachine machine;
    if (options) machine.use_translator(*options);
    machine.assemble([=](Assembler& a) {
        fill(a, 0x2'0000, 64, 5);
        copy(a, 0x2'0000, 0x2'1ff0, 100);
        if (down) {
            copy(a, 0x2'0100, 0x2'2010, 100);
            a.std();
        }
        repeated(a, 0xa4);
        a.stc();
        repeated(a, 0xab);
        a.hlt();
    });
    std::vector<std::string> seen;
    for (int i = 0; i < 400 && !machine.state().halted; ++i) {
        machine.run(slice);
        seen.push_back(description(machine));
    }
    return seen;
}

}  // namespace

TEST_CASE("repeated moves") {
    compare_engines([](Assembler& a) {
        fill(a, 0x2'0000, 3000, 1);
        copy(a, 0x2'0003, 0x3'0ffd, 9001);  // bytes, over page ends, sides not alike
        repeated(a, 0xa4);
        copy(a, 0x2'0000, 0x4'0002, 2500);  // an element that crosses a page
        repeated(a, 0xa5);
        copy(a, 0x2'0001, 0x5'0000, 1700);
        repeated(a, 0xa5, true);
        copy(a, 0x2'0000, 0x2'0001, 600);  // overlapping: the first byte spreads
        repeated(a, 0xa4);
        copy(a, 0x2'0000, 0x6'0000, 0);  // none at all
        repeated(a, 0xa5);
        a.hlt();
    });
}

TEST_CASE("repeated stores and loads") {
    compare_engines([](Assembler& a) {
        copy(a, 0, 0x2'0ff1, 5000);
        a.mov(x86::eax, 0xa1b2c3d4);
        repeated(a, 0xaa);
        copy(a, 0, 0x2'2ffe, 33);
        repeated(a, 0xab);
        copy(a, 0x2'2000, 0, 9);
        repeated(a, 0xad);
        a.hlt();
    });
}

TEST_CASE("downwards, and one element") {
    compare_engines([](Assembler& a) {
        fill(a, 0x2'0000, 2048, 9);
        copy(a, 0x2'1004, 0x3'1004, 1100);
        a.std();
        repeated(a, 0xa5);
        a.movsb();
        a.stosd();
        a.db(0x66), a.db(0xad);  // LODSW
        a.cld();
        a.movsb();
        a.stosd();
        a.lodsd();
        a.hlt();
    });
}

TEST_CASE("repeated downwards") {
    compare_engines([](Assembler& a) {
        fill(a, 0x2'0000, 3000, 11);
        a.std();
        copy(a, 0x2'2ee0, 0x3'4ffd, 9001);  // bytes, over page ends, sides not alike
        repeated(a, 0xa4);
        copy(a, 0x2'2700, 0x4'2702, 2500);  // an element that crosses a page
        repeated(a, 0xa5);
        copy(a, 0x2'0fff, 0x5'1000, 1700);
        repeated(a, 0xa5, true);
        copy(a, 0x2'0800, 0x2'07ff, 600);  // overlapping: the first byte spreads
        repeated(a, 0xa4);
        copy(a, 0x2'0800, 0x2'0804, 8);  // and moves on
        repeated(a, 0xa5);
        copy(a, 0, 0x2'2ffe, 1033);
        repeated(a, 0xab);
        copy(a, 0x2'0000, 0x6'0000, 0);
        repeated(a, 0xa5);
        a.cld();
        repeated(a, 0xa5);
        a.hlt();
    });
}

TEST_CASE("repeated by 16-bit addresses, which wrap") {
    for (const bool down : {false, true}) {
        compare_engines([=](Assembler& a) {
            fill(a, 0x2000, 1024, 13);
            fill(a, 0xf000, 1024, 14);
            if (down) a.std();
            copy(a, 0x1234'2400, 0x4321'2800, 0xabcd'0100);
            a.db(0x67), repeated(a, 0xa4);
            copy(a, down ? 0x0010U : 0xfff0U, 0x2c00, 0x0020);
            a.db(0x67), repeated(a, 0xa5);
            copy(a, 0, down ? 0x0006U : 0xfffaU, 0x0010);
            a.db(0x67), repeated(a, 0xab, true);
            a.hlt();
        });
    }
}

TEST_CASE("repeated to the end of a segment, and to its beginning") {
    constexpr std::uint64_t from_0x20123_to_0x22468 = 0x0040'9302'0123'2345ULL;
    const auto run = [](bool down, unsigned opcode, std::uint32_t from, std::uint32_t to) {
        compare_engines({.prepare = [=](ComparedMachine& machine) {
            machine.memory.write(ComparedMachine::gdt + 24, from_0x20123_to_0x22468, 8);
            machine.state().gdtr.limit += 8;
            machine.assemble([=](Assembler& a) {
                fill(a, 0x2'0000, 2500, 15);
                a.mov(x86::eax, 24);
                a.mov(x86::ds, x86::eax);
                a.mov(x86::es, x86::eax);
                if (down) a.std();
                copy(a, from, to, 0x3000);
                repeated(a, static_cast<std::uint8_t>(opcode));
                a.hlt();
            });
        }});
    };
    for (const unsigned opcode : {0xa4U, 0xa5U, 0xabU}) {
        CAPTURE(opcode);
        run(false, opcode, 0, 0x1100);
        run(false, opcode, 0x1801, 0x10);
        run(true, opcode, 0x700, 0x1800);
        run(true, opcode, 0x2342, 0x602);
        run(true, opcode, 0x2343, 0x2000);
        run(true, opcode, 0x2000, 0x2346);
    }
}

TEST_CASE("repeated strings are generated") {
    for (const bool down : {false, true}) {
        const auto statistics = compare_engines([=](Assembler& a) {
            fill(a, 0x2'0000, 1024, 3);
            const auto again = a.newLabel();
            a.mov(x86::ebx, 200);
            if (down) a.std();
            a.bind(again);
            copy(a, down ? 0x2'0ffc : 0x2'0000, down ? 0x3'0ffc : 0x3'0000, 1024);
            repeated(a, 0xa5);
            a.dec(x86::ebx);
            a.jnz(again);
            a.hlt();
        });
        std::uint64_t called_out = 0;
        for (const auto& kind : statistics.called_out) called_out += kind.count;
        CHECK(called_out < 20);
    }
}

TEST_CASE("a repeated string stops where the budget ends") {
    calque::TranslatorOptions options;
    options.translate_after = 0;
    for (const bool down : {false, true}) {
        for (const std::uint64_t slice : {1U, 2U, 3U, 7U, 50U, 99U}) {
            CAPTURE(slice);
            CHECK(slices(slice, down, &options) == slices(slice, down, nullptr));
        }
    }
}
