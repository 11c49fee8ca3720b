// Observation: every instruction, access and delivery is told, the same under every engine, and nothing else
// changes.
#include "tests/instructions/interrupted_program.hpp"

#include <asmjit/x86.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>

using namespace calque;
using namespace calque::test;
using asmjit::x86::Assembler;
namespace x = asmjit::x86;

namespace {

using Event = std::vector<std::uint64_t>;

/// Writes down what it is told.
class Recorder final : public Observer {
public:
    void begins(Cpu&) override { ++runs; }
    void accessed(Cpu&, const ObservedAccess& access) override {
        std::uint64_t value = 0;
        std::memcpy(&value, access.value, std::min<std::size_t>(access.size, 8));
        if (keeps_events)
            events.push_back({1, std::uint64_t{access.place == AccessPlace::port}, access.is_write,
                              access.is_system, access.size, access.address, value});
    }
    void executed(Cpu& cpu, const Block& block, bool retired) override {
        CHECK(block.count == 1);
        cpu.fpu.release(cpu.state.fpu);
        Event event{2, block.physical, block.length, retired, cpu.state.rip, cpu.state.eflags()};
        event.insert(event.end(), cpu.state.gpr.begin(), cpu.state.gpr.begin() + 8);
        for (const auto& part : {cpu.state.fpu.st[0].bytes, cpu.state.fpu.xmm[1].bytes}) {
            std::uint64_t value = 0;
            std::memcpy(&value, part.data(), 8);
            event.push_back(value);
        }
        retirements += retired;
        if (keeps_events) events.push_back(event);
    }
    void delivering(Cpu&, const ObservedDelivery& delivery) override {
        events.push_back({3, delivery.vector, delivery.is_interrupt, delivery.error_code});
    }
    void delivered(Cpu& cpu) override { events.push_back({4, cpu.state.rip, cpu.state.eflags()}); }

    std::vector<Event> events;
    std::uint64_t retirements = 0;
    unsigned runs = 0;
    bool keeps_events = true;
};

/// A loop, calls, string instructions, faults, a software interrupt, ports, x87, SSE, stores into code.
void program(Assembler& a) {
    const auto outer = a.newLabel(), sub = a.newLabel(), body = a.newLabel();
    a.mov(x::ebp, 4);
    a.bind(outer);
    a.imul(x::eax, x::eax, 13);
    a.push(x::eax);
    a.call(sub);
    a.pop(x::edx);
    a.mov(x::edi, buffer), a.mov(x::ecx, 9);
    a.rep().stosd();
    a.mov(x::esi, buffer), a.mov(x::edi, buffer + 20), a.mov(x::ecx, 30);
    a.rep().movsb();
    a.mov(x::ecx, 0);
    a.rep().stosb();
    a.xor_(x::ebx, x::ebx);
    a.div(x::ebx);  // the handler steps over it
    a.int_(0x21);
    a.out(0x80, x::al);
    a.fninit(), a.fld1(), a.fadd(x::st0, x::st0), a.fstp(x::qword_ptr(buffer + 64));
    a.movups(x::xmm1, x::xmmword_ptr(buffer + 64)), a.paddd(x::xmm1, x::xmm1);
    a.mov(x::ax, x::ds), a.mov(x::ss, x::ax);
    a.xadd(x::dword_ptr(buffer + 4090), x::ebp);
    a.mov(x::ebp, x::dword_ptr(buffer + 4090));
    a.inc(x::byte_ptr(body, 2));
    a.bind(body);
    a.add(x::edx, 1);
    a.dec(x::dword_ptr(buffer + 200));
    a.jnz(outer);
    a.hlt();
    a.bind(sub);
    a.test(x::eax, 1);
    const auto even = a.newLabel();
    a.jz(even);
    a.xor_(x::dword_ptr(buffer + 100), x::eax);
    a.bind(even);
    a.ret();
}

void prepare(FlatMachine& machine) {
    load_interrupted_program(machine, program);
    machine.memory.write(buffer + 200, 30, 4);  // rounds
    machine.state().gpr[eax] = 0x1234'5679;
}

}  // namespace

TEST_CASE("an observer is told the same under every engine, and a run with one ends as a run without") {
    Recorder first;
    for (const EngineKind& kind : engine_kinds()) {
        CAPTURE(std::string(kind.name));
        FlatMachine plain, observed;
        plain.use(kind), prepare(plain);
        plain.run();
        Recorder recorder;
        observed.use(kind), prepare(observed);
        observed.processor.cpu().observe(&recorder);
        observed.run();
        CAPTURE(plain.state().rip);
        CAPTURE(plain.state().shutdown);
        CAPTURE(plain.state().instructions);
        REQUIRE(plain.state().halted);
        CHECK(fingerprint(observed) == fingerprint(plain));
        CHECK(recorder.retirements == observed.state().instructions);
        REQUIRE(recorder.events.size() > 1000);
        if (first.events.empty()) {
            first = recorder;
            continue;
        }
        REQUIRE(recorder.events.size() == first.events.size());
        for (std::size_t i = 0; i < first.events.size(); ++i)
            if (recorder.events[i] != first.events[i]) {
                CAPTURE(i);
                REQUIRE(recorder.events[i] == first.events[i]);
            }
    }
}

TEST_CASE("observation begins and ends between any two instructions, of code already executed too") {
    for (const EngineKind& kind : engine_kinds()) {
        CAPTURE(std::string(kind.name));
        FlatMachine plain;
        plain.use(kind), prepare(plain);
        plain.run();
        for (std::uint64_t begin = 0; begin < 400; begin += 7) {
            CAPTURE(begin);
            Recorder recorder;
            recorder.keeps_events = false;
            FlatMachine machine;
            machine.use(kind), prepare(machine);
            machine.run(begin);
            machine.processor.cpu().observe(&recorder);
            machine.run(begin + 3);
            machine.processor.cpu().observe(nullptr);
            machine.run(5);
            machine.processor.cpu().observe(&recorder);
            machine.run(2);
            machine.processor.cpu().observe(nullptr);
            machine.run();
            CHECK(recorder.retirements == begin + 5);
            CHECK(fingerprint(machine) == fingerprint(plain));
        }
    }
}

TEST_CASE("accesses come in order, with their values") {
    for (const EngineKind& kind : engine_kinds()) {
        CAPTURE(std::string(kind.name));
        FlatMachine machine;
        machine.use(kind);
        machine.memory.write(buffer, 0x1122'3344, 4);
        machine.assemble([](Assembler& a) {
            a.add(x::dword_ptr(buffer), 1);
            a.push(x::dword_ptr(buffer));
            a.in(x::al, 0x60);
            a.hlt();
        });
        Recorder recorder;
        machine.processor.cpu().observe(&recorder);
        machine.run();
        std::vector<Event> accesses;
        std::ranges::copy_if(recorder.events, std::back_inserter(accesses),
                             [](const Event& event) { return event[0] == 1; });
        constexpr std::uint32_t top = FlatMachine::stack_top - 4;
        const std::vector<Event> expected{{1, 0, 0, 0, 4, buffer, 0x1122'3344},
                                          {1, 0, 1, 0, 4, buffer, 0x1122'3345},
                                          {1, 0, 0, 0, 4, buffer, 0x1122'3345},
                                          {1, 0, 1, 0, 4, top, 0x1122'3345},
                                          {1, 1, 0, 0, 1, 0x60, 0xff}};
        CHECK(accesses == expected);
    }
}
