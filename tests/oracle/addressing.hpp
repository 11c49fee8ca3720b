// Memory operands: where they lie, and which of the addressing forms says so.
#pragma once

#include "tests/oracle/aim.hpp"
#include "tests/oracle/encoder.hpp"
#include "tests/oracle/program_builder.hpp"
#include "tests/oracle/random.hpp"

#include <cstdint>

namespace calque::test {

/// Places that pushes and pops start from: mostly well inside the stack, or near a border of it or of its
/// pages.
std::uint32_t random_stack_place(Random& random);
/// A place in front of which or behind which memory ends or can only be read.
std::uint32_t random_border(Random& random);

inline constexpr std::uint8_t fs_prefix = 0x64, gs_prefix = 0x65;
/// What a segment override prefix adds to offsets.
std::uint32_t segment_base(std::uint8_t override_prefix);

/// Chooses addresses and puts them into an encoding. Registers that an address needs are set by a MOV in
/// front unless they are known.
class Addressing {
public:
    Addressing(Random& random, ProgramBuilder& program) : random_(random), program_(program) {}

    /// A linear address for a row's memory operand. `sure`: where memory can be read and written.
    std::uint32_t operand_address(const Row& row, const Encoding& encoding, bool sure);
    /// One at a border.
    std::uint32_t address_at(Border border, const Row& row, const Encoding& encoding);
    /// ModRM, SIB and displacement of an operand at a linear address, or of any that 16 bits can express.
    void choose(const Row& row, Encoding& encoding, std::uint32_t address);
    /// MOV's address without ModRM.
    void choose_direct(Encoding& encoding, std::uint32_t address);
    /// An operand of 32-bit addresses relative to ESP.
    void choose_on_stack(Encoding& encoding);
    /// The register's value for an implicit address: with 16-bit addresses only its low half counts.
    void set_pointer(const Encoding& encoding, unsigned number, std::uint32_t address);

private:
    std::uint32_t near_border(const Row& row, const Encoding& encoding);
    void put(Encoding& encoding, std::uint32_t value, unsigned size);
    void put_displacement(Encoding& encoding, std::uint32_t displacement, unsigned base);
    void choose_32(const Row& row, Encoding& encoding, std::uint32_t offset);
    void choose_16(Encoding& encoding, std::uint16_t offset);
    void choose_indexed(Encoding& encoding, std::uint32_t offset);
    void choose_without_base(Encoding& encoding, std::uint32_t offset);
    unsigned choose_base(const Row& row, const Encoding& encoding);
    std::uint16_t low_half(unsigned number);

    Random& random_;
    ProgramBuilder& program_;
};

}  // namespace calque::test
