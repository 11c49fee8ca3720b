// Near JMP, Jcc, CALL, RET, LOOPcc, JCXZ and BOUND.
#include "cpu/instructions/branch.hpp"
#include "cpu/instructions/rows.hpp"

#include <utility>

namespace calque {
namespace {

template <typename Rm, typename How>
struct JumpIndirect {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        T target;
        if (!Rm::read(cpu, insn, target) || !How::within_limit(cpu, target)) return false;
        cpu.state.rip = target;
        return true;
    }
};

/// The target is checked before the return address is pushed (SDM vol. 2A, "CALL").
template <typename How, typename T>
inline bool call(Cpu& cpu, const Insn& insn, std::uint32_t target) {
    if (!How::within_limit(cpu, target) || !How::OnStack::push(cpu, insn, static_cast<T>(cpu.next_ip(insn))))
        return false;
    cpu.state.rip = target;
    return true;
}
template <typename How>
struct CallRelative {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        return call<How, T>(cpu, insn, relative_target<T>(cpu, insn));
    }
};
template <typename Rm, typename How>
struct CallIndirect {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        T target;
        return Rm::read(cpu, insn, target) && call<How, T>(cpu, insn, target);
    }
};

template <typename How>
struct Return {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        T target;
        if (!How::OnStack::top(cpu, insn, target) || !How::within_limit(cpu, target)) return false;
        How::OnStack::drop(cpu, std::uint32_t{sizeof(T)} + (insn.immediate & 0xffff));
        cpu.state.rip = target;
        return true;
    }
};

enum class LoopKind { while_not_zero, while_zero, always, ecx_is_zero };

/// LOOPNE, LOOPE, LOOP and JECXZ; the address size says whether CX or ECX counts.
template <typename T, LoopKind kind>
const Insn* loop(Cpu& cpu, const Insn* insn) {
    const std::uint32_t mask = insn->address_mask;
    const std::uint64_t old = cpu.state.gpr[ecx];
    bool taken;
    if constexpr (kind == LoopKind::ecx_is_zero) {
        taken = (old & mask) == 0;
    } else {
        const std::uint32_t count = (static_cast<std::uint32_t>(old) - 1) & mask;
        cpu.state.gpr[ecx] = (static_cast<std::uint32_t>(old) & ~mask) | count;
        taken = count != 0;
        if constexpr (kind == LoopKind::while_zero) taken = taken && cpu.state.status.zf();
        if constexpr (kind == LoopKind::while_not_zero) taken = taken && !cpu.state.status.zf();
    }
    if (!taken) return insn + 1;
    if (JumpRelative<Complete>::run<T>(cpu, *insn)) return nullptr;
    cpu.state.gpr[ecx] = old;
    return insn;
}

struct Bound {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        cpu.current = &insn;
        using Signed = std::make_signed_t<T>;
        const std::uint32_t offset = cpu.effective_address(insn);
        Signed low, high;
        if (!cpu.read(insn.segment, offset, low) ||
            !cpu.read(insn.segment, (offset + std::uint32_t{sizeof(T)}) & insn.address_mask, high))
            return false;
        const auto index = static_cast<Signed>(register_at<T>(cpu.state, insn.reg));
        return (index >= low && index <= high) || cpu.raise(Vector::br);
    }
};

// --- Rows

using enum OperandKind;
constexpr InstructionClass near = InstructionClass::control_transfer;

/// Of one form where nothing is in the way, and for all.
template <typename OfPlain, typename OfAll>
constexpr std::array<Handler, 2> transfers{
    transfer_plain<OfPlain::template run<std::uint16_t>, OfAll::template run<std::uint16_t>>,
    transfer_plain<OfPlain::template run<std::uint32_t>, OfAll::template run<std::uint32_t>>};
template <typename OfPlain, typename OfAll>
constexpr std::array<Handler, 2> indirect_transfers{
    indirect_transfer_plain<OfPlain::template run<std::uint16_t>, OfAll::template run<std::uint16_t>>,
    indirect_transfer_plain<OfPlain::template run<std::uint32_t>, OfAll::template run<std::uint32_t>>};
template <template <typename How> class Form>
constexpr Handlers direct{
    transfers<Form<Plain>, Form<Complete>>, transfers<Form<Plain>, Form<Complete>>, {}, {}};
template <template <typename Rm, typename How> class Form>
constexpr Handlers indirect{indirect_transfers<Form<RmRegister, Plain>, Form<RmRegister, Complete>>,
                            indirect_transfers<Form<PlainMemory, Plain>, Form<RmMemory, Complete>>,
                            indirect_transfers<Form<FlatMemory, Plain>, Form<RmMemory, Complete>>,
                            indirect_transfers<Form<IndexedMemory, Plain>, Form<RmMemory, Complete>>};
constexpr auto returns = indirect_transfers<Return<Plain>, Return<Complete>>;
template <LoopKind kind>
constexpr Row loop_row(const char* name, std::uint8_t opcode, std::uint32_t flags_read) {
    return plain_row(name, opcode, near, {.read = flags_read},
                     handlers_by_size(loop<std::uint16_t, kind>, loop<std::uint32_t, kind>));
}
template <unsigned code>
constexpr std::array<Row, 2> jcc_rows() {
    constexpr Handlers handlers = handlers_by_size(branch<code, std::uint16_t>, branch<code, std::uint32_t>);
    return {plain_row("jcc", 0x70 + code, near, {.read = condition_flags(code)}, handlers),
            in_map_0f(plain_row("jcc", 0x80 + code, near, {.read = condition_flags(code)}, handlers))};
}
template <std::size_t... codes>
constexpr auto all_jcc_rows(std::index_sequence<codes...>) {
    return join(jcc_rows<codes>()...);
}

constexpr std::array other_rows{
    plain_row("jmp", 0xe9, near, {}, direct<JumpRelative>),
    plain_row("jmp", 0xeb, near, {}, direct<JumpRelative>),
    plain_row("call", 0xe8, near, {}, direct<CallRelative>),
    plain_row("ret", 0xc3, near, {}, Handlers{returns, returns, {}, {}}),
    plain_row("ret", 0xc2, near, {}, Handlers{returns, returns, {}, {}}),
    as_class(near, digit_row("call", 0xff, 2, gpr, Access::read, {}, indirect<CallIndirect>)),
    as_class(near, digit_row("jmp", 0xff, 4, gpr, Access::read, {}, indirect<JumpIndirect>)),
    loop_row<LoopKind::while_not_zero>("loopne", 0xe0, flag::zf),
    loop_row<LoopKind::while_zero>("loope", 0xe1, flag::zf),
    loop_row<LoopKind::always>("loop", 0xe2, 0),
    loop_row<LoopKind::ecx_is_zero>("jecxz", 0xe3, 0),
    only(Mod::memory,
         as_class(InstructionClass::emulated,
                  modrm_row("bound", 0x62, OperandKind::memory, Access::read, gpr, Access::read, {},
                            handlers_by_size(threaded_memory<Bound::run<std::uint16_t>>,
                                             threaded_memory<Bound::run<std::uint32_t>>),
                            attribute::own_address))),
};

constexpr auto rows = join(all_jcc_rows(std::make_index_sequence<16>{}), other_rows);

}  // namespace

std::span<const Row> control_transfer_rows() { return rows; }

}  // namespace calque
