// BT, BTS, BTR, BTC, BSF, BSR, SETcc and POPCNT.
#include "cpu/arithmetic_like_host.hpp"
#include "cpu/instructions/condition.hpp"
#include "cpu/instructions/rows.hpp"

#include <bit>
#include <utility>

namespace calque {
namespace {

using host::BitOperation;

template <BitOperation operation>
struct TestBit {
    template <typename T>
    static T apply(Cpu& cpu, T value, T bit) {
        constexpr T last = std::numeric_limits<T>::digits - 1;
        return like_host::bit_test<operation>(value, static_cast<T>(bit & last), cpu.state.status);
    }
};

/// With a memory operand a register bit offset is signed and reaches beyond the operand (SDM vol. 2A, "BT").
template <BitOperation operation>
struct TestBitInMemory {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        constexpr int width = std::numeric_limits<T>::digits;
        const T bit = register_at<T>(cpu.state, insn.reg);
        const auto element = static_cast<std::int32_t>(static_cast<std::make_signed_t<T>>(bit)) >>
                             std::countr_zero(unsigned{width});
        Insn at = insn;
        at.displacement += static_cast<std::uint32_t>(element) * std::uint32_t{sizeof(T)};
        const auto change = [&](T& value) { value = TestBit<operation>::template apply<T>(cpu, value, bit); };
        if constexpr (operation != BitOperation::bt) return RmMemory::update<T>(cpu, at, change);
        T value;
        if (!RmMemory::read(cpu, at, value)) return false;
        change(value);
        return true;
    }
};

template <bool forward, typename Rm>
struct ScanBits {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        T source;
        if (!Rm::read(cpu, insn, source)) return false;
        const T old = register_at<T>(cpu.state, insn.reg);
        const T found = like_host::bit_scan<forward>(old, source, cpu.state.status);
        return source == 0 || RegOperand::write(cpu, insn, found);
    }
};
template <typename Rm>
using ScanForward = ScanBits<true, Rm>;
template <typename Rm>
using ScanReverse = ScanBits<false, Rm>;

template <typename Rm>
struct CountOnes {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        T source;
        if (!Rm::read(cpu, insn, source)) return false;
        cpu.state.status = StatusFlags::unpack(source ? 0 : flag::zf);
        return RegOperand::write(cpu, insn, static_cast<T>(std::popcount(source)));
    }
};

template <unsigned code>
struct SetIf {
    template <typename Rm>
    struct Form {
        template <typename T>
        static bool run(Cpu& cpu, const Insn& insn) {
            return Rm::write(cpu, insn, static_cast<T>(condition<code>(cpu.state.status)));
        }
    };
};

using enum OperandKind;
constexpr FlagUse carry_only{
    .read = flag::status, .written = flag::cf, .undefined = flag::of | flag::sf | flag::af | flag::pf};
constexpr FlagUse scan_flags{.read = flag::status,
                             .written = flag::status,
                             .undefined = flag::cf | flag::of | flag::sf | flag::af | flag::pf};

template <BitOperation operation>
struct BitForms {
    template <typename Rm>
    using ByImmediate =
        std::conditional_t<operation == BitOperation::bt, Compare<TestBit<operation>, Rm, Immediate>,
                           Binary<TestBit<operation>, Rm, Immediate>>;
    using RegisterByRegister =
        std::conditional_t<operation == BitOperation::bt, Compare<TestBit<operation>, RmRegister, RegOperand>,
                           Binary<TestBit<operation>, RmRegister, RegOperand>>;
};

template <BitOperation operation>
constexpr std::array<Row, 3> bit_operation(const char* name, std::uint8_t opcode, int digit) {
    using F = BitForms<operation>;
    using M = TestBitInMemory<operation>;
    constexpr Access access = operation == BitOperation::bt ? Access::read : Access::read_write;
    constexpr std::uint16_t lockable = operation == BitOperation::bt ? 0 : attribute::lockable;
    constexpr Handlers by_register{
        {threaded<F::RegisterByRegister::template run<std::uint16_t>>,
         threaded<F::RegisterByRegister::template run<std::uint32_t>>},
        {threaded_memory<M::template run<std::uint16_t>>, threaded_memory<M::template run<std::uint32_t>>}};
    constexpr auto own_address = static_cast<std::uint16_t>(lockable | attribute::own_address);
    return {in_map_0f(only(Mod::reg,
                           modrm_row(name, opcode, gpr, access, gpr, Access::read, carry_only, by_register))),
            in_map_0f(only(Mod::memory, modrm_row(name, opcode, gpr, access, gpr, Access::read, carry_only,
                                                  by_register, own_address))),
            in_map_0f(digit_row(name, 0xba, digit, gpr, access, carry_only,
                                handlers_v<F::template ByImmediate>(), lockable))};
}

template <unsigned code>
constexpr Row set_row() {
    return in_map_0f(modrm_row("setcc", 0x90 + code, gpr8, Access::write, OperandKind::none, Access::none,
                               {.read = condition_flags(code)}, handlers_b<SetIf<code>::template Form>()));
}
template <std::size_t... codes>
constexpr std::array<Row, 16> all_set_rows(std::index_sequence<codes...>) {
    return {set_row<codes>()...};
}

constexpr std::array scan_rows{
    in_map_0f(modrm_row("bsf", 0xbc, gpr, Access::read, gpr, Access::read_write, scan_flags,
                        handlers_v<ScanForward>())),
    in_map_0f(modrm_row("bsr", 0xbd, gpr, Access::read, gpr, Access::read_write, scan_flags,
                        handlers_v<ScanReverse>())),
    needing(feature::popcnt,
            with_mandatory(Mandatory::pf3,
                           in_map_0f(modrm_row("popcnt", 0xb8, gpr, Access::read, gpr, Access::write,
                                               writes_all, handlers_v<CountOnes>())))),
};

constexpr auto rows =
    join(bit_operation<BitOperation::bt>("bt", 0xa3, 4), bit_operation<BitOperation::bts>("bts", 0xab, 5),
         bit_operation<BitOperation::btr>("btr", 0xb3, 6), bit_operation<BitOperation::btc>("btc", 0xbb, 7),
         all_set_rows(std::make_index_sequence<16>{}), scan_rows);

}  // namespace

std::span<const Row> bit_byte_rows() { return rows; }

}  // namespace calque
