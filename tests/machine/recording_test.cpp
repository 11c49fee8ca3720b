// What reached a machine reaches it again at the same place, or it is told where that is no longer so.
#include "machine/recording.hpp"

#include "tests/machine/small_machine.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>

using namespace calque;
using namespace calque::test;

namespace {

/// Reads the keyboard's bytes into BX for ever: IN AL, 64h; TEST AL, 1; JZ; IN AL, 60h; ADD BX, AX.
const Bytes read_keys{0xE4, 0x64, 0xA8, 0x01, 0x74, 0xFA, 0xE4, 0x60, 0x01, 0xC3, 0xEB, 0xF4};

RunLimits until(std::uint64_t instructions) {
    return {.instructions = instructions, .time = {}, .checkpoint = {}};
}

struct Recorded {
    SmallFirmware firmware{read_keys};
    Machine machine{firmware.config()};
    Recording recording;
    StateHash end;

    Recorded() {
        Recorder recorder(machine);
        machine.run(until(1'000'000));
        machine.inputs().key(Key::a, true);
        machine.run(until(2'500'000));
        machine.inputs().key(Key::a, false);
        machine.inputs().move_mouse(3, -4);
        machine.inputs().press_power_button();
        machine.run(until(20'000'000));
        recording = recorder.finish();
        end = hash_state(machine.board());
    }
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
    Recorder recorder(machine);
    std::size_t typed = 0;
    while (typed < Ps2Keyboard::waiting_keys_limit && machine.inputs().type(KeyChord{Key::a})) ++typed;
    CHECK(2 * typed <= Ps2Keyboard::waiting_keys_limit);
    machine.run(until(1000));
    CHECK(machine.inputs().type(KeyChord{Key::a}) == false);
    machine.run(until(60'000'000));
    CHECK(machine.inputs().type(KeyChord{Key::a}));
    CHECK(recorder.finish().inputs.size() == 2 * typed);
}

TEST_CASE("recording: files hold all of it") {
    const Recorded recorded;
    const std::string path = std::filesystem::temp_directory_path() / "calque-recording-test";
    write_recording(recorded.recording, path);
    const Recording read = read_recording(path);
    CHECK(replay(recorded, read).difference.value_or("") == "");
    CHECK(read.inputs.size() == recorded.recording.inputs.size());
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 3);
    CHECK_THROWS_AS(read_recording(path), std::runtime_error);
    std::remove(path.c_str());
}
