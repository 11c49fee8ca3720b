// SSE and SSE2 data movement (SDM vol. 1, "SSE Data Transfer Instructions", "Cacheability Control").
#include "cpu/instructions/byte_mask.hpp"
#include "cpu/instructions/mmx.hpp"
#include "cpu/instructions/sse.hpp"

#include <optional>
#include <type_traits>

namespace calque {
namespace {

using enum Mandatory;

/// A register as a vector of elements of `size` bytes. Registers are written as a whole: a host that reads 16
/// bytes which were stored in parts waits for them.
using Doublewords = std::uint32_t __attribute__((vector_size(16)));
using Quadwords = std::uint64_t __attribute__((vector_size(16)));
template <unsigned size>
using Elements = std::conditional_t<size == 4, Doublewords, Quadwords>;
template <unsigned size>
using Element = std::conditional_t<size == 4, std::uint32_t, std::uint64_t>;

/// Copies `size` bytes between places in registers.
template <unsigned size>
void copy(Xmm& to, unsigned to_byte, const Xmm& from, unsigned from_byte) {
    Elements<size> source, result;
    std::memcpy(&source, &from, sizeof(source));
    std::memcpy(&result, &to, sizeof(result));
    result[to_byte / size] = source[from_byte / size];
    std::memcpy(to.bytes.data(), &result, sizeof(result));
}

/// What becomes of the bytes that a load does not write.
enum class Rest { kept, cleared };

/// Memory to bytes `place`.. of ModRM.reg.
template <unsigned size, Rest rest, unsigned place = 0>
struct Load {
    template <typename Memory>
    struct Form {
        static bool run(Cpu& cpu, const Insn& insn) {
            Xmm& destination = reg_xmm(cpu, insn);
            if constexpr (size == 16) {
                return Memory::read(cpu, insn, destination);
            } else {
                Element<size> element;
                if (!Memory::read(cpu, insn, element)) return false;
                Elements<size> result{};
                if constexpr (rest == Rest::kept) std::memcpy(&result, &destination, sizeof(result));
                result[place / size] = element;
                std::memcpy(destination.bytes.data(), &result, sizeof(result));
                return true;
            }
        }
    };
};

/// Bytes `place`.. of ModRM.reg to memory.
template <unsigned size, unsigned place = 0>
struct Store {
    template <typename Memory>
    struct Form {
        static bool run(Cpu& cpu, const Insn& insn) {
            std::array<std::uint8_t, size> bytes;
            std::memcpy(bytes.data(), reg_xmm(cpu, insn).bytes.data() + place, size);
            return Memory::write(cpu, insn, bytes);
        }
    };
};

/// MOVNTI.
template <typename Memory>
struct StoreGpr {
    static bool run(Cpu& cpu, const Insn& insn) {
        return Memory::write(cpu, insn, register_at<std::uint32_t>(cpu.state, insn.reg));
    }
};

/// Where a form's operand is in memory: any address, or multiples of 16 only.
struct Anywhere {
    using Complete = RmMemory;
    using Plain = PlainMemory;
    using Flat = FlatMemory;
    using Indexed = IndexedMemory;
};
struct Aligned {
    struct Complete {
        static bool read(Cpu& cpu, const Insn& insn, Xmm& value) {
            return check_aligned16(cpu, insn) && RmMemory::read(cpu, insn, value);
        }
        static bool write(Cpu& cpu, const Insn& insn, const std::array<std::uint8_t, 16>& bytes) {
            return check_aligned16(cpu, insn) && RmMemory::write(cpu, insn, bytes);
        }
    };
    using Plain = DirectMemory<PlainAddress, Alignment::natural>;
    using Flat = DirectMemory<FlatBase, Alignment::natural>;
    using Indexed = DirectMemory<FlatIndexed, Alignment::natural>;
};

// Between registers.

bool load_all(Cpu& cpu, const Insn& insn) {
    reg_xmm(cpu, insn) = rm_xmm(cpu, insn);
    return true;
}
bool store_all(Cpu& cpu, const Insn& insn) {
    rm_xmm(cpu, insn) = reg_xmm(cpu, insn);
    return true;
}
/// MOVSS, MOVSD: from memory the rest is cleared, between registers it is kept.
template <unsigned size>
bool load_scalar(Cpu& cpu, const Insn& insn) {
    copy<size>(reg_xmm(cpu, insn), 0, rm_xmm(cpu, insn), 0);
    return true;
}
template <unsigned size>
bool store_scalar(Cpu& cpu, const Insn& insn) {
    copy<size>(rm_xmm(cpu, insn), 0, reg_xmm(cpu, insn), 0);
    return true;
}
/// MOVHLPS, MOVLHPS.
template <unsigned to_byte, unsigned from_byte>
bool move_half(Cpu& cpu, const Insn& insn) {
    copy<8>(reg_xmm(cpu, insn), to_byte, rm_xmm(cpu, insn), from_byte);
    return true;
}
/// MOVQ between XMM registers clears the upper half.
bool load_quadword(Cpu& cpu, const Insn& insn) {
    Xmm value{};
    copy<8>(value, 0, rm_xmm(cpu, insn), 0);
    reg_xmm(cpu, insn) = value;
    return true;
}
bool store_quadword(Cpu& cpu, const Insn& insn) {
    Xmm value{};
    copy<8>(value, 0, reg_xmm(cpu, insn), 0);
    rm_xmm(cpu, insn) = value;
    return true;
}
/// MOVD to and from a general register.
bool load_doubleword(Cpu& cpu, const Insn& insn) {
    const Doublewords value{register_at<std::uint32_t>(cpu.state, insn.rm)};
    std::memcpy(reg_xmm(cpu, insn).bytes.data(), &value, sizeof(value));
    return true;
}
bool store_doubleword(Cpu& cpu, const Insn& insn) {
    std::uint32_t value;
    std::memcpy(&value, reg_xmm(cpu, insn).bytes.data(), sizeof(value));
    set_register_at(cpu.state, insn.rm, value);
    return true;
}

bool movq2dq(Cpu& cpu, const Insn& insn) {
    if (!begin_x87(cpu)) return false;
    const std::uint64_t value = host_x87::read_mm(insn.modrm_rm());
    reg_xmm(cpu, insn) = {};
    std::memcpy(reg_xmm(cpu, insn).bytes.data(), &value, sizeof(value));
    return true;
}
bool movdq2q(Cpu& cpu, const Insn& insn) {
    if (!begin_x87(cpu)) return false;
    std::uint64_t value;
    std::memcpy(&value, rm_xmm(cpu, insn).bytes.data(), sizeof(value));
    host_x87::write_mm(insn.modrm_reg(), value);
    return true;
}

bool maskmovdqu(Cpu& cpu, const Insn& insn) {
    return store_masked(cpu, insn, reg_xmm(cpu, insn).bytes, rm_xmm(cpu, insn).bytes);
}

/// MOVMSKPS, MOVMSKPD, PMOVMSKB: the top bit of each element.
template <unsigned element>
bool move_mask(Cpu& cpu, const Insn& insn) {
    Quadwords halves;
    std::memcpy(&halves, &rm_xmm(cpu, insn), sizeof(halves));
    std::uint32_t mask = 0;
    for (unsigned i = 0; i < 2; ++i) {
        // One bit in eight to the top eight bits: their places are 7, 15 .. 63.
        constexpr std::uint64_t tops = 0x8080'8080'8080'8080, gather = 0x0002'0408'1020'4081;
        const auto bytes = static_cast<std::uint32_t>((halves[i] & tops) * gather >> 56);
        if constexpr (element == 1) mask |= bytes << (8 * i);
        if constexpr (element == 4) mask |= ((bytes >> 3 & 1) | (bytes >> 6 & 2)) << (2 * i);
        if constexpr (element == 8) mask |= bytes >> 7 << i;
    }
    set_register_at(cpu.state, insn.reg, mask);
    return true;
}

// Rows.

template <typename Places, template <typename Memory> class Form>
constexpr Handlers by_memory(Handler registers) {
    constexpr auto complete = Form<typename Places::Complete>::run;
    return sse_handlers(registers, threaded_plain<Form<typename Places::Plain>::run, complete>,
                        threaded_plain<Form<typename Places::Flat>::run, complete>,
                        threaded_plain<Form<typename Places::Indexed>::run, complete>);
}
template <typename Places>
constexpr Row load_all_row(const char* name, Mandatory mandatory, std::uint8_t opcode) {
    constexpr auto handlers = by_memory<Places, Load<16, Rest::cleared>::template Form>(threaded<load_all>);
    const Row row = writes_reg(sse_row(name, mandatory, opcode, 16, handlers));
    return std::is_same_v<Places, Aligned> ? row : unaligned(row);
}
template <typename Places>
constexpr Row store_all_row(const char* name, Mandatory mandatory, std::uint8_t opcode) {
    constexpr auto handlers = by_memory<Places, Store<16>::template Form>(threaded<store_all>);
    const Row row = stores(sse_row(name, mandatory, opcode, 16, handlers));
    return std::is_same_v<Places, Aligned> ? row : unaligned(row);
}
/// Loads and stores of fewer bytes; `registers` does the form between registers, if there is one.
template <unsigned size, Rest rest, unsigned place = 0>
constexpr Row load_row(const char* name, Mandatory mandatory, std::uint8_t opcode,
                       std::optional<Handler> registers = {}) {
    const auto handlers =
        by_memory<Anywhere, Load<size, rest, place>::template Form>(registers.value_or(nullptr));
    const Row row = sse_row(name, mandatory, opcode, size, handlers);
    return registers ? row : only(Mod::memory, row);
}
template <unsigned size, unsigned place = 0>
constexpr Row store_row(const char* name, Mandatory mandatory, std::uint8_t opcode,
                        std::optional<Handler> registers = {}) {
    const auto handlers = by_memory<Anywhere, Store<size, place>::template Form>(registers.value_or(nullptr));
    const Row row = stores(sse_row(name, mandatory, opcode, size, handlers));
    return registers ? row : only(Mod::memory, row);
}
template <auto semantics>
constexpr Row between_registers(const char* name, Mandatory mandatory, std::uint8_t opcode) {
    return only(Mod::reg, sse_row(name, mandatory, opcode, 0, handlers_any(threaded<semantics>)));
}
template <auto semantics>
constexpr Row to_gpr(const char* name, Mandatory mandatory, std::uint8_t opcode) {
    return writes_reg(with_reg(between_registers<semantics>(name, mandatory, opcode), OperandKind::gpr32));
}
constexpr Row in_sse2(Row row) { return needing(feature::sse2, row); }

constexpr Row movnti_row() {
    Row row = sse_row("movnti", none, 0xc3, 4, by_memory<Anywhere, StoreGpr>(nullptr));
    row = only(Mod::memory, in_sse2(with_reg(stores(row), OperandKind::gpr32)));
    row.attributes = 0;  // a store of a general register
    return row;
}
constexpr Row maskmovdqu_row() {
    Row row = with_attribute(only(Mod::reg, sse_row<maskmovdqu>("maskmovdqu", p66, 0xf7, 0)),
                             attribute::own_address);
    row.reg_access = Access::read;
    row.cls = InstructionClass::emulated;
    return row;
}

constexpr std::array rows{
    load_all_row<Anywhere>("movups", none, 0x10),
    store_all_row<Anywhere>("movups", none, 0x11),
    load_all_row<Anywhere>("movupd", p66, 0x10),
    store_all_row<Anywhere>("movupd", p66, 0x11),
    load_all_row<Aligned>("movaps", none, 0x28),
    store_all_row<Aligned>("movaps", none, 0x29),
    load_all_row<Aligned>("movapd", p66, 0x28),
    store_all_row<Aligned>("movapd", p66, 0x29),
    load_all_row<Aligned>("movdqa", p66, 0x6f),
    store_all_row<Aligned>("movdqa", p66, 0x7f),
    in_sse2(load_all_row<Anywhere>("movdqu", pf3, 0x6f)),
    in_sse2(store_all_row<Anywhere>("movdqu", pf3, 0x7f)),

    load_row<4, Rest::cleared>("movss", pf3, 0x10, threaded<load_scalar<4>>),
    store_row<4>("movss", pf3, 0x11, threaded<store_scalar<4>>),
    load_row<8, Rest::cleared>("movsd", pf2, 0x10, threaded<load_scalar<8>>),
    store_row<8>("movsd", pf2, 0x11, threaded<store_scalar<8>>),

    load_row<8, Rest::kept, 0>("movlps", none, 0x12),
    load_row<8, Rest::kept, 0>("movlpd", p66, 0x12),
    between_registers<move_half<0, 8>>("movhlps", none, 0x12),
    store_row<8, 0>("movlps", none, 0x13),
    store_row<8, 0>("movlpd", p66, 0x13),
    load_row<8, Rest::kept, 8>("movhps", none, 0x16),
    load_row<8, Rest::kept, 8>("movhpd", p66, 0x16),
    between_registers<move_half<8, 0>>("movlhps", none, 0x16),
    store_row<8, 8>("movhps", none, 0x17),
    store_row<8, 8>("movhpd", p66, 0x17),

    in_sse2(writes_reg(load_row<8, Rest::cleared>("movq", pf3, 0x7e, threaded<load_quadword>))),
    store_row<8>("movq", p66, 0xd6, threaded<store_quadword>),
    writes_reg(with_rm(load_row<4, Rest::cleared>("movd", p66, 0x6e, threaded<load_doubleword>),
                       OperandKind::gpr32)),
    with_rm(store_row<4>("movd", p66, 0x7e, threaded<store_doubleword>), OperandKind::gpr32),

    only(Mod::memory, store_all_row<Aligned>("movntps", none, 0x2b)),
    only(Mod::memory, store_all_row<Aligned>("movntpd", p66, 0x2b)),
    only(Mod::memory, store_all_row<Aligned>("movntdq", p66, 0xe7)),
    movnti_row(),
    maskmovdqu_row(),

    with_attribute(in_sse2(writes_reg(
                       with_rm(only(Mod::reg, sse_row<movq2dq>("movq2dq", pf3, 0xd6, 0)), OperandKind::mm))),
                   attribute::mmx),
    with_attribute(
        writes_reg(with_reg(only(Mod::reg, sse_row<movdq2q>("movdq2q", pf2, 0xd6, 0)), OperandKind::mm)),
        attribute::mmx),

    to_gpr<move_mask<4>>("movmskps", none, 0x50),
    to_gpr<move_mask<8>>("movmskpd", p66, 0x50),
    to_gpr<move_mask<1>>("pmovmskb", p66, 0xd7),
};

}  // namespace

std::span<const Row> sse_move_rows() { return rows; }

}  // namespace calque
