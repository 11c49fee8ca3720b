// Flag control instructions.
#include "tests/instructions/case.hpp"

using namespace calque::test;
using namespace asmjit::x86;
namespace f = calque::flag;

TEST_CASE("flag control") {
    static const Case cases[] = {
        {"stc keeps the others",
         [](Assembler& a) { a.stc(); },
         {.flags = f::of | f::zf},
         {.flags = f::of | f::zf | f::cf}},
        {"clc", [](Assembler& a) { a.clc(); }, {.flags = f::of | f::cf}, {.flags = f::of}},
        {"cmc",
         [](Assembler& a) {
             a.cmc();
             a.cmc();
             a.cmc();
         },
         {.flags = f::of},
         {.flags = f::of | f::cf}},
        {"std and cld", [](Assembler& a) { a.std(); }, {}, {.flags = f::df}, {}, f::df},
        {"lahf",
         [](Assembler& a) { a.lahf(); },
         {.eax = 0xffff'00ff, .flags = f::sf | f::cf | f::of},
         {.eax = 0xffff'83ff}},
        {"sahf leaves OF",
         [](Assembler& a) { a.sahf(); },
         {.eax = 0xff00, .flags = f::of},
         {.flags = f::status}},
        {"salc",
         [](Assembler& a) { a.db(0xd6); },
         {.eax = 0x1200, .flags = f::cf},
         {.eax = 0x12ff, .flags = f::cf}},
        {"pushfd and popfd",
         [](Assembler& a) {
             a.pushfd();
             a.xor_(dword_ptr(esp), f::cf | f::df);
             a.popfd();
         },
         {.flags = f::cf | f::zf},
         {.flags = f::zf | f::df},
         {},
         f::status | f::df},
    };
    check(cases);
}
