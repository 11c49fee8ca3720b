// #UD, #NM, #GP, #MF and #XM of SSSE3 and SSE4 instructions.
#include "cpu/host_sse.hpp"
#include "tests/cpu/one_instruction.hpp"

#include <doctest/doctest.h>

#include <cstring>

namespace calque::test {
namespace {

constexpr std::uint32_t data = FlatMachine::data_base;

using Bytes = std::vector<std::uint8_t>;

/// With memory operands at [EDI].
struct Sse4 : OneInstruction {
    Sse4() { state().gpr[edi] = data; }
};

/// 66 0F 38 `opcode` or 66 0F 3A `opcode` with [EDI] as ModRM.rm.
Bytes in_0f38(int opcode) { return {0x66, 0x0f, 0x38, static_cast<std::uint8_t>(opcode), 0x07}; }
Bytes in_0f3a(int opcode) { return {0x66, 0x0f, 0x3a, static_cast<std::uint8_t>(opcode), 0x07, 0}; }

const Bytes pshufb_mm{0x0f, 0x38, 0x00, 0x07}, palignr_mm{0x0f, 0x3a, 0x0f, 0x07, 3};
const Bytes crc32_byte{0xf2, 0x0f, 0x38, 0xf0, 0x07}, crc32_doubleword{0xf2, 0x0f, 0x38, 0xf1, 0x07};
const Bytes sha256rnds2{0x0f, 0x38, 0xcb, 0x07}, sha1rnds4{0x0f, 0x3a, 0xcc, 0x07, 0};
const Bytes roundss{0x66, 0x0f, 0x3a, 0x0a, 0xc1, 0}, dpps{0x66, 0x0f, 0x3a, 0x40, 0xc1, 0xff};

template <typename T>
void set_lane(Xmm& xmm, unsigned lane, T value) {
    std::memcpy(xmm.bytes.data() + lane * sizeof(T), &value, sizeof(T));
}
std::uint32_t lane_of(const Xmm& xmm, unsigned lane) {
    std::uint32_t value;
    std::memcpy(&value, xmm.bytes.data() + lane * sizeof(value), sizeof(value));
    return value;
}

}  // namespace

TEST_CASE("operands of 16 bytes must be aligned in SSSE3 and SSE4.1") {
    Sse4 run;
    run.state().gpr[edi] = data + 8;
    for (const int opcode :
         {0x00, 0x0b, 0x10, 0x14, 0x15, 0x17, 0x1c, 0x28, 0x2a, 0x2b, 0x37, 0x40, 0x41, 0xdb, 0xdf}) {
        CAPTURE(opcode);
        CHECK(run(in_0f38(opcode)) == Vector::gp);
    }
    for (const int opcode : {0x08, 0x09, 0x0c, 0x0d, 0x0e, 0x0f, 0x40, 0x41, 0x42, 0x44, 0xdf}) {
        CAPTURE(opcode);
        CHECK(run(in_0f3a(opcode)) == Vector::gp);
    }
}

TEST_CASE("shorter operands, strings, MMX registers and CRC32 need no alignment") {
    Sse4 run;
    run.state().gpr[edi] = data + 1;
    for (int opcode = 0x20; opcode <= 0x25; ++opcode) {
        CHECK_FALSE(run(in_0f38(opcode)));
        CHECK_FALSE(run(in_0f38(opcode | 0x10)));
    }
    for (const int opcode : {0x0a, 0x0b, 0x14, 0x15, 0x16, 0x17, 0x20, 0x21, 0x22, 0x60, 0x61, 0x62, 0x63}) {
        CAPTURE(opcode);
        CHECK_FALSE(run(in_0f3a(opcode)));
    }
    for (const Bytes& code : {pshufb_mm, palignr_mm, crc32_byte, crc32_doubleword, sha256rnds2, sha1rnds4})
        CHECK_FALSE(run(code));
}

TEST_CASE("no more of memory is accessed than the operand") {
    struct Form {
        Bytes code;
        std::uint32_t size;
    };
    Sse4 run;
    auto& segment = run.state().segments[seg_ds];
    segment.limit = data + 63;
    segment.refresh();
    run.cpu().refresh_mode();
    for (const Form& form :
         {Form{in_0f38(0x20), 8}, Form{in_0f38(0x21), 4}, Form{in_0f38(0x22), 2}, Form{in_0f38(0x35), 8},
          Form{in_0f3a(0x0a), 4}, Form{in_0f3a(0x0b), 8}, Form{in_0f3a(0x14), 1}, Form{in_0f3a(0x15), 2},
          Form{in_0f3a(0x16), 4}, Form{in_0f3a(0x17), 4}, Form{in_0f3a(0x20), 1}, Form{in_0f3a(0x21), 4},
          Form{in_0f3a(0x22), 4}, Form{in_0f3a(0x63), 16}, Form{in_0f38(0x00), 16}, Form{pshufb_mm, 8},
          Form{crc32_byte, 1}, Form{crc32_doubleword, 4}}) {
        CAPTURE(int{form.code[2]});
        CAPTURE(int{form.code[3]});
        run.state().gpr[edi] = data + 64 - form.size;
        CHECK_FALSE(run(form.code));
        run.state().gpr[edi] = data + 65 - form.size;
        CHECK(run(form.code) == Vector::gp);
    }
}

TEST_CASE("without CR4.OSFXSR there are no XMM forms, but MMX's and CRC32") {
    Sse4 run;
    run.set_cr4(cr4::osfxsr, false);
    for (const Bytes& code :
         {in_0f38(0x00), in_0f38(0x17), in_0f38(0x2a), in_0f3a(0x0f), in_0f3a(0x63), roundss})
        CHECK(run(code) == Vector::ud);
    for (const Bytes& code : {pshufb_mm, palignr_mm, crc32_byte, crc32_doubleword}) CHECK_FALSE(run(code));
}

TEST_CASE("with CR0.TS there is #NM, but not for CRC32") {
    Sse4 run;
    run.set_cr0(cr0::ts, true);
    for (const Bytes& code : {in_0f38(0x00), in_0f3a(0x63), roundss, pshufb_mm, palignr_mm})
        CHECK(run(code) == Vector::nm);
    CHECK_FALSE(run(crc32_byte));
}

TEST_CASE("with CR0.EM there is #UD, but not for CRC32") {
    Sse4 run;
    run.set_cr0(cr0::em, true);
    for (const Bytes& code : {in_0f38(0x00), in_0f3a(0x63), roundss, pshufb_mm, palignr_mm})
        CHECK(run(code) == Vector::ud);
    CHECK_FALSE(run(crc32_byte));
}

TEST_CASE("forms without the mandatory prefix, or with another, do not exist") {
    Sse4 run;
    for (const Bytes& code : {Bytes{0x0f, 0x38, 0x17, 0xc1}, Bytes{0xf3, 0x66, 0x0f, 0x38, 0x00, 0xc1},
                              Bytes{0xf2, 0x66, 0x0f, 0x3a, 0x63, 0xc1, 0}, Bytes{0x0f, 0x3a, 0x0e, 0xc1, 0},
                              Bytes{0x66, 0x0f, 0x38, 0x2a, 0xc1}, Bytes{0xf3, 0x0f, 0x38, 0xf0, 0x07},
                              Bytes{0xf3, 0x0f, 0x38, 0xf1, 0xc1}, Bytes{0x0f, 0x38, 0xf0, 0xc1},
                              Bytes{0xf0, 0xf2, 0x0f, 0x38, 0xf0, 0x07}})
        CHECK(run(code) == Vector::ud);
}

TEST_CASE("the MMX forms wait for x87 exceptions") {
    Sse4 run;
    run.set_cr0(cr0::ne, true);
    run.state().fpu.fcw = 0x37e;
    run.state().fpu.fsw = 0x8081;
    CHECK(run(pshufb_mm) == Vector::mf);
    CHECK(run(palignr_mm) == Vector::mf);
    CHECK_EQ(run.fpu().fsw, 0x8081);
    CHECK_FALSE(run(in_0f38(0x00)));
}

TEST_CASE("rounding reports an inexact result unless it is told not to") {
    Sse4 run;
    auto& xmm = run.state().fpu.xmm;
    set_lane(xmm[1], 0, 1.5F);
    run.state().fpu.mxcsr = 0x1f80 & ~0x1000U;
    CHECK(run(roundss) == Vector::xm);
    CHECK_EQ(run.state().fpu.mxcsr, 0x0fa0U);
    CHECK_EQ(lane_of(xmm[0], 0), 0U);
    run.state().fpu.mxcsr = 0x1f80 & ~0x1000U;
    CHECK_FALSE(run(Bytes{0x66, 0x0f, 0x3a, 0x0a, 0xc1, 8 | 2}));
    CHECK_EQ(run.state().fpu.mxcsr, 0x0f80U);
    CHECK_EQ(lane_of(xmm[0], 0), 0x4000'0000U);
    set_lane(xmm[1], 0, 0x7f80'0001U);  // a signaling NaN
    run.state().fpu.mxcsr = 0x1f80 & ~0x80U;
    CHECK(run(Bytes{0x66, 0x0f, 0x3a, 0x0a, 0xc1, 8}) == Vector::xm);
    CHECK_EQ(run.state().fpu.mxcsr, 0x1f01U);
}

TEST_CASE("a dot product ends with the first step that may not go on") {
    Sse4 run;
    auto& xmm = run.state().fpu.xmm;
    for (unsigned i = 0; i < 4; ++i) {
        set_lane(xmm[0], i, 3e38F);
        set_lane(xmm[1], i, i < 2 ? 1.0F : 0.0F);
    }
    set_lane(xmm[1], 3, 0x7f80'0001U);
    SUBCASE("an invalid factor comes before the overflow of the sum") {
        run.state().fpu.mxcsr = 0x1f80 & ~0x80U;
        CHECK(run(dpps) == Vector::xm);
        CHECK_EQ(run.state().fpu.mxcsr, 0x1f01U);
    }
    SUBCASE("a factor that is not chosen raises nothing") {
        run.state().fpu.mxcsr = 0x1f80 & ~0x80U;
        CHECK_FALSE(run(Bytes{0x66, 0x0f, 0x3a, 0x40, 0xc1, 0x15}));
        CHECK_EQ(run.state().fpu.mxcsr, 0x1f00U);
        CHECK_EQ(lane_of(xmm[0], 0), 0x7f61'b1e6U);
        CHECK_EQ(lane_of(xmm[0], 1), 0U);
        CHECK_EQ(lane_of(xmm[0], 2), 0x7f61'b1e6U);
    }
    SUBCASE("the sum overflows") {
        run.state().fpu.mxcsr = 0x1f80 & ~0x400U;
        CHECK(run(Bytes{0x66, 0x0f, 0x3a, 0x40, 0xc1, 0x3f}) == Vector::xm);
        CHECK_EQ(run.state().fpu.mxcsr & 8U, 8U);
        CHECK_EQ(lane_of(xmm[0], 0), lane_of(xmm[0], 3));
    }
}

}  // namespace calque::test
