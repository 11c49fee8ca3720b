// Near control transfers.
#include "tests/instructions/case.hpp"

using calque::Vector;
using namespace calque::test;
using namespace asmjit::x86;
namespace f = calque::flag;

namespace {

/// `code` jumps over a MOV EAX, 1 or falls into it.
template <typename Jump>
auto jump_over(Jump jump) {
    return [jump](Assembler& a) {
        const asmjit::Label over = a.newLabel();
        jump(a, over);
        a.mov(eax, 1);
        a.bind(over);
    };
}

}  // namespace

TEST_CASE("jumps") {
    static const Case cases[] = {
        {"ja needs CF and ZF clear",
         jump_over([](Assembler& a, auto& to) { a.ja(to); }),
         {.flags = f::zf},
         {.eax = 1}},
        {"jge where SF = OF",
         jump_over([](Assembler& a, auto& to) { a.jge(to); }),
         {.flags = f::sf | f::of},
         {.eax = 0}},
        {"jp", jump_over([](Assembler& a, auto& to) { a.jp(to); }), {.flags = f::pf}, {.eax = 0}},
        {"jecxz", jump_over([](Assembler& a, auto& to) { a.jecxz(ecx, to); }), {.ecx = 0}, {.eax = 0}},
        {"jcxz looks at CX",
         jump_over([](Assembler& a, auto& to) { a.jecxz(cx, to); }),
         {.ecx = 0x1'0000},
         {.eax = 0}},
        {"jmp through a register",
         jump_over([](Assembler& a, auto& to) {
             a.lea(ebx, ptr(to));
             a.jmp(ebx);
         }),
         {},
         {.eax = 0}},
        {"jmp through memory",
         jump_over([](Assembler& a, auto& to) {
             a.lea(ebx, ptr(to));
             a.mov(dword_ptr(data), ebx);
             a.jmp(dword_ptr(data));
         }),
         {},
         {.eax = 0}},
    };
    check(cases);
}

TEST_CASE("loops") {
    static const Case cases[] = {
        {"loop counts down",
         [](Assembler& a) {
             const auto top = a.newLabel();
             a.bind(top);
             a.inc(eax);
             a.loop(ecx, top);
         },
         {.ecx = 5},
         {.eax = 5, .ecx = 0}},
        {"loop leaves the flags",
         [](Assembler& a) {
             const auto top = a.newLabel();
             a.bind(top);
             a.loop(ecx, top);
         },
         {.ecx = 3, .flags = f::cf},
         {.ecx = 0, .flags = f::cf}},
        {"loop with CX wraps and keeps the upper half",
         [](Assembler& a) {
             const auto over = a.newLabel();
             a.loop(cx, over);
             a.bind(over);
         },
         {.ecx = 0x1'0000},
         {.ecx = 0x1'ffff}},
        {"loope ends where ZF is clear",
         jump_over([](Assembler& a, auto& to) { a.loope(ecx, to); }),
         {.ecx = 5},
         {.eax = 1, .ecx = 4}},
        {"loopne ends where ZF is set",
         jump_over([](Assembler& a, auto& to) { a.loopne(ecx, to); }),
         {.ecx = 5, .flags = f::zf},
         {.eax = 1, .ecx = 4}},
    };
    check(cases);
}

TEST_CASE("calls and returns") {
    static const Case cases[] = {
        {"call and ret",
         [](Assembler& a) {
             const auto sub = a.newLabel(), end = a.newLabel();
             a.call(sub);
             a.jmp(end);
             a.bind(sub);
             a.mov(eax, 7);
             a.ret();
             a.bind(end);
             a.mov(ebx, esp);
         },
         {},
         {.eax = 7, .ebx = stack}},
        {"ret with an immediate releases it",
         [](Assembler& a) {
             const auto sub = a.newLabel(), end = a.newLabel();
             a.push(1);
             a.push(2);
             a.call(sub);
             a.jmp(end);
             a.bind(sub);
             a.ret(8);
             a.bind(end);
             a.mov(ebx, esp);
         },
         {},
         {.ebx = stack}},
        {"call through esp uses the old one",
         [](Assembler& a) {
             const auto sub = a.newLabel();
             a.lea(ebx, ptr(sub));
             a.push(ebx);
             a.call(dword_ptr(esp));
             a.bind(sub);
             a.mov(eax, esp);
         },
         {},
         {.eax = stack - 8}},
        {"a return to elsewhere",
         [](Assembler& a) {
             const auto to = a.newLabel();
             a.lea(ebx, ptr(to));
             a.push(ebx);
             a.ret();
             a.mov(eax, 1);
             a.bind(to);
         },
         {},
         {.eax = 0}},
        {"recursion",
         [](Assembler& a) {
             const auto sub = a.newLabel(), end = a.newLabel(), out = a.newLabel();
             a.call(sub);
             a.jmp(end);
             a.bind(sub);
             a.inc(eax);
             a.dec(ecx);
             a.jz(out);
             a.call(sub);
             a.bind(out);
             a.ret();
             a.bind(end);
         },
         {.ecx = 100},
         {.eax = 100, .ecx = 0}},
        {"bound within",
         [](Assembler& a) {
             for (const int b : {0x62, 0x05, 0, 0, 2, 0}) a.db(static_cast<std::uint8_t>(b));
         },
         {.eax = 5},
         {.eax = 5},
         {},
         f::status,
         0x5'0000'0005},
        {"bound beyond",
         [](Assembler& a) {
             for (const int b : {0x62, 0x05, 0, 0, 2, 0}) a.db(static_cast<std::uint8_t>(b));
         },
         {.eax = 6},
         {.eax = 6},
         Vector::br,
         f::status,
         0x5'0000'0005},
        {"bound is signed",
         [](Assembler& a) {
             for (const int b : {0x62, 0x05, 0, 0, 2, 0}) a.db(static_cast<std::uint8_t>(b));
         },
         {.eax = 0xffff'ffff},
         {},
         {},
         f::status,
         0x0000'0000'ffff'fffe},
    };
    check(cases);
}
