// Enters compatibility mode by a far jump and comes back by another (SDM vol. 3A, "Compatibility Mode").
#include "tests/oracle/native_runner.hpp"

#include <asm/ldt.h>
#include <csetjmp>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <system_error>
#include <ucontext.h>
#include <unistd.h>

// The 64-bit side: registers out of the state, a far jump into 32-bit code, and the way back. Everything the
// code may clobber is saved, RSP in a place that 32-bit code cannot reach.
asm(R"(
    .text
    .globl calque_native_enter
calque_native_enter:                    # rdi: state below 4 GiB, rsi: far pointer to the code
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    subq $8, %rsp
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
    movq %rsp, calque_native_rsp(%rip)
    movq %rdi, calque_native_state(%rip)
    fxrstor 48(%rdi)
    movl 32(%rdi), %eax
    pushq %rax
    movl 0(%rdi), %eax
    movl 4(%rdi), %ecx
    movl 8(%rdi), %edx
    movl 12(%rdi), %ebx
    movl 20(%rdi), %ebp
    movq %rsi, %r8
    movl 24(%rdi), %esi
    movl 16(%rdi), %r9d
    movl $0x2b, %r10d                   # Linux's 32- and 64-bit user data segment
    movl %r10d, %ds
    movl %r10d, %es
    movl 36(%rdi), %r10d
    movl %r10d, %gs
    movl 28(%rdi), %edi
    popfq
    movl %r9d, %esp
    ljmpl *(%r8)
    .globl calque_native_return
calque_native_return:                   # 64-bit again
    movl %esp, %r9d
    movq calque_native_rsp(%rip), %rsp
    pushfq
    popq %r10
    cld
    movq calque_native_state(%rip), %r8
    movl %eax, 0(%r8)
    movl %ecx, 4(%r8)
    movl %edx, 8(%r8)
    movl %ebx, 12(%r8)
    movl %r9d, 16(%r8)
    movl %ebp, 20(%r8)
    movl %esi, 24(%r8)
    movl %edi, 28(%r8)
    movl %r10d, 32(%r8)
    fxsave 48(%r8)
    xorl %r10d, %r10d
    movl %r10d, %gs
    fninit
    ldmxcsr (%rsp)
    fldcw 4(%rsp)
    addq $8, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret
    .local calque_native_rsp
    .comm calque_native_rsp, 8, 8
    .local calque_native_state
    .comm calque_native_state, 8, 8
)");
extern "C" void calque_native_enter(void* state, const void* far_pointer);
extern "C" void calque_native_return();

