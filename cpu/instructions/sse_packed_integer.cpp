// SSE2 packed integer arithmetic, logic and shifts on XMM registers (SDM vol. 1, "SSE2 128-Bit SIMD
// Integer").
#include "cpu/instructions/packed_integer.hpp"
#include "cpu/instructions/sse.hpp"

#include <algorithm>
#include <utility>

namespace calque {
namespace {

using enum Mandatory;

template <std::uint8_t opcode>
bool shift_by_immediate(Cpu& cpu, const Insn& insn) {
    Xmm count{};
    count.bytes[0] = static_cast<std::uint8_t>(insn.immediate);
    host_sse::apply<p66, opcode>(rm_xmm(cpu, insn), &count);
    return true;
}

/// PSRLDQ: the whole register, by bytes.
bool shift_bytes_right(Cpu& cpu, const Insn& insn) {
    const Xmm old = rm_xmm(cpu, insn);
    const unsigned count = std::min(insn.immediate & 0xff, 16U);
    Xmm& value = rm_xmm(cpu, insn) = {};
    std::copy(old.bytes.begin() + count, old.bytes.end(), value.bytes.begin());
    return true;
}

/// PSLLDQ.
bool shift_bytes_left(Cpu& cpu, const Insn& insn) {
    const Xmm old = rm_xmm(cpu, insn);
    const unsigned count = std::min(insn.immediate & 0xff, 16U);
    Xmm& value = rm_xmm(cpu, insn) = {};
    std::copy(old.bytes.begin(), old.bytes.end() - count, value.bytes.begin() + count);
    return true;
}

template <auto semantics>
constexpr Row shift_row(const char* name, std::uint8_t group, std::int8_t digit) {
    Row row = with_mod(sse_row<semantics>(name, p66, group, 0), Mod::reg);
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
    shift_row<shift_bytes_right>("psrldq", 0x73, 3),
    shift_row<shift_bytes_left>("pslldq", 0x73, 7),
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
