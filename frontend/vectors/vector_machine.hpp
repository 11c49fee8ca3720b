// A real-mode processor on flat RAM, as the vectors expect it.
#pragma once

#include "cpu/processor.hpp"
#include "frontend/vectors/moo_file.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>

namespace calque {

/// Makes an engine; nullptr stands for the interpreter.
using EngineFactory = std::function<std::unique_ptr<Engine>(Cpu&, BlockCache&)>;
using MooRegisters = std::array<std::uint16_t, moo_register_count>;

/// Bits 12-15 are random in the vectors: a 286 cannot hold NT and IOPL in real mode.
inline constexpr std::uint16_t compared_flags = 0x0fff;

class VectorMachine {
public:
    /// What a later processor may raise where the 286 raised another exception or none: such a test brings no
    /// handler and gets one that is a HLT.
    static constexpr std::array spare_handlers{Vector::ud, Vector::ss, Vector::de};

    explicit VectorMachine(const EngineFactory& make_engine);

    /// Loads the state before the test and runs to the HLT behind it.
    void run(const MooTest& test);

    MooRegisters registers();
    std::uint8_t byte(std::uint32_t address) { return static_cast<std::uint8_t>(memory_.read(address, 1)); }
    std::uint16_t word(std::uint16_t segment, std::uint16_t offset);
    /// CS and IP as they are after the HLT with which an exception's handler starts.
    std::pair<std::uint16_t, std::uint16_t> halted_in(std::uint8_t vector);

private:
    /// Nothing outside: ports read as all ones.
    class NoBoard final : public Outside {
    public:
        std::uint32_t port_read(std::uint16_t, unsigned size) override {
            return 0xffff'ffffU >> (32 - 8 * size);
        }
        void port_write(std::uint16_t, std::uint32_t, unsigned) override {}
        std::uint8_t acknowledge_interrupt() override { return 0; }
        std::uint64_t time_stamp() override { return 0; }
        std::uint64_t random() override { return 0; }
        void ferr(bool) override {}
    };

    void load_memory(const MooTest& test);
    void load_registers(const MooTest& test);

    PhysicalMemory memory_;
    Mmu mmu_;
    NoBoard board_;
    Processor processor_;
    std::unique_ptr<Engine> engine_;
};

}  // namespace calque