namespace calque::test {
namespace {

static_assert(offsetof(NativeState, eflags) == 32 && offsetof(NativeState, gs) == 36 &&
                  offsetof(NativeState, fpu) == 48,
              "the assembly knows these");

constexpr std::uint16_t user32_cs = 0x23, user64_cs = 0x33;  // Linux's x86-64 GDT
constexpr std::uint32_t state_place = NativeRunner::base + NativeRunner::size;
constexpr std::uint32_t bounce_place = state_place + 0x400;  // a 64-bit jump to calque_native_return
constexpr std::uint32_t pointer_place = state_place + 0x500;
constexpr std::size_t service_size = 0x1000;
constexpr int page_fault = 14;

sigjmp_buf recovery;
volatile std::sig_atomic_t armed = 0;
NativeRunner::End fault;
NativeState fault_state;

void on_signal(int number, siginfo_t*, void* context) {
    if (!armed) {
        std::signal(number, SIG_DFL);
        std::raise(number);
        return;
    }
    armed = 0;
    const mcontext_t& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
    const auto reg = [&](int name) { return static_cast<std::uint32_t>(machine.gregs[name]); };
    fault = {.vector = static_cast<int>(reg(REG_TRAPNO)), .eip = reg(REG_RIP), .error_code = reg(REG_ERR)};
    if (fault.vector == page_fault) fault.fault_address = reg(REG_CR2);
    fault_state.gpr = {reg(REG_RAX), reg(REG_RCX), reg(REG_RDX), reg(REG_RBX),
                       reg(REG_RSP), reg(REG_RBP), reg(REG_RSI), reg(REG_RDI)};
    fault_state.eflags = reg(REG_EFL);
    std::memcpy(fault_state.fpu.data(), machine.fpregs, fault_state.fpu.size());
    siglongjmp(recovery, number);
}

void install_handlers() {
    static std::array<std::uint8_t, 65536> stack;
    const stack_t alternate{.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
    sigaltstack(&alternate, nullptr);
    for (const int number : {SIGSEGV, SIGFPE, SIGBUS, SIGILL, SIGTRAP}) {
        struct sigaction action {};
        action.sa_sigaction = on_signal;
        action.sa_flags = SA_ONSTACK | SA_SIGINFO;
        sigaction(number, &action, nullptr);
    }
}

std::uint8_t* at(std::uint32_t address) { return reinterpret_cast<std::uint8_t*>(std::uintptr_t{address}); }

void write_far_pointer(std::uint8_t* place, std::uint32_t offset, std::uint16_t selector) {
    std::memcpy(place, &offset, 4);
    std::memcpy(place + 4, &selector, 2);
}

}  // namespace

NativeRunner::NativeRunner() {
    void* window = mmap(at(base), size + service_size, PROT_READ | PROT_WRITE | PROT_EXEC,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (window != at(base)) throw std::system_error(errno, std::generic_category(), "native window");
    // 64-bit: jmp *[rip+0]; target
    const std::array<std::uint8_t, 6> jump{0xff, 0x25, 0, 0, 0, 0};
    std::memcpy(at(bounce_place), jump.data(), jump.size());
    const auto target = reinterpret_cast<std::uint64_t>(&calque_native_return);
    std::memcpy(at(bounce_place) + jump.size(), &target, sizeof(target));
    install_handlers();
}

void NativeRunner::forbid(std::uint32_t address, std::uint32_t bytes) {
    if (mprotect(at(address), bytes, PROT_NONE) != 0)
        throw std::system_error(errno, std::generic_category(), "native window");
}

void NativeRunner::make_read_only(std::uint32_t address, std::uint32_t bytes) {
    if (mprotect(at(address), bytes, PROT_READ) != 0)
        throw std::system_error(errno, std::generic_category(), "native window");
}

bool NativeRunner::make_gs(std::uint32_t segment_base, std::uint32_t limit) {
    user_desc descriptor{};
    descriptor.entry_number = gs_selector >> 3;
    descriptor.base_addr = segment_base;
    descriptor.limit = limit;
    descriptor.seg_32bit = 1;
    constexpr int write_entry = 0x11;
    if (syscall(SYS_modify_ldt, write_entry, &descriptor, sizeof(descriptor)) != 0) return false;
    gs_ = gs_selector;
    return true;
}

NativeRunner::~NativeRunner() { munmap(at(base), size + service_size); }

std::uint8_t* NativeRunner::memory(std::uint32_t address) { return at(address); }

NativeRunner::End NativeRunner::run(std::uint32_t address, std::span<const std::uint8_t> code,
                                    NativeState& state) {
    std::memcpy(at(address), code.data(), code.size());
    std::uint8_t* end = at(address) + code.size();
    *end = 0xea;  // ljmp user64_cs:bounce
    write_far_pointer(end + 1, bounce_place, user64_cs);
    write_far_pointer(at(pointer_place), address, user32_cs);
    state.gs = gs_;
    std::memcpy(at(state_place), &state, sizeof(state));
    if (sigsetjmp(recovery, 1) != 0) {
        asm volatile("fninit; movl %0, %%gs" : : "r"(0));
        const std::uint32_t mxcsr = 0x1f80;
        asm volatile("ldmxcsr %0" : : "m"(mxcsr));
        state = fault_state;
        return fault;
    }
    armed = 1;
    calque_native_enter(at(state_place), at(pointer_place));
    armed = 0;
    std::memcpy(&state, at(state_place), sizeof(state));
    return {.eip = static_cast<std::uint32_t>(address + code.size())};
}

}  // namespace calque::test
