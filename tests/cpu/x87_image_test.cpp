// Environments and images of x87 state: formats, and round trips.
#include "tests/cpu/one_instruction.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstring>

namespace calque::test {
namespace {

constexpr std::uint32_t data = FlatMachine::data_base;

using Bytes = std::vector<std::uint8_t>;

/// A machine with EDI at the data area, after FNINIT, FLDPI, FLDZ.
struct Prepared : OneInstruction {
    Prepared() {
        state().gpr[edi] = data;
        (*this)({0xdb, 0xe3});
        (*this)({0xd9, 0xeb});
        (*this)({0xd9, 0xee});
    }
};

const std::array<std::uint8_t, 10> pi{0x35, 0xc2, 0x68, 0x21, 0xa2, 0xda, 0x0f, 0xc9, 0x00, 0x40};

template <std::size_t size>
std::array<std::uint8_t, size> bytes_at(OneInstruction& machine, std::uint32_t address) {
    std::array<std::uint8_t, size> bytes;
    machine.machine.memory.read_bytes(address, bytes);
    return bytes;
}

}  // namespace

TEST_CASE("fnstenv, 32-bit format") {
    Prepared run;
    run.machine.memory.write(data + 28, 0x55, 1);
    CHECK_FALSE(run(Bytes{0xd9, 0x37}));
    CHECK_EQ(run.peek<std::uint32_t>(data), 0xffff'037fU);
    CHECK_EQ(run.peek<std::uint32_t>(data + 4), 0xffff'3000U);      // TOP = 6
    CHECK_EQ(run.peek<std::uint32_t>(data + 8), 0xffff'1fffU);      // register 7 valid, 6 zero
    CHECK_EQ(run.peek<std::uint32_t>(data + 12), run.state().rip);  // FLDZ's
    CHECK_EQ(run.peek<std::uint32_t>(data + 16), 0x1ee'0000U | run.state().cs().selector);
    CHECK_EQ(run.peek<std::uint32_t>(data + 20), 0U);
    CHECK_EQ(run.peek<std::uint32_t>(data + 24), 0xffff'0000U);
    CHECK_EQ(run.peek<std::uint8_t>(data + 28), 0x55);
}

TEST_CASE("fnstenv, 16-bit format") {
    Prepared run;
    run.machine.memory.write(data + 14, 0x55, 1);
    CHECK_FALSE(run(Bytes{0x66, 0xd9, 0x37}));
    CHECK_EQ(run.peek<std::uint16_t>(data), 0x037f);
    CHECK_EQ(run.peek<std::uint16_t>(data + 2), 0x3000);
    CHECK_EQ(run.peek<std::uint16_t>(data + 4), 0x1fff);
    CHECK_EQ(run.peek<std::uint16_t>(data + 6), run.state().rip & 0xffff);
    CHECK_EQ(run.peek<std::uint16_t>(data + 8), run.state().cs().selector);
    CHECK_EQ(run.peek<std::uint32_t>(data + 10), 0U);
    CHECK_EQ(run.peek<std::uint8_t>(data + 14), 0x55);
}

TEST_CASE("fnstenv masks all exceptions") {
    Prepared run;
    run.machine.memory.write(data, 0x0340, 2);
    CHECK_FALSE(run(Bytes{0xd9, 0x2f}));
    CHECK((run.cpu().mode & mode::unmasked_x87));
    CHECK_FALSE(run(Bytes{0xd9, 0x37}));
    CHECK_EQ(run.peek<std::uint16_t>(data), 0x0340);
    CHECK_EQ(run.fpu().fcw, 0x037f);
    CHECK_FALSE((run.cpu().mode & mode::unmasked_x87));
}

TEST_CASE("fnsave stores the registers behind the environment and initializes") {
    for (const bool wide : {false, true}) {
        CAPTURE(wide);
        Prepared run;
        CHECK_FALSE(run(wide ? Bytes{0xdd, 0x37} : Bytes{0x66, 0xdd, 0x37}));
        const std::uint32_t registers = data + (wide ? 28 : 14);
        CHECK(bytes_at<10>(run, registers) == std::array<std::uint8_t, 10>{});
        CHECK(bytes_at<10>(run, registers + 10) == pi);
        CHECK_EQ(run.fpu().fcw, 0x37f);
        CHECK_EQ(run.fpu().fsw, 0);
        CHECK_EQ(run.fpu().ftw, 0);
        CHECK_FALSE(run(wide ? Bytes{0xdd, 0x27} : Bytes{0x66, 0xdd, 0x27}));
        CHECK_EQ(run.fpu().fsw, 0x3000);
        CHECK_EQ(run.fpu().ftw, 0xc0);
        CHECK(std::memcmp(run.fpu().st[1].bytes.data(), pi.data(), 10) == 0);
    }
}

TEST_CASE("the tag word tells zero, special and valid apart") {
    Prepared run;
    run(Bytes{0xd9, 0xe8});  // 1
    run(Bytes{0xd8, 0xf1});  // fdiv st0, st1: infinity
    run(Bytes{0xd9, 0x37});
    CHECK_EQ(run.peek<std::uint16_t>(data + 8), 0x1bff);  // 7 valid, 6 zero, 5 special
}

TEST_CASE("fldenv takes TOP and the tags") {
    Prepared run;
    run(Bytes{0xd9, 0x37});
    run.machine.memory.write(data + 4, 0x3800, 2);
    run.machine.memory.write(data + 8, 0x3fff, 2);
    CHECK_FALSE(run(Bytes{0xd9, 0x27}));
    CHECK_EQ(run.fpu().fsw, 0x3800);
    CHECK_EQ(run.fpu().ftw, 0x80);
    CHECK(std::memcmp(run.fpu().st[0].bytes.data(), pi.data(), 10) == 0);
}

TEST_CASE("fxsave and fxrstor") {
    Prepared run;
    auto& state = run.state();
    state.fpu.mxcsr = 0x1fa0;
    for (unsigned i = 0; i < 8; ++i) state.fpu.xmm[i].bytes.fill(static_cast<std::uint8_t>(0x10 + i));
    state.gpr[edi] = data + 0x1000;
    run.machine.memory.write(data + 0x1000 + 288, 0x5a5a, 2);
    CHECK_FALSE(run(Bytes{0x0f, 0xae, 0x07}));
    CHECK_EQ(run.peek<std::uint16_t>(data + 0x1000), 0x37f);
    CHECK_EQ(run.peek<std::uint16_t>(data + 0x1002), 0x3000);
    CHECK_EQ(run.peek<std::uint16_t>(data + 0x1004), 0xc0);
    CHECK_EQ(run.peek<std::uint32_t>(data + 0x1018), 0x1fa0U);
    CHECK_EQ(run.peek<std::uint32_t>(data + 0x101c), state.fpu.mxcsr_mask);
    CHECK(bytes_at<10>(run, data + 0x1030) == pi);
    CHECK_EQ(run.peek<std::uint8_t>(data + 0x10a0 + 0x7f), 0x17);
    CHECK_EQ(run.peek<std::uint16_t>(data + 0x1000 + 288), 0x5a5a);

    const FpuArea saved = run.fpu();
    run(Bytes{0xdb, 0xe3});
    state.fpu.xmm = {};
    state.fpu.mxcsr = 0x1f80;
    CHECK_FALSE(run(Bytes{0x0f, 0xae, 0x0f}));
    CHECK(std::memcmp(&run.fpu(), &saved, sizeof(FpuArea)) == 0);
}

TEST_CASE("fxsave and fxrstor want 16-byte alignment and a valid mxcsr") {
    Prepared run;
    run.state().gpr[edi] = data + 8;
    CHECK(run(Bytes{0x0f, 0xae, 0x07}) == Vector::gp);
    CHECK(run(Bytes{0x0f, 0xae, 0x0f}) == Vector::gp);
    run.state().gpr[edi] = data;
    run(Bytes{0x0f, 0xae, 0x07});
    run.machine.memory.write(data + 24, 0x1'0000, 4);
    CHECK(run(Bytes{0x0f, 0xae, 0x0f}) == Vector::gp);
    CHECK_EQ(run.fpu().fsw, 0x3000);
}

TEST_CASE("an image that the segment does not hold changes nothing") {
    Prepared run;
    auto& segment = run.state().segments[seg_ds];
    segment.limit = data + 100;
    segment.refresh();
    CHECK(run(Bytes{0xdd, 0x37}) == Vector::gp);  // 108 bytes
    CHECK_EQ(run.fpu().fsw, 0x3000);
    CHECK_EQ(run.peek<std::uint32_t>(data), 0U);
    CHECK_FALSE(run(Bytes{0x66, 0xdd, 0x37}));  // 94 bytes
}

namespace {

/// A division by [EDI + 10h], which holds zero, at CS:EIP 1Bh:12345h, has raised an exception.
struct Divided : Prepared {
    static constexpr std::uint16_t code = 0x1b, data_selector = 0x23;
    Divided() {
        machine.memory.write(data, 0x37b, 2);
        (*this)({0xd9, 0x2f});
        state().rip = 0x1'2345;
        state().cs().selector = code;
        state().segments[seg_ds].selector = data_selector;
        (*this)({0xd9, 0xe8});
        CHECK_EQ(fpu().fdp, 0U);
        CHECK_FALSE((*this)({0xd8, 0x77, 0x10}));
        state().rip = 0x1'3000;  // what only looks does not change them
    }
    const Bytes store_wide{0xd9, 0xb7, 0, 1, 0, 0}, store_narrow{0x66, 0xd9, 0xb7, 0, 1, 0, 0};
    const Bytes load_wide{0xd9, 0xa7, 0, 1, 0, 0}, load_narrow{0x66, 0xd9, 0xa7, 0, 1, 0, 0};
};
constexpr std::uint32_t image = data + 0x100;

}  // namespace

TEST_CASE("FIP and FOP name the last instruction but for control instructions") {
    const auto names = [](const Bytes& bytes) {
        Prepared run;
        run.state().rip += 0x100;
        CHECK_FALSE(run(bytes));
        const FpuArea& area = run.fpu();
        const bool named = (area.fip & 0xffff'ffff) == run.state().rip;
        CHECK_EQ(area.fop, named ? (bytes[0] & 7) << 8 | bytes[1] : 0x1ee);
        return named;
    };
    const std::initializer_list<Bytes> named{
        {0xd9, 0xee}, {0xd9, 0xd0}, {0xd9, 0xf6}, {0xd9, 0xf7}, {0xdd, 0xc0}, {0xdf, 0xc0},
        {0xd9, 0x07}, {0xd9, 0x17}, {0xd9, 0xe0}, {0xd9, 0xc9}, {0xdb, 0xf1}, {0xda, 0xc1},
        {0xd9, 0xe5}, {0xd9, 0xe4}, {0xd9, 0xfc}, {0xde, 0xc1}, {0xdf, 0x37}, {0xdb, 0x0f}};
    for (const Bytes& bytes : named) CHECK(names(bytes));
    const std::initializer_list<Bytes> not_named{
        {0xdb, 0xe2}, {0xdb, 0xe0}, {0x9b},       {0xdf, 0xe0},       {0xdd, 0x3f},
        {0xd9, 0x3f}, {0xd9, 0x37}, {0x0f, 0x77}, {0x0f, 0xfc, 0xc1}, {0x0f, 0xae, 0x07}};
    for (const Bytes& bytes : not_named) CHECK_FALSE(names(bytes));
    Prepared faulting;
    faulting.state().segments[seg_ds].limit = 0;
    faulting.state().segments[seg_ds].refresh();
    const std::uint64_t before = faulting.fpu().fip;
    faulting.state().rip += 0x100;
    CHECK(faulting(Bytes{0xd9, 0x07}) == Vector::gp);
    CHECK_EQ(faulting.fpu().fip, before);
}

TEST_CASE("FDP names the operand of an instruction that raised an unmasked exception") {
    Divided run;
    CHECK_FALSE(run(run.store_wide));
    CHECK_EQ(run.peek<std::uint32_t>(image + 12), 0x1'2345U);
    CHECK_EQ(run.peek<std::uint32_t>(image + 16), 0x077'001bU);
    CHECK_EQ(run.peek<std::uint32_t>(image + 20), data + 0x10);
    CHECK_EQ(run.peek<std::uint16_t>(image + 24), Divided::data_selector);
    CHECK_FALSE(run(run.store_narrow));
    CHECK_EQ(run.peek<std::uint16_t>(image + 6), 0x2345);
    CHECK_EQ(run.peek<std::uint16_t>(image + 8), Divided::code);
    CHECK_EQ(run.peek<std::uint16_t>(image + 10), (data + 0x10) & 0xffff);
    CHECK_EQ(run.peek<std::uint16_t>(image + 12), Divided::data_selector);
    run.state().gpr[edi] = image;
    CHECK_FALSE(run(Bytes{0x0f, 0xae, 0x07}));  // fxsave
    CHECK_EQ(run.peek<std::uint16_t>(image + 6), 0x077);
    CHECK_EQ(run.peek<std::uint64_t>(image + 8), 0x1b'0001'2345U);
    CHECK_EQ(run.peek<std::uint64_t>(image + 16),
             std::uint64_t{Divided::data_selector} << 32 | (data + 0x10));
    run(Bytes{0xdb, 0xe3});
    CHECK_EQ(run.fpu().fip, 0U);
    CHECK_EQ(run.fpu().fop, 0U);
    CHECK_FALSE(run(Bytes{0x0f, 0xae, 0x0f}));  // fxrstor
    CHECK_EQ(run.fpu().fip, 0x1b'0001'2345U);
}

TEST_CASE("real mode's images hold linear addresses; each format keeps what it can through a round trip") {
    for (const bool real : {false, true})
        for (const bool wide : {false, true}) {
            CAPTURE(real);
            CAPTURE(wide);
            Divided run;
            run.set_cr0(cr0::pe, !real);
            const std::uint32_t linear_ip = 0x1b0 + 0x1'2345, linear_dp = 0x230 + data + 0x10;
            CHECK_FALSE(run(wide ? run.store_wide : run.store_narrow));
            if (real) {
                const unsigned width = wide ? 4 : 2;
                CHECK_EQ(run.peek<std::uint16_t>(image + 3 * width), linear_ip & 0xffff);
                CHECK_EQ(run.peek<std::uint16_t>(image + 4 * width), 0x1077);
                CHECK_EQ(run.peek<std::uint16_t>(image + 5 * width), linear_dp & 0xffff);
                CHECK_EQ(run.peek<std::uint16_t>(image + 6 * width), 0x2000);
            }
            run(Bytes{0xdb, 0xe3});
            CHECK_FALSE(run(wide ? run.load_wide : run.load_narrow));
            const FpuArea& area = run.fpu();
            const std::uint64_t selector = real ? 0 : std::uint64_t{Divided::code} << 32;
            CHECK_EQ(area.fip, real ? linear_ip : selector | (wide ? 0x1'2345 : 0x2345));
            CHECK_EQ(area.fop, wide || real ? 0x077 : 0);
        }
}

}  // namespace calque::test
