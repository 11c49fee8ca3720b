// Every row of the instruction table, in random encodings and states, under both engines.
#include "cpu/decoder.hpp"
#include "cpu/instruction_table.hpp"
#include "tests/translator/comparison.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>
#include <sstream>

namespace calque::test {
namespace {

/// A generator of 32-bit numbers.
class Random {
public:
    explicit Random(std::uint32_t seed) : engine_(seed) {}
    std::uint32_t operator()() { return static_cast<std::uint32_t>(engine_()); }

private:
    std::mt19937 engine_;
};

std::uint32_t interesting(Random& random) {
    static constexpr std::array<std::uint32_t, 12> values{
        0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff'ffff, 0x8000'0000, 0xffff'ffff};
    const std::uint32_t kind = random() % 3;
    return kind == 0 ? values[random() % values.size()] : kind == 1 ? random() % 64 : random();
}

/// Bytes of one instruction of `row`: any prefixes that its mandatory one allows, any ModRM, random
/// immediates.
std::vector<std::uint8_t> encode(const Row& row, Random& random) {
    std::vector<std::uint8_t> bytes;
    const bool free = row.mandatory == Mandatory::ignored || row.mandatory == Mandatory::not_repeated;
    if ((free && random() % 4 == 0) || row.mandatory == Mandatory::p66) bytes.push_back(0x66);
    if (random() % 8 == 0) bytes.push_back(0x67);
    if (random() % 8 == 0) bytes.push_back(std::array<std::uint8_t, 4>{0x36, 0x3e, 0x26, 0x64}[random() % 4]);
    if (row.mandatory == Mandatory::pf2) bytes.push_back(0xf2);
    if (row.mandatory == Mandatory::pf3) bytes.push_back(0xf3);
    if (free && (row.attributes & attribute::repeatable) && random() % 2)
        bytes.push_back(random() % 2 ? 0xf2 : 0xf3);
    if (row.map != OpcodeMap::one_byte) bytes.push_back(0x0f);
    if (row.map == OpcodeMap::map_0f38) bytes.push_back(0x38);
    if (row.map == OpcodeMap::map_0f3a) bytes.push_back(0x3a);
    const unsigned reg = row.attributes & attribute::register_in_opcode ? random() % 8 : 0;
    bytes.push_back(static_cast<std::uint8_t>(row.opcode + reg));
    if (!(row.attributes & attribute::no_modrm)) {
        unsigned modrm = random() & 0xff;
        if (row.mod == Mod::reg) modrm |= 0xc0;
        if (row.digit >= 0) modrm = (modrm & 0xc7) | static_cast<unsigned>(row.digit) << 3;
        if (row.modrm >= 0) modrm = static_cast<unsigned>(row.modrm);
        bytes.push_back(static_cast<std::uint8_t>(modrm));
    }
    for (unsigned i = 0; i < 10; ++i)
        bytes.push_back(static_cast<std::uint8_t>(random() % 4 ? random() % 64 : random()));
    return bytes;
}

/// Two machines that are given the same state again and again.
class Pair {
public:
    Pair(StartMode start, bool permuted)
        : start_(start), left_(start), right_(start), initial_(left_.state()) {
        right_.use_translator({.translate_after = 0, .cache_size = 1 << 20, .permuted_plan = permuted});
    }

    /// Runs one instruction, then HLT, from the same random state. The difference, empty if there is none.
    std::string run(const Row& row, Random& random) {
        std::vector<std::uint8_t> code = encode(row, random);
        Insn insn;
        const unsigned length = decode(code, left_.processor.cpu().mode, left_.processor.cpu().model, insn);
        if (length == 0) return {};
        code.resize(length);
        if (row.attributes & (attribute::x87 | attribute::mmx))
            code.insert(code.begin(), {0xd9, 0xd0});  // FNOP makes it live
        code.push_back(0xf4);
        const std::uint32_t seed = random();
        const std::string expected = run_one(left_, code, seed), found = run_one(right_, code, seed);
        return expected == found ? std::string()
                                 : fmt::format("{:02x}\n{}", fmt::join(code, " "), lines(expected, found));
    }

private:
    static constexpr std::uint32_t data = 0x8000, data_size = 0x4000;

    std::string run_one(ComparedMachine& machine, const std::vector<std::uint8_t>& code, std::uint32_t seed) {
        Random random(seed);
        Cpu& cpu = machine.processor.cpu();
        cpu.fpu.release(cpu.state.fpu);
        cpu.reset();
        cpu.exception_pending = false;
        CpuState& s = machine.state();
        s = initial_;
        for (unsigned i = 0; i < 8; ++i)
            s.gpr[i] = random() % 3 ? data + 0x1000 + random() % 0x100 : interesting(random);
        s.gpr[esp] = random() % 8 ? 0xb800 + random() % 8 : 0xb000 + random() % 4;
        if (start_ != StartMode::protected32)
            for (unsigned i = 0; i < 8; ++i) s.gpr[i] |= random() % 2 ? random() << 16 : 0;
        for (auto& reg : s.fpu.xmm)
            for (auto& byte : reg.bytes) byte = static_cast<std::uint8_t>(random() % 2 ? random() : 0x3f);
        for (auto& reg : s.fpu.st) fill_number(reg, random);
        s.fpu.ftw = random() % 2 ? 0xff : static_cast<std::uint8_t>(random());
        s.status = StatusFlags::unpack(random() & flag::status);
        if (random() % 8 == 0) s.other_flags |= flag::df;
        cpu.refresh_mode();
        std::vector<std::uint8_t> bytes(data_size);
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
        machine.memory.write_bytes(data, bytes);
        machine.memory.write_bytes(s.cs().base + s.rip, code);
        machine.run(40);
        machine.memory.read_bytes(data, bytes);
        std::uint64_t sum = 0;
        for (const auto byte : bytes) sum = sum * 31 + byte;
        return registers(machine) + fmt::format("memory {:x}\n", sum);
    }

    static void fill_number(FpuArea::Register& reg, Random& random) {
        for (unsigned i = 0; i < 8; ++i) reg.bytes[i] = static_cast<std::uint8_t>(random());
        reg.bytes[7] |= 0x80;
        const unsigned exponent = 0x3fff + random() % 64 - 32;
        reg.bytes[8] = static_cast<std::uint8_t>(exponent);
        reg.bytes[9] = static_cast<std::uint8_t>(exponent >> 8 | (random() & 0x80));
    }

    static std::string lines(const std::string& left, const std::string& right) {
        std::string all;
        std::istringstream a(left), b(right);
        for (std::string x, y; std::getline(a, x) && std::getline(b, y);)
            if (x != y) all += fmt::format("interpreter: {}\ntranslator:  {}\n", x, y);
        return all;
    }

    StartMode start_;
    ComparedMachine left_, right_;
    CpuState initial_;
};

void sweep(StartMode start, bool permuted, unsigned rounds) {
    Pair pair(start, permuted);
    Random random(4711);
    for (const Row& row : instruction_table()) {
        CAPTURE(row.name);
        for (unsigned i = 0; i < rounds; ++i) {
            const std::string difference = pair.run(row, random);
            CHECK(difference == "");
            if (!difference.empty()) break;
        }
    }
}

TEST_CASE("every row in 32-bit code") { sweep(StartMode::protected32, false, 30); }
TEST_CASE("every row in 16-bit protected code") { sweep(StartMode::protected16, false, 15); }
TEST_CASE("every row in real mode") { sweep(StartMode::real16, false, 15); }
TEST_CASE("every row under the permuted plan") { sweep(StartMode::protected32, true, 15); }

}  // namespace
}  // namespace calque::test
