// Operands that share a check: windows that hold, straddle pages, or are lost on the way.
#include "tests/translator/comparison.hpp"

#include <doctest/doctest.h>

// Not within calque: its names of the guest's registers are AsmJit's as well.
namespace {

using namespace asmjit::x86;
using namespace calque::test;
using Code = asmjit::x86::Assembler;

/// Locals on the stack and fields through a pointer, again and again.
void frame_and_fields(Code& a, std::uint32_t stack, std::uint32_t object) {
    const auto again = a.newLabel(), function = a.newLabel();
    a.mov(esp, stack);
    a.mov(ebp, 40);
    a.bind(again);
    a.mov(ebx, object);
    a.push(ebp);
    a.push(dword_ptr(ebx, 4));
    a.call(function);
    a.pop(ecx);
    a.pop(dword_ptr(ebx, 12));
    a.dec(ebp);
    a.jnz(again);
    a.hlt();
    a.bind(function);
    a.sub(esp, 24);
    a.mov(dword_ptr(esp, 8), ebp);
    a.add(dword_ptr(ebx, 4), ebp);
    a.mov(eax, dword_ptr(ebx, 8));
    a.add(eax, dword_ptr(esp, 8));
    a.mov(dword_ptr(ebx, 8), eax);
    a.xchg(dword_ptr(esp, 4), edx);
    a.add(byte_ptr(esp, 9), ah);
    a.add(esp, 24);
    a.ret();
}

TEST_CASE("windows wherever the frame and the object lie") {
    for (std::uint32_t shift = 0; shift < 72; shift += 4)
        compare_engines([&](Code& a) {
            frame_and_fields(a, FlatMachine::stack_top - 4096 + shift,
                             FlatMachine::data_base + 4096 - 48 + shift);
        });
}

TEST_CASE("operands near each other need one check") {
    const auto statistics = compare_engines(
        [](Code& a) { frame_and_fields(a, FlatMachine::stack_top - 512, FlatMachine::data_base); });
    CHECK(statistics.declined == 0);
}

TEST_CASE("a comparison of strings moves ECX") {
    compare_engines([](Code& a) {
        const auto again = a.newLabel();
        constexpr int place = FlatMachine::data_base;
        const auto operand = [](int displacement) { return dword_ptr(ecx, place + displacement); };
        a.mov(esi, 3);
        a.bind(again);
        a.mov(ecx, 64);
        a.add(operand(0), 0x1111);
        a.add(operand(4), esi);
        a.pcmpistri(xmm1, xmm1, 0x18);
        a.add(operand(0), 0x2222);
        a.add(operand(4), esi);
        a.mov(ecx, 64);
        a.mov(operand(8), esi);
        a.pcmpestri(xmm1, xmm1, 0x48);
        a.mov(operand(8), esi);
        a.dec(esi);
        a.jnz(again);
        a.hlt();
    });
}

TEST_CASE("a window that straddles pages is given up") {
    const auto statistics = compare_engines([](Code& a) {
        frame_and_fields(a, FlatMachine::stack_top - 512, FlatMachine::data_base + 4096 - 8);
    });
    CHECK(statistics.declined > 0);
    CHECK(statistics.declined < 20);
}

/// Reads and writes doublewords through two pointers, `step` bytes on each time.
void walk(Code& a, std::uint32_t from, int step) {
    const auto again = a.newLabel();
    a.mov(ebx, from);
    a.mov(edi, from + 64);
    a.mov(ebp, 4000);
    a.bind(again);
    a.mov(eax, dword_ptr(ebx));
    a.add(eax, ebp);
    a.mov(dword_ptr(edi), eax);
    a.add(ebx, step);
    a.add(edi, step);
    a.dec(ebp);
    a.jnz(again);
    a.hlt();
}

TEST_CASE("where doublewords are misaligned a translation is made anew, and looks no more") {
    constexpr std::uint32_t misaligned = FlatMachine::data_base + 2;
    const auto statistics = compare_engines([](Code& a) { walk(a, misaligned, 4); });
    CHECK(statistics.misaligned_samples == 2);
}

TEST_CASE("aligned doublewords need no second look") {
    const auto statistics = compare_engines([](Code& a) { walk(a, FlatMachine::data_base, 4); });
    CHECK(statistics.misaligned_samples == 0);
}

TEST_CASE("code that does little but call out is left to the interpreter") {
    const auto count = [](bool give_up) {
        ComparedMachine machine;
        const calque::Translator& translator =
            machine.use_translator({.translate_after = 0, .cache_size = 1 << 20, .give_up = give_up});
        machine.assemble([](Code& a) {
            const auto again = a.newLabel();
            a.mov(ebx, 1000);
            a.mov(edx, 0x80);
            a.bind(again);
            a.in(al, dx);
            a.dec(ebx);
            a.jnz(again);
            a.hlt();
        });
        machine.run(100'000);
        CHECK(machine.state().gpr[3] == 0);
        return translator.counters().called_out;
    };
    CHECK(count(false) >= 1000);
    CHECK(count(true) < 200);
}

TEST_CASE("a window below address 0 and above 4 GiB") {
    for (const std::uint32_t base : {0U, 2U, 0xffff'fff0U, 0xffff'fffeU})
        compare_engines([&](Code& a) {
            a.mov(ebx, base);
            a.mov(dword_ptr(ebx, 0x2000), 0x1234'5678);
            a.mov(eax, dword_ptr(ebx, 0x2004));
            a.add(eax, dword_ptr(ebx, 0x2000));
            a.mov(dword_ptr(ebx, 0x2008), eax);
            a.mov(ecx, dword_ptr(ebx, -4));
            a.mov(edx, dword_ptr(ebx, 4));
            a.hlt();
        });
}

TEST_CASE("indexed operands, and the registers that they are known by") {
    compare_engines([](Code& a) {
        const auto again = a.newLabel();
        a.mov(ebx, FlatMachine::data_base);
        a.xor_(esi, esi);
        a.bind(again);
        a.mov(eax, dword_ptr(ebx, esi, 2, 8));
        a.lea(edi, ptr(ebx, 16));
        a.add(eax, esi);
        a.add(dword_ptr(edi, esi, 2, -8), eax);
        a.inc(esi);
        a.mov(dword_ptr(ebx, esi, 2, 8), eax);
        a.mov(dword_ptr(FlatMachine::data_base + 0x800), esi);
        a.add(dword_ptr(FlatMachine::data_base + 0x804), esi);
        a.cmp(esi, 1200);
        a.jne(again);
        a.hlt();
    });
}

TEST_CASE("a callout between two uses of a window") {
    compare_engines([](Code& a) {
        const auto again = a.newLabel();
        a.mov(ebp, 30);
        a.mov(ebx, FlatMachine::data_base);
        a.mov(edi, FlatMachine::data_base + 0x3ffe);
        a.bind(again);
        a.push(ebp);
        a.mov(dword_ptr(esp, -8), ebx);
        a.add(dword_ptr(edi), ebp);  // crosses a page: called out from a stub
        a.mov(eax, dword_ptr(esp, -8));
        a.cld();  // called out in line
        a.pop(ecx);
        a.push(ecx);
        a.pushfd();
        a.pop(edx);
        a.pop(ebp);
        a.dec(ebp);
        a.jnz(again);
        a.hlt();
    });
}

}  // namespace
