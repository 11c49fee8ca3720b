// Two machines side by side, one with an engine that is wrong in one place, from a certain moment on.
#include "frontend/compare/comparison.hpp"
#include "frontend/compare/difference_report.hpp"
#include "frontend/compare/machine_records.hpp"
#include "frontend/compare/trace_report.hpp"
#include "frontend/trace/reader.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <string>
#include <unistd.h>
#include <vector>

using namespace calque;

namespace {

constexpr std::uint32_t victim = 5;  ///< the offset of XOR EDX, ECX
/// INC EAX; ADD ECX, EAX; XOR EDX, ECX; INC BX; and back.
const std::vector<std::uint8_t> code{0x66, 0x40, 0x66, 0x01, 0xC1, 0x66, 0x31, 0xCA, 0x43, 0xEB, 0xF5};
constexpr std::uint64_t instructions_a_round = 5;

/// Firmware in a file, and a machine with it.
class Firmware {
public:
    Firmware() {
        std::vector<std::uint8_t> rom(0x1'0000);
        std::copy(code.begin(), code.end(), rom.begin());
        const std::vector<std::uint8_t> reset{0xEA, 0x00, 0x00, 0x00, 0xF0};  // JMP F000:0000
        std::copy(reset.begin(), reset.end(), rom.begin() + 0xFFF0);
        char path[] = "/tmp/calque-firmware-XXXXXX";
        const int descriptor = mkstemp(path);
        REQUIRE(write(descriptor, rom.data(), rom.size()) == static_cast<ssize_t>(rom.size()));
        close(descriptor);
        path_ = path;
    }
    ~Firmware() { std::remove(path_.c_str()); }
    Firmware(const Firmware&) = delete;
    Firmware& operator=(const Firmware&) = delete;

    MachineConfig config() const {
        MachineConfig config;
        config.memory = 1 << 20;
        config.clock = ClockKind::instructions;
        config.firmware = config.vga_firmware = path_;
        config.nic = NicModel::none;
        return config;
    }

private:
    std::string path_;
};

/// An interpreter that spoils a register behind one instruction once EAX has reached a value; with `company`
/// only where the instruction stands in a block with the one before it.
class FaultyEngine final : public Engine {
public:
    FaultyEngine(std::uint32_t from, bool company) : from_(from), company_(company) {}

    void execute(Cpu& cpu, BlockCache& blocks) override {
        do {
            Block* block = blocks.find();
            if (!block || block->count > cpu.budget) return;
            const std::uint64_t start = cpu.state.rip;
            bool holds = false;
            for (unsigned i = company_; i < block->count; ++i)
                holds = holds || start + block->insns[i].offset == victim;
            interpret_block(cpu, *block);
            if (holds && cpu.state.reg32(eax) >= from_) cpu.state.gpr[esi] |= 1;
        } while (!needs_attention(cpu));
    }
    const char* name() const override { return "faulty"; }
    Counters counters() const override { return {}; }

private:
    std::uint32_t from_;
    bool company_;
};

struct Pair {
    Firmware firmware;
    ComparedMachine first, second;

    explicit Pair(std::uint32_t from, bool company = false)
        : first(
              firmware.config(), [](Cpu&, BlockCache&, bool) { return nullptr; }, "interpreter"),
          second(
              firmware.config(),
              [=](Cpu&, BlockCache&, bool) { return std::make_unique<FaultyEngine>(from, company); },
              "faulty") {}

    std::optional<Difference> compare(std::uint64_t end) {
        return Comparison(first, second, [](const Comparison::Progress&) {}).run(end, [] { return false; });
    }
};

/// A trace of the right machine, and a machine to compare it with.
class Traced {
public:
    explicit Traced(std::uint32_t wrong_from, trace::RecorderSettings settings, std::uint64_t end)
        : machine(
              firmware_.config(),
              [=](Cpu&, BlockCache&, bool) { return std::make_unique<FaultyEngine>(wrong_from, false); },
              "faulty") {
        close(mkstemp(path_.data()));
        settings.path = path_;
        Machine recorded(firmware_.config());
        trace::Recorder recorder(settings);
        Cpu& cpu = recorded.board().processor().cpu();
        cpu.observe(&recorder);
        recorded.run({.instructions = end, .time = {}, .checkpoint = {}});
        cpu.observe(nullptr);
        recorder.finish();
    }
    ~Traced() { std::remove(path_.c_str()); }
    Traced(const Traced&) = delete;
    Traced& operator=(const Traced&) = delete;

