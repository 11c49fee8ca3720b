// `calque exec`: how code starts and what is reported.
#include "frontend/exec/code_runner.hpp"
#include "frontend/exec/register_file.hpp"
#include "frontend/usage_error.hpp"

#include <doctest/doctest.h>

using namespace calque;

namespace {

CodeJob job(CodeMode mode, std::vector<std::uint8_t> code) {
    CodeJob made;
    made.mode = mode;
    made.code = std::move(code);
    return made;
}

std::string reg(CodeRunner& runner, const char* name) { return registers_of(runner.cpu().state)[name]; }

}  // namespace

TEST_CASE("every engine and mode starts at the code and stops behind HLT") {
    for (const std::string& engine : engine_names()) {
        for (const CodeMode mode : {CodeMode::real16, CodeMode::protected16, CodeMode::protected32}) {
            CodeJob work = job(mode, {0x90, 0x40, 0x50, 0xF4});  // NOP; INC eAX; PUSH eAX; HLT
            work.engine.name = engine;
            work.engine.translator.translate_after = 0;
            CodeRunner runner(work);
            CHECK(runner.run(1000) == ExitReason::halted);
            CHECK(runner.cpu().state.instructions == 4);
            CHECK(reg(runner, "eax") == "0x00000001");
            const auto changes = runner.changes();
            REQUIRE(changes.size() == 1);
            CHECK(changes[0].address == (mode == CodeMode::protected32 ? 0xFFFCU : 0xFFFEU));
            CHECK(changes[0].bytes == std::vector<std::uint8_t>{1});
        }
    }
}

TEST_CASE("exceptions are reported, not delivered") {
    CodeRunner divide(job(CodeMode::protected32, {0xF7, 0xF1}));  // DIV ECX
    CHECK(divide.run(1000) == ExitReason::exception);
    CHECK(divide.cpu().exception.vector == Vector::de);
    CHECK(reg(divide, "eip") == "0x00010000");
    CHECK(divide.cpu().state.instructions == 0);

    CodeRunner limit(job(CodeMode::real16, {0x67, 0xA1, 0x00, 0x00, 0x01, 0x00}));  // MOV AX, [10000h]
    CHECK(limit.run(1000) == ExitReason::exception);
    CHECK(limit.cpu().exception.vector == Vector::gp);
}

