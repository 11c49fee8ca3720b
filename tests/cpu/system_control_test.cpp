// Control and debug registers, MSRs, CPUID, descriptor-table registers, and who may touch them.
#include "cpu/instruction_table.hpp"
#include "tests/cpu/system_machine.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <string>

namespace calque::test {
namespace {

using M = SystemMachine;
constexpr Outcome refused{13, 0};

Outcome write_cr(M& machine, unsigned number, std::uint32_t value) {
    machine.protected_mode();
    machine.state.gpr[eax] = value;
    return machine.execute({0x0f, 0x22, 0xc0 | number << 3});
}

Outcome write_msr(M& machine, std::uint32_t index, std::uint64_t value) {
    machine.protected_mode();
    machine.state.gpr[ecx] = index;
    machine.state.gpr[eax] = value & 0xffff'ffff;
    machine.state.gpr[edx] = value >> 32;
    return machine.execute({0x0f, 0x30});
}

Outcome read_msr(M& machine, std::uint32_t index, std::uint64_t& value) {
    machine.state.rip = M::code;
    machine.state.gpr[ecx] = index;
    const Outcome outcome = machine.execute({0x0f, 0x32});
    value = machine.state.gpr[edx] << 32 | machine.state.gpr[eax];
    return outcome;
}

}  // namespace

TEST_CASE("the reset state") {
    M machine;
    machine.cpu.reset();
    CHECK(machine.state.cs().base == 0xffff'0000);
    CHECK(machine.state.cs().selector == 0xf000);
    CHECK(machine.state.rip == 0xfff0);
    CHECK(machine.state.cr0 == 0x6000'0010);
    CHECK(machine.state.gpr[edx] == machine.cpu.model.reset_signature);
    CHECK(machine.state.eflags() == 2);
    CHECK(machine.state.dr[6] == 0xffff'0ff0);
    CHECK(machine.state.dr[7] == 0x400);
    CHECK(machine.cpu.mode == (mode::iopl_allows | mode::no_sse | mode::unmasked_x87));
}

TEST_CASE("what only ring 0 may do") {
    M machine;
    for (const auto& bytes :
         std::initializer_list<std::initializer_list<unsigned>>{{0x0f, 0x20, 0xc0},
                                                                {0x0f, 0x22, 0xc0},
                                                                {0x0f, 0x21, 0xc0},
                                                                {0x0f, 0x23, 0xc0},
                                                                {0x0f, 0x06},
                                                                {0x0f, 0x08},
                                                                {0x0f, 0x09},
                                                                {0x0f, 0x30},
                                                                {0x0f, 0x32},
                                                                {0xf4},
                                                                {0x0f, 0x00, 0xd0},
                                                                {0x0f, 0x00, 0xd8},
                                                                {0x0f, 0x01, 0x15, 0, 0, 2, 0},
                                                                {0x0f, 0x01, 0x1d, 0, 0, 2, 0},
                                                                {0x0f, 0x01, 0x3d, 0, 0, 2, 0},
                                                                {0x0f, 0x01, 0xf0}}) {
        for (const unsigned cpl : {1U, 3U}) {
            machine.protected_mode(cpl);
            CAPTURE(*(bytes.begin() + (bytes.size() > 1)));
            CHECK(machine.execute(bytes) == refused);
        }
        machine.vm86_mode(3);
        if (*bytes.begin() == 0xf4 || *(bytes.begin() + 1) != 0) CHECK(machine.execute(bytes).vector == 13);
    }
}

TEST_CASE("MOV CR0 refuses impossible combinations and ignores reserved bits") {
    M machine;
    CHECK(write_cr(machine, 0, cr0::pg) == refused);
    CHECK(write_cr(machine, 0, cr0::pe | cr0::nw) == refused);
    CHECK(write_cr(machine, 0, cr0::pe | cr0::nw | cr0::cd) == Outcome{});
    CHECK(write_cr(machine, 0, cr0::pe | 0x100) == Outcome{});
    CHECK(machine.state.cr0 == (cr0::pe | cr0::et));
    CHECK(write_cr(machine, 2, 0x1234) == Outcome{});
    CHECK(machine.state.cr2 == 0x1234);
    CHECK(write_cr(machine, 1, 0).vector == 6);
    CHECK(write_cr(machine, 5, 0).vector == 6);
}

TEST_CASE("CR4 takes the bits of the model's features") {
    struct Case {
        const char* model;
        std::uint32_t defined;
    };
    using namespace cr4;
    constexpr std::uint32_t of_pentium = vme | pvi | tsd | de | pse | mce | pce;
    constexpr std::uint32_t of_pentium3 = of_pentium | pae | pge | osfxsr | osxmmexcpt;
    for (const Case& c : {Case{"486", vme | pvi}, Case{"pentium", of_pentium}, Case{"pentium3", of_pentium3},
                          Case{"max", of_pentium3}}) {
        M machine(c.model);
        for (unsigned bit = 0; bit < 32; ++bit) {
            CAPTURE(c.model);
            CAPTURE(bit);
            CHECK(write_cr(machine, 4, 1U << bit) == (c.defined >> bit & 1 ? Outcome{} : refused));
        }
    }
}

TEST_CASE("PAE paging loads the PDPTEs and refuses reserved bits in them") {
    M machine;
    machine.protected_mode();
    constexpr std::uint32_t table = 0x7000, directory = 0x5000;
    machine.put32(table, directory | 1);
    machine.put32(table + 4, 0);
    for (unsigned i = 1; i < 4; ++i) machine.put32(table + 8 * i, 0);
    machine.put32(directory, 0x83);  // 2 MiB at 0, writable
    machine.put32(directory + 4, 0);
    machine.state.cr3 = table;
    machine.state.cr4 = cr4::pae;
    machine.state.gpr[eax] = cr0::pe | cr0::pg;
    CHECK(machine.execute({0x0f, 0x22, 0xc0}) == Outcome{});
    CHECK(machine.state.pdptes[0] == (directory | 1));
    CHECK((machine.cpu.mode & mode::paging));
    machine.put32(table + 8, 0x1e1);  // reserved bits set
    machine.state.gpr[eax] = table;
    CHECK(machine.execute({0x0f, 0x22, 0xd8}) == refused);
    machine.put32(table + 8, 0);
    machine.state.rip = M::code;
    CHECK(machine.execute({0x0f, 0x22, 0xd8}) == Outcome{});
}

TEST_CASE("LMSW sets PE and never clears it; SMSW reads it back") {
    M machine;
    machine.protected_mode();
    machine.state.gpr[eax] = 0xffff'fffe;
    CHECK(machine.execute({0x0f, 0x01, 0xf0}) == Outcome{});
    CHECK(machine.state.cr0 == (0x6000'0010 | 0xf));
    machine.state.gpr[ecx] = 0x1111'1111;
    CHECK(machine.execute({0x66, 0x0f, 0x01, 0xe1}) == Outcome{});
    CHECK(machine.state.gpr[ecx] == 0x1111'001f);
    CHECK(machine.execute({0x0f, 0x06}) == Outcome{});  // clts
    CHECK(machine.state.cr0 == (0x6000'0010 | 7));
}

TEST_CASE("debug registers: aliases, fixed bits, general detect") {
    M machine;
    const auto mov_dr = [&](bool to, unsigned number) {
        return machine.execute({0x0f, to ? 0x23U : 0x21U, 0xc0 | number << 3});
    };
    machine.protected_mode();
    machine.state.gpr[eax] = 0xffff'ffff;
    CHECK(mov_dr(true, 6) == Outcome{});
    CHECK(machine.state.dr[6] == 0xffff'efff);
    machine.state.gpr[eax] = 0;
    CHECK(mov_dr(true, 4) == Outcome{});
    CHECK(machine.state.dr[6] == 0xffff'0ff0);
    CHECK(mov_dr(true, 7) == Outcome{});
    CHECK(machine.state.dr[7] == 0x400);
    CHECK(mov_dr(false, 5) == Outcome{});
    CHECK(machine.state.gpr[eax] == 0x400);
    machine.state.cr4 = cr4::de;
    CHECK(mov_dr(false, 5).vector == 6);
    machine.protected_mode();
    machine.state.dr[7] |= 1U << 13;
    CHECK(mov_dr(false, 0).vector == 1);
    CHECK((machine.state.dr[6] & 1U << 13));
    CHECK_FALSE((machine.state.dr[7] & 1U << 13));
    CHECK(machine.stack32(0) == M::code);
}

TEST_CASE("LGDT, LIDT, SGDT, SIDT in both operand sizes") {
    M machine;
    machine.protected_mode();
    machine.put16(M::data, 0x1fff);
    machine.put32(M::data + 2, 0x1234'5678);
    CHECK(machine.execute({0x0f, 0x01, 0x1d, 0, 0, 2, 0}) == Outcome{});
    CHECK(machine.state.idtr.base == 0x1234'5678);
    CHECK(machine.state.idtr.limit == 0x1fff);
    CHECK(machine.execute({0x66, 0x0f, 0x01, 0x0d, 0x10, 0, 2, 0}) == Outcome{});
    CHECK(machine.get16(M::data + 0x10) == 0x1fff);
    CHECK(machine.get32(M::data + 0x12) == 0x1234'5678);
    CHECK(machine.execute({0x66, 0x0f, 0x01, 0x1d, 0, 0, 2, 0}) == Outcome{});
    CHECK(machine.state.idtr.base == 0x34'5678);
    CHECK(machine.execute({0x0f, 0x01, 0x05, 0x10, 0, 2, 0}) == Outcome{});
    CHECK(machine.get16(M::data + 0x10) == 0xfff);
    CHECK(machine.get32(M::data + 0x12) == M::gdt);
    machine.protected_mode(3);
    CHECK(machine.execute({0x0f, 0x01, 0x0d, 0x10, 0, 2, 0}) == Outcome{});
    CHECK(machine.get32(M::data + 0x12) == M::idt);
    CHECK(machine.execute({0x0f, 0x01, 0xd0}) == Outcome{6, 0});
}

TEST_CASE("LLDT and LTR check their descriptors") {
    M machine;
    constexpr std::uint16_t tested = M::free_selector;
    for (unsigned access = 0; access < 0x100; ++access)
        for (const bool tr : {false, true}) {
            machine.protected_mode();
            machine.set_descriptor(tested, 0x6000, 0x67, access, 0);
            machine.state.gpr[eax] = tested;
            const unsigned type = access & 0x1f;
            const bool right = tr ? type == 1 || type == 9 : type == 2;
            const Outcome expected = !right             ? Outcome{13, tested}
                                     : !(access & 0x80) ? Outcome{11, tested}
                                                        : Outcome{};
            CAPTURE(access);
            REQUIRE(machine.execute({0x0f, 0x00, tr ? 0xd8U : 0xd0U}) == expected);
            if (tr && expected.vector < 0) CHECK((machine.get8(M::gdt_entry(tested) + 5) & 15) == (type | 2));
        }
    machine.protected_mode();
    machine.state.gpr[eax] = 0;
    CHECK(machine.execute({0x0f, 0x00, 0xd8}) == refused);
    machine.protected_mode();
    machine.state.gpr[eax] = 0x1c;  // local
    CHECK(machine.execute({0x0f, 0x00, 0xd0}) == Outcome{13, 0x1c});
    machine.protected_mode();
    machine.state.gpr[eax] = 0;
    CHECK(machine.execute({0x0f, 0x00, 0xd0}) == Outcome{});
    CHECK(machine.execute({0x0f, 0x00, 0xc9}) == Outcome{});  // str ecx
    CHECK(machine.state.gpr[ecx] == M::main_tss);
    machine.real_mode();
    CHECK(machine.execute({0x0f, 0x00, 0xc0}).vector == 6);
}

TEST_CASE("MSRs keep what they accept and refuse the rest") {
    M machine;
    std::uint64_t value = 0;
    for (const std::uint32_t index : {0x174U, 0x175U, 0x176U, 0x277U, 0x200U, 0x26fU, 0x2ffU}) {
        REQUIRE(write_msr(machine, index, 6) == Outcome{});
        REQUIRE(read_msr(machine, index, value) == Outcome{});
        CHECK(value == 6);
    }
    CHECK(write_msr(machine, 0x277, 2) == refused);
    CHECK(write_msr(machine, 0x2ff, 0x1000) == refused);
    CHECK(write_msr(machine, 0x250, 0x0200'0000'0000'0000) == refused);
    CHECK(write_msr(machine, 0x201, 0xf'ffff'f800) == Outcome{});
    CHECK(write_msr(machine, 0x201, 0x10'0000'0800) == refused);
    CHECK(write_msr(machine, 0xfe, 0) == refused);
    CHECK(write_msr(machine, 0xc000'0080, 1U << 11) == Outcome{});
    CHECK(write_msr(machine, 0xc000'0080, 1U << 8) == refused);
    CHECK(write_msr(machine, 0x12345, 0) == refused);
    machine.protected_mode();
    CHECK(read_msr(machine, 0x10a, value) == Outcome{});
    CHECK((value & 1) == 1);
    M old("pentium");
    CHECK(write_msr(old, 0x174, 0) == refused);
    M oldest("486");
    CHECK(write_msr(oldest, 0x10, 0).vector == 6);
}

TEST_CASE("the time stamp counter can be set, and forbidden to ring 3") {
    M machine;
    std::uint64_t value = 0;
    CHECK(write_msr(machine, 0x10, 0x5'0000'0000) == Outcome{});
    machine.ports.time += 5;
    CHECK(read_msr(machine, 0x10, value) == Outcome{});
    CHECK(value == 0x5'0000'0005);
    machine.protected_mode(3);
    CHECK(machine.execute({0x0f, 0x31}) == Outcome{});
    CHECK(machine.state.gpr[eax] == 1005);
    machine.state.cr4 |= cr4::tsd;
    CHECK(machine.execute({0x0f, 0x31}) == refused);
}

TEST_CASE("CPUID: vendor, signatures, brand, and no promise without a row") {
    for (const char* name : {"486", "pentium", "pentium3", "pentium4", "max"}) {
        M machine(name);
        machine.protected_mode();
        machine.state.gpr[eax] = 0;
        REQUIRE(machine.execute({0x0f, 0xa2}) == Outcome{});
        CHECK(machine.state.gpr[ebx] == 0x756e'6547);
        machine.state.gpr[eax] = 1;
        REQUIRE(machine.execute({0x0f, 0xa2}) == Outcome{});
        CHECK(machine.state.gpr[eax] == machine.cpu.model.reset_signature);
        const std::uint32_t features = machine.state.reg32(edx);
        CHECK(bool(features & cpuid_edx::cmov) == machine.cpu.model.has_feature(feature::cmov));
        CHECK(bool(features & cpuid_edx::apic) == (std::string_view(name) != "486"));
    }
    CHECK(find_cpu_model("max")->cpuid(0x8000'0002, 0).eax == 0x716c'6143);  // "Calq"
    CHECK(find_cpu_model("pentium")->cpuid(0x8000'0000, 0).eax != 0x8000'0004);
    CHECK(find_cpu_model("8086") == nullptr);
}

TEST_CASE("every CPUID feature is used by some row of the instruction table") {
    std::uint32_t implemented = 0;
    for (const Row& row : instruction_table()) implemented |= row.features;
    const std::uint32_t promised = find_cpu_model("max")->features & ~(feature::pentium | feature::fpu);
    CHECK((promised & ~implemented) == 0);
}

TEST_CASE("reset starts the time stamp counter from zero") {
    M machine;
    std::uint64_t value = 1;
    machine.ports.time = 12345;
    machine.processor.reset();
    machine.ports.time += 5;
    const std::uint64_t offset = machine.state.tsc_offset;
    machine.protected_mode();
    machine.state.tsc_offset = offset;
    CHECK(read_msr(machine, 0x10, value) == Outcome{});
    CHECK(value == 5);
}

TEST_CASE("machine checks: there, and empty") {
    M machine;
    std::uint64_t value = 1;
    machine.protected_mode();
    CHECK(read_msr(machine, 0x179, value) == Outcome{});
    CHECK(value == 0);  // no banks
    CHECK(write_msr(machine, 0x179, 0) == refused);
    CHECK(write_msr(machine, 0x17a, 0) == Outcome{});
    CHECK(write_msr(machine, 0x17a, 1) == refused);
    M pentium("pentium");
    pentium.protected_mode();
    CHECK(read_msr(pentium, 0, value) == Outcome{});
    pentium.protected_mode();
    CHECK(read_msr(pentium, 0x179, value) == refused);
}

TEST_CASE("IA32_APIC_BASE: the board is told, and CPUID follows") {
    M machine;
    std::uint64_t value = 1;
    machine.protected_mode();
    CHECK(read_msr(machine, 0x1b, value) == Outcome{});
    CHECK(value == 0xfee0'0900);
    CHECK(write_msr(machine, 0x1b, 0xfec0'0100) == Outcome{});
    CHECK(machine.ports.apic_bases == std::vector<std::uint64_t>{0xfec0'0100});
    machine.state.gpr[eax] = 1;
    REQUIRE(machine.execute({0x0f, 0xa2}) == Outcome{});
    CHECK_FALSE(bool(machine.state.reg32(edx) & cpuid_edx::apic));
    machine.protected_mode();
    for (const std::uint64_t bad : {0xfee0'0d00ULL, 0xfee0'0901ULL, 0x10'fee0'0900ULL})
        CHECK(write_msr(machine, 0x1b, bad) == refused);
    CHECK(machine.ports.apic_bases.size() == 1);
    M pentium("pentium");  // has one, at its place for good
    pentium.protected_mode();
    CHECK(read_msr(pentium, 0x1b, value) == refused);
}

TEST_CASE("MXCSR has the bits of the model") {
    for (const char* name : {"pentium3", "pentium4", "max"}) {
        M machine(name);
        machine.protected_mode();
        machine.state.cr4 |= cr4::osfxsr;
        machine.cpu.refresh_mode();
        machine.put32(M::data, 0x1fc0);  // with denormals-are-zeros
        const bool has_daz = machine.cpu.model.name != "pentium3";
        CAPTURE(has_daz);
        CHECK(machine.execute({0x0f, 0xae, 0x15, 0, 0, 2, 0}) == (has_daz ? Outcome{} : refused));
    }
}

}  // namespace calque::test
