// #MF, FERR#, #NM and #UD of x87 and MMX instructions.
#include "tests/cpu/one_instruction.hpp"

#include <doctest/doctest.h>

namespace calque::test {
namespace {

constexpr std::uint32_t data = FlatMachine::data_base;

using Bytes = std::vector<std::uint8_t>;

const Bytes fninit{0xdb, 0xe3}, fld1{0xd9, 0xe8}, fldz{0xd9, 0xee}, fdivp{0xde, 0xf9}, wait{0x9b},
    fnclex{0xdb, 0xe2};
const Bytes fldcw{0xd9, 0x2f}, fnstsw_ax{0xdf, 0xe0}, fstp_m32{0xd9, 0x1f}, fnop{0xd9, 0xd0},
    emms{0x0f, 0x77};
const Bytes fnstenv{0xd9, 0x37}, movq_mm{0x0f, 0x6f, 0xc1}, sqrtps{0x0f, 0x51, 0xc1};

/// EDI at the data area, the control word with `masked` exceptions.
struct X87 : OneInstruction {
    explicit X87(std::uint16_t control) {
        state().gpr[edi] = data;
        (*this)(fninit);
        machine.memory.write(data, control, 2);
        (*this)(fldcw);
    }
    void divide_by_zero() {
        CHECK_FALSE((*this)(fld1));
        CHECK_FALSE((*this)(fldz));
        CHECK_FALSE((*this)(fdivp));
    }
};

constexpr std::uint16_t zero_divide_unmasked = 0x37b, overflow_unmasked = 0x377, precision_unmasked = 0x35f;

class FerrBoard final : public Outside {
public:
    std::uint32_t port_read(std::uint16_t, unsigned) override { return 0; }
    void port_write(std::uint16_t, std::uint32_t, unsigned) override {}
    std::uint8_t acknowledge_interrupt() override { return 0x75; }
    std::uint64_t time_stamp() override { return 0; }
    std::uint64_t random() override { return 0; }
    void ferr(bool level) override { asserted = level; }
    bool asserted = false;
};

}  // namespace

TEST_CASE("an unmasked exception waits for the next waiting instruction") {
    X87 run(zero_divide_unmasked);
    run.divide_by_zero();
    CHECK_FALSE(run(fnstsw_ax));
    CHECK_EQ(run.state().gpr[eax] & 0xffff, 0xb084);  // B, TOP = 6, ES, ZE
    CHECK(run(fld1) == Vector::mf);
    CHECK(run(wait) == Vector::mf);
    CHECK(run(fnop) == Vector::mf);
    CHECK(run(emms) == Vector::mf);
    CHECK(run(movq_mm) == Vector::mf);
    CHECK_FALSE(run(sqrtps));
    CHECK_FALSE(run(fnclex));
    CHECK_FALSE(run(wait));
    CHECK_FALSE(run(fld1));
}

TEST_CASE("a pending exception outlives the end of a run") {
    X87 run(zero_divide_unmasked);
    run.divide_by_zero();
    CHECK_EQ(run.fpu().fsw & 0x8084, 0x8084);
    CHECK(run(wait) == Vector::mf);
    CHECK_FALSE(run(fnstenv));
    CHECK_FALSE(run(wait));
}

TEST_CASE("unmasking an exception that is already flagged makes it pending") {
    X87 run(0x37f);
    run.divide_by_zero();
    run.machine.memory.write(data, zero_divide_unmasked, 2);
    CHECK_FALSE(run(fldcw));
    CHECK(run(fldcw) == Vector::mf);
}

TEST_CASE("a store with an unmasked exception writes memory only for precision") {
    for (const std::uint16_t control : {overflow_unmasked, precision_unmasked}) {
        X87 run(control);
        // pi * 2^16383, or pi: neither fits a single exactly.
        run(Bytes{0xd9, 0xeb});
        FpuArea& area = run.state().fpu;
        run.cpu().fpu.release(area);
        if (control == overflow_unmasked) area.st[0].bytes[9] = 0x7f;
        run.machine.memory.write(data, 0x1234'5678, 4);
        CHECK_FALSE(run(fstp_m32));
        CHECK_EQ(run.peek<std::uint32_t>(data), control == overflow_unmasked ? 0x1234'5678U : 0x4049'0fdbU);
        CHECK_EQ(run.fpu().ftw, control == overflow_unmasked ? 0x80 : 0);
        CHECK(run(wait) == Vector::mf);
    }
}

TEST_CASE("with CR0.NE clear FERR# is asserted and the processor waits for an interrupt") {
    PhysicalMemory memory(1 << 20);
    Mmu mmu(memory);
    FerrBoard board;
    Processor processor(mmu, board, *find_cpu_model("max"));
    CpuState& state = processor.cpu().state;
    // FNINIT, FLDCW [CS:code end], FLD1, FLDZ, FDIVP, WAIT, NOP; then the control word.
    const Bytes code{0xdb, 0xe3, 0x2e, 0xd9, 0x2e, 0x10, 0x05, 0xd9, 0xe8,
                     0xd9, 0xee, 0xde, 0xf9, 0x9b, 0x90, 0xf4, 0x7b, 0x03};
    memory.write_bytes(0x500, code);
    state.cs().base = 0;
    state.cs().selector = 0;
    state.rip = 0x500;
    processor.cpu().refresh_mode();
    ExitReason reason = ExitReason::stop;
    while (reason == ExitReason::stop) reason = processor.run(1000);
    CHECK(reason == ExitReason::halted);
    CHECK(board.asserted);
    CHECK_EQ(state.rip, 0x50dU);  // the WAIT
    CHECK_EQ(state.instructions, 5U);
    CHECK_FALSE(processor.cpu().fpu.live);
}

TEST_CASE("IGNNE# lets waiting instructions pass, and loses no exception") {
    for (const EngineKind& kind : engine_kinds()) {
        CAPTURE(kind.name);
        PhysicalMemory memory(1 << 20);
        Mmu mmu(memory);
        FerrBoard board;
        Processor processor(mmu, board, *find_cpu_model("max"));
        const std::unique_ptr<Engine> engine = kind.make(processor.cpu(), processor.blocks());
        processor.use_engine(engine.get());
        processor.set_ignne(true);
        CpuState& state = processor.cpu().state;
        const auto run = [&](const Bytes& code) {
            memory.write_bytes(0x500, code);
            state.rip = 0x500;
            state.halted = false;
            while (processor.run(state.instructions + 1000) == ExitReason::stop) {
            }
            CHECK_EQ(state.rip, 0x500U + code.size());
        };
        state.cs().base = 0;
        state.cs().selector = 0;
        processor.cpu().refresh_mode();
        memory.write(0x600, zero_divide_unmasked, 2);
        // FNINIT, FLDCW, FLD1, FLDZ, FDIVP, HLT
        run({0xdb, 0xe3, 0x2e, 0xd9, 0x2e, 0x00, 0x06, 0xd9, 0xe8, 0xd9, 0xee, 0xde, 0xf9, 0xf4});
        CHECK(board.asserted);
        run({0xd9, 0xe8, 0xd9, 0xe8, 0xdf, 0xe0, 0xf4});  // FLD1, FLD1, FNSTSW AX, HLT
        CHECK_EQ(state.reg32(eax) & 0xb884U, 0xa084U);    // B, ES and ZE are still there; TOP = 4
        CHECK(board.asserted);
        memory.write(0x600, 0xffff'0000'037f, 6);
        run({0x2e, 0xd9, 0x26, 0x00, 0x06, 0xdf, 0xe0, 0xf4});  // FLDENV, FNSTSW AX, HLT
        CHECK_EQ(state.reg32(eax) & 0xffffU, 0U);
        CHECK_FALSE(board.asserted);
    }
}

TEST_CASE("EM and TS") {
    X87 run(0x37f);
    run.set_cr0(cr0::ts, true);
    CHECK(run(fld1) == Vector::nm);
    CHECK(run(fnstsw_ax) == Vector::nm);
    CHECK(run(movq_mm) == Vector::nm);
    CHECK(run(sqrtps) == Vector::nm);
    CHECK(run(Bytes{0x0f, 0xae, 0x07}) == Vector::nm);
    run.set_cr0(cr0::mp, false);
    CHECK_FALSE(run(wait));
    run.set_cr0(cr0::mp, true);
    CHECK(run(wait) == Vector::nm);
    run.set_cr0(cr0::ts, false);
    run.set_cr0(cr0::em, true);
    CHECK_FALSE(run(wait));
    CHECK(run(fld1) == Vector::nm);
    CHECK(run(movq_mm) == Vector::ud);
    CHECK(run(sqrtps) == Vector::ud);
}

}  // namespace calque::test
