// Instructions that fault leave everything as it was and do the whole of their work when they are run again.
#include "tests/support/user_machine.hpp"

#include <doctest/doctest.h>

using namespace calque;
using namespace calque::test;
using asmjit::x86::Assembler;
using asmjit::x86::byte_ptr, asmjit::x86::dword_ptr, asmjit::x86::qword_ptr, asmjit::x86::tword_ptr,
    asmjit::x86::xmmword_ptr, asmjit::x86::word_ptr;
namespace x = asmjit::x86;

namespace {

/// Two pages of data and two of stack; what a case names as missing is one of the second or first of each.
constexpr std::uint32_t first = 0x10'0000, second = 0x10'1000, stack_low = 0x20'0000, stack_high = 0x20'1000;
constexpr std::uint32_t absent = UserMachine::absent, read_only = UserMachine::read_only;
constexpr std::uint32_t not_present_write = 6, not_present_read = 4, protected_write = 7,
                        not_present_fetch = 4;

/// Holds the address behind a CALL through memory.
constexpr std::uint32_t behind_call = first + 0xff8;

struct RestartCase {
    const char* name;
    std::function<void(Assembler&)> code;
    std::uint32_t missing;          ///< the page
    std::uint32_t rights;           ///< of that page at first
    std::uint32_t cr2, error_code;  ///< of the fault
    std::array<std::uint32_t, 8> registers{};
    bool progresses = false;  ///< a string instruction: what it did before the fault stays done
};

/// EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI with ESP in the middle of the high stack page unless it is given.
constexpr std::array<std::uint32_t, 8> registers(std::uint32_t eax_, std::uint32_t ecx_, std::uint32_t ebx_,
                                                 std::uint32_t esp_, std::uint32_t ebp_, std::uint32_t esi_,
                                                 std::uint32_t edi_) {
    return {eax_, ecx_, 0x0d0d'0d0d, ebx_, esp_ ? esp_ : stack_high + 0x800, ebp_, esi_, edi_};
}

const RestartCase cases[] = {
    {"a store across pages", [](Assembler& a) { a.mov(dword_ptr(x::ebx), x::eax); },
     second, absent, second, not_present_write, registers(0x1122'3344, 0, second - 2, 0, 0, 0, 0)},
    {"a store across pages, the first missing", [](Assembler& a) { a.mov(dword_ptr(x::ebx), x::eax); },
     first, absent, second - 2, not_present_write, registers(0x1122'3344, 0, second - 2, 0, 0, 0, 0)},
    {"a load across pages", [](Assembler& a) { a.mov(x::eax, dword_ptr(x::ebx)); },
     second, absent, second, not_present_read, registers(7, 0, second - 1, 0, 0, 0, 0)},
    {"an addition across pages", [](Assembler& a) { a.add(dword_ptr(x::ebx), x::eax); },
     second, absent, second, not_present_write, registers(0x1122'3344, 0, second - 3, 0, 0, 0, 0)},
    {"an addition to a read-only page", [](Assembler& a) { a.adc(dword_ptr(x::ebx), x::eax); },
     second, read_only, second + 4, protected_write, registers(5, 0, second + 4, 0, 0, 0, 0)},
    {"cmpxchg that does not store needs write permission",
     [](Assembler& a) { a.cmpxchg(dword_ptr(x::ebx), x::ecx); },
     second, read_only, second, protected_write, registers(0x7777'7777, 1, second, 0, 0, 0, 0)},
    {"cmpxchg8b across pages", [](Assembler& a) { a.cmpxchg8b(qword_ptr(x::ebx)); },
     second, absent, second, not_present_write, registers(1, 2, second - 4, 0, 0, 0, 0)},
    {"xchg", [](Assembler& a) { a.xchg(dword_ptr(x::ebx), x::eax); },
     second, absent, second + 8, not_present_write, registers(1, 2, second + 8, 0, 0, 0, 0)},
    {"xadd", [](Assembler& a) { a.xadd(dword_ptr(x::ebx), x::eax); },
     second, read_only, second, protected_write, registers(1, 2, second - 2, 0, 0, 0, 0)},
    {"shl by cl", [](Assembler& a) { a.shl(dword_ptr(x::ebx), x::cl); },
     second, absent, second, not_present_write, registers(1, 4, second - 1, 0, 0, 0, 0)},
    {"bts far beyond its operand", [](Assembler& a) { a.bts(dword_ptr(x::ebx), x::ecx); },
     second, absent, second + 4, not_present_write, registers(1, 0x1000 * 8 + 33, first, 0, 0, 0, 0)},
    {"setcc", [](Assembler& a) { a.setz(byte_ptr(x::ebx)); },
     second, absent, second, not_present_write, registers(0, 0, second, 0, 0, 0, 0)},
    {"push", [](Assembler& a) { a.push(x::eax); },
     stack_low, absent, stack_high - 4, not_present_write, registers(1, 2, 3, stack_high, 0, 0, 0)},
    {"push across pages", [](Assembler& a) { a.push(x::eax); },
     stack_low, absent, stack_high - 2, not_present_write, registers(1, 2, 3, stack_high + 2, 0, 0, 0)},
    {"push from memory", [](Assembler& a) { a.push(dword_ptr(x::ebx)); },
     first, absent, first, not_present_read, registers(1, 2, first, 0, 0, 0, 0)},
    {"pusha at a page's edge", [](Assembler& a) { a.pushad(); },
     stack_low, absent, stack_high - 4, not_present_write, registers(1, 2, 3, stack_high + 16, 5, 6, 7)},
    {"popa at a page's edge", [](Assembler& a) { a.popad(); },
     stack_high, absent, stack_high, not_present_read, registers(1, 2, 3, stack_high - 16, 5, 6, 7)},
    {"pop to memory", [](Assembler& a) { a.pop(dword_ptr(x::ebx)); },
     first, absent, first, not_present_write, registers(1, 2, first, 0, 0, 0, 0)},
    {"pop to memory through esp", [](Assembler& a) { a.pop(dword_ptr(x::esp)); },
     stack_high, read_only, stack_high, protected_write, registers(1, 2, 3, stack_high - 4, 0, 0, 0)},
    {"enter with levels", [](Assembler& a) { a.enter(8, 4); },
     stack_low, absent, stack_high - 4, not_present_write,
     registers(1, 2, 3, stack_high + 8, stack_high + 0x100, 0, 0)},
    {"enter whose display is missing", [](Assembler& a) { a.enter(8, 4); },
     first, absent, first + 0xfc, not_present_read, registers(1, 2, 3, 0, first + 0x100, 0, 0)},
    {"enter whose frame would not fit", [](Assembler& a) { a.enter(0x1000, 0); },
     stack_low, absent, stack_high - 0x804, not_present_write,
     registers(1, 2, 3, 0, stack_high + 0x100, 0, 0)},
    {"leave", [](Assembler& a) { a.leave(); },
     stack_low, absent, stack_low + 8, not_present_read, registers(1, 2, 3, 0, stack_low + 8, 0, 0)},
    {"call", [](Assembler& a) { const auto next = a.newLabel(); a.call(next); a.bind(next); },
     stack_low, absent, stack_high - 4, not_present_write, registers(1, 2, 3, stack_high, 0, 0, 0)},
    {"call through memory", [](Assembler& a) { a.call(dword_ptr(x::ebx)); },
     stack_low, absent, stack_high - 4, not_present_write, registers(1, 2, behind_call, stack_high, 0, 0, 0)},
    {"bound", [](Assembler& a) { a.db(0x62), a.db(0x03); },
     second, absent, second, not_present_read, registers(0x3c3c'3c3c, 2, second - 4, 0, 0, 0, 0)},
    {"xlat", [](Assembler& a) { a.xlatb(); },
     second, absent, second + 0xf, not_present_read, registers(0x10, 2, second - 1, 0, 0, 0, 0)},
    {"fstp of ten bytes across pages", [](Assembler& a) { a.fstp(tword_ptr(x::ebx)); },
     second, absent, second, not_present_write, registers(1, 2, second - 4, 0, 0, 0, 0)},
    {"fild", [](Assembler& a) { a.fild(qword_ptr(x::ebx)); },
     second, absent, second, not_present_read, registers(1, 2, second - 4, 0, 0, 0, 0)},
    {"movups across pages", [](Assembler& a) { a.movups(xmmword_ptr(x::ebx), x::xmm1); },
     second, absent, second, not_present_write, registers(1, 2, second - 8, 0, 0, 0, 0)},
    {"movsd", [](Assembler& a) { a.movsd(); },
     second, absent, second, not_present_write, registers(1, 2, 3, 0, 0, first, second - 2)},
    {"rep movsb", [](Assembler& a) { a.rep().movsb(); },
     second, absent, second, not_present_write, registers(1, 100, 3, 0, 0, first, second - 40), true},
    {"rep movsd whose element crosses", [](Assembler& a) { a.rep().movsd(); },
     second, absent, second, not_present_read, registers(1, 100, 3, 0, 0, second - 42, first), true},
    {"rep stosd", [](Assembler& a) { a.rep().stosd(); },
     second, read_only, second, protected_write, registers(1, 100, 3, 0, 0, 0, second - 40), true},
    {"repe cmpsb of the same", [](Assembler& a) { a.repe().cmpsb(); },
     second, absent, second, not_present_read, registers(1, 100, 3, 0, 0, second - 20, second - 20), true},
    {"rep lodsw", [](Assembler& a) { a.rep().lodsw(); },
     second, absent, second, not_present_read, registers(1, 100, 3, 0, 0, second - 21, 0), true},
};

/// What a program leaves.
struct Left {
    std::array<std::uint64_t, 17> gpr;
    std::uint32_t eflags;
    std::uint64_t instructions;
    std::vector<std::uint8_t> memory;
    std::array<std::uint8_t, 512> fpu;
    bool operator==(const Left&) const = default;
};

class Restarted {
public:
    Restarted(const EngineKind& kind, const RestartCase& c) : machine(kind) {
        const auto code = assemble32([&](Assembler& a) { c.code(a), a.hlt(); }, FlatMachine::code_base);
        end_ = static_cast<std::uint32_t>(FlatMachine::code_base + code.size()) - 1;
        machine.load(FlatMachine::code_base, code);
        for (std::uint32_t i = 0; i < 0x2000; i += 4) {
            machine.memory.write(first + i, (i & 0x3f) * 0x0101'0101U, 4);
            machine.memory.write(stack_low + i, i * 0x0001'0203U, 4);
        }
        machine.memory.write(second, 0x7fff'ffff, 4);
        machine.memory.write(behind_call, FlatMachine::code_base + 2, 4);
        std::ranges::copy(c.registers, machine.state().gpr.begin());
        machine.enable_paging();
        machine.enter(FlatMachine::code_base, flag::cf);
    }
    Left left(std::uint32_t eflags) {
        const CpuState& s = machine.state();
        Left all{s.gpr, eflags & ~flag::rf, s.instructions, std::vector<std::uint8_t>(0x4000), {}};
        machine.memory.read_bytes(first, std::span(all.memory).first(0x2000));
        machine.memory.read_bytes(stack_low, std::span(all.memory).last(0x2000));
        std::memcpy(all.fpu.data(), static_cast<const void*>(&s.fpu), all.fpu.size());
        return all;
    }
    /// To the HLT behind the code.
    Left finish() {
        const auto end = machine.run_to_exception();
        REQUIRE(end);
        CHECK(end->vector == Vector::gp);
        CHECK(end->eip == end_);
        return left(end->eflags);
    }

    UserMachine machine;

private:
    std::uint32_t end_;
};

void check_restart(const EngineKind& kind, const RestartCase& c) {
    const Left never_faulted = Restarted(kind, c).finish();
    Restarted restarted(kind, c);
    UserMachine& machine = restarted.machine;
    machine.set_page(c.missing, c.rights);
    const Left before = restarted.left(flag::cf | flag::always_one);
    const auto fault = machine.run_to_exception();
    REQUIRE(fault);
    CHECK(fault->vector == Vector::pf);
    CHECK(machine.state().cr2 == c.cr2);
    CHECK(fault->error_code == c.error_code);
    CHECK(fault->eip == FlatMachine::code_base);
    if (!c.progresses) CHECK(restarted.left(fault->eflags) == before);
    machine.set_page(c.missing, UserMachine::writable);
    machine.enter(fault->eip, fault->eflags & flag::status);
    CHECK(restarted.finish() == never_faulted);
}

}  // namespace

TEST_CASE("a faulting instruction changes nothing and can be restarted") {
    for (const EngineKind& kind : engine_kinds()) {
        for (const RestartCase& c : cases) {
            CAPTURE(std::string(kind.name));
            CAPTURE(std::string(c.name));
            check_restart(kind, c);
        }
    }
}

TEST_CASE("an instruction whose second half cannot be fetched") {
    for (const EngineKind& kind : engine_kinds()) {
        CAPTURE(std::string(kind.name));
        UserMachine machine(kind);
        constexpr std::uint32_t at = second - 2;
        const std::array<std::uint8_t, 6> code{0xb8, 0x78, 0x56, 0x34, 0x12, 0xf4};  // MOV EAX, 12345678; HLT
        machine.load(at, code);
        machine.enable_paging();
        machine.set_page(second, absent);
        machine.enter(at);
        const auto fault = machine.run_to_exception();
        REQUIRE(fault);
        CHECK(fault->vector == Vector::pf);
        CHECK(fault->eip == at);
        CHECK(fault->error_code == not_present_fetch);
        CHECK(machine.state().cr2 == second);
        machine.set_page(second, UserMachine::writable);
        machine.enter(at);
        REQUIRE(machine.run_to_exception());
        CHECK(machine.state().reg32(eax) == 0x1234'5678);
        // The second page elsewhere: the same instruction with other bytes.
        machine.memory.write(0x30'0000, 0xf411'2233, 4);
        machine.map_page(second, 0x30'0000);
        machine.enter(at);
        REQUIRE(machine.run_to_exception());
        CHECK(machine.state().reg32(eax) == 0x1122'3378);
    }
}