    const std::string& path() const { return path_; }
    std::optional<trace::RecordDifference> compare() {
        trace::Reader reader(path_);
        MachineRecords records(machine, reader.file().end(), [](std::uint64_t) { return true; });
        records.go_to(reader.file().first());
        return trace::first_difference(reader, records, trace::Extent::part, 0);
    }

private:
    Firmware firmware_;
    std::string path_ = "/tmp/calque-compared-XXXXXX";

public:
    ComparedMachine machine;
};

constexpr std::uint64_t count_of_victim(std::uint64_t round) {
    return 1 + (round - 1) * instructions_a_round + 3;
}

}  // namespace

TEST_CASE("compare: the first wrong instruction is named, with its count") {
    for (const std::uint32_t round : {1U, 2U, 3'000'000U, 23'456'789U}) {
        CAPTURE(round);
        Pair pair(round);
        const auto difference = pair.compare(200'000'000);
        REQUIRE(difference);
        CHECK(difference->kind == Difference::Kind::instruction);
        CHECK(difference->to == count_of_victim(round));
        const std::string report = report_of(*difference, pair.first, "faulty");
        CAPTURE(report);
        CHECK(report.find("f000:00000005, linear 000f0005, physical 000f0005: real mode") !=
              std::string::npos);
        CHECK(report.find("xor edx, ecx") != std::string::npos);
        CHECK(report.find("processor: gpr[6]") != std::string::npos);
    }
}

TEST_CASE("compare: what shows only where instructions stand together is told as such") {
    Pair pair(1'234'567, true);
    const auto difference = pair.compare(20'000'000);
    REQUIRE(difference);
    CHECK(difference->kind == Difference::Kind::together);
    CHECK(difference->to == count_of_victim(1'234'567));
    CHECK(difference->from == difference->to - 2);
    CHECK(report_of(*difference, pair.first, "faulty").find("add ecx, eax") != std::string::npos);
}

TEST_CASE("compare: machines that are the same have no difference") {
    Pair pair(0xFFFF'FFFF);
    CHECK_FALSE(pair.compare(30'000'000));
}

TEST_CASE("compare: the first instruction of which a trace tells something else is named") {
    for (const std::uint32_t round : {1U, 2U, 700'000U}) {
        CAPTURE(round);
        Traced traced(round, {}, 5'000'000);
        const auto difference = traced.compare();
        REQUIRE(difference);
        REQUIRE(difference->has_left);
        REQUIRE(difference->has_right);
        CHECK(difference->left.number + 1 == count_of_victim(round));
        CHECK(difference->right.number == difference->left.number);
        CHECK(difference->left.before == difference->right.before);
        CHECK(difference->left.after[esi] == 0);
        CHECK(difference->right.after[esi] == 1);
        const std::string report = trace_report_of(*difference, traced.machine, traced.path());
        CAPTURE(report);
        CHECK(report.find("f000:00000005, linear 000f0005, physical 000f0005: real mode") !=
              std::string::npos);
        CHECK(report.find("xor edx, ecx") != std::string::npos);
        CHECK(report.find("esi                               00000001                  00000000") !=
              std::string::npos);
    }
}

TEST_CASE(
    "compare: a machine that does what a trace tells has no difference, wherever it starts and what it "
    "leaves out") {
    constexpr std::uint32_t never_wrong = 0xFFFF'FFFF;
    CHECK_FALSE(Traced(never_wrong, {}, 5'000'000).compare());
    const trace::Trigger start{trace::Trigger::Kind::count, 3'333'333};
    CHECK_FALSE(Traced(never_wrong, {.start = start}, 5'000'000).compare());
    CHECK_FALSE(Traced(never_wrong, {.ring = 100'000}, 4'000'000).compare());
    const auto rarely = [](const trace::Place& place) { return place.number / 1'000 % 2'000 == 7; };
    CHECK_FALSE(Traced(never_wrong, {.filter = rarely}, 9'000'000).compare());
    const auto in_turns = [](const trace::Place& place) { return place.linear == 0xF'0005; };
    CHECK_FALSE(Traced(never_wrong, {.filter = in_turns}, 300'000).compare());
}

TEST_CASE("compare: what went wrong before a trace starts, or in what it leaves out, is told as a state") {
    const trace::Trigger start{trace::Trigger::Kind::count, 3'000'000};
    const auto rarely = [](const trace::Place& place) { return place.number / 1'000 % 2'000 == 1'500; };
    for (const trace::RecorderSettings& settings :
         {trace::RecorderSettings{.start = start}, trace::RecorderSettings{.filter = rarely}}) {
        Traced traced(500'000, settings, 6'000'000);  // at instruction 2,499,999
        const auto difference = traced.compare();
        REQUIRE(difference);
        CHECK(difference->left.number == (settings.start ? 3'000'000 : 3'500'000));
        CHECK(difference->right.number == difference->left.number);
        const std::string report = trace_report_of(*difference, traced.machine, traced.path());
        CAPTURE(report);
        CHECK(report.find("another state") != std::string::npos);
        CHECK(report.find("esi ") != std::string::npos);
    }
}
