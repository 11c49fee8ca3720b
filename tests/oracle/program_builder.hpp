// Puts instructions together, and keeps track of what holds where: known registers, a usable stack, undefined
// flags.
#pragma once

#include "tests/oracle/program.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <vector>

namespace calque::test {

/// An instruction and the helpers in front of it form a group; jumps lead to the beginning of a later group.
class ProgramBuilder {
public:
    ProgramBuilder(Program& program, const std::array<std::uint32_t, 8>& registers);

    void begin_group();
    void push(Item item);
    /// A jump over `groups` groups, or to the end if there are fewer.
    void push_jump(Item item, Item::Patch patch, unsigned groups);
    /// Jumps that are still open go to the end.
    void finish();

    /// MOV of a constant into a register.
    void set_register(unsigned number, std::uint32_t value);
    std::optional<std::uint32_t> known(unsigned number) const { return known_[number]; }
    void know(unsigned number, std::uint32_t value) { known_[number] = value; }
    void forget(unsigned number);
    /// Whether ESP may point anywhere.
    bool stack_is_lost() const { return stack_is_lost_; }
    void stack_is_set() { stack_is_lost_ = false; }
    void stack_was_written() { stack_is_lost_ = true; }

    std::uint32_t undefined_flags() const { return undefined_flags_; }

    /// Opcode bytes and an immediate or displacement of 32 bits.
    static Item helper(std::initializer_list<unsigned> opcode, std::uint32_t value);
    /// MOV of a constant to memory.
    static Item store(std::uint32_t address, std::uint32_t value);

private:
    /// A jump that has not landed, and what held when it was taken.
    struct Pending {
        unsigned groups_left;
        std::size_t item;
        bool stack_is_lost;
        std::uint32_t undefined_flags;
    };

    void land(const Pending& pending);

    Program& program_;
    std::array<std::optional<std::uint32_t>, 8> known_;
    bool stack_is_lost_ = false;
    std::uint32_t undefined_flags_ = 0;
    std::vector<Pending> pending_;
};

}  // namespace calque::test
