// What the monitor's commands say and do, on a machine that stands still.
#include "frontend/engines.hpp"
#include "frontend/monitor/command.hpp"
#include "frontend/monitor/console.hpp"
#include "frontend/monitor/disassembly.hpp"
#include "frontend/usage_error.hpp"
#include "tests/machine/small_machine.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

using namespace calque;
using namespace calque::test;
using namespace std::chrono_literals;

namespace {

/// Into protected mode with paging: linear 40'0000h is physical 0, and so are the first four MiB.
const Bytes paging{0x31, 0xC0, 0x8E, 0xD8,                                // DS = 0
                   0x66, 0xC7, 0x06, 0x00, 0x20, 0x83, 0x00, 0x00, 0x00,  // PDE 0: 4 MiB at 0, writable
                   0x66, 0xC7, 0x06, 0x04, 0x20, 0x07, 0x30, 0x00, 0x00,  // PDE 1: table at 3000h, user
                   0x66, 0xC7, 0x06, 0x00, 0x30, 0x05, 0x00, 0x00, 0x00,  // PTE 0: page 0, user, read-only
                   0x66, 0xB8, 0x10, 0x00, 0x00, 0x00, 0x0F, 0x22, 0xE0,  // CR4.PSE
                   0x66, 0xB8, 0x00, 0x20, 0x00, 0x00, 0x0F, 0x22, 0xD8,  // CR3 = 2000h
                   0x0F, 0x20, 0xC0, 0x66, 0x0D, 0x01, 0x00, 0x00, 0x80, 0x0F, 0x22, 0xC0,  // PE and PG
                   0xEB, 0xFE};

void use_engine(Machine& machine, const std::string& name) {
    Processor& processor = machine.board().processor();
    machine.set_engine(make_engine({.name = name, .translator = {}}, processor.cpu(), processor.blocks()));
}

class StoppedMachine {
public:
    explicit StoppedMachine(const Bytes& code, std::uint64_t instructions,
                            const std::string& engine = "interpreter")
        : firmware_(code), machine_(firmware_.config()) {
        use_engine(machine_, engine);
        machine_.run({.instructions = instructions, .time = {}, .checkpoint = {}});
        machine_.debugger().stop();
    }
    std::string ask(const std::string& line) { return run_monitor_line(monitor_, line); }
    Machine& machine() { return machine_; }
    /// Lets it run until it stops by itself.
    void run() { machine_.run({.time = 200ms, .checkpoint = {}}); }

private:
    SmallFirmware firmware_;
    Machine machine_;
    Transcript transcript_;
    trace::Tracing tracing_{machine_};
    Monitor monitor_{machine_, transcript_, tracing_};
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("registers, memory and expressions") {
    StoppedMachine m(Bytes{0xB8, 0x34, 0x12, 0xEB, 0xFE}, 2);
    CHECK(has(m.ask("info registers"), "EAX 00001234"));
    CHECK(has(m.ask("registers"), "CS   f000 base 000f0000"));
    CHECK(has(m.ask("info fpu"), "FCW 0040"));
    CHECK(m.ask("p $eax + 1") == "0x1235\n");
    CHECK(m.ask("p 1 2") == "\"1 2\" is no address or number\n");
    CHECK(m.ask("p $eax+1") == "0x1235\n");
    CHECK(m.ask("p /d 2*(3+4)-15") == "-1\n");
    CHECK(m.ask("p cs:ip") == "0xf0003\n");
    CHECK(m.ask("p 0x1234:5") == "0x12345\n");
    CHECK(m.ask("x /2xb 0xf0000") == "000f0000: 0xb8 0x34\n");
    CHECK(m.ask("xp/1xh 0xf0001") == "000f0001: 0x1234\n");
    CHECK(m.ask("x /1i 0xf000:0") == "000f0000  b83412               mov ax, 0x1234\n");
    CHECK(has(m.ask("x/1i"), "jmp 3"));
    CHECK(m.ask("x /4xb 0xfffff") == "000fffff: 0x00\n00100000 cannot be read\n");
    CHECK(m.ask("xp /1xb 0x90000000") == "90000000 cannot be read\n");
    CHECK(m.ask("gva2gpa 0x1234") == "gpa: 0x1234\n");
    CHECK(has(m.ask("walk 0x1234"), "paging is off"));
    CHECK(m.ask("info tlb") == "paging is off\n");
    CHECK(has(m.ask("info status"), "stopped, real16, CPL 0, f000:00000003, 2 instructions"));
    CHECK(has(m.ask("info idt"), "00 0000:0000"));
}

TEST_CASE("page tables") {
    StoppedMachine m(paging, 13);
    REQUIRE(has(m.ask("info status"), "protected16"));
    CHECK(m.ask("gva2gpa 0x400123") == "gpa: 0x123\n");
    CHECK(m.ask("gva2gpa 0x401000") == "Unmapped\n");
    const std::string walk = m.ask("walk 0x400123");
    CHECK(has(walk, "PDE at 00002004: 0000000000003007: present, writable, user"));
    CHECK(has(walk, "PTE at 00003000: 0000000000000005: present, read-only, user"));
    CHECK(has(walk, "physical 00000123"));
    CHECK(has(m.ask("walk 0x401000"), "not present"));
    CHECK(has(m.ask("walk 0xc00000"), "not present"));
    CHECK(m.ask("info mem") == "00000000-003fffff 00400000 -rw\n00400000-00400fff 00001000 ur-\n");
    CHECK(has(m.ask("info tlb"), "00400000: 000000000 ur----\n"));
}

TEST_CASE("points are numbered, told and removed") {
    StoppedMachine m(Bytes{0x40, 0xE6, 0x80, 0xA2, 0x00, 0x05, 0xEB, 0xF8}, 1);
    CHECK(m.ask("info breakpoints") == "none\n");
    CHECK(m.ask("break 0xf000:1") == "1: breakpoint at 000f0001\n");
    CHECK(m.ask("break-port 0x80 w") == "2: write of ports 0080-0080\n");
    CHECK(m.ask("watch 0x500") == "3: write of 1 bytes at linear 00000500\n");
    CHECK(has(m.ask("info breakpoints"), "2: write"));
    for (const char* status : {"f000:00000001", "f000:00000003", "f000:00000006", "f000:00000001"}) {
        m.ask("continue");
        m.run();
        CHECK(has(m.ask("info status"), status));
    }
    CHECK(m.ask("delete 7") == "there is no breakpoint 7\n");
    CHECK(m.ask("delete 1").empty());
    CHECK(m.ask("delete all").empty());
    CHECK(m.machine().board().processor().cpu().debug == nullptr);
    CHECK(m.ask("watch 0xffffffff 2") == "that reaches above 4 GiB\n");
}

TEST_CASE("every device tells its state") {
    StoppedMachine m(Bytes{0xEB, 0xFE}, 1);
    const std::string devices = m.ask("info devices");
    std::size_t count = 0;
    for (Words lines(devices); !lines.done();) {
        std::string name;
        for (std::size_t at = 0; at < devices.size(); at = devices.find('\n', at) + 1) {
            name = devices.substr(at, devices.find('\n', at) - at);
            CHECK_FALSE(m.ask("info device " + name).empty());
            ++count;
        }
        lines = Words("");
    }
    CHECK(count > 20);
    CHECK(has(m.ask("info device pit"), "reload"));
    CHECK(m.ask("info device toaster") == "there is no device \"toaster\"\n");
}

TEST_CASE("memory goes into files") {
    StoppedMachine m(Bytes{0xB8, 0x34, 0x12, 0xEB, 0xFE}, 1);
    const std::string path = "monitor_test.tmp";
    CHECK(m.ask("save-memory 0xf0000 5 " + path).empty());
    std::ifstream file(path);
    CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == "\xB8\x34\x12\xEB\xFE");
    std::remove(path.c_str());
    CHECK(has(m.ask("save-memory 0 1 /no/such/folder/f"), "/no/such/folder/f: No such file"));
}

TEST_CASE("code that was executed is shown with its block") {
    StoppedMachine m(Bytes{0x40, 0xEB, 0xFD}, 100);
    CHECK(has(m.ask("code 0xf0001"), "block at 000f0000 (physical 000f0000), 2 instructions"));
    CHECK(has(m.ask("code"), "inc ax"));
    CHECK(has(m.ask("code 0x500"), "no block holds it"));
}

/// Whether host code is attributed to each instruction, up to the byte.
bool is_attributed(const Block& block, const HostCode& host) {
    const auto base = reinterpret_cast<std::uint64_t>(host.bytes.data());
    std::set<std::uint64_t> borders;
    std::uint64_t end = 0;
    for (const DisassembledInsn& insn :
         disassemble(host.bytes, {base, 0, CodeWidth::bits64}, ~std::size_t{0})) {
        if (insn.text.starts_with("db ")) return false;
        borders.insert(insn.address - base);
        end = insn.address - base + insn.length;
    }
    borders.insert(end);
    return end == host.bytes.size() && host.starts.size() == block.count + 1U && host.starts.front() > 0 &&
           std::ranges::is_sorted(host.starts) &&
           std::ranges::all_of(host.starts, [&](std::uint32_t start) { return borders.contains(start); });
}

TEST_CASE("the host code of every translation is attributed to its guest instructions") {
    if (std::ranges::count(engine_names(), "translator") == 0) return;
    MachineConfig config;
    config.memory = 16 << 20;
    config.clock = ClockKind::instructions;
    config.firmware = CALQUE_ROMS "/system_check.bin";
    config.exit_port = 0xF4;
    Machine machine(config);
    use_engine(machine, "translator");
    Processor& processor = machine.board().processor();
    std::size_t translations = 0, instructions = 0, without_code = 0;
    for (std::uint64_t count = 100'000; count <= 1'700'000; count += 400'000) {
        machine.run({.instructions = count, .time = {}, .checkpoint = {}});
        std::set<const Block*> blocks;
        for (PhysicalAddress at = 0xF'0000; at < 0x10'0000; ++at)
            for (const Block* block : processor.blocks().holding(at)) blocks.insert(block);
        for (const Block* block : blocks) {
            for (const HostCode& host : processor.engine().host_code(*block)) {
                ++translations;
                REQUIRE(is_attributed(*block, host));
                for (unsigned i = 0; i < block->count; ++i)
                    without_code += host.starts[i] == host.starts[i + 1];
                instructions += block->count;
            }
        }
    }
    CHECK(translations > 50);
    CHECK(without_code * 50 < instructions);  // NOP and the like
}

TEST_CASE("host code stands beside each guest instruction") {
    if (std::ranges::count(engine_names(), "translator") == 0) return;
    const Bytes code{0x40,                           // INC AX
                     0xA3, 0x00, 0x20,               // MOV [2000h], AX
                     0x66, 0x03, 0x1E, 0x00, 0x20,   // ADD EBX, [2000h]
                     0x53, 0x59,                     // PUSH BX; POP CX
                     0x31, 0xC6, 0x87, 0xDE,         // XOR SI, AX; XCHG SI, BX
                     0xF8, 0x19, 0xD2, 0xEB, 0xEC};  // CLC; SBB DX, DX; and back
    StoppedMachine m(code, 10'000, "translator");
    std::istringstream said(m.ask("code 0xf0000"));
    std::string line;
    unsigned guest = 0;
    bool listed = false;
    while (std::getline(said, line)) {
        CAPTURE(line);
        CHECK(line.size() <= 120);
        listed |= line.find("host code for EIP 00000000") != std::string::npos;
        if (!listed || !line.starts_with("  000f00")) continue;
        ++guest;
        CHECK(line.find("  +") == 49);
    }
    CHECK(guest == 10);
}

TEST_CASE("running and stopping") {
    StoppedMachine m(Bytes{0x40, 0xEB, 0xFD}, 100);
    CHECK(has(m.ask("step"), "only begun"));
    m.run();
    CHECK(has(m.ask("info status"), "101 instructions"));
    CHECK(m.ask("continue").empty());
    CHECK(has(m.ask("step"), "the machine runs"));
    CHECK(has(m.ask("info status"), "running"));
    CHECK(m.ask("stop").empty());
    CHECK(m.ask("reset").empty());
    m.run();
    CHECK(has(m.ask("info status"), "f000:0000fff0"));
    CHECK(has(stop_text(m.machine().board(), m.machine().debugger().last_stop()),
              "stopped\nreal16 f000:0000fff0 ljmp"));
}

TEST_CASE("disassembly of what is no instruction") {
    const Bytes bytes{0xC4, 0xC0, 0x90};
    const auto insns = disassemble(bytes, {.address = 0x10}, 5);
    REQUIRE(insns.size() >= 2);
    CHECK(insns[0].text == "db 0xc4");
    CHECK(disassemble({}, {}, 5).empty());
}

TEST_CASE("targets of jumps are offsets in the code segment") {
    const Bytes back{0xEB, 0xFC};
    CHECK(disassemble(back, {0xF'1242, 0xF'1230, CodeWidth::bits16}, 1)[0].text == "jmp 0x10");
    CHECK(disassemble(back, {0xF'1230, 0xF'1230, CodeWidth::bits16}, 1)[0].text == "jmp 0xfffe");
}

TEST_CASE("where a monitor can be") {
    for (const char* good : {"stdio", "unix:/tmp/x", "tcp:1234", "tcp:localhost:1234"})
        CHECK_NOTHROW(check_monitor_place(good));
    for (const char* bad : {"", "unix:", "tcp:", "tcp:x", "file:f"})
        CHECK_THROWS_AS(check_monitor_place(bad), UsageError);
}
