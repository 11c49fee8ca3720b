// What gdb's packets do to a machine.
#include "frontend/debugger/gdb_stub.hpp"

#include "frontend/debugger/gdb_registers.hpp"
#include "frontend/debugger/listener.hpp"
#include "frontend/usage_error.hpp"
#include "tests/machine/small_machine.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <deque>

using namespace calque;
using namespace calque::test;
using namespace std::chrono_literals;

namespace {

/// [1234h] counts up for ever, and DX is another port each time round.
const Bytes counting{0x31, 0xC0, 0x8E, 0xD8,  // 0: DS = 0
                     0xFF, 0x06, 0x34, 0x12,  // 4: INC WORD [1234h]
                     0xA1, 0x34, 0x12,        // 8: MOV AX, [1234h]
                     0x42,                    // B: INC DX
                     0xEE,                    // C: OUT DX, AL
                     0xEB, 0xF5};             // D: JMP 4
constexpr const char* ok = "OK";

/// A machine and a client, who talk while it runs.
class Client {
public:
    explicit Client(const Bytes& code = counting)
        : firmware_(code), machine_(firmware_.config()), stub_(machine_, [this](auto text) { hear(text); }) {
        machine_.debugger().on_stop([this](const DebugStop& why) { stub_.stopped(why); });
        machine_.debugger().stop();
    }

    Machine& machine() { return machine_; }
    gdb::Stub& stub() { return stub_; }

    /// The answer to a packet, which may want the machine to run first.
    std::string ask(const std::string& payload) {
        stub_.take(gdb::Packet{payload});
        for (int turn = 0; turn < 100 && heard_.empty(); ++turn) run(1000);
        return next();
    }
    void run(std::uint64_t instructions) {
        machine_.run({.instructions = machine_.board().processor().cpu().state.instructions + instructions,
                      .time = 1ms,
                      .checkpoint = {}});
    }
    std::string next() {
        if (heard_.empty()) return "nothing";
        std::string text = heard_.front();
        heard_.pop_front();
        return text;
    }
    std::uint32_t pc() { return word(ask("p8")); }
    static std::uint32_t word(const std::string& digits) {
        std::uint32_t value = 0;
        const auto bytes = gdb::unhex(digits);
        for (std::size_t i = bytes->size(); i-- > 0;)
            value = value << 8 | static_cast<std::uint8_t>((*bytes)[i]);
        return value;
    }

private:
    void hear(std::string_view text) {
        for (const char byte : text) {
            const auto input = reader_.take(static_cast<std::uint8_t>(byte));
            if (!input) continue;
            if (const auto* packet = std::get_if<gdb::Packet>(&*input)) heard_.push_back(packet->payload);
        }
    }

    SmallFirmware firmware_;
    Machine machine_;
    gdb::PacketReader reader_;
    std::deque<std::string> heard_;
    gdb::Stub stub_;
};

std::string number_of(const char* name) {
    for (std::size_t i = 0; i < gdb::registers().size(); ++i)
        if (gdb::registers()[i].name == name) return fmt::format("{:x}", i);
    return "none";
}

}  // namespace

