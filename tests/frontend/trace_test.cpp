// Instruction traces: what is read from one is what happened, the same under every engine; damaged ones are
// refused.
#include "frontend/engines.hpp"
#include "frontend/trace/encoder.hpp"
#include "frontend/trace/expression.hpp"
#include "frontend/trace/reader.hpp"
#include "frontend/trace/recorder.hpp"
#include "frontend/trace/symbols.hpp"
#include "frontend/trace/trace_options.hpp"
#include "frontend/usage_error.hpp"
#include "machine/machine.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <unistd.h>
#include <vector>

using namespace calque;
using namespace calque::trace;

namespace {

class TemporaryFile {
public:
    TemporaryFile() : path_("/tmp/calque-trace-XXXXXX") { close(mkstemp(path_.data())); }
    ~TemporaryFile() { std::remove(path_.c_str()); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    const std::string& path() const { return path_; }
    std::vector<char> bytes() const {
        std::ifstream file(path_, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void set_bytes(const std::vector<char>& bytes) const {
        std::ofstream(path_, std::ios::binary)
            .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }

private:
    std::string path_;
};

/// Records, and keeps all registers as they were behind instructions chosen at random.
class Witness final : public Observer {
public:
    Witness(const RecorderSettings& settings, unsigned seed) : recorder(settings), random_(seed) {}

    void begins(Cpu& cpu) override {
        position_ = cpu.state.instructions;
        recorder.begins(cpu);
    }
    void accessed(Cpu& cpu, const ObservedAccess& access) override { recorder.accessed(cpu, access); }
    void executed(Cpu& cpu, const Block& block, bool retired) override {
        recorder.executed(cpu, block, retired);
        position_ += retired;
        if (!retired || random_() % 100) return;
        cpu.fpu.release(cpu.state.fpu);
        seen[position_] = registers_of(cpu.state);
    }
    void delivering(Cpu& cpu, const ObservedDelivery& delivery) override {
        recorder.delivering(cpu, delivery);
    }
    void delivered(Cpu& cpu) override { recorder.delivered(cpu); }

    Recorder recorder;
    std::map<std::uint64_t, Registers> seen;  ///< by the count of instructions retired

private:
    std::uint64_t position_ = 0;
    std::minstd_rand random_;
};

/// The ROM that walks through all modes: real, protected, virtual-8086; exceptions, interrupts, task
/// switches, code that changes itself, x87 and SSE.
MachineConfig system_check() {
    MachineConfig config;
    config.memory = 16 << 20;
    config.clock = ClockKind::instructions;
    config.firmware = CALQUE_ROMS "/system_check.bin";
    config.exit_port = 0xf4;
    return config;
}

std::unique_ptr<Witness> record(const std::string& engine, const RecorderSettings& settings,
                                std::uint64_t instructions, std::uint64_t& retired) {
    const MachineConfig config = system_check();
    Machine machine(config);
    Cpu& cpu = machine.board().processor().cpu();
    EngineChoice choice;
    choice.name = engine;
    machine.set_engine(make_engine(choice, cpu, machine.board().processor().blocks()));
    auto witness = std::make_unique<Witness>(settings, 1);
    cpu.observe(witness.get());
    machine.run({.instructions = instructions, .time = {}, .checkpoint = {}});
    cpu.observe(nullptr);
    retired = cpu.state.instructions;
    witness->recorder.finish();
    return witness;
}

std::string refusal(const std::string& path) {
    try {
        Reader reader(path);
        Record one;
        while (reader.next(one)) {
        }
    } catch (const UsageError& error) {
        return error.what();
    }
    return {};
}

}  // namespace

TEST_CASE("a trace tells every register at every point, and is the same file under every engine") {
    std::vector<char> first;
    for (const std::string& engine : engine_names()) {
        CAPTURE(engine);
        const TemporaryFile file;
        std::uint64_t retired = 0;
        const auto witness = record(engine, {.path = file.path()}, 2'000'000, retired);
        CHECK(witness->recorder.recorded() == retired);
        REQUIRE(witness->seen.size() > 1000);
        Reader reader(file.path());
        Record one;
        std::uint64_t instructions = 0, compared = 0, deliveries = 0, faults = 0;
        std::map<std::uint64_t, unsigned> modes;
        while (reader.next(one)) {
            deliveries += one.kind == RecordKind::delivery;
            faults += one.kind == RecordKind::faulted;
            if (one.kind != RecordKind::retired) continue;
            REQUIRE(one.number == instructions);
            ++instructions;
            const auto& registers = reader.registers();
            ++modes[(registers[trace::cr0] & 1) + 2 * (registers[rflags] >> 17 & 1)];
            const auto found = witness->seen.find(instructions);
            if (found == witness->seen.end()) continue;
            ++compared;
            if (found->second != registers) {
                CAPTURE(instructions);
                REQUIRE(found->second == registers);
            }
        }
        CHECK(instructions == retired);
        CHECK(compared == witness->seen.size());
        CHECK(deliveries > 10);
        CHECK(faults > 5);
        CHECK(modes.size() == 3);  // real, protected, virtual-8086
        if (first.empty()) first = file.bytes();
        CHECK((file.bytes() == first));
    }
}

TEST_CASE("a ring keeps the last instructions, and a reader goes to any of them") {
    const TemporaryFile file;
    std::uint64_t retired = 0;
    record(engine_names().front(), {.path = file.path(), .ring = 50'000}, 400'000, retired);
    Reader reader(file.path());
    REQUIRE(reader.file().frames() > 1);
    CHECK_FALSE(reader.file().cut());
    const std::uint64_t begin = reader.file().header(0).first;
    CHECK(begin > 0);
    CHECK(begin <= retired - 50'000);
    CHECK(begin + 2 * 50'000 >= retired);
    Record one;
    std::uint64_t last = 0;
    while (reader.next(one)) last = one.number;
    CHECK(last + 1 == retired);
    reader.seek(retired - 100);
    REQUIRE(reader.next(one));
    CHECK(one.number <= retired - 100);
    CHECK(one.number > begin);
}

TEST_CASE("filters and triggers leave gaps, behind which the registers are right") {
    const TemporaryFile file, window;
    std::uint64_t retired = 0;
    RecorderSettings settings{.path = file.path()};
    settings.filter = [](const Place& place) { return place.number / 1000 % 3 == 1; };
    const auto witness = record(engine_names().front(), settings, 200'000, retired);
    Reader reader(file.path());
    Record one;
    std::uint64_t compared = 0, gaps = 0;
    while (reader.next(one)) {
        gaps += one.kind == RecordKind::gap;
        if (one.kind != RecordKind::retired) continue;
        REQUIRE(one.number / 1000 % 3 == 1);
        const auto found = witness->seen.find(one.number + 1);
        if (found == witness->seen.end()) continue;
        ++compared;
        REQUIRE(found->second == reader.registers());
    }
    CHECK(gaps >= 60);
    CHECK(compared > 400);

    settings = {.path = window.path()};
    settings.start = Trigger{Trigger::Kind::count, 5000};
    settings.stop = Trigger{Trigger::Kind::count, 7000};
    record(engine_names().front(), settings, 20'000, retired);
    Reader chosen(window.path());
    std::vector<std::uint64_t> numbers;
    while (chosen.next(one))
        if (one.kind == RecordKind::retired) numbers.push_back(one.number);
    REQUIRE(numbers.size() == 2000);
    CHECK(numbers.front() == 5000);
    CHECK(numbers.back() == 6999);
}

TEST_CASE("a cut trace is read up to its last whole frame, a damaged one is refused in one line") {
    const TemporaryFile file;
    std::uint64_t retired = 0;
    record(engine_names().front(), {.path = file.path(), .ring = 100'000}, 100'000, retired);
    const std::vector<char> whole = file.bytes();
    const std::size_t frames = TraceFile(file.path()).frames();
    REQUIRE(frames > 2);
    std::size_t last = frames;
    for (std::size_t size = whole.size() - 1; size > 8; size -= whole.size() / 20) {
        file.set_bytes({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
        const TraceFile cut(file.path());
        CHECK(cut.cut());
        CHECK(cut.frames() <= last);
        last = cut.frames();
        CHECK(refusal(file.path()).empty());
        if (size < whole.size() / 20) break;
    }
    CHECK(last < 2);

    std::minstd_rand random(7);
    unsigned refused = 0;
    for (unsigned i = 0; i < 100; ++i) {
        std::vector<char> damaged = whole;
        damaged[random() % damaged.size()] ^= static_cast<char>(1 + random() % 255);
        file.set_bytes(damaged);
        const std::string line = refusal(file.path());
        refused += !line.empty();
        CHECK(line.find('\n') == std::string::npos);
    }
    CHECK(refused > 80);  // the others lost their index only
    file.set_bytes({'C', 'a', 'l', 'q', 'T', 'r', 'c', 99});
    CHECK(refusal(file.path()).find("format 99") != std::string::npos);
    file.set_bytes({'E', 'L', 'F'});
    CHECK(refusal(file.path()).find("no trace") != std::string::npos);
    CHECK(refusal("/nonexistent/trace").find("/nonexistent/trace") == 0);
}

TEST_CASE("every register has a name of its own") {
    std::map<std::string_view, unsigned> names;
    for (unsigned i = 0; i < register_count; ++i) ++names[register_name(i)];
    CHECK(names.size() == register_count);
    CHECK(register_name(segment_register(seg_cs, part_selector)) == "cs");
    CHECK(register_name(trace::cr2) == "cr2");
    CHECK(register_name(fpu_first + 3) == "mxcsr");
    CHECK(register_name(register_count - 1) == "xmm15.high");
    CHECK(register_name(register_count) == "?");
}

TEST_CASE("filter expressions") {
    Record loads;
    loads.accesses.push_back({.size = 4, .address = 0x1000});
    const Subject subject{.linear = 0xc010'0000,
                          .number = 5000,
                          .cpl = 3,
                          .mode = CpuMode::protected32,
                          .record = &loads,
                          .mnemonic = [] { return std::string("mov"); }};
    for (const char* text :
         {"cpl=3", "cpl=1-3", "ip=c0100000", "ip=c0000000-c0ffffff and cpl=3", "cpl=0 or count=5000",
          "not cpl=0", "mode=32", "mode=protected", "op=mov", "mem=ffd-1000", "read=1003", "not write=1000",
          "not event", "cpl=0 and cpl=1 or mode=32 and op=mov"})
        CHECK_MESSAGE(Expression(text).holds(subject), text);
    for (const char* text : {"cpl=0", "cpl=3 and cpl=0", "mode=v86", "read=1004", "write=1000",
                             "exception=14", "interrupt", "mmio", "port=60", "not cpl=3", "op=add"})
        CHECK_MESSAGE(!Expression(text).holds(subject), text);
    for (const char* text : {"", "cpl", "cpl=", "cpl=x", "colour=3", "cpl=3 cpl=0", "cpl=3 and", "and cpl=3",
                             "not", "mode=64", "ip=5-4", "mmio=3", "op=", "count=1-"})
        CHECK_THROWS_AS(Expression{text}, UsageError);
    CHECK(Expression("ip=1-2 and not cpl=3 or count=7 and mode=v86").foreseeable());
    CHECK_FALSE(Expression("cpl=3 and mem=1000").foreseeable());
}

TEST_CASE("triggers and numbers of instructions") {
    CHECK(parse_trigger("at=c0101234").value == 0xc010'1234);
    CHECK(parse_trigger("count=3M").value == 3'000'000);
    CHECK(parse_trigger("exception=14").kind == Trigger::Kind::exception);
    CHECK(parse_trigger("interrupt=48").value == 48);
    CHECK(parse_instructions("2k") == 2000);
    CHECK(parse_instructions("7") == 7);
    for (const char* text : {"", "at", "at=", "at=xyz", "count=", "exception=32", "interrupt=256", "when=3"})
        CHECK_THROWS_AS(parse_trigger(text), UsageError);
    for (const char* text : {"", "M", "-1", "1X", "99999999999G"})
        CHECK_THROWS_AS(parse_instructions(text), UsageError);
    CHECK_THROWS_AS(parse_ring("0"), UsageError);
}

TEST_CASE("symbols of a list") {
    const std::string map = "c0100000 T start\nc0100010 t inner\nc0100100 T last\n00000000 A absolute\n";
    const Symbols symbols({reinterpret_cast<const std::uint8_t*>(map.data()), map.size()}, "map");
    CHECK(symbols.text(0xc010'0000) == "start");
    CHECK(symbols.text(0xc010'000f) == "start+f");
    CHECK(symbols.text(0xc010'0010) == "inner");
    CHECK(symbols.text(0xc00f'ffff).empty());
    CHECK(symbols.text(0xd000'0000).empty());
    CHECK(symbols.address_of("last") == 0xc010'0100);
    CHECK_FALSE(symbols.address_of("absolute"));
    for (const std::string text : {"", "rubbish\n", "c0100000 T\n",
                                   "\x7f"
                                   "ELF",
                                   "\x7f"
                                   "ELF\x01 cut short"}) {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
        CHECK_THROWS_AS(Symbols({bytes, text.size()}, "map"), UsageError);
    }
}

TEST_CASE("symbols of an ELF file: this program") {
    const Symbols symbols("/proc/self/exe");
    CHECK(symbols.address_of("main").has_value());
    CHECK(symbols.text(*symbols.address_of("main")) == "main");
}
