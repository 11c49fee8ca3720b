// A machine that is saved in the midst of things and goes on elsewhere ends as the one that was not.
#include "machine/saved_state.hpp"

#include "machine/cpu_state_description.hpp"
#include "machine/field_stream.hpp"
#include "machine/saved_state_file.hpp"
#include "machine/state_hash.hpp"
#include "tests/machine/small_machine.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <unistd.h>

using namespace calque;
using namespace calque::test;

namespace {

using Deadlines = std::vector<std::pair<std::string, Nanoseconds>>;

/// What the state leads to: deadlines, the levels of wires, and what is where in memory.
struct Derived {
    Deadlines deadlines;
    std::vector<bool> wires;
    std::vector<std::ptrdiff_t> pages;

    bool operator==(const Derived&) const = default;
};

std::vector<bool> wires_of(Board& board) {
    Chips& chips = board.chips();
    std::vector<bool> levels{chips.pit.out0.level(),       chips.hpet.irq0.level(),
                             chips.hpet.irq8.level(),      chips.rtc.irq.level(),
                             chips.com1.irq.level(),       chips.com2.irq.level(),
                             chips.fdc.irq.level(),        chips.keyboard_controller.keyboard_irq.level(),
                             chips.pm.acpi().sci.level(),  chips.keyboard_controller.mouse_irq.level(),
                             chips.pm.smbus_irq.level(),   chips.keyboard_controller.a20.level(),
                             chips.ide.irq(0).level(),     chips.system_control_a.a20.level(),
                             chips.ide.irq(1).level(),     chips.coprocessor_error.irq.level(),
                             chips.pic.interrupt.level(),  chips.coprocessor_error.ignne.level(),
                             chips.local_apic.nmi.level(), chips.local_apic.interrupt.level()};
    for (const Wire& wire : chips.pci.pirq) levels.push_back(wire.level());
    for (const Wire& wire : chips.isa_bridge.irq) levels.push_back(wire.level());
    for (const Wire& wire : chips.hpet.pins) levels.push_back(wire.level());
    for (const Wire& wire : chips.sound_blaster.irq) levels.push_back(wire.level());
    return levels;
}

/// Where in its block of memory the page lies that is read, and whether it can be written; -1 for none.
std::vector<std::ptrdiff_t> pages_of(PhysicalMemory& memory) {
    std::vector<std::ptrdiff_t> pages;
    for (std::uint64_t number = 0; number < PhysicalMemory::pages; ++number) {
        const std::uint8_t* host = memory.readable_page(number << page_shift);
        std::ptrdiff_t place = -1;
        for (const MemoryBlock& block : memory.blocks()) {
            if (host >= block.host && host < block.host + block.size)
                place = static_cast<std::ptrdiff_t>(block.file_offset) + (host - block.host);
        }
        const bool writable = memory.writable_page(number << page_shift) != nullptr;
        if (place >= 0) pages.push_back(static_cast<std::ptrdiff_t>(number) << 40 | place << 1 | writable);
    }
    return pages;
}

Derived derived_of(Board& board) {
    return {board.clock().deadlines(), wires_of(board), pages_of(board.memory())};
}

RunLimits until(std::uint64_t instructions) {
    return {.instructions = instructions, .time = {}, .checkpoint = {}};
}

/// Firmware that has a bit of everything going on: the timer's and the RTC's periodic interrupts, the
/// speaker's counter, a serial line that sends, a keyboard command, a floppy seek and a DMA read, HLT, STI
/// and MOV SS, string instructions, and x87 with an unmasked exception.
Bytes busy_code() {
    Bytes code{0x31, 0xC0, 0x8E, 0xD8, 0x8E, 0xC0,
               0x8E, 0xD0, 0xBC, 0x00, 0x80};                  // DS = ES = SS = 0, SP = 8000h
    for (std::uint8_t vector = 0x08; vector < 0x10; ++vector)  // 08h-0Fh: F000:0800h
        code = code + Bytes{0xC7, 0x06, static_cast<std::uint8_t>(vector * 4),     0x00, 0x00, 0x08,
                            0xC7, 0x06, static_cast<std::uint8_t>(vector * 4 + 2), 0x00, 0x00, 0xF0};
    for (std::uint8_t vector = 0x70; vector < 0x78; ++vector) {  // 70h-77h: F000:0880h
        const unsigned at = vector * 4u;
        code = code + Bytes{0xC7,
                            0x06,
                            static_cast<std::uint8_t>(at),
                            static_cast<std::uint8_t>(at >> 8),
                            0x80,
                            0x08,
                            0xC7,
                            0x06,
                            static_cast<std::uint8_t>(at + 2),
                            static_cast<std::uint8_t>(at >> 8),
                            0x00,
                            0xF0};
    }
    code = code + out(0x20, 0x11) + out(0x21, 0x08) + out(0x21, 0x04) + out(0x21, 0x01) + out(0x21, 0x00) +
           out(0xA0, 0x11) + out(0xA1, 0x70) + out(0xA1, 0x02) + out(0xA1, 0x01) + out(0xA1, 0x00);
    code = code + out(0x43, 0x34) + out(0x40, 0x35) + out(0x40, 0x01);  // counter 0: 309 ticks
    code = code + out(0x43, 0xB6) + out(0x42, 0x77) + out(0x42, 0x02) + out(0x61, 0x03);
    code = code + out(0x70, 0x0A) + out(0x71, 0x23) + out(0x70, 0x0B) + out(0x71, 0x42);  // 8192 Hz
    code = code + out(0x3F9, 0x03) + out(0x3FC, 0x1B) + out(0x3FA, 0x81);  // COM1: loopback, FIFO, interrupts
    // Channel 2 writes memory at 2000h; the floppy controller: specify, recalibrate, read.
    code = code + out(0x0A, 0x06) + out(0x0C, 0x00) + out(0x0B, 0x56) + out(0x04, 0x00) + out(0x04, 0x20) +
           out(0x05, 0xFF) + out(0x05, 0x23) + out(0x81, 0x00) + out(0x0A, 0x02);
    code = code + out(0x3F2, 0x1C);
    for (const std::uint8_t byte : Bytes{0x03, 0xDF, 0x02, 0x07, 0x00}) code = code + out(0x3F5, byte);
    code = code + Bytes{0xFB};  // STI
    const auto loop = static_cast<std::uint16_t>(code.size());
    code = code + Bytes{0xBF, 0x00, 0x10, 0xB9, 0x40, 0x00, 0xF3, 0xAB,  // DI = 1000h; CX = 40h; REP STOSW
                        0xBE, 0x00, 0x10, 0xBF, 0x00, 0x30, 0xB9, 0x80, 0x00, 0xF3, 0xA4,  // REP MOVSB
                        0x8E, 0xD0, 0xBC, 0x00, 0x80,                                      // MOV SS; MOV SP
                        0xDB, 0xE3, 0xD9, 0xEE, 0xD9, 0xE8, 0xDE, 0xF1,  // FNINIT FLDZ FLD1 FDIVP
                        0xFA, 0x40, 0xFB, 0x90, 0xF4};                   // CLI INC AX STI NOP HLT
    code = code + out(0x3F8, 0x55) + out(0x60, 0xED) + Bytes{0xE4, 0x61, 0xE6, 0x80};
    for (const std::uint8_t byte : Bytes{0xE6, 0x00, 0x00, 0x00, 0x01, 0x02, 0x12, 0x1B, 0xFF})
        code = code + out(0x3F5, byte);
    const auto back = static_cast<std::uint16_t>(loop - (code.size() + 3));
    code = code + Bytes{0xE9, static_cast<std::uint8_t>(back), static_cast<std::uint8_t>(back >> 8)};
    REQUIRE(code.size() < 0x800);
    code.resize(0x800, 0x90);
    code = code + Bytes{0x50, 0x52, 0xB0, 0x20, 0xE6, 0x20, 0x43, 0x5A, 0x58, 0xCF};  // master: EOI, INC BX
    code.resize(0x880, 0x90);
    // Slave: reads register C of the RTC; EOI to both.
    return code + Bytes{0x50, 0x52, 0xB0, 0x0C, 0xE6, 0x70, 0xE4, 0x71, 0xB0,
                        0x20, 0xE6, 0xA0, 0xE6, 0x20, 0x5A, 0x58, 0xCF};
}

/// A folder that is removed with what is in it.
struct Folder {
    std::string path;

