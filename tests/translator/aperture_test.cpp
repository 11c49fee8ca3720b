// Operands on the stack, which go through the host's MMU: pages come and go beneath them.
#include "tests/translator/comparison.hpp"

#include <doctest/doctest.h>

// Not within calque: its names of the guest's registers are AsmJit's as well.
namespace {

using namespace asmjit::x86;
using namespace calque::test;
using Code = asmjit::x86::Assembler;

constexpr std::uint32_t stack = FlatMachine::stack_top - 0x8000;

/// Each form once, with ESP wherever it is.
void every_form(Code& a) {
    const auto function = a.newLabel(), target = a.newLabel(), behind = a.newLabel();
    a.push(eax);
    a.push(0x1234'5678);
    a.pop(ebx);
    a.push(dword_ptr(esp, 4));
    a.pop(dword_ptr(esp, -16));
    a.push(esp);
    a.pop(ecx);
    a.pushfd();
    a.sub(dword_ptr(esp), 0x40);
    a.popfd();
    a.mov(byte_ptr(esp, -3), ah);
    a.mov(ch, byte_ptr(esp, -2));
    a.mov(ecx, 5);
    a.rol(dword_ptr(esp, -8), cl);
    a.mov(edx, -2);
    a.add(eax, dword_ptr(esp, edx, 2));
    a.movdqu(xmm1, ptr(esp, -24));
    a.pxor(xmm1, xmm2);
    a.movdqu(ptr(esp, -40), xmm1);
    a.fld(dword_ptr(esp, -12));
    a.fstp(qword_ptr(esp, -20));
    a.fldcw(word_ptr(esp, -8));
    a.fninit();
    a.enter(24, 0);
    a.mov(dword_ptr(ebp, -4), eax);
    a.xadd(dword_ptr(ebp, -8), eax);
    a.leave();
    a.call(function);
    a.lea(edx, ptr(target));
    a.mov(dword_ptr(esp, -64), edx);
    a.call(dword_ptr(esp, -64));
    a.jmp(behind);
    a.bind(function);
    a.push(ebx);
    a.mov(bx, word_ptr(esp, 2));
    a.push(bx);
    a.pop(di);
    a.pop(ebx);
    a.bind(target);
    a.ret();
    a.bind(behind);
}

TEST_CASE("every form that accesses the stack, wherever a page of it begins") {
    for (int shift = -81; shift <= 80; shift += 7) {
        CAPTURE(shift);
        compare_engines([&](Code& a) {
            a.mov(esp, static_cast<int>(stack) + shift);
            a.mov(eax, 0x0102'0304);
            a.mov(esi, 3);
            const auto again = a.newLabel();
            a.bind(again);
            every_form(a);
            a.dec(esi);
            a.jnz(again);
            a.hlt();
        });
    }
}

TEST_CASE("ESP itself pushed, popped and restored by LEAVE from pages that are not mapped yet") {
    compare_engines([](Code& a) {
        const auto again = a.newLabel();
        a.mov(edi, 6);
        a.mov(esp, stack);
        a.bind(again);
        a.push(esp);
        a.pop(esp);
        a.lea(ebp, ptr(esp, -0x1000));
        a.push(edi);
        a.leave();
        a.lea(esp, ptr(esp, -0xffc));
        a.push(sp);
        a.pop(sp);
        a.mov(eax, esp);
        a.dec(edi);
        a.jnz(again);
        a.hlt();
    });
}

TEST_CASE("a page of the stack is missed once") {
    constexpr std::uint32_t pages = 16;
    const auto statistics = compare_engines([&](Code& a) {
        const auto again = a.newLabel(), down = a.newLabel();
        a.mov(ecx, 200);
        a.bind(again);
        a.mov(esp, FlatMachine::stack_top);
        a.mov(ebx, std::uint32_t{pages});
        a.bind(down);
        a.mov(dword_ptr(esp, -4), ebx);
        a.sub(esp, 4096);
        a.dec(ebx);
        a.jnz(down);
        a.dec(ecx);
        a.jnz(again);
        a.hlt();
    });
    CHECK(statistics.unmapped >= 4);
    CHECK(statistics.unmapped <= pages);
}

TEST_CASE("code on the stack: what works beside it is translated without the aperture") {
    const auto statistics = compare_engines([](Code& a) {
        const auto again = a.newLabel();
        a.mov(esp, stack);
        a.mov(dword_ptr(esp, -256), 0x00c3'9040);  // INC EAX; NOP; RET
        a.lea(ebx, ptr(esp, -256));
        a.mov(ecx, 300);
        a.bind(again);
        a.push(ecx);
        a.call(ebx);
        a.pop(edx);
        a.dec(ecx);
        a.jnz(again);
        a.hlt();
    });
    CHECK(statistics.unmapped > 0);
    CHECK(statistics.unmapped < 30);
}

TEST_CASE("a stack at the ends of the address space") {
    for (const std::uint32_t top : {0U, 2U, 6U, 0x40U, 0xffff'fff8U, 0xffff'fffcU})
        compare_engines([&](Code& a) {
            a.mov(esp, top);
            a.push(0x1111'2222);
            a.mov(eax, dword_ptr(esp));
            a.mov(ebx, dword_ptr(esp, 4));
            a.mov(edx, dword_ptr(esp, 0x7000'0000));
            a.mov(ecx, -3);
            a.mov(edx, dword_ptr(esp, ecx, 3, 32));
            a.pop(ebp);
            a.hlt();
        });
}

TEST_CASE("machines come and go, and each has its tables within reach of its code") {
    std::vector<std::unique_ptr<ComparedMachine>> machines(6);
    for (unsigned round = 0; round < 60; ++round) {
        std::unique_ptr<ComparedMachine>& machine = machines[round * 5 % machines.size()];
        if (round % 4 == 3) machines[round % machines.size()].reset();
        machine = std::make_unique<ComparedMachine>();
        CHECK_NOTHROW(machine->use_translator({}));
    }
}

TEST_CASE("page faults on the stack leave all as it was") {
    compare_engines(Guest{[](ComparedMachine& machine) {
        // One page directory and one page table; pages 70h to 77h are not present, 78h is read-only.
        constexpr std::uint32_t directory = 0x10'0000, table = 0x10'1000;
        machine.memory.write(directory, table | 3, 4);
        for (std::uint32_t page = 0; page < 1024; ++page)
            machine.memory.write(table + 4 * page, page << 12 | (page == 0x78 ? 1U : 3U), 4);
        for (std::uint32_t page = 0x70; page < 0x78; ++page) machine.memory.write(table + 4 * page, 0, 4);
        machine.assemble([&](Code& a) {
            const auto again = a.newLabel();
            a.mov(eax, std::uint32_t{directory});
            a.mov(cr3, eax);
            a.mov(eax, cr0);
            a.or_(eax, 0x8001'0000);
            a.mov(cr0, eax);
            a.mov(esp, 0x8'0000);
            a.mov(ecx, 5000);
            a.bind(again);
            a.mov(edx, dword_ptr(esp, -4));
            a.push(ecx);
            a.dec(ecx);
            a.jnz(again);
            a.hlt();
        });
    }});
}

}  // namespace
