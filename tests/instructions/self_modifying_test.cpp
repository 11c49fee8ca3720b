// Code that changes code: the next instruction is always the one that memory holds.
#include "tests/instructions/case.hpp"
#include "tests/support/user_machine.hpp"

#include <array>

using namespace calque;
using namespace calque::test;
using asmjit::x86::Assembler;
namespace x = asmjit::x86;

namespace {

constexpr std::uint32_t base = FlatMachine::code_base;

void check_result(const std::function<void(Assembler&)>& code, std::uint32_t eax_after) {
    for (const EngineKind& kind : engine_kinds()) {
        CAPTURE(std::string(kind.name));
        FlatMachine machine;
        machine.use(kind);
        machine.assemble(code);
        REQUIRE(machine.run() == ExitReason::halted);
        CHECK(machine.state().reg32(eax) == eax_after);
    }
}

}  // namespace

TEST_CASE("a store into the block that executes it") {
    check_result(
        [](Assembler& a) {
            a.mov(x::byte_ptr(base + 8), 5);  // the immediate of the next instruction; 7 bytes
            a.mov(x::eax, 1);
            a.hlt();
        },
        5);
}

TEST_CASE("a string instruction that overwrites what follows it") {
    check_result(
        [](Assembler& a) {
            a.mov(x::al, 0x40);        // INC EAX
            a.mov(x::edi, base + 14);  // 2 + 5 + 5 + 2
            a.mov(x::ecx, 3);
            a.rep().stosb();
            a.nop(), a.nop(), a.nop();
            a.hlt();
        },
        0x43);
}

TEST_CASE("a loop that changes its own body each time") {
    check_result(
        [](Assembler& a) {
            const auto top = a.newLabel(), body = a.newLabel();
            a.mov(x::ecx, 100);
            a.bind(top);
            a.inc(x::byte_ptr(body, 2));
            a.bind(body);
            a.add(x::eax, 0);  // 83 C0 ib
            a.dec(x::ecx);
            a.jnz(top);
            a.hlt();
        },
        100 * 101 / 2);
}

TEST_CASE("a string instruction that overwrites itself goes on with what is there then") {
    check_result(
        [](Assembler& a) {
            a.mov(x::al, 0x90);        // NOP: of F3 AA there remain 90 AA
            a.mov(x::edi, base + 12);  // 2 + 5 + 5
            a.mov(x::ecx, 2);
            a.rep().stosb();
            a.mov(x::eax, x::ecx);
            a.hlt();
        },
        1);
}

TEST_CASE("a store to other code does not end the block that executes it") {
    constexpr std::uint32_t other = base + 0x100;
    for (const EngineKind& kind : engine_kinds()) {
        CAPTURE(std::string(kind.name));
        FlatMachine machine;
        machine.use(kind);
        machine.load(other, std::array<std::uint8_t, 2>{0x90, 0xf4});
        machine.assemble([&](Assembler& a) {
            a.xor_(x::byte_ptr(other), 0x90 ^ 0x40);  // to INC EAX and back
            a.inc(x::eax);
            a.jmp(std::uint64_t{other});
        });
        const BlockCache::Counters& counters = machine.processor.blocks().counters();
        std::uint64_t decoded = 0;
        for (const std::uint32_t sum : {2U, 3U}) {
            machine.state().halted = false;
            machine.state().rip = base;
            decoded = counters.decoded;
            REQUIRE(machine.run() == ExitReason::halted);
            CHECK(machine.state().reg32(eax) == sum);
        }
        CHECK(counters.decoded == decoded + 1);
    }
}

TEST_CASE("bytes that were no instruction become one") {
    for (const EngineKind& kind : engine_kinds()) {
        CAPTURE(std::string(kind.name));
        UserMachine machine(kind);
        machine.load(base, std::array<std::uint8_t, 3>{0x8d, 0xc0, 0xf4});  // LEA EAX, EAX
        machine.enter(base);
        const auto end = machine.run_to_exception();
        REQUIRE(end);
        CHECK(end->vector == Vector::ud);
        machine.state().gpr[ebx] = 3;
        machine.memory.write(base + 1, 0x03, 1);  // LEA EAX, [EBX]
        machine.enter(base);
        REQUIRE(machine.run_to_exception());
        CHECK(machine.state().reg32(eax) == 3);
    }
}

TEST_CASE("code changed from outside, and through another linear address") {
    constexpr std::uint32_t code = 0x10'0000, alias = 0x11'0000;
    for (const EngineKind& kind : engine_kinds()) {
        CAPTURE(std::string(kind.name));
        UserMachine machine(kind);
        machine.enable_paging();
        machine.map_page(alias, code);
        const auto run_at = [&](std::uint32_t eip) {
            machine.enter(eip);
            REQUIRE(machine.run_to_exception());
            return machine.state().reg32(eax);
        };
        machine.load(code, assemble32([](Assembler& a) { a.mov(x::eax, 1), a.hlt(); }, code));
        CHECK(run_at(code) == 1);
        machine.memory.write(code + 1, 2, 1);  // as DMA does
        CHECK(run_at(code) == 2);
        machine.load(
            code + 0x100,
            assemble32([&](Assembler& a) { a.mov(x::byte_ptr(alias + 1), 3), a.jmp(std::uint64_t{code}); },
                       code + 0x100));
        CHECK(run_at(code + 0x100) == 3);
        CHECK(run_at(alias) == 3);
    }
}

TEST_CASE("one physical page behind both halves of an instruction") {
    constexpr std::uint32_t low = 0x10'0000, high = 0x10'1000;
    for (const EngineKind& kind : engine_kinds()) {
        CAPTURE(std::string(kind.name));
        UserMachine machine(kind);
        machine.enable_paging();
        machine.map_page(high, low);
        machine.load(low, std::array<std::uint8_t, 4>{0x22, 0x33, 0x44, 0xf4});
        machine.load(low + 0xffe, std::array<std::uint8_t, 2>{0xb8, 0x11});  // MOV EAX, 44332211
        machine.enter(high - 2);
        REQUIRE(machine.run_to_exception());
        CHECK(machine.state().reg32(eax) == 0x4433'2211);
        machine.memory.write(low + 0xfff, 0x10, 1);
        machine.enter(high - 2);
        REQUIRE(machine.run_to_exception());
        CHECK(machine.state().reg32(eax) == 0x4433'2210);
        machine.memory.write(low + 1, 0, 1);
        machine.enter(high - 2);
        REQUIRE(machine.run_to_exception());
        CHECK(machine.state().reg32(eax) == 0x4400'2210);
    }
}
