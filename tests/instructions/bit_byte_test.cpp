// Bit and byte instructions.
#include "tests/instructions/case.hpp"

using calque::Vector;
using namespace calque::test;
using namespace asmjit::x86;
namespace f = calque::flag;

TEST_CASE("bit instructions") {
    static const Case cases[] = {
        {"bt takes the offset modulo 32 in a register",
         [](Assembler& a) { a.bt(eax, ebx); },
         {.eax = 4, .ebx = 34},
         {.eax = 4, .flags = f::cf},
         {},
         f::cf},
        {"bt keeps ZF",
         [](Assembler& a) { a.bt(eax, 0); },
         {.eax = 0, .flags = f::zf | f::cf},
         {.flags = f::zf},
         {},
         f::cf | f::zf},
        {"bts in memory reaches beyond the operand",
         [](Assembler& a) { a.bts(dword_ptr(data), ebx); },
         {.ebx = 35},
         {.flags = 0},
         {},
         f::cf,
         0,
         1ULL << 35},
        {"a negative offset reaches below",
         [](Assembler& a) { a.btr(dword_ptr(data + 4), ebx); },
         {.ebx = 0xffff'ffff},
         {.flags = f::cf},
         {},
         f::cf,
         0x8000'0000,
         0},
        {"an immediate offset does not",
         [](Assembler& a) { a.btc(dword_ptr(data), 35); },
         {},
         {},
         {},
         f::cf,
         0,
         8},
        {"a 16-bit offset is signed",
         [](Assembler& a) { a.bts(word_ptr(data + 2), bx); },
         {.ebx = 0x1'ffff},
         {},
         {},
         f::cf,
         0,
         0x8000},
        {"bsf",
         [](Assembler& a) { a.bsf(eax, ebx); },
         {.ebx = 0x0100'0000},
         {.eax = 24, .flags = 0},
         {},
         f::zf},
        {"bsf of zero keeps the destination",
         [](Assembler& a) { a.bsf(eax, ebx); },
         {.eax = 77},
         {.eax = 77, .flags = f::zf},
         {},
         f::zf},
        {"bsr of a word",
         [](Assembler& a) { a.bsr(ax, bx); },
         {.eax = 0xaaaa'0000, .ebx = 0x8000'0080},
         {.eax = 0xaaaa'0007},
         {},
         f::zf},
        {"popcnt clears all but ZF",
         [](Assembler& a) { a.popcnt(eax, ebx); },
         {.ebx = 0xf0f0'0001, .flags = f::status},
         {.eax = 9, .flags = 0}},
        {"lock bts", [](Assembler& a) { a.lock().bts(dword_ptr(data), 1); }, {}, {}, {}, f::cf, 1, 3},
        {"lock bt",
         [](Assembler& a) {
             for (const int b : {0xf0, 0x0f, 0xba, 0x25, 0, 0, 2, 0, 1}) a.db(static_cast<std::uint8_t>(b));
         },
         {},
         {},
         Vector::ud},
        {"lock with a register",
         [](Assembler& a) {
             for (const int b : {0xf0, 0x0f, 0xab, 0xd8}) a.db(static_cast<std::uint8_t>(b));
         },
         {},
         {},
         Vector::ud},
    };
    check(cases);
}

TEST_CASE("setcc") {
    static const Case cases[] = {
        {"setz",
         [](Assembler& a) { a.setz(al); },
         {.eax = 0xffff'ffff, .flags = f::zf},
         {.eax = 0xffff'ff01}},
        {"setl compares SF and OF", [](Assembler& a) { a.setl(ah); }, {.flags = f::sf}, {.eax = 0x100}},
        {"setg needs neither", [](Assembler& a) { a.setg(al); }, {.flags = f::sf | f::of}, {.eax = 1}},
        {"setbe to memory",
         [](Assembler& a) { a.setbe(byte_ptr(data)); },
         {.flags = f::cf},
         {.flags = f::cf},
         {},
         f::status,
         0xffff,
         0xff01},
    };
    check(cases);
}
