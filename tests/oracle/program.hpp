// A generated program: instructions, and jumps among them that survive its being cut short.
#pragma once

#include "tests/oracle/random.hpp"
#include "tests/oracle/state.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace calque::test {

/// An instruction. Where its last bytes name another one, `target` is that one's index.
struct Item {
    enum class Patch : std::uint8_t { none, relative8, relative32, absolute32 };
    std::vector<std::uint8_t> bytes;
    unsigned row = 0;
    Patch patch = Patch::none;
    std::size_t target = 0;
    std::uint32_t undefined_before = 0;  ///< status flags that the manual leaves undefined when it is reached
    std::uint32_t undefined_after = 0;
};

struct Program {
    std::uint32_t address = 0;
    std::vector<Item> items;
    /// Whether undefined flags may have steered what came after: only engines can then be compared.
    bool native_agrees = true;

    /// The code of the first `count` items; jumps further than that go to the end.
    std::vector<std::uint8_t> code(std::size_t count) const;
    std::vector<std::uint8_t> code() const { return code(items.size()); }
    /// Does what the MOVs of constants into registers among the first `count` items do.
    void apply_moves(std::size_t count, std::array<std::uint32_t, 8>& gpr) const;
    /// The status flags that the manual leaves undefined when the first `count` items end at `eip`, by a
    /// fault or not; an EIP outside of the program is where control left it.
    std::uint32_t undefined_flags(std::size_t count, std::uint32_t eip) const;
    /// Which of the first `count` items begins at `eip`.
    std::optional<std::size_t> index_at(std::size_t count, std::uint32_t eip) const;
    /// A line an instruction: address, bytes, text; the one at `eip` is marked.
    std::string listing(std::size_t count, std::uint32_t eip) const;
};

}  // namespace calque::test
