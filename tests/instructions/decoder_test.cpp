// Bytes to instructions: lengths, prefixes, models, and the ends of segments.
#include "tests/support/user_machine.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

using namespace calque;
using namespace calque::test;

namespace {

constexpr std::uint32_t base = FlatMachine::code_base;

/// Runs bytes and the HLT that follows them in ring 3 under every engine.
class Bytes {
public:
    Bytes(std::initializer_list<int> bytes, const char* model = "max") : model_(model) {
        for (const int byte : bytes) bytes_.push_back(static_cast<std::uint8_t>(byte));
        bytes_.push_back(0xf4);
    }
    std::function<void(UserMachine&)> prepare = [](UserMachine&) {};

    void must_raise(Vector vector) {
        each([&](UserMachine&, const UserMachine::End& end) {
            CHECK(end.vector == vector);
            CHECK(end.eip == base);
        });
    }
    /// Reaches the HLT with this in EAX.
    void must_give(std::uint32_t value) {
        each([&](UserMachine& machine, const UserMachine::End& end) {
            CHECK(end.vector == Vector::gp);
            CHECK(end.eip == base + bytes_.size() - 1);
            CHECK(machine.state().reg32(eax) == value);
        });
    }

private:
    void each(const std::function<void(UserMachine&, const UserMachine::End&)>& judge) {
        for (const EngineKind& kind : engine_kinds()) {
            CAPTURE(std::string(kind.name));
            UserMachine machine(kind, model_);
            machine.load(base, bytes_);
            prepare(machine);
            machine.state().rip = base;
            const auto end = machine.run_to_exception();
            REQUIRE(end);
            judge(machine, *end);
        }
    }

    const char* model_;
    std::vector<std::uint8_t> bytes_;
};

}  // namespace

TEST_CASE("an instruction may have fifteen bytes") {
    Bytes({0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0xb0, 0x12})
        .must_give(0x12);
    Bytes({0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0xb0, 0x12})
        .must_raise(Vector::gp);
}

TEST_CASE("of several segment prefixes the last counts") {
    Bytes through_cs({0x2e, 0x26, 0xc6, 0x05, 0, 0, 2, 0, 7});  // MOV [data], 7: CS may not be written
    through_cs.must_give(0);
    Bytes({0x26, 0x2e, 0xc6, 0x05, 0, 0, 2, 0, 7}).must_raise(Vector::gp);
}

