// Operands that no ModRM byte names: pointers, counters, the stack, and values that must fit together.
#pragma once

#include "tests/oracle/addressing.hpp"
#include "tests/oracle/generator.hpp"

namespace calque::test {

/// Prepares registers and memory by MOVs in front of an instruction.
class ImplicitOperands {
public:
    ImplicitOperands(Random& random, Generated& made, ProgramBuilder& program, Addressing& addressing)
        : random_(random), made_(made), program_(program), addressing_(addressing) {}

    void prepare(const Row& row, Encoding& encoding);

private:
    void prepare_stack(const Row& row, Encoding& encoding);
    void prepare_division(const Row& row, const Encoding& encoding);
    void prepare_exchange(const Row& row, Encoding& encoding);
    void prepare_lengths(const Encoding& encoding);
    void prepare_bounds(Encoding& encoding);
    void prepare_string(const Row& row, Encoding& encoding);
    void prepare_equality(const Row& row, std::uint32_t source, std::uint32_t destination);
    void prepare_return(Encoding& encoding);
    void prepare_indirect(Encoding& encoding);
    void add_jump(Item item, Item::Patch patch) {
        program_.push_jump(std::move(item), patch, random_.below(3));
    }
    void set_unless_base(const Encoding& encoding, unsigned number, std::uint32_t value);
    std::uint32_t use_place(Encoding& encoding);
    std::uint32_t random_mxcsr();

    Random& random_;
    Generated& made_;
    ProgramBuilder& program_;
    Addressing& addressing_;
};

}  // namespace calque::test
