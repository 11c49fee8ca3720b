// Named rules for the 80286 vectors.
#include "frontend/vectors/vector_rules.hpp"

#include "cpu/instruction_table.hpp"
#include "cpu/state.hpp"

#include <algorithm>
#include <cstdlib>

namespace calque {
namespace {

constexpr std::uint8_t invalid_opcode = 6, stack_fault = 12, general_protection = 13;

bool is_prefix(std::uint8_t byte) {
    constexpr std::array<std::uint8_t, 7> prefixes{0xf0, 0xf2, 0xf3, 0x26, 0x2e, 0x36, 0x3e};
    return std::ranges::find(prefixes, byte) != prefixes.end();
}

/// The fields of a test's instruction.
struct Fields {
    explicit Fields(const MooTest& test) {
        const auto first = std::ranges::find_if_not(test.bytes, is_prefix);
        lock = std::find(test.bytes.begin(), first, 0xf0) != first;
        const auto at = [&](std::ptrdiff_t offset) {
            return test.bytes.end() - first > offset ? first[offset] : std::uint8_t{0};
        };
        opcode = at(0);
        modrm = at(1);
        row = find_row(OpcodeMap::one_byte, opcode, modrm, Mandatory::none);
        length = test.bytes.size() - 1;  // without the HLT
    }
    unsigned digit() const { return modrm >> 3 & 7U; }
    const Row* known() const {
        return row < 0 ? nullptr : &instruction_table()[static_cast<std::size_t>(row)];
    }

