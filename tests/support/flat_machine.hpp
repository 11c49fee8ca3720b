// A processor on flat RAM, without a board: what instruction tests run on.
#pragma once

#include "cpu/processor.hpp"

#include <asmjit/x86.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace calque::test {

/// Ports read as all ones, as the hardware vectors expect; the time stamp is the retired count.
class QuietBoard final : public Outside {
public:
    std::uint32_t port_read(std::uint16_t, unsigned size) override { return 0xffff'ffffU >> (32 - 8 * size); }
    void port_write(std::uint16_t port, std::uint32_t value, unsigned) override {
        last_port_ = port, last_value_ = value;
    }
    std::uint8_t acknowledge_interrupt() override { return interrupt_vector_; }
    std::uint64_t time_stamp() override { return cpu_ ? cpu_->retired() : 0; }
    std::uint64_t random() override { return ~time_stamp() * 0x0101'0101'0101'0101; }
    void ferr(bool) override {}

    void attach(Cpu& cpu) { cpu_ = &cpu; }
    void set_vector(std::uint8_t vector) { interrupt_vector_ = vector; }
    std::uint16_t last_port() const { return last_port_; }
    std::uint32_t last_value() const { return last_value_; }

private:
    Cpu* cpu_ = nullptr;
    std::uint8_t interrupt_vector_ = 0x20;
    std::uint16_t last_port_ = 0;
    std::uint32_t last_value_ = 0;
};

enum class StartMode { real16, protected16, protected32 };

/// The name of an engine and how to make it; nullptr makes the built-in interpreter.
struct EngineKind {
    const char* name;
    std::function<std::unique_ptr<Engine>(Cpu&, BlockCache&)> make;
};
/// Every engine of this build, the interpreter first.
std::span<const EngineKind> engine_kinds();

class FlatMachine {
public:
    static constexpr std::uint32_t code_base = 0x1'0000;
    static constexpr std::uint32_t data_base = 0x2'0000;
    static constexpr std::uint32_t stack_top = 0x8'0000;
    static constexpr std::uint64_t ram_size = 16 << 20;

    explicit FlatMachine(StartMode start = StartMode::protected32, const char* model = "max");

    void use(const EngineKind& kind);
    void load(std::uint32_t address, std::span<const std::uint8_t> bytes) {
        memory.write_bytes(address, bytes);
    }
    /// Assembles at `address` and loads it there.
    void assemble(const std::function<void(asmjit::x86::Assembler&)>& write,
                  std::uint32_t address = code_base);
    /// Starts at `address` and runs to HLT, an exception that has no handler, or `limit` instructions.
    ExitReason run(std::uint64_t limit = 1'000'000);

    CpuState& state() { return processor.cpu().state; }

    PhysicalMemory memory;
    Mmu mmu;
    QuietBoard board;
    Processor processor;

private:
    std::unique_ptr<Engine> engine_;
};

/// Assembles 32-bit code (16-bit code: give bytes).
std::vector<std::uint8_t> assemble32(const std::function<void(asmjit::x86::Assembler&)>& write,
                                     std::uint32_t address);

}  // namespace calque::test