TEST_CASE("code that sets up handlers gets its exceptions") {
    // LIDT [CS:0010h]; UD2 ... limit 3FFh, base 20000h ... the entry of vector 6 is at 20018h.
    CodeJob work = job(CodeMode::real16, {0x2E, 0x0F, 0x01, 0x1E, 0x10, 0x00, 0x0F, 0x0B, 0xF4});
    work.code.resize(0x10, 0x90);
    work.code.insert(work.code.end(), {0xFF, 0x03, 0x00, 0x00, 0x02, 0x00});
    work.code.resize(0x20, 0x90);
    work.code.insert(work.code.end(), {0x40, 0xF4});
    work.contents.emplace_back(0x2'0018, std::vector<std::uint8_t>{0x20, 0x00, 0x00, 0x10});
    CodeRunner runner(work);
    CHECK(runner.run(1000) == ExitReason::halted);
    CHECK(reg(runner, "eax") == "0x00000001");
}

TEST_CASE("the bound") {
    CodeRunner runner(job(CodeMode::protected32, {0xEB, 0xFE}));
    CHECK(runner.run(12'345) == ExitReason::budget);
    CHECK(runner.cpu().state.instructions == 12'345);
}

TEST_CASE("another job on the same machine finds nothing of the one before") {
    // MOV [20000h], EAX; CR4.PSE; STD; FLD1; CVTSI2SD XMM0, ESP; RDTSC; code that changes itself: the MOV's
    // address.
    CodeJob first = job(CodeMode::protected32,
                        {0xA3, 0x00, 0x00, 0x02, 0x00, 0x0F, 0x20, 0xE0, 0x0C, 0x10, 0x0F, 0x22, 0xE0, 0xFD,
                         0xD9, 0xE8, 0xF2, 0x0F, 0x2A, 0xC4, 0x0F, 0x31, 0xA3, 0x01, 0x00, 0x01, 0x00, 0xF4});
    first.ranges.emplace_back(0x2'0000, 0x1000);
    first.registers = {{"eax", "0x12345678"}};
    CodeJob second =
        job(CodeMode::real16, {0x50, 0x0F, 0x31, 0xD9, 0xEE, 0xF4});  // PUSH AX; RDTSC; FLDZ; HLT
    second.ranges = first.ranges;
    for (const std::string& engine : engine_names()) {
        first.engine.name = second.engine.name = engine;
        first.engine.translator.translate_after = second.engine.translator.translate_after = 0;
        CodeRunner used(first), fresh(second);
        CHECK(used.run(1000) == ExitReason::halted);
        used.restart(second);
        CHECK(used.run(1000) == ExitReason::halted);
        CHECK(fresh.run(1000) == ExitReason::halted);
        CHECK(registers_of(used.cpu().state) == registers_of(fresh.cpu().state));
        CHECK(used.cpu().state.cr4 == fresh.cpu().state.cr4);
        CHECK(used.cpu().state.instructions == fresh.cpu().state.instructions);
        CHECK(used.changes().size() == fresh.changes().size());
    }
}

TEST_CASE("registers by name") {
    CodeJob work = job(CodeMode::protected32, {0xF4});
    work.registers = {{"eax", "0x12345678"},
                      {"eflags", "0xCD5"},
                      {"st0", "3fff8000000000000000"},
                      {"xmm7", "000102030405060708090a0b0c0d0e0f"},
                      {"mxcsr", "0x1fa0"},
                      {"cr3", "4096"}};
    CodeRunner runner(work);
    runner.run(1);
    CHECK(reg(runner, "eax") == "0x12345678");
    CHECK(reg(runner, "eflags") == "0x00000cd7");
    CHECK(reg(runner, "cr3") == "0x00001000");
    nlohmann::ordered_json report;
    add_fpu_registers(report, runner.cpu().state.fpu);
    CHECK(report["x87"]["st"][0] == "3fff8000000000000000");
    CHECK(report["x87"]["ftw"] == "0x01");
    CHECK(report["xmm"][7] == "000102030405060708090a0b0c0d0e0f");
    CHECK(report["mxcsr"] == "0x00001fa0");
}

TEST_CASE("jobs that make no sense") {
    for (const auto& [name, value] : {std::pair{"eaz", "1"},
                                      {"eax", "x"},
                                      {"eax", "0x100000000"},
                                      {"cs", "65536"},
                                      {"st8", "0"},
                                      {"st0", "12"},
                                      {"xmm0", "zz0102030405060708090a0b0c0d0e0f"}}) {
        CodeJob work = job(CodeMode::protected32, {0xF4});
        work.registers = {{name, value}};
        CHECK_THROWS_AS(CodeRunner{work}, UsageError);
    }
    CodeJob high = job(CodeMode::real16, {0xF4});
    high.origin = 0x20'0000;
    CHECK_THROWS_AS(CodeRunner{high}, UsageError);
    CodeJob top = job(CodeMode::protected32, {0xF4});
    top.ranges.emplace_back(0xFFFF'0000, 0x2'0000);
    CHECK_THROWS_AS(CodeRunner{top}, UsageError);
}

TEST_CASE("memory in pieces that touch and overlap") {
    CodeJob work =
        job(CodeMode::protected32, {0xC6, 0x05, 0xFF, 0x0F, 0x30, 0x00, 0x07, 0xF4});  // [300FFFh] = 7
    work.ranges = {{0x30'0000, 0x1000}, {0x30'1000, 0x1000}, {0x30'0800, 0x1000}};
    work.contents.emplace_back(0x30'0FFE, std::vector<std::uint8_t>{1, 2, 3, 4});
    CodeRunner runner(work);
    CHECK(runner.run(1000) == ExitReason::halted);
    const auto changes = runner.changes();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].address == 0x30'0FFF);
    CHECK(changes[0].bytes == std::vector<std::uint8_t>{7});
}
