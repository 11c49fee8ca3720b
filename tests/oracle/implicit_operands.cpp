// Implicit operands.
#include "tests/oracle/implicit_operands.hpp"

#include "tests/oracle/row_traits.hpp"

#include <cstring>

namespace calque::test {
namespace {

constexpr std::uint32_t middle = window::data + window::data_size / 2;

}  // namespace

void ImplicitOperands::prepare(const Row& row, Encoding& encoding) {
    if (row.cls == InstructionClass::string) prepare_string(row, encoding);
    if (has_bit_offset(row)) program_.set_register(encoding.modrm >> 3 & 7U, random_.below(24000) - 12000);
    if (named(row, {"div", "idiv"}) && random_.chance(70)) prepare_division(row, encoding);
    if (named(row, {"cmpxchg", "cmpxchg8b"}) && random_.chance(50)) prepare_exchange(row, encoding);
    if (has_explicit_lengths(row) && random_.chance(80)) prepare_lengths(encoding);
    if (named(row, {"bound"}) && random_.chance(80)) prepare_bounds(encoding);
    if (named(row, {"xlat"}))
        addressing_.set_pointer(encoding, ebx, addressing_.operand_address(row, encoding, false));
    if (named(row, {"maskmovq", "maskmovdqu"}))
        addressing_.set_pointer(encoding, edi,
                                addressing_.operand_address(row, encoding, encoding.segment == gs_prefix));
    if (named(row, {"aam", "aad"}) && random_.chance(40)) encoding.immediate = {10};
    const bool pushes = row.reg == OperandKind::segment || named(row, {"call", "ret", "push", "pushf"});
    if (row.cls == InstructionClass::stack || pushes) prepare_stack(row, encoding);
    if (named(row, {"ret"})) prepare_return(encoding);
    if (row.cls == InstructionClass::control_transfer && row.digit >= 0) prepare_indirect(encoding);
    if (named(row, {"ldmxcsr"})) {
        const std::uint32_t place = use_place(encoding);
        program_.push(ProgramBuilder::store(place, random_mxcsr()));
    }
}

/// ESP, and EBP where it is a pointer too.
void ImplicitOperands::prepare_stack(const Row& row, Encoding& encoding) {
    const bool relative = encoding.modrm < 0xc0 && (encoding.modrm & 7U) == 4;  // perhaps to ESP
    if (program_.stack_is_lost() || (!relative && random_.chance(40)))
        program_.set_register(esp, random_stack_place(random_));
    program_.stack_is_set();
    if (named(row, {"enter", "leave"})) program_.set_register(ebp, random_stack_place(random_));
    if (!named(row, {"enter"})) return;
    const auto above = static_cast<std::uint8_t>(random_.chance(20) ? random_.byte() : 0);
    const auto level = static_cast<std::uint8_t>(random_.chance(70) ? random_.below(34) : random_.byte());
    encoding.immediate = {random_.byte(), above, level};
}

/// A dividend whose upper half is small, or the sign: otherwise most quotients overflow.
void ImplicitOperands::prepare_division(const Row& row, const Encoding& encoding) {
    const bool in_edx = encoding.modrm >= 0xc0 && (encoding.modrm & 7U) == edx;
    if (row.rm == OperandKind::gpr8) {
        const std::uint32_t value = random_.chance(50) ? random_.below(0x200) : random_.integer();
        if ((encoding.modrm & 3U) != eax || encoding.modrm < 0xc0) set_unless_base(encoding, eax, value);
    } else if (!in_edx) {
        set_unless_base(encoding, edx, random_.chance(70) ? 0U - random_.below(2) : random_.below(64));
    }
}

/// An accumulator that the destination equals.
void ImplicitOperands::prepare_exchange(const Row& row, Encoding& encoding) {
    if (encoding.modrm >= 0xc0) {
        const unsigned rm = encoding.modrm & 7U;
        if (const auto value = program_.known(row.rm == OperandKind::gpr8 ? rm & 3U : rm))
            program_.set_register(eax, row.rm == OperandKind::gpr8 && rm >= 4 ? *value >> 8 : *value);
        return;
    }
    const std::uint32_t low = random_.integer(), high = random_.integer(), place = use_place(encoding);
    program_.push(ProgramBuilder::store(place, low));
    if (row.memory_size == 8) program_.push(ProgramBuilder::store(place + 4, high));
    program_.set_register(eax, low);
    if (row.memory_size == 8) program_.set_register(edx, random_.chance(80) ? high : random_.integer());
}

/// Of no more elements than a register has, or a few more; either sign.
void ImplicitOperands::prepare_lengths(const Encoding& encoding) {
    set_unless_base(encoding, eax, random_.below(40) - 20);
    set_unless_base(encoding, edx, random_.below(40) - 20);
}

/// Bounds at or next to the index.
void ImplicitOperands::prepare_bounds(Encoding& encoding) {
    const unsigned reg = encoding.modrm >> 3 & 7U;
    const std::uint32_t index = random_.integer(), place = use_place(encoding);
    const auto near = [&] { return index + random_.below(3) - 1; };
    const std::uint32_t lower = random_.chance(50) ? near() : 0x8000'0000 | random_.integer();
    const std::uint32_t upper = random_.chance(50) ? near() : random_.integer() & 0x7fff'ffff;
    if (encoding.operand_size) {
        program_.push(ProgramBuilder::store(place, (lower & 0xffff) | upper << 16));
    } else {
        program_.push(ProgramBuilder::store(place, lower));
        program_.push(ProgramBuilder::store(place + 4, upper));
    }
    if (reg != esp) program_.set_register(reg, index);
}

/// Near each other, across pages' ends, or where memory ends before the count does.
void ImplicitOperands::prepare_string(const Row& row, Encoding& encoding) {
    if (encoding.repeat) {
        std::uint32_t count = random_.chance(10) ? 0 : random_.below(40);
        if (random_.chance(10)) count = random_.below(3000);
        if (encoding.address_size) count |= random_.below(0x10000) << 16;
        program_.set_register(ecx, count);
    }
    std::uint32_t source = middle + random_.below(64) - 32;
    std::uint32_t destination =
        random_.chance(40) ? source + random_.below(17) - 8 : source + 0x400 + random_.below(64);
    if (random_.chance(12)) source = random_border(random_) + random_.below(64) - 32;
    if (random_.chance(12)) destination = random_border(random_) + random_.below(64) - 32;
    if (random_.chance(40)) prepare_equality(row, source, destination);
    addressing_.set_pointer(encoding, esi, source);
    Encoding without_override;
    without_override.address_size = encoding.address_size;
    addressing_.set_pointer(without_override, edi, destination);
}

/// Comparisons that meet equal elements, and after some of them unequal ones.
void ImplicitOperands::prepare_equality(const Row& row, std::uint32_t source, std::uint32_t destination) {
    constexpr std::uint32_t most = 64;
    const auto inside = [](std::uint32_t place) {
        return place - most - window::data < window::data_size - 2 * most;
    };
    if (!inside(source) || !inside(destination)) return;
    std::uint8_t* const to = made_.memory.data.data() + (destination - window::data);
    if (named(row, {"scas"})) {
        std::uint32_t value = 0;
        std::memcpy(&value, to + static_cast<std::int32_t>(random_.below(2 * most) - most), sizeof(value));
        program_.set_register(eax, value);
    } else if (named(row, {"cmps"})) {
        const std::uint8_t* const from = made_.memory.data.data() + (source - window::data);
        std::memmove(to - most, from - most, std::size_t{2} * most);
        if (random_.chance(70))
            to[static_cast<std::int32_t>(random_.below(2 * most) - most)] ^= random_.byte();
    }
}

/// RET finds a target that was pushed; with 16 bits, half of one.
void ImplicitOperands::prepare_return(Encoding& encoding) {
    add_jump(ProgramBuilder::helper({0x68}, 0), Item::Patch::absolute32);
    encoding.immediate = {static_cast<std::uint8_t>(random_.below(16) * 4),
                          static_cast<std::uint8_t>(random_.chance(10) ? random_.below(0x20) : 0)};
}

/// The target of CALL and JMP through a register or memory.
void ImplicitOperands::prepare_indirect(Encoding& encoding) {
    if (encoding.modrm >= 0xc0) {
        const unsigned rm = (encoding.modrm & 7U) == esp ? unsigned{eax} : encoding.modrm & 7U;
        encoding.modrm = static_cast<std::uint8_t>((encoding.modrm & ~7U) | rm);
        program_.forget(rm);
        add_jump(ProgramBuilder::helper({0xb8 + rm}, 0), Item::Patch::absolute32);
        return;
    }
    const std::uint32_t place = use_place(encoding);
    add_jump(ProgramBuilder::store(place, 0), Item::Patch::absolute32);
}

/// Not a register that the memory operand's address was made with.
void ImplicitOperands::set_unless_base(const Encoding& encoding, unsigned number, std::uint32_t value) {
    const unsigned rm = encoding.modrm & 7U;
    if (encoding.modrm < 0xc0 && (rm == number || rm == 4 || encoding.address_size)) return;
    program_.set_register(number, value);
}

/// Gives the instruction an operand in memory at a place of its own, and returns that.
std::uint32_t ImplicitOperands::use_place(Encoding& encoding) {
    const std::uint32_t place = middle + random_.below(64) * 4;
    encoding.modrm = static_cast<std::uint8_t>((encoding.modrm & 0x38) | 5);
    encoding.address.clear();
    encoding.address_size = false;
    for (unsigned i = 0; i < 4; ++i)
        encoding.address.push_back(
            static_cast<std::uint8_t>((place - segment_base(encoding.segment)) >> 8 * i));
    return place;
}

/// Mostly valid, and never with bit 17, which some hosts have.
std::uint32_t ImplicitOperands::random_mxcsr() {
    const auto value = static_cast<std::uint32_t>(random_.next());
    if (random_.chance(10)) return value & ~(1U << 17);
    return (value & 0xffff) | (random_.chance(80) ? 0x1f80 : 0);
}

}  // namespace calque::test