    Folder() {
        char name[] = "/tmp/calque-state-XXXXXX";
        path = mkdtemp(name);
    }
    ~Folder() { std::filesystem::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string file(const char* name, std::size_t size) const {
        std::string where = path + "/" + name;
        std::ofstream(where) << std::string(size, 'x');
        return where;
    }
};

struct BusyMachine {
    SmallFirmware firmware{busy_code()};
    Folder folder;
    MachineConfig config = firmware.config();

    BusyMachine() {
        config.floppies[0] = folder.file("floppy.img", 1440 * 1024);
        config.drives[0].path = folder.file("disk.img", 1 << 20);
        config.drives[2].cdrom = true;
        config.discard_writes = true;
    }
};

std::string error_of(const std::function<void()>& work) {
    try {
        work();
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("saved state: a machine goes on elsewhere as if nothing had happened") {
    BusyMachine busy;
    constexpr std::uint64_t end = 60'000;
    Machine whole(busy.config);
    whole.run(until(end));
    const StateHash expected = hash_state(whole.board());
    REQUIRE(whole.board().processor().cpu().state.gpr[ebx] > 20);  // interrupts did come

    Machine origin(busy.config);
    for (std::uint64_t at = 1; at < end; at = at < 300 ? at + 7 : at + at / 9) {
        CAPTURE(at);
        origin.run(until(at));
        const SavedState state = save_state(origin.board());
        Machine other(busy.config);
        other.load(state);
        CHECK(hash_state(other.board()) == hash_state(origin.board()));
        REQUIRE(derived_of(other.board()) == derived_of(origin.board()));
        other.run(until(end));
        REQUIRE(hash_state(other.board()) == expected);
        CHECK(derived_of(other.board()) == derived_of(whole.board()));
    }
}

TEST_CASE("saved state: a machine goes back to where it was, as often as asked") {
    BusyMachine busy;
    Machine machine(busy.config);
    machine.run(until(5'000));
    const SavedState state = save_state(machine.board());
    const StateHash there = hash_state(machine.board());
    machine.run(until(30'000));
    const StateHash end = hash_state(machine.board());
    const SavedState later = save_state(machine.board(), &state);
    for (int i = 0; i < 3; ++i) {
        machine.load(state);
        CHECK(hash_state(machine.board()) == there);
        machine.run(until(30'000));
        CHECK(hash_state(machine.board()) == end);
    }
    machine.load(later);
    CHECK(hash_state(machine.board()) == end);
}

TEST_CASE("saved state: what a MOV SS has hit is reported behind the next instruction, saved or not") {
    // DR0 watches writes to 1000h: MOV SS,[1000h] reads it (DR7: access), then INC AX traps.
    const Bytes code =
        Bytes{0x31, 0xC0, 0x8E, 0xD8, 0x8E, 0xD0, 0xBC, 0x00, 0x80,  // segments, SP
              0xC7, 0x06, 0x04, 0x00, 0x00, 0x01,                    // vector 1: F000:0100h
              0xC7, 0x06, 0x06, 0x00, 0x00, 0xF0,                    //
              0x66, 0xB8, 0x00, 0x10, 0x00, 0x00, 0x0F, 0x23, 0xC0,  // DR0 = 1000h
              0x66, 0xB8, 0x02, 0x00, 0x0F, 0x00, 0x0F, 0x23, 0xF8,  // DR7: access, 4 bytes, G0
              0x8E, 0x16, 0x00, 0x10, 0x40};                         // MOV SS,[1000h]; INC AX
    Bytes rom = code + leave_with(1);
    rom.resize(0x100, 0x90);
    const SmallFirmware firmware(rom + leave_with(2));
    Machine machine(firmware.config());
    machine.run(until(12));  // JMP and ten more: behind the MOV SS
    REQUIRE(machine.board().processor().cpu().state.inhibition == Inhibition::by_mov_ss);
    const SavedState state = save_state(machine.board());
    CHECK(machine.run(until(100)).value == 2);
    Machine other(firmware.config());
    other.load(state);
    CHECK(other.run(until(100)).value == 2);
}

TEST_CASE("saved state: files hold all of it") {
    BusyMachine busy;
    Machine machine(busy.config);
    machine.run(until(20'000));
    const std::string path = busy.folder.path + "/state";
    write_state_file(save_state(machine.board()), path);
    CHECK(std::distance(std::filesystem::directory_iterator(busy.folder.path), {}) ==
          3);  // nothing left over
    Machine other(busy.config);
    other.load(read_state_file(path));
    CHECK(hash_state(other.board()) == hash_state(machine.board()));
    CHECK(std::filesystem::file_size(path) < 128 << 10);
}

TEST_CASE("saved state: what is kept of writes is in it, what is in the image is not") {
    BusyMachine busy;
    const std::string path = busy.config.drives[0].path;
    Machine machine(busy.config);
    SavedState state = save_state(machine.board());
    CHECK(state.media[2].path == path);
    CHECK(state.media[2].discards);
    state.media[2].written[7].fill(0xA5);
    machine.load(state);
    const SavedState again = save_state(machine.board());
    CHECK(again.media[2].written == state.media[2].written);
}

TEST_CASE("saved state: damage is one line and changes nothing") {
    BusyMachine busy;
    Machine machine(busy.config);
    machine.run(until(3'000));
    const std::string path = busy.folder.path + "/state";
    write_state_file(save_state(machine.board()), path);
    std::ifstream stream(path, std::ios::binary);
    const std::string good((std::istreambuf_iterator<char>(stream)), {});
    const StateHash before = hash_state(machine.board());
    const auto error_with = [&](const std::string& bytes) {
        std::ofstream(path, std::ios::binary) << bytes;
        return error_of([&] { machine.load(read_state_file(path)); });
    };
    for (std::size_t size = 0; size < good.size(); size += 1 + good.size() / 97) {
        CAPTURE(size);
        const std::string error = error_with(good.substr(0, size));
        CHECK(error.find(path) != std::string::npos);
        CHECK(error.find('\n') == std::string::npos);
    }
    for (std::size_t at = 0; at < good.size(); at += 1 + good.size() / 211) {
        CAPTURE(at);
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 0x10);
        CHECK(error_with(bad) != "");
    }
    CHECK(error_with(good + "x").find("longer") != std::string::npos);
    CHECK(hash_state(machine.board()) == before);
    CHECK(error_with(good) == "");
}

TEST_CASE("saved state: no time lies behind the end of time") {
    BusyMachine busy;
    Machine machine(busy.config);
    machine.run(until(3'000));
    SavedState state = save_state(machine.board());
    REQUIRE(state.parts[0].name == "clock");
    state.parts[0].fields = fields_of(end_of_time + 1);
    CHECK(error_of([&] { machine.load(state); }).find("damaged") != std::string::npos);
    state.parts[0].fields = fields_of(end_of_time - nanoseconds_per_second);
    CHECK(error_of([&] { machine.load(state); }) == "");
}

TEST_CASE("saved state: another layout, another machine or another medium is refused") {
    BusyMachine busy;
    Machine machine(busy.config);
    const StateHash before = hash_state(machine.board());
    const SavedState good = save_state(machine.board());
    const auto error_with = [&](const std::function<void(SavedState&)>& change) {
        SavedState state = good;
        change(state);
        return error_of([&] { machine.load(state); });
    };
    CHECK(error_with([](SavedState& s) { s.parts.pop_back(); }).find("a20") != std::string::npos);
    CHECK(error_with([](SavedState& s) { std::swap(s.parts[3], s.parts[4]); }).find("rtc") !=
          std::string::npos);
    CHECK(error_with([](SavedState& s) { s.parts[3].fields[4] ^= 1; }).find("pit") != std::string::npos);
    CHECK(error_with([](SavedState& s) { s.parts[3].fields.pop_back(); }).find("pit") != std::string::npos);
    CHECK(error_with([](SavedState& s) { s.parts[3].fields.push_back(0); }).find("more") !=
          std::string::npos);
    CHECK(error_with([](SavedState& s) { s.memory[0] = MemoryCopy(2 << 20); }).find("2048 KiB") !=
          std::string::npos);
    CHECK(error_with([](SavedState& s) { s.media[2].sectors = 5; }).find("disk.img") != std::string::npos);
    CHECK(error_with([](SavedState& s) { s.media[2].path = ""; }).find("hda") != std::string::npos);
    CHECK(error_with([](SavedState& s) { s.media[4].path = "/no/such.iso"; }).find("such.iso") !=
          std::string::npos);
    CHECK(hash_state(machine.board()) == before);
}

TEST_CASE("saved state: removable media go back into their drives") {
    BusyMachine busy;
    Machine machine(busy.config);
    const std::string first = busy.folder.file("first.iso", 64 << 10),
                      second = busy.folder.file("second.iso", 128 << 10);
    Drives& drives = machine.board().drives();
    drives.change("cdrom", first, Drives::Tray::force);
    const SavedState with_first = save_state(machine.board());
    const StateHash hash = hash_state(machine.board());
    drives.change("cdrom", second, Drives::Tray::force);
    machine.load(with_first);
    CHECK(machine.board().config().drives[2].path == first);
    CHECK(hash_state(machine.board()) == hash);
    drives.eject("cdrom", Drives::Tray::force);
    drives.eject("fda", Drives::Tray::force);
    machine.load(with_first);
    CHECK(machine.board().config().drives[2].path == first);
    CHECK(machine.board().config().floppies[0] == busy.config.floppies[0]);
}

TEST_CASE("saved state: disks that are locked for writing go back from drive to drive") {
    BusyMachine busy;
    busy.config.discard_writes = false;
    const std::string first = *busy.config.floppies[0], second = busy.folder.file("second.img", 1440 * 1024);
    busy.config.floppies[1] = second;
    Machine machine(busy.config);
    Drives& drives = machine.board().drives();
    const SavedState saved = save_state(machine.board());
    const StateHash hash = hash_state(machine.board());
    drives.eject("fdb", Drives::Tray::force);
    drives.change("fda", second, Drives::Tray::force);
    drives.change("fdb", first, Drives::Tray::force);
    machine.load(saved);
    CHECK(machine.board().config().floppies[0] == first);
    CHECK(machine.board().config().floppies[1] == second);
    CHECK(hash_state(machine.board()) == hash);
    std::filesystem::create_symlink(first, busy.folder.path + "/link.img");
    drives.change("fda", busy.folder.path + "/link.img", Drives::Tray::force);
    machine.load(saved);
    CHECK(machine.board().config().floppies[0] == first);
}

TEST_CASE("field streams: what differs is told by name") {
    CpuState first, second;
    second.gpr[4] = 0x1234;
    second.fpu.xmm[2].bytes[5] = 7;
    second.cr3 = 0x5000;
    const auto differences = field_differences(fields_of(first), fields_of(second), 10);
    REQUIRE(differences.size() == 3);
    CHECK(differences[0].name == "gpr[4]");
    CHECK(differences[0].second == "0x1234");
    CHECK(differences[1].name == "cr3");
    CHECK(differences[2].name.find("byte 5") != std::string::npos);
}
