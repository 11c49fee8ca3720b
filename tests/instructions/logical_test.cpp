// Logical instructions.
#include "tests/instructions/case.hpp"

using namespace calque::test;
using namespace asmjit::x86;
namespace f = calque::flag;

TEST_CASE("logical instructions") {
    static const Case cases[] = {
        {"and clears CF and OF",
         [](Assembler& a) { a.and_(eax, ebx); },
         {.eax = 0xf0f0'f0f0, .ebx = 0xff00'ff00, .flags = f::cf | f::of},
         {.eax = 0xf000'f000, .flags = f::sf | f::pf}},
        {"or of bytes",
         [](Assembler& a) { a.or_(ah, bl); },
         {.eax = 0x1234, .ebx = 0x80},
         {.eax = 0x9234, .flags = f::sf}},
        {"xor with itself",
         [](Assembler& a) { a.xor_(eax, eax); },
         {.eax = 5, .flags = f::cf | f::sf},
         {.eax = 0, .flags = f::zf | f::pf}},
        {"not changes no flag",
         [](Assembler& a) { a.not_(eax); },
         {.eax = 0x0f, .flags = f::cf | f::zf},
         {.eax = 0xffff'fff0, .flags = f::cf | f::zf}},
        {"test writes nothing",
         [](Assembler& a) { a.test(eax, 0x8000'0000); },
         {.eax = 0x8000'0001},
         {.eax = 0x8000'0001, .flags = f::sf | f::pf}},
        {"an immediate byte is sign-extended",
         [](Assembler& a) { a.and_(eax, -2); },
         {.eax = 0xffff},
         {.eax = 0xfffe}},
        {"parity is that of the low byte",
         [](Assembler& a) { a.or_(eax, eax); },
         {.eax = 0x0100},
         {.flags = f::pf}},
        {"and to memory",
         [](Assembler& a) { a.and_(dword_ptr(data), 0xff00); },
         {},
         {},
         {},
         f::status,
         0x1122'3344'5566'7788,
         0x1122'3344'0000'7700},
    };
    check(cases);
}
