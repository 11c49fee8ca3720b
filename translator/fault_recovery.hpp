// Host faults in generated code: taken as signals, answered by changing where the code goes on.
#pragma once

#include <cstdint>

namespace calque {

/// Something whose code may fault.
class FaultHandler {
public:
    virtual ~FaultHandler() = default;
    /// The registers of a fault at `rip`, which may be changed. False: not this one's.
    virtual bool recover(std::uint64_t& rip, std::uint64_t& rsp, const void* accessed) = 0;
};

/// Answers SIGSEGV, SIGBUS and SIGFPE as long as it lives; what `handler` does not recognize goes to whoever
/// handled these signals before.
class FaultRegistration {
public:
    explicit FaultRegistration(FaultHandler& handler);
    ~FaultRegistration();
    FaultRegistration(const FaultRegistration&) = delete;
    FaultRegistration& operator=(const FaultRegistration&) = delete;

private:
    FaultHandler& handler_;
};

/// Gives the calling thread an alternate signal stack, once: generated code's own stack is no place for a
/// handler.
void use_alternate_signal_stack();

}  // namespace calque
