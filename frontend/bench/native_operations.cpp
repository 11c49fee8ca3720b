// Loops around one instruction, each in a process of its own: the host may refuse it.
#include "frontend/bench/native_operations.hpp"

#ifdef __x86_64__

#include "cpu/thread_clock.hpp"
#include "frontend/bench/statistics.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace calque::bench {
namespace {

constexpr double long_enough = 0.02;  // seconds
constexpr unsigned rounds = 3;

/// What the bodies work on: memory at RDI, a function at RSI.
struct Ground {
    alignas(64) std::array<std::uint8_t, 16384> bytes{};
};

/// `count` times `body`, which may use RAX, RBX, RDX, RDI and R8 to R11. Skips the red zone: bodies push.
#define CALQUE_NATIVE_LOOP(name, setup, body)                                                 \
    void name(std::uint64_t count, void* ground) {                                            \
        asm volatile("lea -128(%%rsp), %%rsp\n\t" setup "\n.p2align 4\n1:\n\t" body           \
                     "\n\tdec %0\n\tjnz 1b\n\t"                                               \
                     "lea 128(%%rsp), %%rsp"                                                  \
                     : "+c"(count), "+D"(ground)                                              \
                     :                                                                        \
                     : "rax", "rbx", "rdx", "rsi", "r8", "r9", "r10", "r11", "cc", "memory"); \
    }

CALQUE_NATIVE_LOOP(loop, "", "")
CALQUE_NATIVE_LOOP(add, "", "add $1, %%eax")
CALQUE_NATIVE_LOOP(load, "", "mov (%%rdi), %%eax")
CALQUE_NATIVE_LOOP(store, "", "mov %%eax, (%%rdi)")
CALQUE_NATIVE_LOOP(load_across_pages, "add $4095, %%rdi\n\tand $-4096, %%rdi", "mov 4094(%%rdi), %%eax")
CALQUE_NATIVE_LOOP(call_return, "jmp 3f\n.p2align 4\n2:\tret\n3:", "call 2b")
CALQUE_NATIVE_LOOP(call_through_pointer,
                   "lea 2f(%%rip), %%rax\n\tmov %%rax, (%%rdi)\n\tjmp 3f\n.p2align 4\n2:\tret\n3:",
                   "call *(%%rdi)")
CALQUE_NATIVE_LOOP(
    call_alternating,
    "lea 2f(%%rip), %%rax\n\tmov %%rax, (%%rdi)\n\tlea 4f(%%rip), %%rax\n\tmov %%rax, 8(%%rdi)\n\tjmp 3f\n"
    ".p2align 4\n2:\tret\n.p2align 4\n4:\tret\n3:",
    "mov %%ecx, %%eax\n\tand $1, %%eax\n\tcall *(%%rdi,%%rax,8)")
CALQUE_NATIVE_LOOP(
    copy_4k, "mov %%rdi, %%r8",
    "mov %%rcx, %%rdx\n\tmov %%r8, %%rsi\n\tlea 4096(%%r8), %%rdi\n\tmov $1024, %%ecx\n\trep movsl\n\t"
    "mov %%rdx, %%rcx")
CALQUE_NATIVE_LOOP(pushf_popf, "", "pushf\n\tpopf")
CALQUE_NATIVE_LOOP(read_segment, "", "mov %%ds, %%eax")
CALQUE_NATIVE_LOOP(load_segment, "mov %%ss, %%eax", "mov %%eax, %%es")
CALQUE_NATIVE_LOOP(sgdt, "", "sgdt (%%rdi)")
CALQUE_NATIVE_LOOP(str, "", "str %%eax")
CALQUE_NATIVE_LOOP(smsw, "", "smsw %%eax")
CALQUE_NATIVE_LOOP(lar, "mov %%cs, %%edx", "lar %%edx, %%eax")
CALQUE_NATIVE_LOOP(verr, "mov %%ss, %%edx", "verr %%dx")
CALQUE_NATIVE_LOOP(rdtsc, "", "rdtsc")
CALQUE_NATIVE_LOOP(cpuid, "mov %%rcx, %%r8",
                   "xor %%eax, %%eax\n\tcpuid\n\tdec %%r8\n\tmov %%r8, %%rcx\n\tinc %%rcx")
/// The host's own fast system call, with the shortest service that its kernel has (getppid).
CALQUE_NATIVE_LOOP(system_call, "mov %%rcx, %%r8",
                   "mov $110, %%eax\n\tsyscall\n\tdec %%r8\n\tmov %%r8, %%rcx\n\tinc %%rcx")

/// INC of the immediate of MOV EAX, imm32, which is then executed.
void patch_and_run(std::uint64_t count, void*) {
    void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) _exit(1);
    constexpr std::array<std::uint8_t, 6> code{0xb8, 0, 0, 0, 0, 0xc3};  // MOV EAX, 0; RET
    std::ranges::copy(code, static_cast<std::uint8_t*>(page));
    asm volatile(
        "lea -128(%%rsp), %%rsp\n1:\tincl 1(%%rdi)\n\tcall *%%rdi\n\tdec %0\n\tjnz 1b\n\tlea 128(%%rsp), "
        "%%rsp"
        : "+c"(count), "+D"(page)
        :
        : "rax", "cc", "memory");
}

