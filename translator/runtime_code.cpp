// The code that all translations share.
#include "translator/runtime_code.hpp"

#include "translator/memory_operand.hpp"

namespace calque {
namespace {

using asmjit::Label;
namespace x86 = asmjit::x86;

template <typename Field>
std::ptrdiff_t distance(const CpuState& state, const Field& field) {
    return reinterpret_cast<const char*>(&field) - reinterpret_cast<const char*>(&state);
}

class Writer {
public:
    Writer(HostAssembler& assembler, const StateLayout& layout) : a(assembler), layout_(layout) {}

    /// Host registers that C++ expects to find again; the stack stays aligned.
    void enter() {
        for (const auto& reg : callee_saved) a.push(reg);
        a.sub(x86::rsp, 8);
        a.mov(a.in_context(a.context().host_rsp), x86::rsp);
        a.mov(x86::rax, x86::rdi);
    }

    /// RAX: where to go in generated code.
    void restore() {
        const Label no_xmm = a.newLabel();
        a.mov(a.in_context(a.context().target), x86::rax);
        a.mov(a.state(), a.in_context(a.context().state));
        a.cmp(a.in_context(a.context().xmm_live), 0);
        a.je(no_xmm);
        load_xmm();
        a.bind(no_xmm);
        a.mov(x86::ax, a.in_context(a.context().flags));
        a.add(x86::al, 127);
        a.sahf();
        for (unsigned i = 0; i < 8; ++i) a.mov(a.guest(i), a.in_state(StateLayout::gpr(i), 4));
        a.mov(a.tables(), a.in_context(a.context().tables));
        a.mov(a.budget(), a.in_context(a.context().budget));
        a.mov(x86::rsp, a.in_context(a.context().return_rsp));
        a.jmp(a.in_context(a.context().target));
    }

    void save() {
        const Label no_xmm = a.newLabel();
        for (unsigned i = 0; i < 8; ++i) a.mov(a.in_state(StateLayout::gpr(i), 8), a.guest(i).r64());
        a.mov(a.in_context(a.context().argument), a.spare());
        a.mov(a.in_context(a.context().budget), a.budget());
        a.lahf();
        a.seto(x86::al);
        a.mov(a.in_context(a.context().flags), x86::ax);
        a.cmp(a.in_context(a.context().xmm_live), 0);
        a.je(no_xmm);
        store_xmm();
        a.bind(no_xmm);
        a.mov(a.in_context(a.context().return_rsp), x86::rsp);
        a.mov(x86::rsp, a.in_context(a.context().host_rsp));
    }

    void call(const StubFunction& function, const Label& restore_label) {
        a.mov(x86::rsi, a.in_context(a.context().argument));
        a.lea(x86::rdi, a.in_context(a.context()));
        a.call(a.in_context(function));
        a.test(x86::rax, x86::rax);
        a.jnz(restore_label);
    }

    void leave() {
        a.mov(a.in_context(a.context().xmm_live), 0);
        a.add(x86::rsp, 8);
        for (std::size_t i = std::size(callee_saved); i-- > 0;) a.pop(callee_saved[i]);
        a.ret();
    }

    /// Inserted code, so no flags: `address` holds EIP.
    void probe(const Label& miss) {
        const Label hit = a.newLabel();
        a.movzx(a.index().r32(), a.address().r16());
        a.lea(a.index(), x86::ptr(a.index(), a.index()));
        a.mov(a.count(), a.in_context(a.context().tag));
        a.lea(a.address(), x86::ptr(a.address(), a.count()));
        a.lea(a.spare(), a.in_context(a.context().jumps));
        a.mov(a.count(), x86::ptr(a.spare(), a.index(), 3, 0));
        a.lea(a.count(), x86::ptr(a.count(), a.address()));
        a.jump_if_count_zero(hit);
        a.mov(a.spare().r32(), a.address().r32());
        a.jmp(miss);
        a.bind(hit);
        a.jmp(x86::ptr(a.spare(), a.index(), 3, 8));
    }

    /// A function for generated code. Of those found, one in many is called out nevertheless, as a sample.
    void second_look(AccessKind kind, std::int32_t table) {
        const Label call_out = a.newLabel();
        emit_page_check(a, a.address(), 4, kind, table);
        a.jump_if_count_zero(call_out);
        a.mov(a.count(), a.in_context(a.context().looks_left));
        a.lea(a.count(), x86::ptr(a.count(), -1));
        a.mov(a.in_context(a.context().looks_left), a.count());
        a.jump_if_count_zero(call_out);
        a.mov(a.count(), a.index());
        a.bind(call_out);
        a.ret();
    }

