// Host faults in generated code.
#include "translator/fault_recovery.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <memory>
#include <sys/auxv.h>
#include <ucontext.h>
#include <vector>

namespace calque {
namespace {

constexpr std::array<int, 3> fault_signals{SIGSEGV, SIGBUS, SIGFPE};

std::vector<FaultHandler*>& handlers() {
    static std::vector<FaultHandler*> all;
    return all;
}

std::array<struct sigaction, fault_signals.size()>& previous_actions() {
    static std::array<struct sigaction, fault_signals.size()> all;
    return all;
}

/// Not ours: the previous handler's turn, or the default's when the instruction faults again.
void pass_on(int signal, siginfo_t* info, void* context) {
    const auto at =
        static_cast<std::size_t>(std::ranges::find(fault_signals, signal) - fault_signals.begin());
    const struct sigaction& previous = previous_actions()[at];
    if (previous.sa_flags & SA_SIGINFO)
        previous.sa_sigaction(signal, info, context);
    else if (previous.sa_handler == SIG_DFL || previous.sa_handler == SIG_IGN)
        std::signal(signal, SIG_DFL);
    else
        previous.sa_handler(signal);
}

void on_fault(int signal, siginfo_t* info, void* context) {
    auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    auto rip = static_cast<std::uint64_t>(registers[REG_RIP]),
         rsp = static_cast<std::uint64_t>(registers[REG_RSP]);
    for (FaultHandler* handler : handlers()) {
        if (!handler->recover(rip, rsp, info->si_addr)) continue;
        registers[REG_RIP] = static_cast<greg_t>(rip);
        registers[REG_RSP] = static_cast<greg_t>(rsp);
        return;
    }
    pass_on(signal, info, context);
}

void install() {
    struct sigaction action {};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    for (std::size_t i = 0; i < fault_signals.size(); ++i)
        sigaction(fault_signals[i], &action, &previous_actions()[i]);
}

void uninstall() {
    for (std::size_t i = 0; i < fault_signals.size(); ++i)
        sigaction(fault_signals[i], &previous_actions()[i], nullptr);
}

/// Room for the frame that the processor's whole state takes, and for the handler.
class AlternateStack {
public:
    AlternateStack() : size_(getauxval(AT_MINSIGSTKSZ) + (64U << 10)), memory_(new char[size_]) {
        stack_t now{};
        sigaltstack(nullptr, &now);
        if (!(now.ss_flags & SS_DISABLE) && now.ss_size >= size_) return;
        const stack_t stack{.ss_sp = memory_.get(), .ss_flags = 0, .ss_size = size_};
        used_ = sigaltstack(&stack, nullptr) == 0;
    }
    ~AlternateStack() {
        if (!used_) return;
        const stack_t none{.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
        sigaltstack(&none, nullptr);
    }
    AlternateStack(const AlternateStack&) = delete;
    AlternateStack& operator=(const AlternateStack&) = delete;

private:
    std::size_t size_;
    std::unique_ptr<char[]> memory_;
    bool used_ = false;
};

}  // namespace

FaultRegistration::FaultRegistration(FaultHandler& handler) : handler_(handler) {
    if (handlers().empty()) install();
    handlers().push_back(&handler);
}

FaultRegistration::~FaultRegistration() {
    std::erase(handlers(), &handler_);
    if (handlers().empty()) uninstall();
}

void use_alternate_signal_stack() { static thread_local const AlternateStack stack; }

}  // namespace calque
