// Matching of breakpoints.
#include "cpu/breakpoints.hpp"

namespace calque {
namespace {

enum Condition : unsigned { on_execution, on_write, on_io, on_access };

/// One of the four, as DR7 describes it.
struct Breakpoint {
    Breakpoint(const CpuState& state, unsigned number)
        : enabled(state.dr[7] >> 2 * number & 3),
          condition(static_cast<Condition>(state.dr[7] >> (16 + 4 * number) & 3)) {
        static constexpr std::array<std::uint32_t, 4> sizes{1, 2, 8, 4};
        size = sizes[state.dr[7] >> (18 + 4 * number) & 3];
        address = static_cast<std::uint32_t>(state.dr[number]) & ~(size - 1);
    }
    bool overlaps(std::uint32_t linear, unsigned bytes) const {
        return linear - address < size || address - linear < bytes;
    }

    bool enabled;
    Condition condition;
    std::uint32_t address, size;
};

template <typename Matches>
std::uint32_t matching(const CpuState& state, Matches matches) {
    std::uint32_t found = 0;
    for (unsigned number = 0; number < 4; ++number) {
        const Breakpoint breakpoint(state, number);
        if (breakpoint.enabled && matches(breakpoint)) found |= 1U << number;
    }
    return found;
}

}  // namespace

std::uint32_t instruction_breakpoints(const CpuState& state) {
    const std::uint32_t linear = state.linear_ip();
    return matching(state,
                    [&](const Breakpoint& b) { return b.condition == on_execution && b.address == linear; });
}

std::uint32_t data_breakpoints(const CpuState& state, std::uint32_t linear, unsigned size, AccessKind kind) {
    return matching(state, [&](const Breakpoint& b) {
        const bool wanted =
            b.condition == on_access || (b.condition == on_write && kind == AccessKind::write);
        return wanted && b.overlaps(linear, size);
    });
}

std::uint32_t io_breakpoints(const CpuState& state, std::uint16_t port, unsigned size) {
    if (!(state.cr4 & cr4::de)) return 0;
    return matching(state,
                    [&](const Breakpoint& b) { return b.condition == on_io && b.overlaps(port, size); });
}

void record_debug_conditions(CpuState& state, std::uint32_t conditions) {
    constexpr std::uint32_t breakpoints_met = 0xf;
    state.dr[6] = (state.dr[6] & ~std::uint64_t{breakpoints_met}) | conditions;
}

}  // namespace calque
