// The interpreter with a counter beside each form: what a guest's code consists of.
#pragma once

#include "cpu/engine.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

namespace calque {

/// Retires what the interpreter retires, block by block and without going on to known successors, so it is
/// slower; what it counts are executions of blocks. Single steps (under a debugger, behind MOV SS) are not
/// seen.
class CountingInterpreter final : public Engine {
public:
    explicit CountingInterpreter(BlockCache& blocks);
    ~CountingInterpreter() override;
    CountingInterpreter(const CountingInterpreter&) = delete;
    CountingInterpreter& operator=(const CountingInterpreter&) = delete;

    void execute(Cpu& cpu, BlockCache& blocks) override;
    const char* name() const override { return "interpreter"; }
    Counters counters() const override { return {}; }

    /// Of all forms that share a mnemonic and a class.
    struct Mnemonic {
        std::string name;
        const char* sensitivity = "";  ///< class_name()
        std::uint64_t decoded = 0;     ///< in blocks that were executed: the static count
        std::uint64_t executed = 0;    ///< the dynamic count; each iteration of a string instruction counts
    };
    /// The most frequently executed first.
    std::vector<Mnemonic> mnemonics() const;
    /// Operands in memory that were accessed, those on the stack and of string instructions included. A
    /// read and a write of the same one count once.
    std::uint64_t memory_operands() const;

private:
    /// Of a form, by whether ModRM names an operand in memory.
    struct Count {
        std::uint64_t decoded = 0;
        std::array<std::uint64_t, 2> executed{};
    };

    using Counts = std::vector<Count>;  ///< by row; the last is for what no row lists

    void run(Cpu& cpu, Block& block, bool single);
    void correct(const Block& block, unsigned retired, std::uint64_t paid);
    static void add(const Block& block, std::uint64_t executions, Counts& counts);
    Counts all_counts() const;

    BlockCache& blocks_;
    Counts counts_;  ///< of blocks that are gone, and what executions of blocks by themselves do not tell
    std::unordered_set<const Block*> seen_;
};

}  // namespace calque
