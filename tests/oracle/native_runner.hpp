// Runs 32-bit user code on the host's own CPU: the oracle that is not ours.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace calque::test {

/// The registers that 32-bit user code sees. `fpu` is a legacy FXSAVE image (SDM vol. 2A, "FXSAVE").
struct alignas(16) NativeState {
    std::array<std::uint32_t, 8> gpr{};  ///< EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI
    std::uint32_t eflags = 2;
    std::uint32_t gs = 0;  ///< the selector, which NativeRunner fills in
    alignas(16) std::array<std::uint8_t, 512> fpu{};
};

/// A window of the address space below 4 GiB in which code and data lie at the addresses that the guest uses
/// too.
class NativeRunner {
public:
    static constexpr std::uint32_t base = 0x1000'0000;
    static constexpr std::uint32_t size = 0x20'0000;

    /// Throws std::system_error if the host does not let us map the window.
    NativeRunner();
    ~NativeRunner();
    NativeRunner(const NativeRunner&) = delete;
    NativeRunner& operator=(const NativeRunner&) = delete;

    std::uint8_t* memory(std::uint32_t address);
    /// Every access to whole pages of the window shall fault.
    void forbid(std::uint32_t address, std::uint32_t bytes);
    /// Every write to them shall.
    void make_read_only(std::uint32_t address, std::uint32_t bytes);
    /// GS shall name a segment with a base and a limit in bytes. False: the kernel does not make any.
    bool make_gs(std::uint32_t segment_base, std::uint32_t limit);
    static constexpr std::uint16_t gs_selector = 7;  ///< the first one of the LDT, RPL 3

    /// How a run ended.
    struct End {
        int vector = -1;  ///< of the exception, -1: the code's end was reached
        std::uint32_t eip = 0;
        std::uint32_t error_code = 0;
        std::uint32_t fault_address = 0;  ///< of a page fault
    };

    /// Runs `code` at `address`, from `state` to `state`; after an exception that is the state which its
    /// handler sees.
    End run(std::uint32_t address, std::span<const std::uint8_t> code, NativeState& state);

private:
    std::uint16_t gs_ = 0;
};

}  // namespace calque::test
