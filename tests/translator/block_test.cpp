// Blocks, links, calls and the budget.
#include "tests/translator/comparison.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string_view>

// Not within calque: its names of the guest's registers are AsmJit's as well.
namespace {

using namespace asmjit::x86;
using namespace calque::test;
using Code = asmjit::x86::Assembler;

TEST_CASE("straight code retires without a callout but HLT") {
    const auto statistics = compare_engines([](Code& a) {
        a.mov(eax, 5);
        a.add(eax, 7);
        a.sub(ecx, eax);
        a.adc(edx, 0x1234);
        a.hlt();
    });
    REQUIRE(statistics.called_out.size() == 1);
    CHECK(statistics.called_out[0].name == "hlt");
    CHECK(statistics.called_out[0].count == 1);
}

TEST_CASE("hints, fences and control words that unmask nothing need no callout") {
    const auto statistics = compare_engines([](Code& a) {
        a.mov(ebx, FlatMachine::data_base);
        a.mov(word_ptr(ebx), 0x0c3f);
        a.mov(word_ptr(ebx, 4), 0x033f);
        a.mov(dword_ptr(ebx, 8), 0x4020'0000);  // 2.5
        a.prefetcht0(ptr(0xdead'0000));
        a.lfence();
        a.fninit();
        a.fld(dword_ptr(ebx, 8));
        a.fldcw(word_ptr(ebx));
        a.fist(dword_ptr(ebx, 12));
        a.fldcw(word_ptr(ebx, 4));
        a.fistp(dword_ptr(ebx, 16));
        a.fnstcw(word_ptr(ebx, 20));
        a.mfence();
        a.hlt();
    });
    for (const auto& callouts : statistics.called_out)  // MOV's is the first touch of its page
        CHECK((callouts.name == "fninit" || callouts.name == "hlt" || callouts.name == "mov"));
}

TEST_CASE("a control word that unmasks an exception which is there") {
    const auto statistics = compare_engines([](Code& a) {
        a.mov(ebx, FlatMachine::data_base);
        a.mov(word_ptr(ebx), 0x037b);  // ZM clear
        a.fninit();
        a.fld1();
        a.fldz();
        a.fdivp();
        a.fldcw(word_ptr(ebx));
        a.fnstsw(ax);
        a.fld1();  // #MF
        a.hlt();
    });
    CHECK(std::ranges::count(statistics.called_out, "fldcw", &calque::TranslatorStatistics::Callouts::name) ==
          1);
}

TEST_CASE("a loop is one translation linked to itself") {
    const auto statistics = compare_engines([](Code& a) {
        const auto again = a.newLabel();
        a.mov(ecx, 1000);
        a.bind(again);
        a.add(eax, ecx);
        a.dec(ecx);
        a.jnz(again);
        a.hlt();
    });
    CHECK(statistics.direct_exits < 10);
    CHECK(statistics.translations < 6);
}

TEST_CASE("every condition, taken and not") {
    for (unsigned condition = 0; condition < 16; ++condition)
        for (const unsigned left : {0U, 1U, 0x7fff'ffffU, 0x8000'0000U, 0xffff'ffffU})
            compare_engines([&](Code& a) {
                const auto taken = a.newLabel();
                a.mov(eax, left);
                a.cmp(eax, 1);
                a.j(static_cast<CondCode>(condition), taken);
                a.mov(ebx, 1);
                a.bind(taken);
                a.pushfd();
                a.hlt();
            });
}

TEST_CASE("memory operands of all sizes and addressing forms") {
    const auto statistics = compare_engines([](Code& a) {
        a.mov(ebx, FlatMachine::data_base);
        a.mov(esi, 0x10);
        a.mov(dword_ptr(ebx), 0x1122'3344);
        a.mov(eax, dword_ptr(ebx, esi, 2, -0x40));
        a.add(byte_ptr(ebx, 1), al);
        a.mov(word_ptr(ebx, esi, 1, 5), cx);
        a.add(dword_ptr(ebx, 2), 0x55);
        a.mov(ah, byte_ptr(ebx, 3));
        a.add(byte_ptr(ebx, 2), ah);
        a.mov(bh, byte_ptr(FlatMachine::data_base + 1));
        a.mov(dword_ptr(esp, -4), ebp);
        a.movzx(edx, byte_ptr(FlatMachine::data_base + 1));
        a.xchg(dword_ptr(FlatMachine::data_base), esp);
        a.xchg(dword_ptr(FlatMachine::data_base), esp);
        a.lea(edi, ptr(ebp, esi, 3, 0x1234));
        a.hlt();
    });
    CHECK(statistics.called_out.size() <= 2);
}

TEST_CASE("an access that crosses a page, up to the last that does not") {
    for (std::uint32_t offset = 0xff0; offset <= 0x1000; ++offset)
        compare_engines([&](Code& a) {
            a.mov(ebx, FlatMachine::data_base + offset);
            a.mov(dword_ptr(ebx), 0x1122'3344);
            a.add(word_ptr(ebx, 1), 0x7fff);
            a.mov(eax, dword_ptr(ebx, 2));
            a.push(dword_ptr(ebx));
            a.mov(byte_ptr(ebx), 3);
            a.pop(dword_ptr(ebx, 1));
            a.hlt();
        });
}

TEST_CASE("calls, returns and recursion") {
    const auto statistics = compare_engines([](Code& a) {
        const auto fibonacci = a.newLabel(), leaf = a.newLabel();
        a.mov(eax, 12);
        a.call(fibonacci);
        a.lea(edi, ptr(fibonacci));
        a.hlt();
        a.bind(fibonacci);
        a.cmp(eax, 2);
        a.jb(leaf);
        a.push(eax);
        a.dec(eax);
        a.call(fibonacci);
        a.xchg(eax, dword_ptr(esp));
        a.sub(eax, 2);
        a.call(fibonacci);
        a.pop(ecx);
        a.add(eax, ecx);
        a.bind(leaf);
        a.ret();
    });
    CHECK(statistics.indirect_misses < 20);
}

TEST_CASE("returns that were not called, and calls that do not return") {
    compare_engines([](Code& a) {
        const auto here = a.newLabel(), there = a.newLabel(), again = a.newLabel();
        a.mov(ecx, 5000);
        a.bind(again);
        a.call(here);
        a.hlt();
        a.bind(here);
        a.lea(edx, ptr(there));
        a.mov(dword_ptr(esp), edx);
        a.ret();
        a.bind(there);
        a.push(edx);
        a.pop(eax);
        a.dec(ecx);
        a.jnz(again);
        a.hlt();
    });
}

TEST_CASE("calls nest deeper than the return stack") {
    compare_engines([](Code& a) {
        const auto down = a.newLabel(), end = a.newLabel();
        a.mov(ecx, 20'000);
        a.call(down);
        a.hlt();
        a.bind(down);
        a.dec(ecx);
        a.jz(end);
        a.call(down);
        a.bind(end);
        a.ret(0);
    });
}

TEST_CASE("indirect calls and jumps") {
    compare_engines([](Code& a) {
        const auto first = a.newLabel(), second = a.newLabel(), again = a.newLabel(), end = a.newLabel();
        a.mov(ebp, 50);
        a.lea(eax, ptr(first));
        a.mov(dword_ptr(FlatMachine::data_base), eax);
        a.lea(eax, ptr(second));
        a.mov(dword_ptr(FlatMachine::data_base + 4), eax);
        a.bind(again);
        a.mov(eax, ebp);
        a.and_(eax, 1);
        a.call(dword_ptr(FlatMachine::data_base, eax, 2));
        a.lea(edx, ptr(end));
        a.dec(ebp);
        a.jnz(again);
        a.jmp(edx);
        a.bind(first);
        a.add(ebx, 3);
        a.ret();
        a.bind(second);
        a.add(ebx, 7);
        a.ret();
        a.bind(end);
        a.hlt();
    });
}

TEST_CASE("LOOP, LOOPE, LOOPNE and JECXZ") {
    compare_engines([](Code& a) {
        const auto one = a.newLabel(), two = a.newLabel(), three = a.newLabel(), zero = a.newLabel(),
                   end = a.newLabel();
        a.mov(ecx, 10);
        a.bind(one);
        a.inc(eax);
        a.loop(one);
        a.mov(ecx, 10);
        a.bind(two);
        a.inc(eax);
        a.cmp(eax, 15);
        a.loopne(two);
        a.mov(ecx, 5);
        a.bind(three);
        a.cmp(eax, eax);
        a.loope(three);
        a.jecxz(ecx, zero);
        a.inc(edx);
        a.bind(zero);
        a.mov(ecx, 0x10000);
        a.jecxz(ecx, end);
        a.inc(ebx);
        a.bind(end);
        a.hlt();
    });
}

TEST_CASE("any budget ends at the same instruction in the same state") {
    for (std::uint64_t limit = 1; limit < 600; limit += limit < 40 ? 1 : 29) {
        Guest guest{[](ComparedMachine& machine) {
            machine.assemble([](Code& a) {
                const auto again = a.newLabel(), function = a.newLabel();
                a.mov(ecx, 1000);
                a.bind(again);
                a.push(ecx);
                a.call(function);
                a.pop(ecx);
                a.dec(ecx);
                a.jnz(again);
                a.hlt();
                a.bind(function);
                a.add(eax, dword_ptr(esp, 4));
                a.ret();
            });
        }};
        guest.limit = limit;
        compare_engines(guest);
    }
}

TEST_CASE("a page fault in the middle of a block is precise") {
    Guest guest{[](ComparedMachine& machine) {
        machine.assemble([](Code& a) {
            a.mov(eax, 1);
            a.stc();
            a.adc(eax, 5);
            a.mov(ebx, 0xffff'fffe);  // beyond the limit that DS gets
            a.mov(ecx, dword_ptr(ebx));
            a.mov(edx, 9);
            a.hlt();
        });
        calque::CpuState& state = machine.state();
        state.segments[calque::seg_ds].limit = 0x000f'ffff;
        state.segments[calque::seg_ds].refresh();
        machine.processor.cpu().refresh_mode();
    }};
    compare_engines(guest);
}

TEST_CASE("division errors become the guest's") {
    compare_engines([](Code& a) {
        a.mov(eax, 100);
        a.mov(ecx, 7);
        a.cdq();
        a.idiv(ecx);
        a.mov(dword_ptr(FlatMachine::data_base), edx);
        a.xor_(edx, edx);
        a.div(dword_ptr(FlatMachine::data_base));
        a.xor_(ecx, ecx);
        a.stc();
        a.div(ecx);
        a.hlt();
    });
}

TEST_CASE("code that changes itself") {
    compare_engines([](Code& a) {
        const auto patched = a.newLabel(), again = a.newLabel();
        a.mov(ecx, 20);
        a.lea(ebx, ptr(patched));
        a.bind(again);
        a.add(byte_ptr(ebx, 1), 3);
        a.bind(patched);
        a.mov(al, 1);
        a.add(edx, eax);
        a.dec(ecx);
        a.jnz(again);
        a.hlt();
    });
}

TEST_CASE("string instructions count each iteration") {
    compare_engines([](Code& a) {
        a.mov(edi, FlatMachine::data_base);
        a.mov(ecx, 300);
        a.mov(eax, 0x4142'4344);
        a.rep().stosd();
        a.mov(esi, FlatMachine::data_base);
        a.mov(ecx, 77);
        a.rep().movsb();
        a.pushfd();
        a.pop(ebx);
        a.hlt();
    });
}

/// Real mode: a routine called again and again, each time by `aliases` other pairs of CS and IP.
calque::TranslatorStatistics call_by_aliases(std::uint32_t aliases, std::uint8_t rounds) {
    constexpr std::uint32_t start = 0x1000, routine = 0x1200;
    std::vector<std::uint8_t> code{0xb2, rounds};  // mov dl, rounds
    for (std::uint32_t i = 0; i < aliases; ++i) {
        const std::uint32_t ip = 0x300 + 0x10 * i, cs = (routine - ip) >> 4;
        for (const std::uint32_t byte : {0x9aU, ip & 0xff, ip >> 8, cs & 0xff, cs >> 8})  // call cs:ip
            code.push_back(static_cast<std::uint8_t>(byte));
    }
    const auto back = static_cast<std::uint32_t>(2 - (code.size() + 6)) & 0xffff;
    for (const std::uint32_t byte :
         {0xfeU, 0xcaU, 0x0fU, 0x85U, back & 0xff, back >> 8, 0xf4U})  // dec dl; jnz; hlt
        code.push_back(static_cast<std::uint8_t>(byte));
    const auto prepare = [code](ComparedMachine& machine) {
        machine.load(start, code);
        machine.load(routine, std::vector<std::uint8_t>{0x40, 0xcb});  // inc ax; retf
    };
    return compare_engines({.prepare = prepare, .start = StartMode::real16});
}

TEST_CASE("a block keeps translations for several addresses") {
    CHECK(call_by_aliases(6, 40).translations < 60);
}

TEST_CASE("a block under more addresses than it keeps translations for") {
    const auto statistics = call_by_aliases(12, 40);
    CHECK(statistics.translations > 400);
}

void change_flags(Code& a) {
    const auto again = a.newLabel();
    a.mov(ecx, 5);
    a.bind(again);
    a.std();
    a.cli();
    a.sub(eax, ecx);
    a.pushfd();
    a.pop(edx);
    a.sti();
    a.adc(ebx, edx);
    a.pushf();
    a.cld();
    a.sti();
    a.sbb(esi, dword_ptr(esp));
    a.pushfd();
    a.pop(edi);
    a.dec(ecx);
    a.jnz(again);
    a.hlt();
}

TEST_CASE("flags without a host register change in line") {
    const auto statistics = compare_engines(change_flags);
    for (const auto& callouts : statistics.called_out) {
        CAPTURE(callouts.name);
        // A page is looked up by the first instruction that touches it.
        CHECK((callouts.name == "hlt" || callouts.count == 1));
        CHECK_FALSE(std::string_view("cli sti cld std").find(callouts.name) != std::string_view::npos);
    }
}

TEST_CASE("a budget that ends behind STI leaves interrupts inhibited") {
    const auto prepare = [](ComparedMachine& machine) { machine.assemble(change_flags); };
    for (std::uint64_t limit = 1; limit < 60; ++limit) compare_engines({.prepare = prepare, .limit = limit});
}

TEST_CASE("FIP is right behind a block, at a callout within one, and at a fault within one") {
    const auto pointer = [](Code& a) {
        a.fnstenv(ptr(ebx));
        a.mov(edx, ptr(ebx, 12));
    };
    const auto statistics = compare_engines([&](Code& a) {
        const auto again = a.newLabel(), next = a.newLabel();
        a.mov(ebx, FlatMachine::data_base);
        a.mov(ecx, 10);
        a.bind(again);
        a.fldz();
        a.fld1();
        a.cpuid();  // a callout between them
        a.fstp(st0);
        pointer(a);  // in the same block
        a.fstp(st0);
        a.mov(ecx, ptr(ebx, 64));
        a.jmp(next);
        a.bind(next);
        a.mov(esi, edx);
        pointer(a);  // in another block
        a.inc(ecx);
        a.mov(ptr(ebx, 64), ecx);
        a.cmp(ecx, 10);
        a.jb(again);
        a.fld1();
        a.mov(edi, ptr(0xf000'0000));  // absent
        a.fldz();
        a.hlt();
    });
    CHECK(statistics.translations > 0);
}

}  // namespace
