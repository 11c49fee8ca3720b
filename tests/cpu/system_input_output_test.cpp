// Ports: permission, widths, INS and OUTS with their counts and restarts.
#include "tests/cpu/system_machine.hpp"

#include <doctest/doctest.h>

namespace calque::test {
namespace {

using M = SystemMachine;
constexpr Outcome refused{13, 0};
constexpr std::uint32_t io_map = M::tss + 0x1000;

}  // namespace

TEST_CASE("IN and OUT in every width") {
    M machine;
    machine.protected_mode();
    machine.state.gpr[eax] = 0xaabb'ccdd;
    machine.state.gpr[edx] = 0x3f8;
    machine.ports.next_value = 0x1234'5678;
    REQUIRE(machine.execute({0xec}) == Outcome{});
    CHECK(machine.state.gpr[eax] == 0xaabb'cc78);
    REQUIRE(machine.execute({0x66, 0xed}) == Outcome{});
    CHECK(machine.state.gpr[eax] == 0xaabb'5679);
    REQUIRE(machine.execute({0xe5, 0x60}) == Outcome{});
    CHECK(machine.state.gpr[eax] == 0x1234'567a);
    REQUIRE(machine.execute({0xe6, 0x80}) == Outcome{});
    REQUIRE(machine.execute({0xef}) == Outcome{});
    CHECK(machine.ports.writes ==
          std::vector<PortRecorder::Access>{{0x80, 0x7a, 1}, {0x3f8, 0x1234'567a, 4}});
}

TEST_CASE("the I/O permission bit map, for every width across its bytes") {
    M machine;
    for (unsigned bit = 0; bit < 16; ++bit)
        for (unsigned port = 0; port < 13; ++port)
            for (const unsigned size : {1U, 2U, 4U}) {
                machine.protected_mode(3);
                machine.put32(io_map + 0x20, 1U << bit);
                machine.state.gpr[edx] = 0x100 + port;
                const bool denied = port <= bit && bit < port + size;
                CAPTURE(bit);
                CAPTURE(port);
                CAPTURE(size);
                const Outcome outcome = size == 1   ? machine.execute({0xec})
                                        : size == 2 ? machine.execute({0x66, 0xed})
                                                    : machine.execute({0xed});
                REQUIRE(outcome == (denied ? refused : Outcome{}));
            }
}

TEST_CASE("ports beyond the map, 16-bit TSSs, IOPL and virtual-8086 mode") {
    M machine;
    const auto in_dx = [&](unsigned port) {
        machine.state.gpr[edx] = port;
        return machine.execute({0xec});
    };
    machine.protected_mode(3);
    machine.state.tr.limit = 0x1000 + 0x20;
    CHECK(in_dx(0xf8) == Outcome{});
    CHECK(in_dx(0x100) == refused);  // the byte behind its own must be within the limit too
    machine.protected_mode(3);
    machine.state.tr.attributes = 0x83;
    machine.put32(M::tss + 2, 0x7000 | M::data0 << 16);  // a 16-bit TSS's SP0 and SS0
    CHECK(in_dx(0) == refused);
    machine.put32(M::tss + 4, M::stack0);
    machine.protected_mode(3);
    machine.state.tr.attributes = 0x83;
    machine.state.other_flags |= flag::iopl;
    machine.cpu.refresh_mode();
    CHECK(in_dx(0) == Outcome{});
    machine.put8(io_map, 0x02);
    machine.vm86_mode(3);  // IOPL does not help here
    CHECK(in_dx(0) == Outcome{});
    machine.vm86_mode(3);
    CHECK(in_dx(1) == refused);
    machine.put8(io_map, 0);
}

TEST_CASE("REP INSW counts each iteration and stops at the budget's end") {
    M machine;
    machine.protected_mode();
    machine.state.gpr[ecx] = 5;
    machine.state.gpr[edi] = M::data;
    machine.place({0xf3, 0x66, 0x6d, 0xf4});
    const std::uint64_t start = machine.state.instructions;
    for (unsigned i = 1; i <= 3; ++i) {
        machine.run(1);
        CHECK(machine.state.instructions == start + i);
        CHECK(machine.state.gpr[ecx] == 5 - i);
        CHECK(machine.state.rip == M::code);
    }
    machine.run(100);
    CHECK(machine.state.instructions == start + 6);  // five iterations and the HLT
    CHECK(machine.state.gpr[edi] == M::data + 10);
    CHECK(machine.get16(M::data + 8) == 0x15);
    CHECK(machine.ports.reads.size() == 5);
}

TEST_CASE("REP with ECX = 0 reads nothing and counts one") {
    M machine;
    machine.protected_mode();
    const std::uint64_t start = machine.state.instructions;
    CHECK(machine.execute({0xf3, 0x6c}) == Outcome{});
    CHECK(machine.state.instructions == start + 1);
    CHECK(machine.ports.reads.empty());
}

TEST_CASE("INS does not read the port when it cannot store, and can be restarted") {
    M machine;
    machine.protected_mode();
    machine.state.segments[seg_es].limit = M::data + 5;
    machine.state.segments[seg_es].refresh();
    machine.cpu.refresh_mode();
    machine.state.gpr[ecx] = 4;
    machine.state.gpr[edi] = M::data;
    machine.state.gpr[edx] = 0x1f0;
    const std::uint64_t start = machine.state.instructions;
    machine.place({0xf3, 0x66, 0x6d});
    machine.run(3);
    machine.run(1);
    CHECK(machine.handler() == 13U);
    CHECK(machine.stack32(1) == M::code);
    CHECK(machine.ports.reads.size() == 3);
    CHECK(machine.state.gpr[ecx] == 1);
    CHECK(machine.state.gpr[edi] == M::data + 6);
    CHECK(machine.state.instructions == start + 4);  // three iterations and the handler's HLT
}

TEST_CASE("OUTS reads through its segment and counts down with DF") {
    M machine;
    machine.protected_mode();
    machine.put32(M::data, 0x0403'0201);
    machine.state.gpr[esi] = M::data + 3;
    machine.state.gpr[ecx] = 3;
    machine.state.gpr[edx] = 0;
    machine.state.other_flags |= flag::df;
    machine.place({0xf3, 0x64, 0x6e});
    machine.run(3);
    CHECK(machine.ports.writes == std::vector<PortRecorder::Access>{{0, 4, 1}, {0, 3, 1}, {0, 2, 1}});
    CHECK(machine.state.gpr[esi] == M::data);
    machine.protected_mode();
    machine.state.segments[seg_fs] = {};
    CHECK(machine.execute({0x64, 0x6e}) == refused);
}

}  // namespace calque::test
