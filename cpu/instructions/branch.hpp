// Relative jumps, by themselves and fused with the instruction that sets the flags.
#pragma once

#include "cpu/form.hpp"
#include "cpu/instructions/condition.hpp"

#include <utility>

namespace calque {

/// How a form transfers control: with all the manual has for it.
struct Complete {
    using OnStack = Stack;
    static bool within_limit(Cpu& cpu, std::uint32_t target) {
        return target <= cpu.state.cs().limit || cpu.raise(Vector::gp, 0);
    }
};
/// Where nothing is in the way; false says no more than that Complete has the answer.
struct Plain {
    using OnStack = FlatStack;
    static bool within_limit(const Cpu& cpu, std::uint32_t target) { return target <= cpu.state.cs().limit; }
};

template <typename T>
std::uint32_t relative_target(const Cpu& cpu, const Insn& insn) {
    return static_cast<T>(cpu.next_ip(insn) + insn.immediate);
}

template <typename How>
struct JumpRelative {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        const std::uint32_t target = relative_target<T>(cpu, insn);
        if (!How::within_limit(cpu, target)) return false;
        cpu.state.rip = target;
        return true;
    }
};

template <unsigned code>
struct JumpIf {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        if (condition<code>(cpu.state.status)) return JumpRelative<Complete>::run<T>(cpu, insn);
        cpu.state.rip = cpu.next_ip(insn);
        return true;
    }
};

template <unsigned code, typename T>
[[gnu::always_inline]] inline const Insn* branch(Cpu& cpu, const Insn* insn) {
    return branch_plain<condition<code>, JumpRelative<Plain>::run<T>, JumpIf<code>::template run<T>>(cpu,
                                                                                                     insn);
}

/// `first`, a plain form, and the jump behind it. Each keeps its own Insn, so whatever stops the first one
/// finds everything as if the two were apart.
template <auto first, auto complete, unsigned code>
const Insn* fused_branch(Cpu& cpu, const Insn* insn) {
    if (!first(cpu, *insn)) [[unlikely]]
        return threaded_memory<complete>(cpu, insn);
    return branch<code, std::uint32_t>(cpu, insn + 1);
}

template <auto first, auto complete, std::size_t... codes>
constexpr std::array<Handler, 16> make_fused(std::index_sequence<codes...>) {
    return {fused_branch<first, complete, codes>...};
}
template <auto first, auto complete = first>
constexpr std::array<Handler, 16> fused_handlers =
    make_fused<first, complete>(std::make_index_sequence<16>{});

template <template <typename Rm> class Form, typename T>
inline constexpr FusedBranches fused_form{
    fused_handlers<Form<RmRegister>::template run<T>>,
    fused_handlers<Form<FlatMemory>::template run<T>, Form<RmMemory>::template run<T>>,
    fused_handlers<Form<IndexedMemory>::template run<T>, Form<RmMemory>::template run<T>>};
template <auto semantics>
inline constexpr FusedBranches fused_plain{fused_handlers<semantics>, {}, {}};

constexpr Row fusible(Row row, const FusedBranches& fused) {
    row.fused = &fused;
    return row;
}

}  // namespace calque
