// Runs an instruction through the decoder and the interpreter's handler, and compares.
#include "cpu/decoder.hpp"
#include "tests/cpu/native_fpu.hpp"
#include "tests/cpu/one_instruction.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace calque::test {
namespace {

void put_in(FlatMachine& machine, const FpuCase& fpu_case) {
    CpuState& state = machine.state();
    state.fpu = fpu_case.fpu;
    for (unsigned i = 0; i < 7; ++i)
        if (i != esp) state.gpr[i] = static_cast<std::uint32_t>(fpu_case.gpr[i]);
    state.gpr[edi] = FlatMachine::data_base;
    machine.memory.write_bytes(FlatMachine::data_base, fpu_case.memory);
    state.status = StatusFlags::unpack(static_cast<std::uint32_t>(fpu_case.flags));
    machine.processor.cpu().exception_pending = false;
    machine.processor.cpu().refresh_mode();
}

void take_out(FlatMachine& machine, FpuCase& fpu_case) {
    Cpu& cpu = machine.processor.cpu();
    cpu.fpu.release(cpu.state.fpu);
    fpu_case.fpu = cpu.state.fpu;
    fpu_case.fpu.rest = {};
    for (unsigned i = 0; i < 7; ++i)
        if (i != esp) fpu_case.gpr[i] = cpu.state.gpr[i];
    machine.memory.read_bytes(FlatMachine::data_base, fpu_case.memory);
    fpu_case.flags = cpu.state.eflags() & flag::status;
    fpu_case.fault = cpu.exception_pending;
}

}  // namespace

void run_on_guest(const std::vector<std::uint8_t>& instruction, FpuCase& fpu_case) {
    static OneInstruction execute;
    put_in(execute.machine, fpu_case);
    const auto exception = execute(instruction);
    if (exception) CHECK(*exception == Vector::xm);
    take_out(execute.machine, fpu_case);
}

namespace {

template <typename Bytes>
std::string hex(const Bytes& bytes) {
    std::string text;
    for (auto byte = std::rbegin(bytes); byte != std::rend(bytes); ++byte)
        text += fmt::format("{:02x}", *byte);
    return text;
}

template <typename T>
std::string differ(const char* name, const T& host, const T& guest) {
    return host == guest ? "" : fmt::format("{}: host {:x}, guest {:x}\n", name, host, guest);
}
template <typename Bytes>
std::string differ_bytes(const std::string& name, const Bytes& host, const Bytes& guest) {
    return host == guest ? "" : fmt::format("{}: host {}, guest {}\n", name, hex(host), hex(guest));
}

}  // namespace

std::string difference(const FpuCase& host, const FpuCase& guest) {
    std::string text =
        differ("fault", int{host.fault}, int{guest.fault}) + differ("fcw", host.fpu.fcw, guest.fpu.fcw) +
        differ("fsw", host.fpu.fsw, guest.fpu.fsw) + differ("ftw", host.fpu.ftw, guest.fpu.ftw) +
        differ("mxcsr", host.fpu.mxcsr, guest.fpu.mxcsr) + differ_bytes("memory", host.memory, guest.memory);
    for (unsigned i = 0; i < 8; ++i) {
        text += differ_bytes(fmt::format("st{}", i), host.fpu.st[i].bytes, guest.fpu.st[i].bytes);
        text += differ_bytes(fmt::format("xmm{}", i), host.fpu.xmm[i].bytes, guest.fpu.xmm[i].bytes);
    }
    if (host.fault) return text;
    text += differ("flags", host.flags, guest.flags);
    for (unsigned i = 0; i < 7; ++i)
        if (i != esp) text += differ("general register", host.gpr[i], guest.gpr[i]);
    return text;
}

}  // namespace calque::test