TEST_CASE("sizes are chosen by prefixes") {
    Bytes({0x66, 0xb8, 0x34, 0x12}).must_give(0x1234);
    Bytes({0x66, 0x66, 0xb8, 0x34, 0x12}).must_give(0x1234);
    Bytes sixteen_bit_address({0x67, 0x8d, 0x40, 0xff});  // LEA EAX, [BX + SI - 1]
    sixteen_bit_address.prepare = [](UserMachine& machine) { machine.state().gpr[ebx] = 0xabcd'0000; };
    sixteen_bit_address.must_give(0xffff);
}

TEST_CASE("a jump of 16 bits truncates EIP") {
    for (const EngineKind& kind : engine_kinds()) {
        UserMachine machine(kind);
        machine.load(base, std::array<std::uint8_t, 4>{0x66, 0xeb, 0x00, 0xf4});
        machine.memory.write((base + 3) & 0xffff, 0x0b0f, 2);  // UD2
        const auto end = machine.run_to_exception();
        REQUIRE(end);
        CHECK(end->eip == ((base + 3) & 0xffff));
    }
}

TEST_CASE("older models lack what came later") {
    Bytes({0x0f, 0x4e, 0xc3}, "pentium").must_raise(Vector::ud);                     // CMOVLE
    Bytes({0x0f, 0x38, 0xf0, 0x05, 0, 0, 2, 0}, "pentium4").must_raise(Vector::ud);  // MOVBE
    Bytes({0x0f, 0xc7, 0x0d, 0, 0, 2, 0}, "486").must_raise(Vector::ud);             // CMPXCHG8B
    Bytes({0x0f, 0x10, 0xc1}, "pentium").must_raise(Vector::ud);                     // MOVUPS
    Bytes({0x0f, 0xfe, 0xc1}, "486").must_raise(Vector::ud);                         // PADDD
    Bytes({0xf2, 0x0f, 0x38, 0xf1, 0xc3}, "pentium4").must_raise(Vector::ud);        // CRC32
    Bytes({0x66, 0x0f, 0x38, 0x00, 0xc1}, "pentium4").must_raise(Vector::ud);        // PSHUFB
    Bytes({0x0f, 0x38, 0x1c, 0xc1}, "pentium3").must_raise(Vector::ud);              // PABSB on MM0
    Bytes({0x66, 0x0f, 0x3a, 0x0f, 0xc1, 4}, "pentium4").must_raise(Vector::ud);     // PALIGNR
    Bytes({0x66, 0x0f, 0x38, 0x17, 0xc1}, "pentium4").must_raise(Vector::ud);        // PTEST
    Bytes({0x66, 0x0f, 0x3a, 0x63, 0xc1, 0}, "pentium4").must_raise(Vector::ud);     // PCMPISTRI
    Bytes({0x0f, 0x0b}).must_raise(Vector::ud);
    Bytes({0xc5, 0xf8, 0x77}).must_raise(Vector::ud);  // VZEROUPPER
}

TEST_CASE("a prefix that a later processor gives a meaning is ignored") {
    Bytes leading_zeros({0xf3, 0x0f, 0xbd, 0xc3}, "pentium3");  // LZCNT later, BSR here
    leading_zeros.prepare = [](UserMachine& machine) { machine.state().gpr[ebx] = 0x100; };
    leading_zeros.must_give(8);
    Bytes trailing_zeros({0xf3, 0x0f, 0xbc, 0xc3});  // TZCNT would give 32
    trailing_zeros.prepare = [](UserMachine& machine) { machine.state().gpr[eax] = 5; };
    trailing_zeros.must_give(5);
}

TEST_CASE("F2 and F3 choose among the forms of 0F 38 F0, F1 and 0F B8; 66 their operand size") {
    const auto with_ebx = [](std::initializer_list<int> bytes) {
        Bytes code(bytes);
        code.prepare = [](UserMachine& machine) {
            machine.state().gpr[eax] = 0;
            machine.state().gpr[ebx] = 0x0403'0201;
            machine.memory.write(0x2'0000, 0x0403'0201, 4);
        };
        return code;
    };
    with_ebx({0xf2, 0x0f, 0x38, 0xf0, 0xc3}).must_give(0xf26b'8303);
    with_ebx({0x66, 0xf2, 0x0f, 0x38, 0xf0, 0xc3}).must_give(0xf26b'8303);
    with_ebx({0xf2, 0x0f, 0x38, 0xf1, 0xc3}).must_give(0x6157'c733);
    with_ebx({0xf2, 0x66, 0x0f, 0x38, 0xf1, 0xc3}).must_give(0xf299'e880);
    with_ebx({0xf3, 0xf2, 0x0f, 0x38, 0xf1, 0x05, 0, 0, 2, 0}).must_give(0x6157'c733);
    with_ebx({0x66, 0x0f, 0x38, 0xf0, 0x05, 0, 0, 2, 0}).must_give(0x0102);  // MOVBE
    with_ebx({0xf2, 0xf3, 0x0f, 0x38, 0xf1, 0xc3}).must_raise(Vector::ud);
    with_ebx({0xf3, 0x0f, 0x38, 0xf0, 0x05, 0, 0, 2, 0}).must_raise(Vector::ud);
    with_ebx({0x66, 0xf3, 0x0f, 0xb8, 0xc3}).must_give(2);  // POPCNT
    with_ebx({0xf2, 0xf3, 0x0f, 0xb8, 0xc3}).must_give(5);
    with_ebx({0xf3, 0xf2, 0x0f, 0xb8, 0xc3}).must_raise(Vector::ud);
    with_ebx({0x66, 0x0f, 0xb8, 0xc3}).must_raise(Vector::ud);
}

TEST_CASE("code ends with its segment") {
    for (const EngineKind& kind : engine_kinds()) {
        CAPTURE(std::string(kind.name));
        UserMachine machine(kind);
        machine.load(base, std::array<std::uint8_t, 6>{0xb8, 1, 0, 0, 0, 0xf4});
        const auto run_with_limit = [&](std::uint32_t limit) {
            machine.enter(base);
            machine.state().cs().limit = limit;
            machine.state().cs().refresh();
            machine.processor.cpu().refresh_mode();
            const auto end = machine.run_to_exception();
            REQUIRE(end);
            CHECK(end->vector == Vector::gp);
            return end->eip;
        };
        CHECK(run_with_limit(base + 5) == base + 5);  // the HLT
        CHECK(run_with_limit(base + 4) == base + 5);  // nothing is left to fetch
        CHECK(run_with_limit(base + 3) == base);
        CHECK(run_with_limit(base - 1) == base);
        CHECK(run_with_limit(base + 5) == base + 5);
    }
}
