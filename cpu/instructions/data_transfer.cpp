// MOV, MOVZX, MOVSX, CMOVcc, XCHG, XADD, CMPXCHG, BSWAP, LEA, XLAT, sign extension of the accumulator, MOVBE.
#include "cpu/instructions/condition.hpp"
#include "cpu/instructions/rows.hpp"

#include <bit>
#include <utility>

namespace calque {
namespace {

template <typename Source, typename Destination>
Destination sign_extended(Source value) {
    return static_cast<Destination>(
        static_cast<std::make_signed_t<Destination>>(static_cast<std::make_signed_t<Source>>(value)));
}

template <typename Source, bool is_signed, typename Rm>
struct Extend {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        Source value;
        if (!Rm::read(cpu, insn, value)) return false;
        if constexpr (is_signed)
            return RegOperand::write(cpu, insn, sign_extended<Source, T>(value));
        else
            return RegOperand::write(cpu, insn, static_cast<T>(value));
    }
};
template <typename Rm>
using MovzxByte = Extend<std::uint8_t, false, Rm>;
template <typename Rm>
using MovzxWord = Extend<std::uint16_t, false, Rm>;
template <typename Rm>
using MovsxByte = Extend<std::uint8_t, true, Rm>;
template <typename Rm>
using MovsxWord = Extend<std::uint16_t, true, Rm>;

/// The source is read even if the condition does not hold: a memory operand may fault.
template <unsigned code>
struct MoveIf {
    template <typename Rm>
    struct Form {
        template <typename T>
        static bool run(Cpu& cpu, const Insn& insn) {
            T value;
            if (!Rm::read(cpu, insn, value)) return false;
            return !condition<code>(cpu.state.status) || RegOperand::write(cpu, insn, value);
        }
    };
};

template <typename Rm>
struct Exchange {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        T taken = register_at<T>(cpu.state, insn.reg);
        if (!Rm::template update<T>(cpu, insn, [&](T& value) { std::swap(value, taken); })) return false;
        return RegOperand::write(cpu, insn, taken);
    }
};
struct ExchangeAccumulator {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        const T old = cpu.reg<T>(eax);
        cpu.set_reg(eax, register_at<T>(cpu.state, insn.rm));
        set_register_at(cpu.state, insn.rm, old);
        return true;
    }
};

template <typename Rm>
struct ExchangeAdd {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        const T addend = register_at<T>(cpu.state, insn.reg);
        T old{};
        const auto change = [&](T& value) {
            old = value;
            // With one register twice the sum is what stays: the register is written before the destination.
            if constexpr (std::is_same_v<Rm, RmRegister>) RegOperand::write(cpu, insn, old);
            value = add(cpu.state.status, old, addend);
        };
        if (!Rm::template update<T>(cpu, insn, change)) return false;
        if constexpr (std::is_same_v<Rm, RmRegister>)
            return true;
        else
            return RegOperand::write(cpu, insn, old);
    }
};

/// Needs write permission even when it does not store.
template <typename Rm>
struct CompareExchange {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        const T accumulator = cpu.reg<T>(eax);
        const T source = register_at<T>(cpu.state, insn.reg);
        T found{};
        const auto change = [&](T& value) {
            found = value;
            if (found == accumulator) value = source;
        };
        if (!Rm::template update<T>(cpu, insn, change)) return false;
        subtract(cpu.state.status, accumulator, found);
        if (found != accumulator) cpu.set_reg(eax, found);
        return true;
    }
};

bool compare_exchange_8_bytes(Cpu& cpu, const Insn& insn) {
    const std::uint64_t expected = std::uint64_t{cpu.state.reg32(edx)} << 32 | cpu.state.reg32(eax);
    const std::uint64_t source = std::uint64_t{cpu.state.reg32(ecx)} << 32 | cpu.state.reg32(ebx);
    std::uint64_t found = 0;
    const auto change = [&](std::uint64_t& value) {
        found = value;
        if (found == expected) value = source;
    };
    if (!RmMemory::update<std::uint64_t>(cpu, insn, change)) return false;
    const std::uint32_t others = cpu.state.status.pack() & ~flag::zf;
    cpu.state.status = StatusFlags::unpack(others | (found == expected ? flag::zf : 0));
    if (found == expected) return true;
    cpu.set_reg(eax, static_cast<std::uint32_t>(found));
    cpu.set_reg(edx, static_cast<std::uint32_t>(found >> 32));
    return true;
}

/// On a 16-bit register the result is undefined; the host's choice is zero.
struct SwapBytes {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        const T value = register_at<T>(cpu.state, insn.rm);
        set_register_at<T>(cpu.state, insn.rm,
                           sizeof(T) == 2 ? T{0} : static_cast<T>(__builtin_bswap32(value)));
        return true;
    }
};

struct LoadEffectiveAddress {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        return RegOperand::write(cpu, insn, static_cast<T>(cpu.effective_address(insn)));
    }
};