    bool lock = false;
    std::uint8_t opcode = 0, modrm = 0;
    int row = -1;
    std::size_t length = 0;
};

constexpr std::uint32_t bit(MooRegister name) { return 1U << static_cast<unsigned>(name); }
bool only(const VectorDifference& difference, std::uint32_t registers) {
    return !(difference.registers & ~registers) && !difference.memory && !difference.pushed_flags &&
           !difference.high_flags;
}
std::uint16_t of(const std::array<std::uint16_t, moo_register_count>& registers, MooRegister name) {
    return registers[static_cast<unsigned>(name)];
}

bool refuses_lock(const MooTest& test, const VectorDifference& difference) {
    const Fields fields(test);
    const Row* row = fields.known();
    const bool lockable = row && (row->attributes & attribute::lockable) && fields.modrm < 0xc0;
    return fields.lock && !lockable && difference.vector == invalid_opcode && difference.restartable;
}

bool holds_high_flags(const MooTest& test, const VectorDifference& difference) {
    const std::uint8_t opcode = Fields(test).opcode;
    return (opcode == 0x9d || opcode == 0xcf) && difference.high_flags && !difference.registers &&
           !difference.memory && !difference.pushed_flags;
}

bool allows_length(const MooTest& test, const VectorDifference& difference) {
    return test.exception == general_protection && Fields(test).length > 10 &&
           difference.vector != general_protection;
}

bool knows_fs_and_gs(const MooTest& test, const VectorDifference& difference) {
    const Fields fields(test);
    return (fields.opcode == 0x8c || fields.opcode == 0x8e) && (fields.digit() == 4 || fields.digit() == 5) &&
           test.exception == invalid_opcode && !difference.vector;
}

bool raises_stack_fault(const MooTest& test, const VectorDifference& difference) {
    return test.exception == general_protection && difference.vector == stack_fault && only(difference, 0);
}

/// SI and DI differ by one word each at most, CX by two iterations (STOS and INS count ahead).
bool leaves_indexes(const MooTest& test, const VectorDifference& difference) {
    const std::uint8_t opcode = Fields(test).opcode;
    const bool is_string =
        (opcode & 0xfc) == 0x6c || (opcode >= 0xa4 && opcode <= 0xaf && (opcode & 0xfe) != 0xa8);
    const auto distance = [&](MooRegister name) {
        return std::abs(static_cast<std::int16_t>(of(difference.found, name) - of(test.after, name)));
    };
    using enum MooRegister;
    return is_string && test.exception == general_protection &&
           (difference.vector == general_protection || difference.vector == stack_fault) &&
           only(difference, bit(si) | bit(di) | bit(cx)) && distance(si) <= 2 && distance(di) <= 2 &&
           distance(cx) <= 2;
}

bool leaves_stack_pointer(const MooTest& test, const VectorDifference& difference) {
    return Fields(test).opcode == 0x8f && test.exception == general_protection &&
           (difference.vector == general_protection || difference.vector == stack_fault) &&
           difference.registers == bit(MooRegister::sp) && difference.restartable &&
           of(test.after, MooRegister::sp) ==
               static_cast<std::uint16_t>(of(difference.found, MooRegister::sp) + 2);
}

bool divides_by_zero_in_aam(const MooTest& test, const VectorDifference& difference) {
    const Fields fields(test);
    return fields.opcode == 0xd4 && fields.modrm == 0 && test.exception == 0 && difference.vector == 0 &&
           !(difference.registers & ~bit(MooRegister::flags)) && !difference.memory;
}

bool overlooks_overflow(const MooTest& test, const VectorDifference& difference) {
    const Fields fields(test);
    return fields.opcode == 0xf6 && fields.digit() == 7 && !test.exception && difference.vector == 0 &&
           difference.restartable && (of(test.after, MooRegister::ax) & 0xff) == 0x80;
}

constexpr std::array rules{
    VectorRule{"lock",
               "the 386 and later raise #UD for LOCK before an instruction that may not be locked (SDM vol. "
               "2A, \"LOCK\")",
               refuses_lock},
    VectorRule{
        "flags-12-15",
        "the 386 and later let POPF and IRET change NT and IOPL in real mode (SDM vol. 3B, \"Architecture "
        "Compatibility\", \"New Flags in the EFLAGS Register\")",
        holds_high_flags},
    VectorRule{
        "length",
        "the 286 refuses instructions longer than 10 bytes, later processors longer than 15 (SDM vol. 3B, "
        "\"Architecture Compatibility\", \"Limits on instruction length\")",
        allows_length},
    VectorRule{"fs-gs",
               "the 386 and later have FS and GS where the 286 raises #UD (SDM vol. 2B, \"MOV\"; vol. 3B, "
               "\"Architecture "
               "Compatibility\")",
               knows_fs_and_gs},
    VectorRule{"stack-fault",
               "the 386 and later report a stack operand beyond the segment's limit by #SS in real mode too, "
               "the 286 by "
               "interrupt 13 (SDM vol. 3B, \"Real-Address Mode Exceptions and Interrupts\")",
               raises_stack_fault},
    VectorRule{
        "string-index",
        "the 286 leaves SI, DI and CX advanced when an element crosses the segment's limit; later processors "
        "restart the iteration (SDM vol. 3A, \"Program or Task Restart\")",
        leaves_indexes},
    VectorRule{"pop-memory",
               "the 286 leaves SP incremented when the destination of POP faults; later processors restart "
               "POP (SDM vol. "
               "3A, \"Program or Task Restart\")",
               leaves_stack_pointer},
    VectorRule{"aam-zero",
               "the flags that AAM 0 leaves when it raises #DE are not defined (SDM vol. 2A, \"AAM\")",
               divides_by_zero_in_aam},
    VectorRule{"idiv-overflow",
               "the 286 overlooks some quotients below -128 and returns 80h; later processors raise #DE (SDM "
               "vol. 2A, "
               "\"IDIV\")",
               overlooks_overflow},
};

}  // namespace

std::span<const VectorRule> vector_rules() { return rules; }

const VectorRule* rule_for(const MooTest& test, const VectorDifference& difference) {
    const auto found =
        std::ranges::find_if(rules, [&](const VectorRule& rule) { return rule.excuses(test, difference); });
    return found == rules.end() ? nullptr : &*found;
}

std::uint16_t defined_flags(const MooTest& test) {
    const Fields fields(test);
    if (!fields.known()) return 0xffff;
    std::uint32_t undefined = fields.known()->flags.undefined;
    const std::uint8_t op = fields.opcode;
    const bool by_one = op == 0xd0 || op == 0xd1, by_cl = op == 0xd2 || op == 0xd3;
    if (by_one || by_cl || op == 0xc0 || op == 0xc1) {
        const unsigned immediate = test.bytes[test.bytes.size() - 2];
        const unsigned count = by_one ? 1 : (by_cl ? of(test.before, MooRegister::cx) : immediate) & 31U;
        if (count == 0) undefined = 0;           // nothing changes
        if (count == 1) undefined &= ~flag::of;  // defined for a count of one
    }
    return static_cast<std::uint16_t>(~undefined);
}

}  // namespace calque
