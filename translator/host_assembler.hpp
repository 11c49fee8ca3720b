// AsmJit's assembler with the plan's names for registers and the context's fields as operands.
#pragma once

#include "cpu/state.hpp"
#include "translator/context.hpp"
#include "translator/plan.hpp"

#include <asmjit/x86.h>

#include <cstdint>

namespace calque {

/// Collects one piece of host code for a known address. Errors (they are bugs) throw std::logic_error.
class HostAssembler final : public asmjit::x86::Assembler {
public:
    using Gp = asmjit::x86::Gp;
    using Mem = asmjit::x86::Mem;
    using Label = asmjit::Label;

    HostAssembler(const Plan& plan, const Context& context) : plan_(plan), context_(context) {}

    /// Starts a piece that will run at `address`.
    void begin(const std::uint8_t* address);
    std::size_t size();
    /// Writes the finished piece to where `address` is writable.
    void finish(std::uint8_t* destination);
    const std::uint8_t* address_of(const Label& label) const;
    const std::uint8_t* base() const { return base_; }

    const Plan& plan() const { return plan_; }

    Gp guest(unsigned number) const { return asmjit::x86::gpd(plan_.home[number]); }
    Gp guest16(unsigned number) const { return asmjit::x86::gpw(plan_.home[number]); }
    Gp state() const { return asmjit::x86::gpq(plan_.state); }
    Gp tables() const { return asmjit::x86::gpq(plan_.tables); }
    Gp budget() const { return asmjit::x86::gpq(plan_.budget); }
    Gp address() const { return asmjit::x86::gpq(plan_.address); }
    Gp index() const { return asmjit::x86::gpq(plan_.index); }
    Gp spare() const { return asmjit::x86::gpq(plan_.spare); }
    static Gp count() { return asmjit::x86::rcx; }

    /// A field of the context, relative to RIP.
    template <typename T>
    Mem in_context(const T& field) const {
        return asmjit::x86::ptr_rel(reinterpret_cast<std::uint64_t>(&field), std::uint32_t{sizeof(T)});
    }
    const Context& context() const { return context_; }
    /// A field of the processor, by its distance from the CpuState.
    Mem in_state(std::ptrdiff_t displacement, std::uint32_t size) const {
        return asmjit::x86::ptr(state(), static_cast<std::int32_t>(displacement), size);
    }

    void jump_if_count_zero(const Label& label) { jecxz(count(), label); }
    /// A jump to code outside this piece.
    void jump_to(const void* code) { jmp(reinterpret_cast<std::uint64_t>(code)); }

private:
    const Plan& plan_;
    const Context& context_;
    asmjit::CodeHolder code_;
    const std::uint8_t* base_ = nullptr;
};

}  // namespace calque