TEST_CASE("the program counter is linear, and IP is not") {
    Client client;
    CHECK(client.pc() == 0xFFFF'FFF0);
    CHECK(Client::word(client.ask("p" + number_of("ip"))) == 0xFFF0);
    CHECK(client.ask("s").starts_with("T05thread:1;"));
    CHECK(client.pc() == 0xF'0000);
    CHECK(Client::word(client.ask("p" + number_of("ip"))) == 0);
    CHECK(client.ask("P8=04000f00") == ok);
    CHECK(Client::word(client.ask("p" + number_of("ip"))) == 4);
    CHECK(client.ask("s").starts_with("T05"));
    CHECK(client.pc() == 0xF'0008);
}

TEST_CASE("all registers at once, back and forth") {
    Client client;
    const std::string all = client.ask("g");
    unsigned size = 0;
    for (const gdb::Register& reg : gdb::registers()) size += reg.bytes();
    CHECK(all.size() == 2 * size);
    CHECK(client.ask("G78563412" + all.substr(8)) == ok);
    CHECK(client.ask("p0") == "78563412");
    CHECK(client.ask("G78563412") == ok);
    CHECK(client.ask("Gxx") == "E16");
    CHECK(client.ask("P0=01020304") == ok);
    CHECK(client.ask("p0") == "01020304");
    for (const char* bad : {"P0=0102", "P0", "P0=", "Pff=00", "pff", "p", "p0x", "P", "P=0"})
        CHECK(client.ask(bad) == "E16");
    CHECK(client.ask("P" + number_of("xmm3") + "=000102030405060708090a0b0c0d0e0f") == ok);
    CHECK(client.machine().board().processor().cpu().state.fpu.xmm[3].bytes[15] == 15);
    CHECK(client.ask("P" + number_of("ds") + "=34120000") == ok);
    CHECK(client.machine().board().processor().cpu().state.segments[seg_ds].base == 0x1'2340);
    CHECK(client.ask("P" + number_of("cr0") + "=00000080") == "E16");  // PG without PE
    CHECK(client.ask("P" + number_of("mode") + "=01000000") == "E16");
    CHECK(Client::word(client.ask("p" + number_of("mode"))) == 0);
}

TEST_CASE("every register can be read, and written with what it holds") {
    Client client;
    for (std::size_t i = 0; i < gdb::registers().size(); ++i) {
        const std::string value = client.ask(fmt::format("p{:x}", i));
        CAPTURE(gdb::registers()[i].name);
        CHECK(value.size() == 2 * gdb::registers()[i].bytes());
        CHECK(client.ask(fmt::format("P{:x}={}", i, value)) == ok);
        CHECK(client.ask(fmt::format("p{:x}", i)) == value);
    }
}

TEST_CASE("memory") {
    Client client;
    CHECK(client.ask("m"
                     "f0000,4") == "31c08ed8");
    CHECK(client.ask("M500,3:010203") == ok);
    CHECK(client.ask("m4ff,5") == "0001020300");
    CHECK(client.ask(std::string("X600,2:a\0", 9)) == ok);
    CHECK(client.ask("m600,2") == "6100");
    CHECK(client.ask("X600,0:") == ok);
    CHECK(client.ask("Mf0000,1:00") == "E0e");  // ROM
    CHECK(client.ask("m80000000,4") == "E0e");  // nothing
    CHECK(client.ask("mffffe,4").size() == 4);  // RAM's end: what is there
    CHECK(client.ask("m500,0") == "");
    for (const char* bad :
         {"m", "m500", "m500,", "mx,1", "m500,1,", "M500,2:00", "M500,1:0", "M500,1", "X500,2:a"})
        CHECK(client.ask(bad) == "E16");
    CHECK(client.ask("m500,ffffffffffffffff").size() <= gdb::largest_packet);
}

TEST_CASE("the text screen can be read and written, and the latches stay") {
    Client client;
    auto& vga = client.machine().board().chips().vga;
    const std::uint32_t latches = vga.state().latches;
    client.ask("mb8000,10");
    CHECK(vga.state().latches == latches);
}

TEST_CASE("breakpoints of both kinds, and what the client hears") {
    Client client;
    for (const char kind : {'0', '1'}) {
        const std::string point = std::string(1, kind) + ",f000b,1";
        CHECK(client.ask("Z" + point) == ok);
        CHECK(client.ask("Z" + point) == ok);
        const std::string stop = client.ask("c");
        CHECK(stop.find(kind == '0' ? "swbreak" : "hwbreak") != std::string::npos);
        CHECK(client.pc() == 0xF'000B);
        CHECK(client.ask("s").starts_with("T05"));
        CHECK(client.pc() == 0xF'000C);
        CHECK(client.ask("vCont;c").starts_with("T05"));
        CHECK(client.pc() == 0xF'000B);
        CHECK(client.ask("z" + point) == ok);
        CHECK(client.ask("z" + point) == ok);
    }
    CHECK(client.ask("Z5,0,1") == "");
    for (const char* bad : {"Z", "Z0", "Z0,", "Z0,1", "Z0,x,1", "Z2,ffffffff,2", "Z2,0,0", "Z0,100000000,1",
                            "Z2,0,ffffffffffff"})
        CHECK(client.ask(bad) == "E16");
}

TEST_CASE("watchpoints of three kinds, linear and physical") {
    Client client;
    struct Kind {
        const char *packet, *reply;
        std::uint32_t behind;
    };
    for (const bool physical : {false, true}) {
        CHECK(client.ask(physical ? "Qqemu.PhyMemMode:1" : "Qqemu.PhyMemMode:0") == ok);
        CHECK(client.ask("qqemu.PhyMemMode") == (physical ? "1" : "0"));
        for (const Kind& kind :
             {Kind{"2,1235,1", ";watch:1235;", 8}, Kind{"3,1234,2", ";rwatch:1234;", 0xB}}) {
            CHECK(client.ask("Z" + std::string(kind.packet)) == ok);
            const std::string stop = client.ask("c");
            CAPTURE(stop);
            CHECK(stop.find(kind.reply) != std::string::npos);
            CHECK(client.pc() == 0xF'0000 + kind.behind);
            CHECK(client.ask("z" + std::string(kind.packet)) == ok);
        }
    }
    CHECK(client.ask("Z4,1234,1") == ok);
    CHECK(client.ask("c").find(";awatch:1234;") != std::string::npos);
}

TEST_CASE("Ctrl-C, and packets while the machine runs") {
    Client client;
    client.stub().take(gdb::Packet{"c"});
    client.run(100);
    CHECK(client.next() == "nothing");
    client.stub().take(gdb::Packet{"c"});
    CHECK(client.next() == "E16");
    CHECK(client.ask("p0").size() == 8);
    client.stub().take(gdb::Interrupt{});
    CHECK(client.next().starts_with("T02"));
    client.stub().take(gdb::Interrupt{});
    CHECK(client.next() == "nothing");
    CHECK(client.ask("?").starts_with("T05"));
}

TEST_CASE("queries") {
    Client client;
    CHECK(client.ask("qSupported:xmlRegisters=i386").find("qXfer:features:read+") != std::string::npos);
    std::string xml;
    for (std::string part = "m"; part.starts_with('m'); xml += part.substr(1))
        part = client.ask(fmt::format("qXfer:features:read:target.xml:{:x},200", xml.size()));
    CHECK(xml == gdb::target_description());
    CHECK(client.ask("qXfer:features:read:other.xml:0,200") == "E00");
    CHECK(client.ask("qXfer:features:read:target.xml:fffffff,200") == "l");
    CHECK(client.ask("qXfer:features:read:target.xml:x") == "E16");
    CHECK(client.ask("qC") == "QC1");
    CHECK(client.ask("qfThreadInfo") == "m1");
    CHECK(client.ask("qsThreadInfo") == "l");
    CHECK(gdb::unhex(client.ask("qThreadExtraInfo,1")) == "real16, CPL 0");
    CHECK(client.ask("Hg0") == ok);
    CHECK(client.ask("Hc-1") == ok);
    CHECK(client.ask("T1") == ok);
    CHECK(client.ask("T7") == "E16");
    CHECK(client.ask("vMustReplyEmpty") == "");
    CHECK(client.ask("qRcmd,00") == "");
    client.stub().on_monitor_command([](const std::string& line) { return line + "!\n"; });
    CHECK(client.ask("qRcmd,6869") == "O" + gdb::hex(std::string_view("hi!\n")));
    CHECK(client.next() == ok);
    CHECK(client.ask("qRcmd,6") == "E16");
    CHECK(client.ask("QStartNoAckMode") == ok);
}

TEST_CASE("detaching takes the points away and lets the machine go on") {
    Client client;
    CHECK(client.ask("Z0,f000b,1") == ok);
    bool told = false;
    client.stub().on_detach([&] { told = true; });
    CHECK(client.ask("D") == ok);
    CHECK(told);
    CHECK_FALSE(client.machine().debugger().stopped());
    CHECK(client.machine().board().processor().cpu().debug == nullptr);
}

TEST_CASE("a machine that ends while it runs says so") {
    Client client(leave_with(3));
    client.stub().take(gdb::Packet{"c"});
    client.run(1000);
    client.stub().exited(7);
    CHECK(client.next() == "W07");
}

TEST_CASE("where to listen") {
    CHECK(parse_tcp_place("1234").host == "127.0.0.1");
    CHECK(parse_tcp_place(":1234").port == 1234);
    CHECK(parse_tcp_place("::1:99").host == "::1");
    for (const char* bad : {"", "0", "x", "host:", "host:0", "70000"})
        CHECK_THROWS_AS(parse_tcp_place(bad), UsageError);
    const HostFile first = listen_on_tcp("127.0.0.1", 18765);
    CHECK_THROWS_WITH_AS(listen_on_tcp("127.0.0.1", 18765),
                         "tcp port 127.0.0.1:18765: Address already in use", UsageError);
}
