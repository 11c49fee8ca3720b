// Every register form of the eight x87 opcodes, listed in the instruction table or not: programs made of the
// table's rows cannot show what the table leaves out.
#include "tests/oracle/oracle.hpp"
#include "tests/oracle/random_state.hpp"

#include <doctest/doctest.h>

using namespace calque;
using namespace calque::test;

namespace {

constexpr unsigned first_opcode = 0xd8, last_opcode = 0xdf, first_register_form = 0xc0;

Generated program_of(std::uint8_t opcode, std::uint8_t modrm, Random& random) {
    Generated made;
    made.state = random_state(random);
    fill(random, made.memory);
    set_x87_masks(made.state.fpu, 0x3f);
    set_x87_exceptions(made.state.fpu, 0);
    made.program.address = window::code;
    Item item;
    item.bytes = {opcode, modrm};
    item.row =
        static_cast<unsigned>(find_row(OpcodeMap::one_byte, 0x9b, first_register_form, Mandatory::none));
    made.program.items.push_back(item);
    return made;
}

}  // namespace

TEST_CASE("every register form of x87 is an instruction where it is one natively") {
    Oracle oracle;
    Random random(0);
    constexpr unsigned states = 4;
    for (unsigned opcode = first_opcode; opcode <= last_opcode; ++opcode)
        for (unsigned modrm = first_register_form; modrm <= 0xff; ++modrm)
            for (unsigned i = 0; i < states; ++i) {
                const Generated made =
                    program_of(static_cast<std::uint8_t>(opcode), static_cast<std::uint8_t>(modrm), random);
                const std::string difference = oracle.compare(made, made.program.items.size());
                CHECK_MESSAGE(difference.empty(), difference);
            }
}
