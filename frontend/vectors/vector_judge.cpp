// Registers, memory and exceptions of a test against the vector.
#include "frontend/vectors/vector_judge.hpp"

#include "cpu/state.hpp"

#include <fmt/format.h>

#include <map>

namespace calque {
namespace {

constexpr std::array<const char*, moo_register_count> register_names{
    "ax", "bx", "cx", "dx", "cs", "ss", "ds", "es", "sp", "bp", "si", "di", "ip", "flags"};
constexpr auto number(MooRegister name) { return static_cast<unsigned>(name); }
constexpr unsigned cs = number(MooRegister::cs), ip = number(MooRegister::ip), sp = number(MooRegister::sp);
constexpr unsigned ss = number(MooRegister::ss), flags = number(MooRegister::flags);

class Judge {
public:
    Judge(const MooTest& test, VectorMachine& machine)
        : test_(test),
          machine_(machine),
          expected_(test.after),
          defined_(defined_flags(test) & compared_flags) {
        difference().found = machine.registers();
    }

    Judgement judge() {
        find_exception();
        compare_registers();
        compare_memory();
        difference().restartable = restartable();
        return judgement_;
    }

private:
    VectorDifference& difference() { return judgement_.difference; }
    std::uint16_t found(unsigned name) { return difference().found[name]; }

    void differ(const std::string& name, unsigned expected, unsigned present) {
        judgement_.text += fmt::format(" {} {:x} not {:x}", name, present, expected);
    }

    /// Which handler the machine halted in. One of another exception than the hardware took is an expected
    /// place from here on: everything else can then be compared.
    void find_exception() {
        if (test_.exception && halted_in(*test_.exception)) return;
        if (found(cs) == expected_[cs] && found(ip) == expected_[ip]) return;
        for (const Vector vector : VectorMachine::spare_handlers) {
            if (!halted_in(static_cast<std::uint8_t>(vector))) continue;
            judgement_.text += fmt::format(" exception {}", static_cast<unsigned>(vector));
            expected_[cs] = found(cs);
            expected_[ip] = found(ip);
            return;
        }
    }

    bool halted_in(std::uint8_t vector) {
        if (std::pair(found(cs), found(ip)) != machine_.halted_in(vector)) return false;
        difference().vector = vector;
        return true;
    }

    void compare_registers() {
        for (unsigned i = 0; i < moo_register_count; ++i) {
            const unsigned mask = i == flags ? defined_ : 0xffffU;
            if (!((found(i) ^ expected_[i]) & mask)) continue;
            differ(register_names[i], expected_[i] & mask, found(i) & mask);
            difference().registers |= 1U << i;
        }
        if (!(found(flags) & ~unsigned{compared_flags})) return;
        difference().high_flags = true;
        judgement_.text += fmt::format(" flags bits 12-15 {:x}", found(flags) >> 12);
    }

    void compare_memory() {
        std::map<std::uint32_t, std::uint8_t> expected;
        for (const MooByte& byte : test_.ram_before) expected[byte.address] = byte.value;
        for (const MooByte& byte : test_.ram_after) expected[byte.address] = byte.value;
        for (const auto& [address, value] : expected) compare_byte(address, value);
    }

    void compare_byte(std::uint32_t address, std::uint8_t value) {
        const std::uint32_t frame = pushed_flags();
        const bool in_flags = address == frame || address == frame + 1;
        const auto mask =
            static_cast<std::uint8_t>(in_flags ? defined_ >> (address == frame ? 0 : 8) : 0xffU);
        const std::uint8_t present = machine_.byte(address);
        if (!((present ^ value) & mask)) return;
        differ(fmt::format("[{:05x}]", address), value, present);
        (in_flags ? difference().pushed_flags : difference().memory) = true;
    }

    /// Where the exception's frame holds FLAGS; nowhere if none was taken.
    std::uint32_t pushed_flags() const {
        if (!test_.exception) return 0xffff'fff0U;
        return test_.after[ss] * 16U + ((test_.after[sp] + 4U) & 0xffffU);
    }

    /// The handler sees the state before the instruction, so that IRET would run it again.
    bool restartable() {
        if (!difference().vector) return false;
        for (unsigned i = 0; i < moo_register_count; ++i) {
            if (i == cs || i == ip || i == sp || i == flags) continue;
            if (found(i) != test_.before[i]) return false;
        }
        const auto at = [&](unsigned distance) {
            return machine_.word(found(ss), static_cast<std::uint16_t>(found(sp) + distance));
        };
        return static_cast<std::uint16_t>(found(sp) + 6) == test_.before[sp] && at(0) == test_.before[ip] &&
               at(2) == test_.before[cs];
    }

    const MooTest& test_;
    VectorMachine& machine_;
    MooRegisters expected_;
    unsigned defined_;
    Judgement judgement_;
};

}  // namespace

Judgement judge(const MooTest& test, VectorMachine& machine) { return Judge(test, machine).judge(); }

}  // namespace calque
