// What the guest finds in its address space: the gate at address line 20, shadow RAM, the firmware's two
// copies.
#include "machine/state_hash.hpp"
#include "tests/devices/disk_image_fixture.hpp"
#include "tests/machine/small_machine.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace calque;
using namespace calque::test;

namespace {

struct Bench {
    explicit Bench(std::uint64_t memory = 4 << 20)
        : firmware({0xF4}), machine([&] {
              MachineConfig config = firmware.config();
              config.memory = memory;
              return config;
          }()) {}

    PhysicalMemory& memory() { return machine.board().memory(); }
    void out(std::uint16_t port, std::uint32_t value, unsigned size = 1) {
        machine.board().ports().write(port, value, size);
    }
    std::uint32_t in(std::uint16_t port, unsigned size = 1) {
        return machine.board().ports().read(port, size);
    }
    /// The attribute register of F0000h, 59h of the host bridge.
    void set_pam0(std::uint8_t value) {
        out(0xCF8, 0x8000'0058, 4);
        out(0xCFD, value);
    }

    /// Register 72h of the host bridge.
    void set_smram(std::uint8_t value) {
        out(0xCF8, 0x8000'0070, 4);
        out(0xCFE, value);
    }

    SmallFirmware firmware;
    Machine machine;
};

}  // namespace

TEST_CASE("the firmware is at the top of 4 GiB and below 1 MiB") {
    Bench bench;
    CHECK(bench.memory().read(0xFFFF'FFF0, 1) == 0xEA);
    CHECK(bench.memory().read(0xF'FFF0, 1) == 0xEA);
    bench.memory().write(0xF'FFF0, 0x12, 1);
    CHECK(bench.memory().read(0xF'FFF0, 1) == 0xEA);
}

TEST_CASE("shadow RAM by the attribute map") {
    Bench bench;
    bench.set_pam0(0x20);  // reads from ROM, writes to RAM
    bench.memory().write(0xF'FFF0, 0x55, 1);
    CHECK(bench.memory().read(0xF'FFF0, 1) == 0xEA);
    bench.set_pam0(0x10);  // RAM, write-protected
    CHECK(bench.memory().read(0xF'FFF0, 1) == 0x55);
    bench.memory().write(0xF'FFF0, 0x66, 1);
    CHECK(bench.memory().read(0xF'FFF0, 1) == 0x55);
    bench.set_pam0(0x30);
    bench.memory().write(0xF'FFF0, 0x66, 1);
    CHECK(bench.memory().read(0xF'FFF0, 1) == 0x66);
    bench.machine.board().reset();
    CHECK(bench.memory().read(0xF'FFF0, 1) == 0xEA);
}

TEST_CASE("the RAM behind the VGA's window shows while the host bridge opens it") {
    Bench bench;
    bench.out(0x3C2, 0x03);  // the window answers
    bench.out(0x3C4, 0x0F02, 2), bench.out(0x3C4, 0x0604, 2), bench.out(0x3CE, 0xFF08, 2);
    bench.memory().write(0xA'0000, 0x11, 1);
    bench.set_smram(0x4A);
    bench.memory().write(0xA'0000, 0x22, 1), bench.memory().write(0xB'FFFF, 0x33, 1);
    CHECK(bench.memory().read(0xA'0000, 1) == 0x22);
    bench.set_smram(0x0A);
    CHECK(bench.memory().read(0xA'0000, 1) == 0x11);
    bench.set_smram(0x4A);
    CHECK(bench.memory().read(0xA'0000, 1) == 0x22);
    CHECK(bench.memory().read(0xB'FFFF, 1) == 0x33);
    bench.set_smram(0x5A);  // locked
    CHECK(bench.memory().read(0xA'0000, 1) == 0x11);
    bench.set_smram(0x4A);
    CHECK(bench.memory().read(0xA'0000, 1) == 0x11);
    bench.machine.board().reset();
    bench.set_smram(0x4A);
    CHECK(bench.memory().read(0xA'0000, 1) == 0x22);
}

TEST_CASE("both ways to move A20, the last one wins") {
    Bench bench;
    CHECK(bench.memory().a20());
    bench.out(0x64, 0xDD);
    CHECK_FALSE(bench.memory().a20());
    bench.out(0x92, 0x02);
    CHECK(bench.memory().a20());
    bench.out(0x92, 0x00);
    CHECK_FALSE(bench.memory().a20());
    bench.out(0x64, 0xDF);
    CHECK(bench.memory().a20());
    bench.out(0x92, 0x02), bench.out(0x92, 0x00);
    bench.machine.board().reset_processor();
    CHECK(bench.memory().a20());
}

TEST_CASE("what CMOS says of memory and boot order") {
    Bench bench(32 << 20);
    const Rtc146818& rtc = bench.machine.board().chips().rtc;
    CHECK(rtc.cmos(0x15) + 256 * rtc.cmos(0x16) == 640);
    CHECK(rtc.cmos(0x17) + 256 * rtc.cmos(0x18) == 31 * 1024);
    CHECK(rtc.cmos(0x34) + 256 * rtc.cmos(0x35) == 16 * 16);
    CHECK(rtc.cmos(0x3D) == 0x32);      // disk, CD-ROM ...
    CHECK((rtc.cmos(0x38) >> 4) == 1);  // ... floppy
}

TEST_CASE_FIXTURE(ImageFixture, "floppy drives: what CMOS says, ports, interrupt and state") {
    const SmallFirmware firmware({0xEB, 0xFE});
    MachineConfig config = firmware.config();
    config.floppies[0] = file(std::string(720 * sector_size, 'a'));
    config.floppies[1] = "";  // a drive without a disk
    Machine machine(config);
    Chips& chips = machine.board().chips();
    CHECK(chips.rtc.cmos(0x10) == 0x14);
    CHECK(chips.rtc.cmos(0x14) == 0x47);
    CHECK(chips.fdc.has_disk(0));
    CHECK_FALSE(chips.fdc.has_disk(1));

    PortBus& ports = machine.board().ports();
    const StateHash before = hash_state(machine.board());
    ports.write(0x3F2, 0x1C, 1);
    CHECK(ports.read(0x3F2, 1) == 0x1C);
    CHECK(ports.read(0x3F6, 1) == 0x7F);  // the empty IDE channel's
    CHECK(ports.read(0x3F7, 1) == 0xFF);
    CHECK(hash_state(machine.board()).combined() != before.combined());
    ports.write(0x3F5, 0x07, 1);
    ports.write(0x3F5, 0x00, 1);
    machine.run({.instructions = 1'000'000, .time = {}, .checkpoint = {}});
    CHECK(chips.pic.state().drivers[6] != 0);

    config.floppies[0] = file(std::string(5761 * sector_size, 'a'), "larger.img");
    CHECK_THROWS_WITH(Machine{config},
                      doctest::Contains("larger.img': the image is larger than any floppy disk"));
}

TEST_CASE("a PC without floppy drives has the controller, and a parallel port") {
    Bench bench;
    CHECK(bench.machine.board().chips().rtc.cmos(0x10) == 0);
    CHECK(bench.machine.board().chips().rtc.cmos(0x14) == 0x06);
    bench.out(0x378, 0xA5);
    CHECK(bench.in(0x378) == 0xA5);
    bench.out(0x3F2, 0x1C);
    CHECK(bench.in(0x3F4) == 0x80);
    CHECK(bench.in(0x3F7) == 0x7F);
}

TEST_CASE("x87 errors reach IRQ 13 and port F0h takes them back") {
    Bench bench;
    Chips& chips = bench.machine.board().chips();
    chips.coprocessor_error.set_ferr(true);
    CHECK(chips.pic.state().drivers[13] != 0);
    bench.out(0xF0, 0);
    CHECK(chips.pic.state().drivers[13] == 0);
    CHECK(chips.coprocessor_error.ignne.level());
    chips.coprocessor_error.set_ferr(false);
    CHECK_FALSE(chips.coprocessor_error.ignne.level());
    bench.out(0xF0, 0);
    CHECK_FALSE(chips.coprocessor_error.ignne.level());  // nothing to ignore
}

TEST_CASE("interrupts reach the processor through the 8259s, the I/O APIC, or both") {
    Bench bench;
    PhysicalMemory& memory = bench.memory();
    Chips& chips = bench.machine.board().chips();
    for (const auto& [port, value] : {std::pair{0x20, 0x11}, {0x21, 8}, {0x21, 4}, {0x21, 1}, {0x21, 0}})
        bench.out(static_cast<std::uint16_t>(port), static_cast<std::uint32_t>(value));
    memory.write(0xFEE0'00F0, 0x1FF, 4);
    memory.write(0xFEE0'0350, 0x700, 4);
    memory.write(IoApic::base, 0x14, 4);
    memory.write(IoApic::base + 0x10, 0x51, 4);
    chips.hpet.set_pit(true);
    CHECK(chips.local_apic.acknowledge() == 0x51);  // IRQ 0 is pin 2
    CHECK(chips.local_apic.acknowledge() == 8);
    CHECK_FALSE(chips.local_apic.interrupt.level());
    chips.isa_bridge.config_write(0x60, 11, 1);
    memory.write(IoApic::base, 0x10 + 22, 4);
    memory.write(IoApic::base + 0x10, 0x8052, 4);
    chips.isa_bridge.set_pirq(0, true);
    memory.write(0xFEE0'00B0, 0, 4);
    CHECK(chips.local_apic.acknowledge() == 0x52);
    bench.machine.board().reset();
    CHECK(memory.read(0xFEE0'00F0, 4) == 0xFF);
}

TEST_CASE("a 486 has no local APIC") {
    const SmallFirmware firmware({0xF4});
    MachineConfig config = firmware.config();
    config.cpu = "486";
    Machine machine(config);
    CHECK(machine.board().memory().read(0xFEE0'0030, 4) == 0xFFFF'FFFF);
    machine.board().chips().local_apic.set_lint(0, true);
    CHECK(machine.board().processor().cpu().interrupt_line);
}

TEST_CASE("an INIT that the processor sends itself is a reset") {
    Bench bench;
    bench.memory().write(0xFEE0'0300, 0x4500, 4);
    CHECK(bench.machine.board().take_request() == Board::Request::reset_processor);
}

TEST_CASE("the network card that was asked for is soldered in, and in the state") {
    const auto board_with = [](NicModel nic) {
        const SmallFirmware firmware({0xF4});
        MachineConfig config = firmware.config();
        config.nic = nic;
        return std::make_unique<Machine>(config);
    };
    const auto identity = [](Machine& machine) {
        machine.board().ports().write(0xCF8, 0x8000'1800, 4);  // slot 3
        return machine.board().ports().read(0xCFC, 4);
    };
    const auto hashed = [](Machine& machine, std::string_view name) {
        const auto devices = hash_state(machine.board()).devices;
        return std::ranges::any_of(devices, [=](const auto& device) { return device.first == name; });
    };
    CHECK_FALSE(board_with(NicModel::none)->board().chips().network_card());
    const auto rtl8139 = board_with(NicModel::rtl8139), pci = board_with(NicModel::ne2k_pci),
               isa = board_with(NicModel::ne2k_isa);
    CHECK(identity(*rtl8139) == 0x813910EC);
    CHECK(hashed(*rtl8139, "rtl8139"));
    CHECK(identity(*pci) == 0x802910EC);
    CHECK(hashed(*pci, "ne2000_pci"));
    CHECK(identity(*isa) == 0xFFFFFFFF);
    CHECK(hashed(*isa, "ne2000_isa"));
    PortBus& ports = isa->board().ports();
    CHECK(ports.read(0x300, 1) == 0x21);
    ports.write(0x30F, 0x40, 1);
    ports.write(0x300, 0x0A, 1);  // a remote read of nothing is complete
    CHECK(isa->board().chips().pic.state().drivers[9] != 0);
}

TEST_CASE("each part of the state has its own hash") {
    Bench bench;
    const StateHash before = hash_state(bench.machine.board());
    CHECK(hash_state(bench.machine.board()) == before);

    bench.memory().write(0x1234, 1, 1);
    StateHash after = hash_state(bench.machine.board());
    CHECK(after.ram != before.ram);
    CHECK(after.cpu == before.cpu);
    CHECK(after.devices == before.devices);

    bench.out(0x80, 0x42);
    after = hash_state(bench.machine.board());
    unsigned changed = 0;
    for (std::size_t i = 0; i < after.devices.size(); ++i) changed += after.devices[i] != before.devices[i];
    CHECK(changed == 1);
    CHECK(after.combined() != before.combined());
}

TEST_CASE("flags that mean the same hash the same") {
    Bench bench;
    CpuState& state = bench.machine.board().processor().cpu().state;
    state.status = {0, 0};
    const auto before = hash_state(bench.machine.board()).cpu;
    state.status = StatusFlags::unpack(state.status.pack());
    CHECK(hash_state(bench.machine.board()).cpu == before);
    state.status.set_cf(!state.status.cf());
    CHECK(hash_state(bench.machine.board()).cpu != before);
}

TEST_CASE("what cannot be used is named") {
    Bench bench;
    MachineConfig config = bench.firmware.config();
    config.firmware = "/nonexistent/bios";
    CHECK_THROWS_WITH_AS(Machine{config}, "/nonexistent/bios: No such file or directory", std::runtime_error);
    config = bench.firmware.config();
    config.firmware = config.vga_firmware;  // 2 KiB
    CHECK_THROWS_AS(Machine{config}, std::runtime_error);
    config = bench.firmware.config();
    config.cpu = "8008";
    CHECK_THROWS_AS(Machine{config}, std::runtime_error);
    config = bench.firmware.config();
    config.drives[0].path = "/nonexistent/disk";
    CHECK_THROWS_AS(Machine{config}, std::runtime_error);
}
