// AND, OR, XOR, NOT and TEST.
#include "cpu/instructions/basic_operation.hpp"
#include "cpu/instructions/branch.hpp"

namespace calque {
namespace {

struct And {
    template <typename T>
    static T apply(Cpu& cpu, T left, T right) {
        const auto value = static_cast<T>(left & right);
        cpu.state.status = StatusFlags::of_result(value);
        return value;
    }
};
struct Or {
    template <typename T>
    static T apply(Cpu& cpu, T left, T right) {
        const auto value = static_cast<T>(left | right);
        cpu.state.status = StatusFlags::of_result(value);
        return value;
    }
};
struct Xor {
    template <typename T>
    static T apply(Cpu& cpu, T left, T right) {
        const auto value = static_cast<T>(left ^ right);
        cpu.state.status = StatusFlags::of_result(value);
        return value;
    }
};
struct Not {
    template <typename T>
    static T apply(Cpu&, T value) {
        return static_cast<T>(~value);
    }
};

using enum OperandKind;
constexpr FlagUse flags{.read = 0, .written = flag::status, .undefined = flag::af};

template <typename Rm>
using NotRm = Unary<Not, Rm>;
template <typename Rm>
using TestRmReg = Compare<And, Rm, RegOperand>;
template <typename Rm>
using TestImmediate = Compare<And, Rm, Immediate>;
using TestAccumulator = Compare<And, FixedRegister<eax>, Immediate>;

constexpr std::array test_rows{
    fusible(modrm_row("test", 0x84, gpr8, Access::read, gpr8, Access::read, flags, handlers_b<TestRmReg>()),
            fused_form<TestRmReg, std::uint8_t>),
    fusible(modrm_row("test", 0x85, gpr, Access::read, gpr, Access::read, flags, handlers_v<TestRmReg>()),
            fused_form<TestRmReg, std::uint32_t>),
    fusible(plain_row("test", 0xa8, InstructionClass::innocuous, flags,
                      handlers_any(threaded<TestAccumulator::run<std::uint8_t>>)),
            fused_plain<TestAccumulator::run<std::uint8_t>>),
    fusible(plain_row("test", 0xa9, InstructionClass::innocuous, flags,
                      handlers_by_size(threaded<TestAccumulator::run<std::uint16_t>>,
                                       threaded<TestAccumulator::run<std::uint32_t>>)),
            fused_plain<TestAccumulator::run<std::uint32_t>>),
    fusible(digit_row("test", 0xf6, 0, gpr8, Access::read, flags, handlers_b<TestImmediate>()),
            fused_form<TestImmediate, std::uint8_t>),
    fusible(digit_row("test", 0xf7, 0, gpr, Access::read, flags, handlers_v<TestImmediate>()),
            fused_form<TestImmediate, std::uint32_t>),
    fusible(digit_row("test", 0xf6, 1, gpr8, Access::read, flags, handlers_b<TestImmediate>()),
            fused_form<TestImmediate, std::uint8_t>),
    fusible(digit_row("test", 0xf7, 1, gpr, Access::read, flags, handlers_v<TestImmediate>()),
            fused_form<TestImmediate, std::uint32_t>),
    digit_row("not", 0xf6, 2, gpr8, Access::read_write, {}, handlers_b<NotRm>(), attribute::lockable),
    digit_row("not", 0xf7, 2, gpr, Access::read_write, {}, handlers_v<NotRm>(), attribute::lockable),
};

constexpr auto rows = join(basic_operation<Or>("or", 1, flags), basic_operation<And>("and", 4, flags),
                           basic_operation<Xor>("xor", 6, flags), test_rows);

}  // namespace

std::span<const Row> logical_rows() { return rows; }

}  // namespace calque
