// AsmJit's assembler with the plan's names for registers and the context's fields as operands.
#pragma once

#include "cpu/state.hpp"
#include "translator/code_cache.hpp"
#include "translator/context.hpp"
#include "translator/plan.hpp"

#include <asmjit/x86.h>

#include <cstdint>

namespace calque {

/// Collects one piece of host code for a known place. Errors (they are bugs) throw std::logic_error.
class HostAssembler final : public asmjit::x86::Assembler {
public:
    using Gp = asmjit::x86::Gp;
    using Mem = asmjit::x86::Mem;
    using Label = asmjit::Label;

    HostAssembler(const Plan& plan, const Context& context) : plan_(plan), context_(context) {}

    /// Starts a piece that will run at `place`.
    void begin(const CodePlace& place);
    CodeSize size() const;
    /// Writes the finished piece to where `place` is writable.
    void finish(const WritablePlace& destination);
    const std::uint8_t* address_of(const Label& label) const;
    /// Of the hot part.
    const std::uint8_t* base() const { return base_; }

    /// While this lives, code goes to the cold part.
    class Cold {
    public:
        explicit Cold(HostAssembler& assembler) : assembler_(assembler) { assembler.go_to(assembler.cold_); }
        ~Cold() { assembler_.go_to(assembler_.code_.textSection()); }
        Cold(const Cold&) = delete;
        Cold& operator=(const Cold&) = delete;

    private:
        HostAssembler& assembler_;
    };

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
    /// A record of the code cache, relative to RIP.
    Mem near(const void* record) const {
        return asmjit::x86::ptr_rel(reinterpret_cast<std::uint64_t>(record));
    }
    /// A field of the processor, by its distance from the CpuState.
    Mem in_state(std::ptrdiff_t displacement, std::uint32_t size) const {
        return asmjit::x86::ptr(state(), static_cast<std::int32_t>(displacement), size);
    }

    void jump_if_count_zero(const Label& label) { jecxz(count(), label); }
    /// A jump to code outside this piece.
    void jump_to(const void* code) { jmp(place_of(code)); }
    void call_to(const void* code) { call(place_of(code)); }

private:
    /// AsmJit leaves the part's offset out for jumps.
    std::uint64_t place_of(const void* code) const {
        return reinterpret_cast<std::uint64_t>(code) - part_offset_;
    }
    void go_to(asmjit::Section* part) {
        section(part);
        part_offset_ = part->offset();
    }
    const Plan& plan_;
    const Context& context_;
    asmjit::CodeHolder code_;
    asmjit::Section* cold_ = nullptr;
    std::uint64_t part_offset_ = 0;
    const std::uint8_t* base_ = nullptr;
};

}  // namespace calque
