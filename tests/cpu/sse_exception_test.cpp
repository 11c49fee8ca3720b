// #XM, #UD and #GP of SSE instructions, and MXCSR.
#include "tests/cpu/one_instruction.hpp"

#include <doctest/doctest.h>

#include <cstring>

namespace calque::test {
namespace {

constexpr std::uint32_t data = FlatMachine::data_base;

using Bytes = std::vector<std::uint8_t>;

const Bytes divps{0x0f, 0x5e, 0xc1}, movaps_load{0x0f, 0x28, 0x07}, movaps_store{0x0f, 0x29, 0x07};
const Bytes movups_load{0x0f, 0x10, 0x07}, ldmxcsr{0x0f, 0xae, 0x17}, stmxcsr{0x0f, 0xae, 0x1f};

struct Sse : OneInstruction {
    Sse() { state().gpr[edi] = data; }
    void set_single(unsigned reg, float value) { std::memcpy(state().fpu.xmm[reg].bytes.data(), &value, 4); }
    float single(unsigned reg) {
        float value;
        std::memcpy(&value, state().fpu.xmm[reg].bytes.data(), 4);
        return value;
    }
};

const Bytes divss{0xf3, 0x0f, 0x5e, 0xc1};

}  // namespace

TEST_CASE("an unmasked SIMD exception leaves the destination and sets the flag") {
    Sse run;
    run.set_single(0, 1.0F);
    run.state().fpu.mxcsr = 0x1f80 & ~0x200U;
    CHECK(run(divss) == Vector::xm);
    CHECK_EQ(run.single(0), 1.0F);
    CHECK_EQ(run.state().fpu.mxcsr, 0x1d84U);
    run.set_cr4(cr4::osxmmexcpt, false);
    CHECK(run(divss) == Vector::ud);
}

TEST_CASE("a flag that is set already does not fault again") {
    Sse run;
    run.set_single(0, 1.0F);
    run.set_single(1, 3.0F);
    run.state().fpu.mxcsr = 0x1d84;
    CHECK_FALSE(run(divss));
    CHECK_EQ(run.state().fpu.mxcsr, 0x1da4U);
}

TEST_CASE("without CR4.OSFXSR there is no SSE") {
    Sse run;
    run.set_cr4(cr4::osfxsr, false);
    CHECK(run(divss) == Vector::ud);
    CHECK(run(ldmxcsr) == Vector::ud);
    CHECK(run(movups_load) == Vector::ud);
    CHECK_FALSE(run(Bytes{0x0f, 0xfc, 0xc1}));  // MMX
}

TEST_CASE("16-byte operands must be aligned but for the unaligned moves") {
    Sse run;
    for (const std::uint32_t offset : {1U, 8U, 15U}) {
        run.state().gpr[edi] = data + offset;
        CHECK(run(movaps_load) == Vector::gp);
        CHECK(run(movaps_store) == Vector::gp);
        CHECK(run(Bytes{0x0f, 0x58, 0x07}) == Vector::gp);        // addps
        CHECK(run(Bytes{0x66, 0x0f, 0xfc, 0x07}) == Vector::gp);  // paddb
        CHECK(run(Bytes{0x66, 0x0f, 0xe7, 0x07}) == Vector::gp);  // movntdq
        CHECK(run(Bytes{0x66, 0x0f, 0x70, 0x07, 0}) == Vector::gp);
        CHECK_FALSE(run(movups_load));
        CHECK_FALSE(run(Bytes{0xf3, 0x0f, 0x7f, 0x07}));  // movdqu
        CHECK_FALSE(run(Bytes{0xf2, 0x0f, 0x58, 0x07}));  // addsd
        CHECK_FALSE(run(Bytes{0x0f, 0xfc, 0x07}));        // paddb on mm0
    }
}

TEST_CASE("ldmxcsr refuses reserved bits") {
    Sse run;
    run.machine.memory.write(data, 0x1'1f80, 4);
    CHECK(run(ldmxcsr) == Vector::gp);
    run.machine.memory.write(data, 0xffc0, 4);
    CHECK_FALSE(run(ldmxcsr));
    run.machine.memory.write(data, 0, 4);
    CHECK_FALSE(run(stmxcsr));
    CHECK_EQ(run.peek<std::uint32_t>(data), 0xffc0U);
}

TEST_CASE("ldmxcsr raises nothing by itself") {
    Sse run;
    run.machine.memory.write(data, 0x003f, 4);
    CHECK_FALSE(run(ldmxcsr));
    CHECK_FALSE(run(Bytes{0x0f, 0x57, 0xc0}));  // xorps
}

TEST_CASE("masked byte stores") {
    Sse run;
    auto& xmm = run.state().fpu.xmm;
    for (unsigned i = 0; i < 16; ++i) {
        xmm[2].bytes[i] = static_cast<std::uint8_t>(i + 1);
        xmm[3].bytes[i] = i % 3 == 0 ? 0x80 : 0x7f;
        run.machine.memory.write(data + 3 + i, 0xee, 1);
    }
    run.state().gpr[edi] = data + 3;
    CHECK_FALSE(run(Bytes{0x66, 0x0f, 0xf7, 0xd3}));
    for (std::uint32_t i = 0; i < 16; ++i)
        CHECK_EQ(run.peek<std::uint8_t>(data + 3 + i), i % 3 == 0 ? i + 1 : 0xee);
}

TEST_CASE("a packed load that faults leaves the register") {
    Sse run;
    run.set_single(0, 1.0F);
    auto& segment = run.state().segments[seg_ds];
    segment.limit = data + 14;
    segment.refresh();
    CHECK(run(movaps_load) == Vector::gp);
    CHECK(run(divps) != Vector::gp);
    CHECK(run(Bytes{0x0f, 0x58, 0x07}) == Vector::gp);
    CHECK_FALSE(run(Bytes{0xf3, 0x0f, 0x10, 0x07}));
}

}  // namespace calque::test
