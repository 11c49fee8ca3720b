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
std::vector<std::string> slices(std::uint64_t slice, const calque::TranslatorOptions* options) {
    using namespace calque;
    ComparedMachine machine;
    if (options) machine.use_translator(*options);
    machine.assemble([](Assembler& a) {
        fill(a, 0x2'0000, 64, 5);
        copy(a, 0x2'0000, 0x2'1ff0, 100);
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

TEST_CASE("repeated strings are generated") {
    const auto statistics = compare_engines([](Assembler& a) {
        fill(a, 0x2'0000, 1024, 3);
        const auto again = a.newLabel();
        a.mov(x86::ebx, 200);
        a.bind(again);
        copy(a, 0x2'0000, 0x3'0000, 1024);
        repeated(a, 0xa5);
        a.dec(x86::ebx);
        a.jnz(again);
        a.hlt();
    });
    std::uint64_t called_out = 0;
    for (const auto& kind : statistics.called_out) called_out += kind.count;
    CHECK(called_out < 20);
}

TEST_CASE("a repeated string stops where the budget ends") {
    calque::TranslatorOptions options;
    options.translate_after = 0;
    for (const std::uint64_t slice : {1U, 2U, 3U, 7U, 50U, 99U}) {
        CAPTURE(slice);
        CHECK(slices(slice, &options) == slices(slice, nullptr));
    }
}
