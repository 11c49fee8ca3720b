// Which memory operands of a block lie at known distances from each other, so that one check serves them all.
#pragma once

#include "cpu/block.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace calque {

/// A value relative to another one: `root` numbers an unknown value, `offset` is the distance from it. Root 0
/// is the number 0.
struct KnownValue {
    std::uint32_t root = 0;
    std::uint32_t offset = 0;
};

/// The registers of an address; 16: none.
struct AddressRegisters {
    std::uint8_t base = 16, index = 16, scale = 0;
};

/// Whether this is, most likely, an operand on the stack: by ESP, or by EBP as a frame pointer.
constexpr bool is_on_stack(const AddressRegisters& registers, std::uint32_t displacement) {
    constexpr std::uint8_t esp = 4, ebp = 5;
    if (registers.base == esp) return true;
    return registers.base == ebp && registers.index > 7 && static_cast<std::int32_t>(displacement) < 0;
}

/// Bytes [low, high) from a root, accessed by instructions `first` to `last`.
struct AddressWindow {
    std::uint32_t root = 0;
    std::uint8_t first = 0, last = 0;
    bool writes = false;
    std::uint32_t low = 0;  ///< distance from the root
    std::uint32_t size = 0;
};

/// The windows of one block. They do not overlap in time: one register holds the present one's host pointer.
class AddressWindows {
public:
    /// Flat 32-bit operands only. Those on the stack need none if `stack_apart`.
    AddressWindows(const Block& block, std::uint32_t mode, bool stack_apart);

    /// The window that holds `size` bytes at `registers` + `displacement` for the instruction, or nullptr.
    const AddressWindow* find(std::uint8_t at, const AddressRegisters& registers, std::uint32_t displacement,
                              unsigned size, bool write) const;
    /// The sum of the registers before instruction `at`.
    KnownValue value(std::uint8_t at, const AddressRegisters& registers) const {
        return sum(values_[at], registers);
    }
    /// Registers that, before instruction `at`, hold what the window is relative to.
    std::optional<AddressRegisters> registers_of(std::uint8_t at, const AddressWindow& window) const;

private:
    using Values = std::array<KnownValue, 8>;
    struct Access {
        std::uint32_t root;
        std::uint8_t index;
        bool write;
        std::uint32_t offset;
        std::uint32_t size;
    };
    class Scan;

    static KnownValue sum(const Values& values, const AddressRegisters& registers);
    void choose(const std::vector<Access>& accesses);

    std::vector<Values> values_;  ///< before each instruction, and after the last
    std::vector<AddressWindow> windows_;
};

}  // namespace calque
