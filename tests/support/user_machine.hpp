// Ring 3 on flat memory: every exception ends a run in a handler of ring 0 that has a stack of its own.
#pragma once

#include "tests/support/flat_machine.hpp"

#include <optional>

namespace calque::test {

class UserMachine : public FlatMachine {
public:
    explicit UserMachine(const EngineKind& kind, const char* model = "max");

    /// Ring 3 at `eip`, with the other registers as they are, and all of EFLAGS but what `flags` may hold
    /// cleared.
    void enter(std::uint32_t eip, std::uint32_t flags = 0);

    /// The frame of the exception that ended a run.
    struct End {
        Vector vector;
        std::uint32_t error_code, eip, eflags;
    };
    /// Runs until an exception's handler halts; nothing if `limit` came first. The general registers are then
    /// the program's own again, and the handler's HLT is not counted.
    std::optional<End> run_to_exception(std::uint64_t limit = 100'000);

    /// Turns paging on: the first 4 MiB and, where RAM is mapped there, nothing else. Every page is the
    /// user's.
    void enable_paging();
    /// What the machine itself needs lies from here to the end of the first 4 MiB.
    static constexpr std::uint32_t system_base = 0x30'0000;
    static constexpr std::uint32_t absent = 0, read_only = 5, writable = 7;
    /// Bits 0-2 of the entry of a page below 4 MiB.
    void set_page(std::uint32_t linear, std::uint32_t rights);
    /// Maps pages of one 4 MiB region above the first, each to itself; the rest of it is absent.
    void map_user(std::uint32_t linear, std::uint32_t bytes, std::uint32_t rights = writable);
    /// Maps a page below 4 MiB to another physical page, writable.
    void map_page(std::uint32_t linear, std::uint32_t physical);

private:
    void build_tables();
};

}  // namespace calque::test
