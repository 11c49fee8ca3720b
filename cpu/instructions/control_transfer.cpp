// Near JMP, Jcc, CALL, RET, LOOPcc, JCXZ and BOUND.
#include "cpu/instructions/condition.hpp"
#include "cpu/instructions/rows.hpp"

#include <utility>

namespace calque {
namespace {

/// Goes to a near target that the operand size has been applied to. Beyond CS's limit: #GP(0).
bool jump(Cpu& cpu, std::uint32_t target) {
    if (target > cpu.state.cs().limit) [[unlikely]]
        return cpu.raise(Vector::gp, 0);
    cpu.state.rip = target;
    return true;
}

template <typename T>
std::uint32_t relative_target(const Cpu& cpu, const Insn& insn) {
    return static_cast<T>(cpu.next_ip(insn) + insn.immediate);
}

struct JumpRelative {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        return jump(cpu, relative_target<T>(cpu, insn));
    }
};

/// A taken Jcc leaves the final RIP; one not taken falls through to the end marker.
template <typename T, unsigned code>
const Insn* jump_if(Cpu& cpu, const Insn* insn) {
    if (!condition<code>(cpu.state.status)) return insn + 1;
    return jump(cpu, relative_target<T>(cpu, *insn)) ? nullptr : insn;
}

template <typename Rm>
struct JumpIndirect {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        T target;
        return Rm::read(cpu, insn, target) && jump(cpu, target);
    }
};

/// The target is checked before the return address is pushed (SDM vol. 2A, "CALL").
template <typename T>
bool call(Cpu& cpu, const Insn& insn, std::uint32_t target) {
    cpu.current = &insn;
    if (target > cpu.state.cs().limit) [[unlikely]]
        return cpu.raise(Vector::gp, 0);
    return cpu.push(static_cast<T>(cpu.next_ip(insn))) && jump(cpu, target);
}
struct CallRelative {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        return call<T>(cpu, insn, relative_target<T>(cpu, insn));
    }
};
template <typename Rm>
struct CallIndirect {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        T target;
        return Rm::read(cpu, insn, target) && call<T>(cpu, insn, target);
    }
};

struct Return {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        cpu.current = &insn;
        const std::uint32_t top = cpu.stack_pointer();
        T target;
        if (!cpu.read(seg_ss, top, target) || !jump(cpu, target)) return false;
        cpu.set_stack_pointer(top + std::uint32_t{sizeof(T)} + (insn.immediate & 0xffff));
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
    if (jump(cpu, relative_target<T>(cpu, *insn))) return nullptr;
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
// ----------------------------------------------------------------------------------------------------

using enum OperandKind;
constexpr InstructionClass near = InstructionClass::control_transfer;

template <typename Form>
constexpr Handlers transfers() {
    return handlers_by_size(transfer<Form::template run<std::uint16_t>>,
                            transfer<Form::template run<std::uint32_t>>);
}
template <template <typename> class Form>
constexpr Handlers indirect() {
    return {{transfer<Form<RmRegister>::template run<std::uint16_t>>,
             transfer<Form<RmRegister>::template run<std::uint32_t>>},
            {transfer<Form<RmMemory>::template run<std::uint16_t>>,
             transfer<Form<RmMemory>::template run<std::uint32_t>>}};
}
template <LoopKind kind>
constexpr Row loop_row(const char* name, std::uint8_t opcode, std::uint32_t flags_read) {
    return plain_row(name, opcode, near, {.read = flags_read},
                     handlers_by_size(loop<std::uint16_t, kind>, loop<std::uint32_t, kind>));
}
template <unsigned code>
constexpr std::array<Row, 2> jcc_rows() {
    constexpr Handlers handlers =
        handlers_by_size(jump_if<std::uint16_t, code>, jump_if<std::uint32_t, code>);
    return {plain_row("jcc", 0x70 + code, near, {.read = condition_flags(code)}, handlers),
            in_map_0f(plain_row("jcc", 0x80 + code, near, {.read = condition_flags(code)}, handlers))};
}
template <std::size_t... codes>
constexpr auto all_jcc_rows(std::index_sequence<codes...>) {
    return join(jcc_rows<codes>()...);
}

constexpr std::array other_rows{
    plain_row("jmp", 0xe9, near, {}, transfers<JumpRelative>()),
    plain_row("jmp", 0xeb, near, {}, transfers<JumpRelative>()),
    plain_row("call", 0xe8, near, {}, transfers<CallRelative>()),
    plain_row("ret", 0xc3, near, {}, transfers<Return>()),
    plain_row("ret", 0xc2, near, {}, transfers<Return>()),
    as_class(near, digit_row("call", 0xff, 2, gpr, Access::read, {}, indirect<CallIndirect>())),
    as_class(near, digit_row("jmp", 0xff, 4, gpr, Access::read, {}, indirect<JumpIndirect>())),
    loop_row<LoopKind::while_not_zero>("loopne", 0xe0, flag::zf),
    loop_row<LoopKind::while_zero>("loope", 0xe1, flag::zf),
    loop_row<LoopKind::always>("loop", 0xe2, 0),
    loop_row<LoopKind::ecx_is_zero>("jecxz", 0xe3, 0),
    only(Mod::memory,
         as_class(InstructionClass::sensitive,
                  modrm_row("bound", 0x62, OperandKind::memory, Access::read, gpr, Access::read, {},
                            handlers_by_size(threaded_memory<Bound::run<std::uint16_t>>,
                                             threaded_memory<Bound::run<std::uint32_t>>),
                            attribute::own_address))),
};

constexpr auto rows = join(all_jcc_rows(std::make_index_sequence<16>{}), other_rows);

}  // namespace

std::span<const Row> control_transfer_rows() { return rows; }

}  // namespace calque
