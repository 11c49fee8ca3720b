// The classification after Popek and Goldberg, against the lists in the literature.
#include "cpu/instruction_table.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace calque;

namespace {

std::set<std::string> names(bool (*wanted)(const Row&)) {
    std::set<std::string> found;
    for (const Row& row : instruction_table())
        if (wanted(row)) found.insert(row.name);
    return found;
}

Sensitivity of(std::uint8_t opcode, OpcodeMap map = OpcodeMap::one_byte, std::uint8_t modrm = 0xc0) {
    const int row = find_row(map, opcode, modrm, Mandatory::none);
    REQUIRE(row >= 0);
    return instruction_table()[static_cast<std::size_t>(row)].sensitivity;
}

}  // namespace

TEST_CASE("Robin and Irvine's seventeen") {
    const std::set<std::string> listed =
        names([](const Row& row) { return row.sensitivity.of_the_seventeen; });
    // They count VERR and VERW as one.
    CHECK(listed == std::set<std::string>{"sgdt", "sidt", "sldt", "smsw", "pushf", "popf", "lar", "lsl",
                                          "verr", "verw", "pop", "push", "call", "jmp", "int", "ret", "str",
                                          "mov"});
    for (const Row& row : instruction_table())
        if (row.sensitivity.of_the_seventeen) {
            CHECK(row.sensitivity.sensitive());
            CHECK(row.sensitivity.privilege == Privilege::none);
        }
}

TEST_CASE("the SDM's privileged instructions") {
    CHECK(names([](const Row& row) { return row.sensitivity.privilege == Privilege::always; }) ==
          std::set<std::string>{"lgdt", "lldt", "ltr", "lidt", "mov", "lmsw", "clts", "invd", "wbinvd",
                                "invlpg", "hlt", "rdmsr", "wrmsr", "sysexit"});
}

TEST_CASE("what is sensitive is never copied, and what is copied is innocuous") {
    for (const Row& row : instruction_table())
        if (row.sensitivity.sensitive()) CHECK_MESSAGE(row.cls == InstructionClass::emulated, row.name);
}

TEST_CASE("forms of one mnemonic differ") {
    CHECK(!of(0x89).sensitive());                                            // MOV r/m, r
    CHECK(of(0x8c).of_the_seventeen);                                        // MOV r/m, Sreg
    CHECK(of(0x22, OpcodeMap::map_0f).privilege == Privilege::always);       // MOV CR, r
    CHECK(!of(0x50).sensitive());                                            // PUSH r
    CHECK(of(0x0e).of_the_seventeen);                                        // PUSH CS
    CHECK(!of(0xe8).sensitive());                                            // CALL near
    CHECK(of(0xff, OpcodeMap::one_byte, 0x18).of_the_seventeen);             // CALL m16:32
    CHECK(!of(0xff, OpcodeMap::one_byte, 0x10).sensitive());                 // CALL [m]
    CHECK(!of(0xc3).sensitive());                                            // RET near
    CHECK(of(0xcb).of_the_seventeen);                                        // RET far
    CHECK(of(0xfa).privilege == Privilege::conditional);                     // CLI
    CHECK(std::string(class_name(of(0x9c))) == "unprivileged (of the 17)");  // PUSHF
    CHECK(std::string(class_name(of(0xcf))) == "unprivileged (other)");      // IRET
    CHECK(std::string(class_name(of(0xd6))) == "innocuous");                 // SALC, though never copied
}
