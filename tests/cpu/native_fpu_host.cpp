// Runs an instruction on the host, in 64-bit mode: the encodings used mean the same there.
#include "tests/cpu/native_fpu.hpp"

#include <asmjit/x86.h>

#include <csetjmp>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <ucontext.h>

namespace calque::test {
namespace {

using Stub = void (*)(FpuCase*);

/// Loads everything, executes, stores everything; R15 holds the case.
Stub make_stub(asmjit::JitRuntime& runtime, const std::vector<std::uint8_t>& instruction) {
    using namespace asmjit::x86;
    asmjit::CodeHolder code;
    code.init(runtime.environment());
    Assembler a(&code);
    const auto field = [](std::size_t offset) { return ptr(r15, static_cast<int>(offset)); };
    const auto general = [&](unsigned i) { return field(offsetof(FpuCase, gpr) + 8 * i); };
    const Gp saved[]{rbx, rbp, r12, r13, r14, r15};
    const Gp loaded[]{rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi};
    for (const Gp& reg : saved) a.push(reg);
    a.mov(r15, rdi);
    a.fxrstor64(field(offsetof(FpuCase, fpu)));
    a.push(qword_ptr(r15, offsetof(FpuCase, flags)));
    a.popfq();
    for (unsigned i = 0; i < 7; ++i)
        if (i != esp) a.mov(loaded[i], general(i));
    a.lea(rdi, field(offsetof(FpuCase, memory)));
    a.embed(instruction.data(), instruction.size());
    for (unsigned i = 0; i < 7; ++i)
        if (i != esp) a.mov(general(i), loaded[i]);
    a.pushfq();
    a.pop(qword_ptr(r15, offsetof(FpuCase, flags)));
    a.fxsave64(field(offsetof(FpuCase, fpu)));
    a.fninit();
    for (std::size_t i = std::size(saved); i-- > 0;) a.pop(saved[i]);
    a.ret();
    Stub stub = nullptr;
    runtime.add(&stub, &code);
    return stub;
}

sigjmp_buf after_signal;
FpuArea at_signal;

void on_signal(int, siginfo_t*, void* context) {
    std::memcpy(static_cast<void*>(&at_signal), static_cast<ucontext_t*>(context)->uc_mcontext.fpregs,
                sizeof(at_signal));
    siglongjmp(after_signal, 1);
}

/// FIP, FDP and FOP are zero in the machine; what is reserved is not compared.
void canonicalize(FpuArea& fpu) {
    fpu.fop = 0;
    fpu.fip = fpu.fdp = 0;
    fpu.mxcsr_mask = 0xffff;
    fpu.rest = {};
}

void run_one(Stub stub, FpuCase& fpu_case) {
    if (sigsetjmp(after_signal, 1) == 0) {
        stub(&fpu_case);
    } else {
        fpu_case.fault = true;
        fpu_case.fpu = at_signal;
        asm volatile("fninit");
    }
    const std::uint32_t control = 0x1f80;
    asm volatile("ldmxcsr %0" : : "m"(control));
    fpu_case.flags &= flag::status;
    canonicalize(fpu_case.fpu);
}

}  // namespace

void run_on_host(const std::vector<std::uint8_t>& instruction, std::span<FpuCase> cases) {
    static asmjit::JitRuntime runtime;
    const Stub stub = make_stub(runtime, instruction);
    struct sigaction action {
    }, before{};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGFPE, &action, &before);
    for (FpuCase& fpu_case : cases) run_one(stub, fpu_case);
    sigaction(SIGFPE, &before, nullptr);
    runtime.release(stub);
}

}  // namespace calque::test
