// String instructions.
#include "tests/instructions/case.hpp"

using namespace calque::test;
using namespace asmjit::x86;
namespace f = calque::flag;

TEST_CASE("string instructions") {
    static const Case cases[] = {
        {"movsd",
         [](Assembler& a) { a.movsd(); },
         {.esi = data, .edi = data + 4},
         {.esi = data + 4, .edi = data + 8},
         {},
         f::status,
         0x1234'5678,
         0x1234'5678'1234'5678},
        {"rep movsb downwards",
         [](Assembler& a) {
             a.std();
             a.rep().movsb();
             a.cld();
         },
         {.ecx = 4, .esi = data + 3, .edi = data + 7},
         {.ecx = 0, .esi = data - 1, .edi = data + 3},
         {},
         f::status,
         0x1234'5678,
         0x1234'5678'1234'5678},
        {"an overlapping rep movsb repeats the first byte",
         [](Assembler& a) { a.rep().movsb(); },
         {.ecx = 7, .esi = data, .edi = data + 1},
         {.ecx = 0},
         {},
         f::status,
         0xab,
         0xabab'abab'abab'abab},
        {"rep stosw",
         [](Assembler& a) { a.rep().stosw(); },
         {.eax = 0x1234, .ecx = 3, .edi = data},
         {.ecx = 0, .edi = data + 6},
         {},
         f::status,
         0xffff'ffff'ffff'ffff,
         0xffff'1234'1234'1234},
        {"rep with a count of 0",
         [](Assembler& a) { a.rep().stosd(); },
         {.ecx = 0, .edi = data},
         {.edi = data},
         {},
         f::status,
         5,
         5},
        {"lodsb keeps the rest of eax",
         [](Assembler& a) { a.lodsb(); },
         {.eax = 0xffff'ffff, .esi = data},
         {.eax = 0xffff'ff12, .esi = data + 1},
         {},
         f::status,
         0x12},
        {"repe cmpsb stops behind the difference",
         [](Assembler& a) { a.repe().cmpsb(); },
         {.ecx = 4, .esi = data, .edi = data + 4},
         {.ecx = 1, .esi = data + 3, .edi = data + 7, .flags = f::cf | f::sf | f::pf | f::af},
         {},
         f::status,
         0x0002'0201'0001'0201},
        {"repne scasb finds",
         [](Assembler& a) { a.repne().scasb(); },
         {.eax = 3, .ecx = 8, .edi = data},
         {.ecx = 5, .edi = data + 3, .flags = f::zf | f::pf},
         {},
         f::status,
         0x0807'0605'0403'0201},
        {"repe cmpsd of no element leaves the flags",
         [](Assembler& a) { a.repe().cmpsd(); },
         {.ecx = 0, .esi = data, .edi = data, .flags = f::cf},
         {.flags = f::cf}},
    };
    check(cases);
}
