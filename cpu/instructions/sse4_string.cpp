// SSE4.2: comparison of strings, and CRC32 (SDM vol. 1, "Comparison and String Instructions").
#include "cpu/host_sse4.hpp"
#include "cpu/instructions/sse.hpp"

#include <algorithm>
#include <bit>

namespace calque {
namespace {

using soft::StringLengths;

constexpr unsigned words = 1;  ///< of the immediate: elements are words, not bytes

unsigned count_of(unsigned control) { return control & words ? 8 : 16; }

/// An explicit length: its magnitude, and no more than the register holds.
unsigned saturated(std::uint32_t length, unsigned count) {
    const std::uint32_t magnitude = length >> 31 ? 0U - length : length;
    return std::min<std::uint32_t>(magnitude, count);
}

/// An implicit length: up to the first element that is zero.
unsigned length_of(const Xmm& value, unsigned control) {
    const unsigned size = control & words ? 2 : 1;
    unsigned length = 0;
    while (length < count_of(control) && (value.bytes[length * size] || value.bytes[(length + 1) * size - 1]))
        ++length;
    return length;
}

/// IntRes2: polarity, bits 4 and 5 of the immediate.
unsigned apply_polarity(unsigned control, unsigned result, unsigned valid_right) {
    const unsigned all = (1U << count_of(control)) - 1;
    switch (control >> 4 & 3) {
        case 1: return result ^ all;
        case 3: return result ^ ((1U << valid_right) - 1);
        default: return result;
    }
}

/// SDM vol. 2B, "PCMPESTRI": PF and AF are cleared.
void set_flags(Cpu& cpu, unsigned control, unsigned result, const StringLengths& lengths) {
    const unsigned count = count_of(control);
    cpu.state.status = StatusFlags::unpack((result ? flag::cf : 0) | (lengths[1] < count ? flag::zf : 0) |
                                           (lengths[0] < count ? flag::sf : 0) | (result & 1 ? flag::of : 0));
}

/// ECX: the position of the first, or with bit 6 of the immediate of the last, that was found.
void put_index(Cpu& cpu, unsigned control, unsigned result) {
    const auto last = static_cast<unsigned>(std::bit_width(result)) - 1;
    const auto first = static_cast<unsigned>(std::countr_zero(result));
    const unsigned found = control & 0x40 ? last : first;
    cpu.state.gpr[ecx] = result ? found : count_of(control);
}

/// XMM0: a bit, or with bit 6 of the immediate a whole element, for each position.
void put_mask(Cpu& cpu, unsigned control, unsigned result) {
    Xmm mask{};
    if (!(control & 0x40)) {
        std::memcpy(mask.bytes.data(), &result, sizeof(result));
    } else {
        const unsigned size = control & words ? 2 : 1;
        for (unsigned i = 0; i < mask.bytes.size(); ++i) mask.bytes[i] = result >> i / size & 1 ? 0xff : 0;
    }
    cpu.state.fpu.xmm[0] = mask;
}

/// PCMPESTRI and its kind.
template <bool explicit_lengths, auto put_result>
bool compare(Cpu& cpu, const Insn& insn) {
    Xmm right;
    if (!read_unaligned16(cpu, insn, right)) return false;
    const Xmm& left = reg_xmm(cpu, insn);
    const unsigned control = insn.immediate, count = count_of(control);
    const StringLengths lengths =
        explicit_lengths
            ? StringLengths{saturated(cpu.state.reg32(eax), count), saturated(cpu.state.reg32(edx), count)}
            : StringLengths{length_of(left, control), length_of(right, control)};
    const unsigned found = host_sse::compare_strings(control & 15, left, right, lengths);
    const unsigned result = apply_polarity(control, found, lengths[1]);
    set_flags(cpu, control, result, lengths);
    put_result(cpu, control, result);
    return true;
}

/// CRC32: a register destination of 32 bits whatever the source's size; the flags stay.
template <typename Rm>
struct AccumulateCrc {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        T source;
        if (!Rm::read(cpu, insn, source)) return false;
        const auto crc = register_at<std::uint32_t>(cpu.state, insn.reg);
        return RegOperand::write(cpu, insn, host_sse::crc32c(crc, source));
    }
};

template <auto semantics>
constexpr Row string_row(const char* name, std::uint8_t opcode) {
    Row row = unaligned(in_map(OpcodeMap::map_0f3a, sse_row<semantics>(name, Mandatory::p66, opcode, 16)));
    row.reg_access = Access::read;
    row.flags.written = flag::status;
    return needing(feature::sse42, row);
}
constexpr Row crc_row(std::uint8_t opcode, OperandKind source, const Handlers& handlers) {
    return {.name = "crc32",
            .map = OpcodeMap::map_0f38,
            .opcode = opcode,
            .mandatory = Mandatory::pf2,
            .reg = OperandKind::gpr32,
            .rm = source,
            .rm_access = Access::read,
            .reg_access = Access::read_write,
            .cls = InstructionClass::innocuous,
            .features = feature::sse42,
            .handlers = handlers};
}

constexpr std::array rows{
    string_row<compare<true, put_mask>>("pcmpestrm", 0x60),
    string_row<compare<true, put_index>>("pcmpestri", 0x61),
    string_row<compare<false, put_mask>>("pcmpistrm", 0x62),
    string_row<compare<false, put_index>>("pcmpistri", 0x63),
    crc_row(0xf0, OperandKind::gpr8, handlers_b<AccumulateCrc>()),
    crc_row(0xf1, OperandKind::gpr, handlers_v<AccumulateCrc>()),
};

}  // namespace

std::span<const Row> sse4_string_rows() { return rows; }

}  // namespace calque
