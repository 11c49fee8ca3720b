// SSE2 packed integer arithmetic, logic and shifts on XMM registers (SDM vol. 1, "SSE2 128-Bit SIMD
// Integer").
#include "cpu/instructions/packed_integer.hpp"
#include "cpu/instructions/sse.hpp"

#include <algorithm>
#include <utility>

namespace calque {
namespace {

using enum Mandatory;

using Quadwords = std::uint64_t __attribute__((vector_size(16)));

template <std::uint8_t opcode>
bool shift_by_immediate(Cpu& cpu, const Insn& insn) {
    // Written as a whole: a host that reads 16 bytes which were stored in parts waits for them.
    const Quadwords count{insn.immediate & 0xff};
    host_sse::apply<p66, opcode>(rm_xmm(cpu, insn), &count);
    return true;
}

/// PSRLDQ and, with `left`, PSLLDQ: the whole register, by bytes.
template <bool left>
bool shift_bytes(Cpu& cpu, const Insn& insn) {
    Quadwords value;
    std::memcpy(&value, &rm_xmm(cpu, insn), sizeof(value));
    constexpr unsigned near = left ? 0 : 1, far = 1 - near;  // bits move from the one to the other
    const auto shifted = [](std::uint64_t half, unsigned bits) {
        return bits > 63 ? 0 : left ? half << bits : half >> bits;
    };
    const auto entering = [](std::uint64_t half, unsigned bits) {
        return bits == 0 ? 0 : left ? half >> (64 - bits) : half << (64 - bits);
    };
    const unsigned bits = 8 * (insn.immediate & 0xff);
    value[far] =
        bits < 64 ? shifted(value[far], bits) | entering(value[near], bits) : shifted(value[near], bits - 64);
    value[near] = shifted(value[near], bits);
    std::memcpy(rm_xmm(cpu, insn).bytes.data(), &value, sizeof(value));
    return true;
}

template <auto semantics>
constexpr Row shift_row(const char* name, std::uint8_t group, std::int8_t digit) {
    Row row = only(Mod::reg, sse_row(name, p66, group, 0, handlers_any(threaded<semantics>)));
    row.digit = digit;
    row.reg = OperandKind::digit;
    row.reg_access = Access::none;
    row.rm_access = Access::read_write;
    return row;
}

template <std::size_t... index>
constexpr auto make_packed_rows(std::index_sequence<index...>) {
    return std::array{sse_plain_row<p66, packed_integers[index].opcode, 16>(packed_integers[index].name)...};
}
template <std::size_t... index>
constexpr auto make_shift_rows(std::index_sequence<index...>) {
    return std::array{shift_row<shift_by_immediate<packed_shifts[index].by_register>>(
        packed_shifts[index].name, packed_shifts[index].group, packed_shifts[index].digit)...};
}

constexpr auto packed_rows = make_packed_rows(std::make_index_sequence<packed_integers.size()>{});
constexpr auto shift_rows = make_shift_rows(std::make_index_sequence<packed_shifts.size()>{});
constexpr std::array other_rows{
    sse_plain_row<p66, 0x6c, 16>("punpcklqdq"),
    sse_plain_row<p66, 0x6d, 16>("punpckhqdq"),
    shift_row<shift_bytes<false>>("psrldq", 0x73, 3),
    shift_row<shift_bytes<true>>("pslldq", 0x73, 7),
};

constexpr auto rows = [] {
    std::array<Row, packed_rows.size() + shift_rows.size() + other_rows.size()> all;
    const auto behind_packed = std::ranges::copy(packed_rows, all.begin()).out;
    const auto behind_shifts = std::ranges::copy(shift_rows, behind_packed).out;
    std::ranges::copy(other_rows, behind_shifts);
    return all;
}();

}  // namespace

std::span<const Row> sse_packed_integer_rows() { return rows; }

}  // namespace calque
