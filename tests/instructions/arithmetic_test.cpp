// Binary and decimal arithmetic.
#include "tests/instructions/case.hpp"

using calque::Vector;
using namespace calque::test;
using namespace asmjit::x86;
namespace f = calque::flag;

TEST_CASE("binary arithmetic") {
    static const Case cases[] = {
        {"add carries out of bit 31", [](Assembler& a) { a.add(eax, ebx); }, {.eax = 0xffff'ffff, .ebx = 1},
         {.eax = 0, .flags = f::cf | f::zf | f::af | f::pf}},
        {"add overflows", [](Assembler& a) { a.add(eax, ebx); }, {.eax = 0x7fff'ffff, .ebx = 1},
         {.eax = 0x8000'0000, .flags = f::of | f::sf | f::af | f::pf}},
        {"add to ah", [](Assembler& a) { a.add(ah, bl); }, {.eax = 0x80ff, .ebx = 0x80}, {.eax = 0xff, .flags = f::cf | f::of | f::zf | f::pf}},
        {"adc takes the carry", [](Assembler& a) { a.adc(eax, 0); }, {.eax = 0xffff'ffff, .flags = f::cf},
         {.eax = 0, .flags = f::cf | f::zf | f::af | f::pf}},
        {"sub borrows", [](Assembler& a) { a.sub(eax, ebx); }, {.eax = 0, .ebx = 1}, {.eax = 0xffff'ffff, .flags = f::cf | f::sf | f::af | f::pf}},
        {"sbb of equals with borrow", [](Assembler& a) { a.sbb(eax, eax); }, {.eax = 5, .flags = f::cf},
         {.eax = 0xffff'ffff, .flags = f::cf | f::sf | f::af | f::pf}},
        {"cmp writes nothing", [](Assembler& a) { a.cmp(eax, 7); }, {.eax = 7}, {.eax = 7, .flags = f::zf | f::pf}},
        {"16-bit add keeps the upper half", [](Assembler& a) { a.add(ax, bx); }, {.eax = 0x1234'ffff, .ebx = 1},
         {.eax = 0x1234'0000, .flags = f::cf | f::zf | f::af | f::pf}},
        {"inc leaves CF alone", [](Assembler& a) { a.inc(eax); }, {.eax = 1, .flags = f::cf}, {.eax = 2, .flags = f::cf}},
        {"dec of the smallest overflows", [](Assembler& a) { a.dec(eax); }, {.eax = 0x8000'0000}, {.eax = 0x7fff'ffff, .flags = f::of | f::af | f::pf}},
        {"neg of zero", [](Assembler& a) { a.neg(eax); }, {.eax = 0, .flags = f::cf}, {.eax = 0, .flags = f::zf | f::pf}},
        {"neg of the smallest", [](Assembler& a) { a.neg(al); }, {.eax = 0x80}, {.eax = 0x80, .flags = f::cf | f::of | f::sf}},
        {"mul", [](Assembler& a) { a.mul(ebx); }, {.eax = 0xffff'ffff, .ebx = 0xffff'ffff}, {.eax = 1, .edx = 0xffff'fffe}},
        {"imul by immediate", [](Assembler& a) { a.imul(eax, ebx, -3); }, {.ebx = 7}, {.eax = 0xffff'ffeb}},
        {"imul of bytes", [](Assembler& a) { a.imul(bl); }, {.eax = 0xff, .ebx = 0x80}, {.eax = 0x80}},
        {"div", [](Assembler& a) { a.div(ebx); }, {.eax = 7, .edx = 1, .ebx = 2}, {.eax = 0x8000'0003, .edx = 1}},
        {"idiv of negative", [](Assembler& a) { a.idiv(ebx); }, {.eax = 0xffff'fff9, .edx = 0xffff'ffff, .ebx = 2},
         {.eax = 0xffff'fffd, .edx = 0xffff'ffff}},
        {"div by zero", [](Assembler& a) { a.div(ebx); }, {.eax = 7}, {.eax = 7, .edx = 0}, Vector::de},
        {"div that overflows", [](Assembler& a) { a.div(ebx); }, {.edx = 2, .ebx = 2}, {.edx = 2}, Vector::de},
        {"idiv of the smallest by -1", [](Assembler& a) { a.idiv(ebx); }, {.eax = 0x8000'0000, .edx = 0xffff'ffff, .ebx = 0xffff'ffff},
         {.eax = 0x8000'0000}, Vector::de},
        {"daa", [](Assembler& a) { a.add(al, bl); a.daa(); }, {.eax = 0x79, .ebx = 0x35}, {.eax = 0x14}, {}, 0},
        {"aam", [](Assembler& a) { a.aam(10); }, {.eax = 0x3f}, {.eax = 0x0603}},
        {"aam by zero", [](Assembler& a) { a.aam(0); }, {.eax = 0x3f}, {.eax = 0x3f}, Vector::de},
    };
    check(cases);
}