bool translate_byte(Cpu& cpu, const Insn& insn) {
    cpu.current = &insn;
    const std::uint32_t offset = (cpu.state.reg32(ebx) + cpu.reg<std::uint8_t>(eax)) & insn.address_mask;
    std::uint8_t value;
    if (!cpu.read(insn.segment, offset, value)) return false;
    cpu.set_reg(eax, value);
    return true;
}

template <typename Rm>
struct MoveSwapped {
    template <typename T>
    static bool load(Cpu& cpu, const Insn& insn) {
        T value;
        return Rm::read(cpu, insn, value) && RegOperand::write(cpu, insn, swap(value));
    }
    template <typename T>
    static bool store(Cpu& cpu, const Insn& insn) {
        return Rm::write(cpu, insn, swap(register_at<T>(cpu.state, insn.reg)));
    }
    template <typename T>
    static T swap(T value) {
        if constexpr (sizeof(T) == 2)
            return __builtin_bswap16(value);
        else
            return __builtin_bswap32(value);
    }
};

bool cbw(Cpu& cpu, const Insn&) {
    cpu.set_reg(eax, sign_extended<std::uint8_t, std::uint16_t>(cpu.reg<std::uint8_t>(eax)));
    return true;
}
bool cwde(Cpu& cpu, const Insn&) {
    cpu.set_reg(eax, sign_extended<std::uint16_t, std::uint32_t>(cpu.reg<std::uint16_t>(eax)));
    return true;
}
bool cwd(Cpu& cpu, const Insn&) {
    cpu.set_reg(edx, static_cast<std::uint16_t>(cpu.reg<std::uint16_t>(eax) >> 15 ? 0xffff : 0));
    return true;
}
bool cdq(Cpu& cpu, const Insn&) {
    cpu.set_reg(edx, cpu.state.reg32(eax) >> 31 ? 0xffff'ffffU : 0U);
    return true;
}
bool nop(Cpu&, const Insn&) { return true; }

// --- Rows

using enum OperandKind;
template <typename Rm>
using MoveToRm = Move<Rm, RegOperand>;
template <typename Rm>
using MoveToReg = Move<RegOperand, Rm>;
template <typename Rm>
using MoveImmediate = Move<Rm, Immediate>;
using LoadOffset = Move<FixedRegister<eax>, RmMemory>;
using StoreOffset = Move<RmMemory, FixedRegister<eax>>;

constexpr Access r = Access::read, w = Access::write, rw = Access::read_write;

/// MOV between the accumulator and a direct offset: the decoder gives it the ModRM of that operand.
constexpr Row offset_row(std::uint8_t opcode, OperandKind kind, Access access, const Handlers& handlers) {
    Row row = plain_row("mov", opcode, InstructionClass::innocuous, {}, handlers);
    row.rm = kind;
    row.rm_access = access;
    return row;
}

template <typename Form>
constexpr Handlers memory_by_size() {
    return handlers_by_size(threaded_memory<Form::template run<std::uint16_t>>,
                            threaded_memory<Form::template run<std::uint32_t>>);
}

constexpr std::array move_rows{
    modrm_row("mov", 0x88, gpr8, w, gpr8, r, {}, handlers_b<MoveToRm>()),
    modrm_row("mov", 0x89, gpr, w, gpr, r, {}, handlers_v<MoveToRm>()),
    modrm_row("mov", 0x8a, gpr8, r, gpr8, w, {}, handlers_b<MoveToReg>()),
    modrm_row("mov", 0x8b, gpr, r, gpr, w, {}, handlers_v<MoveToReg>()),
    digit_row("mov", 0xc6, 0, gpr8, w, {}, handlers_b<MoveImmediate>()),
    digit_row("mov", 0xc7, 0, gpr, w, {}, handlers_v<MoveImmediate>()),
    register_row("mov", 0xb0, gpr8, w, InstructionClass::innocuous, {}, handlers_b<MoveImmediate>()),
    register_row("mov", 0xb8, gpr, w, InstructionClass::innocuous, {}, handlers_v<MoveImmediate>()),
    offset_row(0xa0, gpr8, r, handlers_any(threaded_memory<LoadOffset::run<std::uint8_t>>)),
    offset_row(0xa1, gpr, r, memory_by_size<LoadOffset>()),
    offset_row(0xa2, gpr8, w, handlers_any(threaded_memory<StoreOffset::run<std::uint8_t>>)),
    offset_row(0xa3, gpr, w, memory_by_size<StoreOffset>()),
    in_map_0f(modrm_row("movzx", 0xb6, gpr8, r, gpr, w, {}, handlers_v<MovzxByte>())),
    in_map_0f(modrm_row("movzx", 0xb7, gpr16, r, gpr, w, {}, handlers_v<MovzxWord>())),
    in_map_0f(modrm_row("movsx", 0xbe, gpr8, r, gpr, w, {}, handlers_v<MovsxByte>())),
    in_map_0f(modrm_row("movsx", 0xbf, gpr16, r, gpr, w, {}, handlers_v<MovsxWord>())),
};

constexpr std::array exchange_rows{
    modrm_row("xchg", 0x86, gpr8, rw, gpr8, rw, {}, handlers_b<Exchange>(), attribute::lockable),
    modrm_row("xchg", 0x87, gpr, rw, gpr, rw, {}, handlers_v<Exchange>(), attribute::lockable),
    register_row("xchg", 0x90, gpr, rw, InstructionClass::innocuous, {},
                 handlers_by_size(threaded<ExchangeAccumulator::run<std::uint16_t>>,
                                  threaded<ExchangeAccumulator::run<std::uint32_t>>)),
    // F3 90, PAUSE; exchanging the accumulator with itself.
    with_mandatory(Mandatory::pf3,
                   plain_row("pause", 0x90, InstructionClass::innocuous, {}, handlers_any(threaded<nop>))),
    in_map_0f(needing(feature::i486, modrm_row("xadd", 0xc0, gpr8, rw, gpr8, rw, writes_all,
                                               handlers_b<ExchangeAdd>(), attribute::lockable))),
    in_map_0f(needing(feature::i486, modrm_row("xadd", 0xc1, gpr, rw, gpr, rw, writes_all,
                                               handlers_v<ExchangeAdd>(), attribute::lockable))),
    in_map_0f(needing(feature::i486, modrm_row("cmpxchg", 0xb0, gpr8, rw, gpr8, r, writes_all,
                                               handlers_b<CompareExchange>(), attribute::lockable))),
    in_map_0f(needing(feature::i486, modrm_row("cmpxchg", 0xb1, gpr, rw, gpr, r, writes_all,
                                               handlers_v<CompareExchange>(), attribute::lockable))),
};

constexpr Row cmpxchg8b_row() {
    Row row = digit_row("cmpxchg8b", 0xc7, 1, OperandKind::memory, rw, {.read = 0, .written = flag::zf},
                        handlers_any(threaded_memory<compare_exchange_8_bytes>), attribute::lockable);
    row.memory_size = 8;
    return only(Mod::memory, in_map_0f(needing(feature::cx8, row)));
}
constexpr Row xlat_row() {
    Row row = plain_row("xlat", 0xd7, InstructionClass::emulated, {},
                        handlers_any(threaded_memory<translate_byte>), attribute::own_address);
    row.memory_size = 1;
    return row;
}
constexpr Row lea_row() {
    Row row = modrm_row("lea", 0x8d, OperandKind::memory, Access::none, gpr, w, {},
                        handlers_by_size(threaded<LoadEffectiveAddress::run<std::uint16_t>>,
                                         threaded<LoadEffectiveAddress::run<std::uint32_t>>));
    return only(Mod::memory, row);
}
constexpr Row bswap_row() {
    const Handlers handlers =
        handlers_by_size(threaded<SwapBytes::run<std::uint16_t>>, threaded<SwapBytes::run<std::uint32_t>>);
    return in_map_0f(needing(
        feature::i486, register_row("bswap", 0xc8, gpr, rw, InstructionClass::innocuous, {}, handlers)));
}
constexpr Row movbe_row(std::uint8_t opcode, Access rm, Access reg, Handler word, Handler doubleword) {
    Row row = modrm_row("movbe", opcode, gpr, rm, gpr, reg, {}, handlers_by_size(word, doubleword));
    row.map = OpcodeMap::map_0f38;
    row.mandatory = Mandatory::not_repeated;  // F2 makes it CRC32
    return only(Mod::memory, needing(feature::movbe, row));
}
using Swapped = MoveSwapped<RmMemory>;

constexpr std::array other_rows{
    cmpxchg8b_row(),
    xlat_row(),
    lea_row(),
    bswap_row(),
    movbe_row(0xf0, r, w, threaded_memory<Swapped::load<std::uint16_t>>,
              threaded_memory<Swapped::load<std::uint32_t>>),
    movbe_row(0xf1, w, r, threaded_memory<Swapped::store<std::uint16_t>>,
              threaded_memory<Swapped::store<std::uint32_t>>),
    plain_row("cbw", 0x98, InstructionClass::innocuous, {}, handlers_by_size(threaded<cbw>, threaded<cwde>)),
    plain_row("cwd", 0x99, InstructionClass::innocuous, {}, handlers_by_size(threaded<cwd>, threaded<cdq>)),
};

template <unsigned code>
constexpr Row cmov_row() {
    return in_map_0f(needing(
        feature::cmov, modrm_row("cmovcc", 0x40 + code, gpr, r, gpr, rw, {.read = condition_flags(code)},
                                 handlers_v<MoveIf<code>::template Form>())));
}
template <std::size_t... codes>
constexpr std::array<Row, 16> all_cmov_rows(std::index_sequence<codes...>) {
    return {cmov_row<codes>()...};
}

constexpr auto rows =
    join(move_rows, exchange_rows, other_rows, all_cmov_rows(std::make_index_sequence<16>{}));

}  // namespace

std::span<const Row> data_transfer_rows() { return rows; }

}  // namespace calque