    /// XMM registers and MXCSR from CpuState into the processor.
    void load_xmm() {
        for (unsigned i = 0; i < 8; ++i) a.movaps(x86::xmm(i), xmm_place(i));
        a.ldmxcsr(a.in_state(layout_.mxcsr, 4));
    }
    /// And back; C++ gets the default MXCSR.
    void store_xmm() {
        for (unsigned i = 0; i < 8; ++i) a.movaps(xmm_place(i), x86::xmm(i));
        a.stmxcsr(a.in_state(layout_.mxcsr, 4));
        a.ldmxcsr(a.in_context(a.context().default_mxcsr));
    }

private:
    static constexpr x86::Gp callee_saved[]{x86::rbx, x86::rbp, x86::r12, x86::r13, x86::r14, x86::r15};

    HostAssembler::Mem xmm_place(unsigned number) const {
        return a.in_state(layout_.xmm + 16 * static_cast<std::ptrdiff_t>(number), 16);
    }

    HostAssembler& a;
    const StateLayout& layout_;
};

}  // namespace

StateLayout::StateLayout(const Cpu& cpu)
    : segments(distance(cpu.state, cpu.state.segments)),
      base(distance(cpu.state, cpu.state.segments[0].base) - segments),
      read_end(distance(cpu.state, cpu.state.segments[0].read_end) - segments),
      write_end(distance(cpu.state, cpu.state.segments[0].write_end) - segments),
      selector(distance(cpu.state, cpu.state.segments[0].selector) - segments),
      segment_size(sizeof(SegmentRegister)),
      xmm(distance(cpu.state, cpu.state.fpu.xmm)),
      mxcsr(distance(cpu.state, cpu.state.fpu.mxcsr)),
      other_flags(distance(cpu.state, cpu.state.other_flags)),
      fpu_live(distance(cpu.state, cpu.fpu.live)),
      fcw(distance(cpu.state, cpu.state.fpu.fcw)),
      fop(distance(cpu.state, cpu.state.fpu.fop)),
      interrupt_line(distance(cpu.state, cpu.interrupt_line)),
      nmi_pending(distance(cpu.state, cpu.state.nmi_pending)) {}

RuntimeCode emit_runtime_code(HostAssembler& a, CodeCache& cache, const StateLayout& layout,
                              const TableLayouts& tables) {
    a.begin(cache.next());
    Writer writer(a, layout);
    const Label enter = a.newLabel(), restore = a.newLabel(), leave = a.newLabel();
    a.bind(enter);
    writer.enter();
    a.bind(restore);
    writer.restore();
    a.bind(leave);
    writer.leave();

    const auto stub = [&](const StubFunction& function) {
        const Label here = a.newLabel();
        a.bind(here);
        writer.save();
        writer.call(function, restore);
        a.jmp(leave);
        return here;
    };
    const StubFunctions& functions = a.context().functions;
    const Label callout = stub(functions.callout), direct = stub(functions.direct);
    const Label indirect = stub(functions.indirect), out_of_budget = stub(functions.out_of_budget);
    const Label not_live = stub(functions.not_live), decline = stub(functions.decline);
    const Label probe = a.newLabel(), bottom = a.newLabel();
    a.bind(bottom);
    a.mov(x86::rsp, a.in_context(a.context().return_bottom));
    a.bind(probe);
    writer.probe(indirect);

    std::array<std::array<Label, 2>, view_count> second_looks;
    for (unsigned view = 0; view < view_count; ++view)
        for (const AccessKind kind : {AccessKind::read, AccessKind::write}) {
            Label& here = second_looks[view][static_cast<std::size_t>(kind)] = a.newLabel();
            a.bind(here);
            writer.second_look(kind, tables[view].data(kind));
        }

    a.finish(cache.allocate(a.size()));
    RuntimeCode code;
    code.enter =
        reinterpret_cast<void (*)(const void*)>(reinterpret_cast<std::uintptr_t>(a.address_of(enter)));
    code.callout = a.address_of(callout);
    code.direct = a.address_of(direct);
    code.out_of_budget = a.address_of(out_of_budget);
    code.not_live = a.address_of(not_live);
    code.decline = a.address_of(decline);
    code.probe = a.address_of(probe);
    code.bottom_landing = a.address_of(bottom);
    for (unsigned view = 0; view < view_count; ++view)
        for (std::size_t kind = 0; kind < 2; ++kind)
            code.second_look[view][kind] = a.address_of(second_looks[view][kind]);
    return code;
}

}  // namespace calque
