// Makes a failing test plainer.
#include "tests/oracle/reduction.hpp"

#include <algorithm>
#include <span>

namespace calque::test {
namespace {

class Reduction {
public:
    Reduction(Generated& made, const StillFails& still_fails) : made_(made), still_fails_(still_fails) {}

    /// All of the bytes at once, or else each half by itself, down to `least`.
    void clear(std::span<std::uint8_t> bytes, std::size_t least) {
        if (std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; })) return;
        const std::vector<std::uint8_t> before(bytes.begin(), bytes.end());
        std::ranges::fill(bytes, std::uint8_t{0});
        if (still_fails_(made_)) return;
        std::ranges::copy(before, bytes.begin());
        if (bytes.size() <= least) return;
        clear(bytes.first(bytes.size() / 2), least);
        clear(bytes.last(bytes.size() - bytes.size() / 2), least);
    }
    template <typename T>
    void clear_to(T& value, T plain) {
        const T before = value;
        value = plain;
        if (before != plain && !still_fails_(made_)) value = before;
    }

private:
    Generated& made_;
    const StillFails& still_fails_;
};

}  // namespace

void reduce(Generated& made, const StillFails& still_fails) {
    Reduction reduction(made, still_fails);
    reduction.clear(made.memory.data, 16);
    reduction.clear(made.memory.stack, 16);
    const std::span<std::uint8_t> image(made.state.fpu);
    for (std::size_t at = 32; at < 288; at += 16) reduction.clear(image.subspan(at, 16), 8);
    reduction.clear(image.subspan(2, 3), 1);
    for (std::uint32_t& value : made.state.gpr) reduction.clear_to(value, std::uint32_t{0});
    reduction.clear_to(made.state.eflags, std::uint32_t{2});
}

}  // namespace calque::test
