// What reached a machine reaches it again at the same place, or it is told where that is no longer so.
#include "machine/recording.hpp"

#include "tests/machine/small_machine.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <unistd.h>

using namespace calque;
using namespace calque::test;

namespace {

/// Reads the keyboard's bytes into BX for ever: IN AL, 64h; TEST AL, 1; JZ; IN AL, 60h; ADD BX, AX.
const Bytes read_keys{0xE4, 0x64, 0xA8, 0x01, 0x74, 0xFA, 0xE4, 0x60, 0x01, 0xC3, 0xEB, 0xF4};

RunLimits until(std::uint64_t instructions) {
    return {.instructions = instructions, .time = {}, .checkpoint = {}};
}

/// Records, and may be killed at any time.
struct Recorded {
    SmallFirmware firmware{read_keys};
    std::string path = std::filesystem::temp_directory_path() / "calque-recording-XXXXXX";
    Recording recording;
    StateHash end;

    Recorded() {
        close(mkstemp(path.data()));
        Machine machine(firmware.config());
        Recorder recorder(machine, path);
        machine.run(until(1'000'000));
        machine.inputs().key(Key::a, true);
        machine.run(until(2'500'000));
        machine.inputs().key(Key::a, false);
        machine.inputs().move_mouse(3, -4);
        machine.inputs().press_power_button();
        machine.run(until(20'000'000));
        unfinished_size = std::filesystem::file_size(path);
        recorder.finish();
        recording = read_recording(path);
        end = hash_state(machine.board());
    }
    ~Recorded() { std::remove(path.c_str()); }
    Recorded(const Recorded&) = delete;
    Recorded& operator=(const Recorded&) = delete;

    std::uintmax_t unfinished_size = 0;  ///< of the file, right before the end
};

struct Outcome {
    bool ended = false;
    std::optional<std::string> difference;
    StateHash end;
};

Outcome replay(const Recorded& recorded, const Recording& recording) {
    Outcome outcome;
    Machine machine(recorded.firmware.config());
    Replayer replayer(machine, recording, [&](const std::optional<std::string>& difference) {
        outcome.ended = true;
        outcome.difference = difference;
        machine.finish({RunEnd::quit, 0});
    });
    machine.inputs().key(Key::b, true);  // does not count
    machine.run(until(30'000'000));
    outcome.end = hash_state(machine.board());
    return outcome;
}

}  // namespace

TEST_CASE("recording: a replay is the same run") {
    const Recorded recorded;
    CHECK(recorded.recording.inputs.size() == 4);
    CHECK(recorded.recording.inputs[0].at.instructions == 1'000'000);
    const Outcome outcome = replay(recorded, recorded.recording);
    CHECK(outcome.ended);
    CHECK(outcome.difference.value_or("") == "");
    CHECK(outcome.end == recorded.end);
}

TEST_CASE("recording: a look sees the inputs that it saw, and not those that came at the same place") {
    const SmallFirmware firmware(read_keys);
    const std::string path = std::filesystem::temp_directory_path() / "calque-recording-order-test";
    {
        Machine machine(firmware.config());
        Recorder recorder(machine, path);
        machine.run(until(0));
        machine.inputs().key(Key::a, true);
        machine.run(until(0));
        machine.run(until(1'000'000));
        recorder.finish();
    }
    const Recording recording = read_recording(path);
    std::remove(path.c_str());
    REQUIRE(recording.inputs.size() == 1);
    REQUIRE(recording.looks.front().at == recording.inputs.front().at);
    REQUIRE(recording.looks.front().inputs == 0);
    Machine machine(firmware.config());
    std::optional<std::string> difference = "it has not ended";
    Replayer replayer(machine, recording, [&](const std::optional<std::string>& found) {
        difference = found;
        machine.finish({RunEnd::quit, 0});
    });
    machine.run(until(2'000'000));
    CHECK(difference.value_or("") == "");
}

TEST_CASE("recording: a replay that becomes another run says so") {
    const Recorded recorded;
    const auto difference_with = [&](const std::function<void(Recording&)>& change) {
        Recording changed = recorded.recording;
        change(changed);
        return replay(recorded, changed).difference.value_or("");
    };
    CHECK(difference_with([](Recording& r) {
              r.inputs[0].input.numbers[0] = static_cast<int>(Key::b);
          }).find("processor") != std::string::npos);
    CHECK(difference_with([](Recording& r) { r.inputs.erase(r.inputs.begin() + 2); }).find("mouse") !=
          std::string::npos);
    CHECK(difference_with([](Recording& r) { r.inputs[1].at.time -= 5; }).find("input 1 was due") !=
          std::string::npos);
    CHECK(difference_with([](Recording& r) { r.looks.back().hash.ram ^= 1; }).find("RAM") !=
          std::string::npos);
}

TEST_CASE("recording: keys on their way to the keyboard take its room") {
    const SmallFirmware firmware(read_keys);
    Machine machine(firmware.config());
    const std::string path = std::filesystem::temp_directory_path() / "calque-recording-keys-test";
    Recorder recorder(machine, path);
    std::size_t typed = 0;
    while (typed < Ps2Keyboard::waiting_keys_limit && machine.inputs().type(KeyChord{Key::a})) ++typed;
    CHECK(2 * typed <= Ps2Keyboard::waiting_keys_limit);
    machine.run(until(1000));
    CHECK(machine.inputs().type(KeyChord{Key::a}) == false);
    machine.run(until(60'000'000));
    CHECK(machine.inputs().type(KeyChord{Key::a}));
    recorder.finish();
    CHECK(read_recording(path).inputs.size() == 2 * typed);
    std::remove(path.c_str());
}

TEST_CASE("recording: of a file that was cut, what is there can be replayed") {
    const Recorded recorded;
    CHECK_FALSE(recorded.recording.cut);
    CHECK_FALSE(replay(recorded, recorded.recording).difference);
    std::filesystem::resize_file(recorded.path, recorded.unfinished_size);
    Recording cut = read_recording(recorded.path);
    CHECK(cut.cut);
    CHECK(cut.inputs.size() == 4);
    CHECK(cut.end() == recorded.recording.inputs.back().at);
    CHECK(replay(recorded, cut).ended);
    CHECK_FALSE(replay(recorded, cut).difference);
    cut.inputs.back().at.instructions = 40'000'000;  // the machine ends before
    CHECK_FALSE(replay(recorded, cut).ended);

    std::size_t inputs = 4, readable = 0;
    for (std::uintmax_t size = recorded.unfinished_size; --size > 0;) {
        std::filesystem::resize_file(recorded.path, size);
        try {
            const Recording less = read_recording(recorded.path);
            ++readable;
            CHECK(less.cut);
            CHECK(less.inputs.size() <= inputs);
            inputs = less.inputs.size();
        } catch (const std::runtime_error& error) {  // not even the start is whole
            CHECK(std::string(error.what()).find(recorded.path) != std::string::npos);
        }
    }
    CHECK(inputs < 4);
    CHECK(readable > 0);
}

TEST_CASE("recording: what the host does not take is told at the end") {
    const SmallFirmware firmware(read_keys);
    Machine machine(firmware.config());
    CHECK_THROWS_AS(Recorder(machine, "/nowhere/recording"), std::runtime_error);
}
