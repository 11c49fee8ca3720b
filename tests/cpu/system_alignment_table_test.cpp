// Alignment checking of every data type at every offset, by privilege, CR0.AM and EFLAGS.AC, under every
// engine.
#include "tests/cpu/system_table.hpp"

#include <vector>

namespace calque::test {
namespace {

using M = SystemMachine;

/// An access to [EBX], aligned if the address leaves `remainder` when divided by `alignment`: SDM vol. 3A,
/// "Alignment Requirements by Data Type".
struct Access {
    std::vector<std::uint8_t> bytes;
    unsigned alignment;
    unsigned remainder = 0;
};

const std::vector<Access> accesses{
    {{0x8a, 0x03}, 1},              // mov, by size
    {{0x66, 0x8b, 0x03}, 2},        //
    {{0x8b, 0x03}, 4},              //
    {{0x89, 0x03}, 4},              //
    {{0x01, 0x03}, 4},              // add
    {{0xff, 0x33}, 4},              // push
    {{0x8f, 0x03}, 4},              // pop
    {{0x87, 0x03}, 4},              // xchg
    {{0x0f, 0xb1, 0x0b}, 4},        // cmpxchg
    {{0x0f, 0xc7, 0x0b}, 8},        // cmpxchg8b
    {{0x66, 0x0f, 0xa3, 0x03}, 2},  // bt
    {{0x0f, 0xa3, 0x03}, 4},        //
    {{0xa5}, 4},                    // movs
    {{0x66, 0xa5}, 2},              //
    {{0xf3, 0xab}, 4},              // rep stos
    {{0x62, 0x03}, 4},              // bound
    {{0x66, 0xc5, 0x03}, 2},        // lds
    {{0xc5, 0x03}, 4},              //
    {{0x8c, 0x1b}, 2},              // mov of a segment register
    {{0x8e, 0x1b}, 2},              //
    {{0x63, 0x0b}, 2},              // arpl
    {{0x0f, 0x00, 0x03}, 2},        // sldt
    {{0x0f, 0x01, 0x23}, 2},        // smsw
    {{0x0f, 0x01, 0x03}, 4, 2},     // sgdt: a word, and the doubleword behind it
    {{0xdf, 0x03}, 2},              // fild, fld, fistp, fstp
    {{0xdb, 0x03}, 4},              //
    {{0xdf, 0x2b}, 8},              //
    {{0xd9, 0x03}, 4},              //
    {{0xdd, 0x03}, 8},              //
    {{0xdb, 0x2b}, 8},              //
    {{0xdd, 0x1b}, 8},              //
    {{0xdb, 0x3b}, 8},              //
    {{0xd9, 0x2b}, 2},              // fldcw
    {{0x66, 0xd9, 0x33}, 2},        // fnstenv
    {{0xd9, 0x33}, 4},              //
    {{0xdd, 0x33}, 4},              // fnsave
    {{0x0f, 0x6e, 0x03}, 4},        // movd, movq
    {{0x0f, 0x6f, 0x03}, 8},        //
    {{0xf3, 0x0f, 0x10, 0x03}, 4},  // movss, movsd, movhps
    {{0xf2, 0x0f, 0x10, 0x03}, 8},  //
    {{0x0f, 0x16, 0x03}, 8},        //
    {{0x0f, 0xae, 0x1b}, 4},        // stmxcsr
    {{0x0f, 0x10, 0x03}, 16},       // movups, movdqu, lddqu
    {{0xf3, 0x0f, 0x7f, 0x03}, 16},
    {{0xf2, 0x0f, 0xf0, 0x03}, 16},
    {{0x0f, 0x38, 0x00, 0x03}, 8},        // pshufb on mm0
    {{0xf2, 0x0f, 0x38, 0xf0, 0x03}, 1},  // crc32
    {{0x66, 0xf2, 0x0f, 0x38, 0xf1, 0x03}, 2},
    {{0xf2, 0x0f, 0x38, 0xf1, 0x03}, 4},
    {{0x66, 0x0f, 0x38, 0x20, 0x03}, 8},  // pmovsxbw, bd, bq
    {{0x66, 0x0f, 0x38, 0x21, 0x03}, 4},
    {{0x66, 0x0f, 0x38, 0x22, 0x03}, 2},
    {{0x66, 0x0f, 0x3a, 0x0a, 0x03, 0}, 4},  // roundss, roundsd
    {{0x66, 0x0f, 0x3a, 0x0b, 0x03, 0}, 8},
    {{0x66, 0x0f, 0x3a, 0x14, 0x03, 0}, 1},  // pextrb, w, d, extractps
    {{0x66, 0x0f, 0x3a, 0x15, 0x03, 0}, 2},
    {{0x66, 0x0f, 0x3a, 0x16, 0x03, 0}, 4},
    {{0x66, 0x0f, 0x3a, 0x17, 0x03, 0}, 4},
    {{0x66, 0x0f, 0x3a, 0x20, 0x03, 0}, 1},  // pinsrb, insertps, pinsrd
    {{0x66, 0x0f, 0x3a, 0x21, 0x03, 0}, 4},
    {{0x66, 0x0f, 0x3a, 0x22, 0x03, 0}, 4},
    {{0x66, 0x0f, 0x3a, 0x63, 0x03, 0}, 16},  // pcmpistri
};

struct Case {
    unsigned cpl;
    bool am, ac;
    unsigned offset;
};

bool agrees(M& machine, const Access& access, const Case& c) {
    for (unsigned i = 0; i < 64; i += 4) machine.put32(M::data + i, 0);
    machine.protected_mode(c.cpl);
    CpuState& state = machine.state;
    state.cr4 |= cr4::osfxsr;
    state.cr0 |= c.am ? cr0::am : 0;
    state.gpr[eax] = 0;
    state.gpr[ecx] = 1;
    state.gpr[ebx] = state.gpr[esi] = state.gpr[edi] = M::data + c.offset;
    machine.cpu.set_eflags(c.ac ? flag::ac : 0, flag::ac);
    const bool aligned = c.offset % access.alignment == access.remainder;
    const Outcome expected = c.cpl == 3 && c.am && c.ac && !aligned ? Outcome{17, 0} : Outcome{};
    return machine.settle(access.bytes) == expected;
}

void check(M& machine, const Access& access, const Case& c) {
    const bool good = agrees(machine, access, c);
    if (good) return;
    CAPTURE(std::size_t(&access - accesses.data()));
    CAPTURE(c.cpl);
    CAPTURE(c.am);
    CAPTURE(c.ac);
    CAPTURE(c.offset);
    CHECK(good);
}

}  // namespace

TEST_CASE("table: alignment checking") {
    under_every_engine(62 * 4 * 4 * 16, [](M& machine) {
        unsigned cases = 0;
        for (const Access& access : accesses)
            for (unsigned cpl = 0; cpl < 4; ++cpl)
                for (const bool am : {false, true})
                    for (const bool ac : {false, true})
                        for (unsigned offset = 0; offset < 16; ++offset, ++cases)
                            check(machine, access, {cpl, am, ac, offset});
        return cases;
    });
}

}  // namespace calque::test
