// Stack instructions.
#include "tests/instructions/case.hpp"

using namespace calque::test;
using namespace asmjit::x86;
namespace f = calque::flag;

TEST_CASE("push and pop") {
    static const Case cases[] = {
        {"push esp pushes the old one",
         [](Assembler& a) {
             a.push(esp);
             a.pop(eax);
         },
         {},
         {.eax = stack}},
        {"pop esp overrides the increment",
         [](Assembler& a) {
             a.push(0x1234);
             a.pop(esp);
             a.mov(eax, esp);
         },
         {},
         {.eax = 0x1234}},
        {"pop to memory through esp uses the incremented one",
         [](Assembler& a) {
             a.push(7);
             a.pop(dword_ptr(esp, -4));
             a.mov(eax, dword_ptr(esp, -4));
         },
         {},
         {.eax = 7}},
        {"a pushed byte is sign-extended",
         [](Assembler& a) {
             a.push(-2);
             a.pop(eax);
         },
         {},
         {.eax = 0xffff'fffe}},
        {"push of 16 bits moves esp by two",
         [](Assembler& a) {
             a.push(ax);
             a.mov(ebx, esp);
         },
         {.eax = 0x1234},
         {.ebx = stack - 2}},
        {"pusha pushes the old esp",
         [](Assembler& a) {
             a.pushad();
             a.mov(eax, dword_ptr(esp, 12));
         },
         {.eax = 1},
         {.eax = stack}},
        {"popa skips esp",
         [](Assembler& a) {
             a.pushad();
             a.mov(dword_ptr(esp, 12), 0);
             a.mov(eax, 9);
             a.popad();
             a.mov(ebx, esp);
         },
         {.eax = 1},
         {.eax = 1, .ebx = stack}},
        {"popa of 16 bits keeps the upper halves",
         [](Assembler& a) {
             a.pusha();
             a.mov(eax, -1);
             a.popa();
         },
         {.eax = 0x1234},
         {.eax = 0xffff'1234}},
    };
    check(cases);
}

TEST_CASE("enter and leave") {
    static const Case cases[] = {
        {"enter without a level",
         [](Assembler& a) {
             a.enter(16, 0);
             a.mov(eax, esp);
             a.mov(ebx, dword_ptr(ebp));
         },
         {.ebp = 0x55},
         {.eax = stack - 20, .ebx = 0x55, .ebp = stack - 4}},
        {"enter of level 1 pushes its own frame",
         [](Assembler& a) {
             a.enter(0, 1);
             a.mov(eax, dword_ptr(esp));
             a.mov(ebx, esp);
         },
         {.ebp = 0x55},
         {.eax = stack - 4, .ebx = stack - 8, .ebp = stack - 4}},
        {"enter of level 2 copies a frame pointer",
         [](Assembler& a) {
             a.enter(0, 2);
             a.mov(eax, dword_ptr(esp, 4));
         },
         {.ebp = data + 4},
         {.eax = 0x77},
         {},
         f::status,
         0x77},
        {"a level is taken modulo 32",
         [](Assembler& a) {
             a.enter(0, 32);
             a.mov(eax, esp);
         },
         {},
         {.eax = stack - 4}},
        {"leave",
         [](Assembler& a) {
             a.enter(100, 0);
             a.leave();
             a.mov(eax, esp);
         },
         {.ebp = 0x55},
         {.eax = stack, .ebp = 0x55}},
    };
    check(cases);
}