struct Entry {
    const char* name;
    void (*run)(std::uint64_t, void*);
};
constexpr std::array entries{
    Entry{"loop", loop},
    Entry{"add", add},
    Entry{"load", load},
    Entry{"store", store},
    Entry{"load_across_pages", load_across_pages},
    Entry{"call_return", call_return},
    Entry{"call_through_pointer", call_through_pointer},
    Entry{"call_alternating", call_alternating},
    Entry{"copy_4k", copy_4k},
    Entry{"pushf_popf", pushf_popf},
    Entry{"read_segment", read_segment},
    Entry{"load_segment", load_segment},
    Entry{"sgdt", sgdt},
    Entry{"str", str},
    Entry{"smsw", smsw},
    Entry{"lar", lar},
    Entry{"verr", verr},
    Entry{"rdtsc", rdtsc},
    Entry{"cpuid", cpuid},
    Entry{"sysenter", system_call},
    Entry{"patch_and_run", patch_and_run},
};

double nanoseconds_each(const Entry& entry) {
    static Ground ground;
    std::vector<double> found;
    for (std::uint64_t count = 1000; found.size() < rounds;) {
        const double begun = thread_seconds();
        entry.run(count, ground.bytes.data());
        const double spent = thread_seconds() - begun;
        if (spent >= long_enough)
            found.push_back(spent / static_cast<double>(count) * 1e9);
        else
            count *= 4;
    }
    return median(found);
}

/// In a child, which may die of it. 0: it did.
double try_out(const Entry& entry) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) return 0;
    const pid_t child = fork();
    if (child == 0) {
        const double found = nanoseconds_each(entry);
        const bool told = write(ends[1], &found, sizeof found) == sizeof found;
        _exit(told ? 0 : 1);
    }
    close(ends[1]);
    double found = 0;
    const bool complete = read(ends[0], &found, sizeof found) == sizeof found;
    close(ends[0]);
    if (child > 0) waitpid(child, nullptr, 0);
    return complete ? found : 0;
}

}  // namespace

std::vector<NativeOperation> measure_native_operations() {
    std::vector<NativeOperation> found;
    for (const Entry& entry : entries)
        if (const double nanoseconds = try_out(entry); nanoseconds > 0)
            found.push_back({entry.name, nanoseconds});
    return found;
}

double measure_gigahertz() {
    constexpr std::uint64_t loops = 4'000'000;
    constexpr double additions = 16;  // one cycle each, one after the other
    std::vector<double> found;
    for (unsigned round = 0; round < rounds; ++round) {
        std::uint64_t count = loops;
        const double begun = thread_seconds();
        asm volatile(".p2align 4\n1:\n\t.rept 16\n\tadd %0, %%rax\n\t.endr\n\tdec %0\n\tjnz 1b"
                     : "+c"(count)
                     :
                     : "rax", "cc");
        found.push_back(additions * loops / ((thread_seconds() - begun) * 1e9));
    }
    return median(found);
}

}  // namespace calque::bench

#else

namespace calque::bench {

std::vector<NativeOperation> measure_native_operations() { return {}; }
double measure_gigahertz() { return 0; }

}  // namespace calque::bench

#endif
