// The decoder beside Zydis with all its extensions, and beside Capstone, over random and over real code:
// lengths and mnemonics agree, or the difference is named here.
#include "cpu/decoder.hpp"
#include "cpu/instruction_table.hpp"
#include "tests/decoder/names.hpp"
#include "tests/decoder/other_decoders.hpp"
#include "tests/oracle/random.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <set>
#include <string_view>

using namespace calque;
using namespace calque::test;

namespace {

using Bytes = std::span<const std::uint8_t>;
constexpr std::string_view any = "*", none = "-";

/// A form on which the decoders may disagree. `*` stands for any name, `-` for "not an instruction".
struct Difference {
    std::string_view ours, theirs;
    const char* reason;
};

constexpr const char* later = "a hint or extension of later processors, where ours has a NOP";
constexpr const char* prefix_ignored = "without the extension F3 has no meaning";
constexpr std::array zydis_differences{
    Difference{"bsf", "tzcnt", prefix_ignored},
    Difference{"bsr", "lzcnt", prefix_ignored},
    Difference{"nop", "bndcl", later},
    Difference{"nop", "bndcn", later},
    Difference{"nop", "bndcu", later},
    Difference{"nop", "bndldx", later},
    Difference{"nop", "bndmk", later},
    Difference{"nop", "bndmov", later},
    Difference{"nop", "bndstx", later},
    Difference{"nop", "cldemote", later},
    Difference{"nop", "endbr32", later},
    Difference{"nop", "endbr64", later},
    Difference{"nop", "rdsspd", later},
    Difference{"nop", "pause", "PAUSE is a NOP"},
    Difference{"pause", "nop", "PAUSE is a NOP"},
    Difference{"xchg", "nop", "90 exchanges EAX with itself"},
    Difference{"nop", "xchg", "90 exchanges EAX with itself"},
    Difference{"prefetch", "nop", "the hints of 0F 18 that are reserved"},
    Difference{"prefetchw", "nop", "the hints of 0F 0D that are reserved"},
    Difference{"prefetchw", "prefetch", "0F 0D /0 is AMD's PREFETCH"},
    Difference{"prefetchw", "prefetchwt1", "0F 0D /2"},
    Difference{none, "ud0", "is to raise #UD"},
    Difference{none, "ud1", "is to raise #UD"},
    Difference{none, "ud2", "is to raise #UD"},
    Difference{none, "rsm", "SMM is absent"},
};

/// What no model has, by the sets that Zydis divides the architecture into.
constexpr std::array<std::string_view, 52> absent_sets{
    "3DNOW",       "ADOX_ADCX",   "AMD",       "AMD3DNOW", "AMD_INVLPGB", "AVX",
    "AVX2",        "AVX2GATHER",  "AVXAES",    "BMI1",     "BMI2",        "CET",
    "CLFLUSHOPT",  "CLWB",        "CLZERO",    "ENQCMD",   "F16C",        "FMA",
    "FMA4",        "GFNI",        "HRESET",    "INVPCID",  "KEYLOCKER",   "KEYLOCKER_WIDE",
    "LWP",         "MONITOR",     "MONITORX",  "MOVDIR",   "PADLOCK_ACE", "PADLOCK_PHE",
    "PADLOCK_PMM", "PADLOCK_RNG", "PCONFIG",   "PKU",      "PT",          "RDPID",
    "RDPRU",       "RDRAND",      "RDSEED",    "RDTSCP",   "RTM",         "SERIALIZE",
    "SGX",         "SGX_ENCLV",   "SMAP",      "SMX",      "SNP",         "SVM",
    "TBM",         "TDX",         "TSX_LDTRK", "UINTR"};
constexpr std::array<std::string_view, 11> more_absent_sets{"SSE4A",    "VMFUNC", "VTX",       "WAITPKG",
                                                            "WBNOINVD", "XOP",    "XSAVE",     "XSAVEC",
                                                            "XSAVEOPT", "XSAVES", "AVX512EVEX"};

bool is_absent(std::string_view set) {
    return std::ranges::find(absent_sets, set) != absent_sets.end() ||
           std::ranges::find(more_absent_sets, set) != more_absent_sets.end() || set.starts_with("AVX");
}

bool is_named(std::span<const Difference> list, std::string_view ours, std::string_view theirs) {
    return std::ranges::any_of(list, [&](const Difference& difference) {
        return (difference.ours == any || difference.ours == ours) &&
               (difference.theirs == any || difference.theirs == theirs);
    });
}

std::string name_of(const Insn& insn) {
    return insn.row == no_row ? std::string(none) : plain_name(row_of(insn).name);
}
std::string name_of(const Reading& reading) {
    return reading.length ? plain_name(reading.mnemonic) : std::string(none);
}

/// Compares decodings and collects differences that are not named, one a pair of names.
class Comparison {
public:
    explicit Comparison(bool code32)
        : mode_(mode::protected_mode | (code32 ? mode::code32 : 0)), others_(code32) {}

    void at(Bytes bytes) {
        Insn insn;
        const unsigned length = decode(bytes, mode_, *find_cpu_model("max"), insn);
        const std::string name = name_of(insn);
        compare_zydis(bytes, name, length);
        if (insn.row != no_row && capstone_may_judge(bytes, insn)) compare_capstone(bytes, name, length);
    }
    void check() const { CHECK_MESSAGE(found_.empty(), fmt::format("{}", fmt::join(found_, "\n"))); }

private:
    void compare_zydis(Bytes bytes, const std::string& name, unsigned length) {
        const Reading zydis = others_.zydis(bytes);
        const bool agrees = name_of(zydis) == name && (name == none || zydis.length == length);
        if (agrees || (name == none && is_absent(zydis.isa_set))) return;
        if (is_named(zydis_differences, name, name_of(zydis)) && (name == none || zydis.length == length))
            return;
        note("Zydis", bytes, name, length, zydis);
    }
    void compare_capstone(Bytes bytes, const std::string& name, unsigned length);

    /// Capstone 4 looks for the mandatory prefix right in front of 0F, and in 16-bit code not at all; it
    /// takes a second operand-size prefix or one before a jump for another instruction's.
    bool capstone_may_judge(Bytes bytes, const Insn& insn) const {
        const auto is_prefix = [](std::uint8_t byte) {
            static constexpr std::array<std::uint8_t, 11> all{0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x2e,
                                                              0x36, 0x3e, 0x26, 0x64, 0x65};
            return std::ranges::find(all, byte) != all.end();
        };
        const auto first = std::ranges::find_if_not(bytes, is_prefix);
        const auto count = first - bytes.begin();
        if (row_of(insn).map == OpcodeMap::one_byte)
            return count == 0 || (count == 1 && row_of(insn).cls != InstructionClass::control_transfer);
        const bool sees_prefix = mode_ & mode::code32;
        return count == 0 || (count == 1 && sees_prefix &&
                              (insn.prefixes & (prefix::rep | prefix::repne | prefix::operand_size)));
    }

    void note(const char* who, Bytes bytes, const std::string& name, unsigned length,
              const Reading& reading) {
        if (!pairs_.insert(fmt::format("{} {} {}", who, name, name_of(reading))).second) return;
        found_.push_back(fmt::format("{}-bit {:02x}: {} ({} bytes), {}: {} ({} bytes) {}",
                                     mode_ & mode::code32 ? 32 : 16, fmt::join(bytes, ""), name, length, who,
                                     name_of(reading), reading.length, reading.isa_set));
    }

    std::uint32_t mode_;
    OtherDecoders others_;
    std::set<std::string> pairs_;
    std::vector<std::string> found_;
};

constexpr const char* unknown = "Capstone 4 does not know it, or reads a reserved hint otherwise";
constexpr std::array capstone_differences{
    Difference{"nop", any, unknown},
    Difference{"prefetch", any, unknown},
    Difference{"prefetchw", any, unknown},
    Difference{"lfence", none, unknown},
    Difference{"mfence", none, unknown},
    Difference{"sfence", none, unknown},
    Difference{"pause", "nop", "PAUSE is a NOP"},
    Difference{"bsf", "tzcnt", prefix_ignored},
    Difference{"bsr", "lzcnt", prefix_ignored},
    Difference{"xchg", "nop", "90 exchanges EAX with itself"},
};

void Comparison::compare_capstone(Bytes bytes, const std::string& name, unsigned length) {
    const Reading capstone = others_.capstone(bytes);
    if (name_of(capstone) == name && capstone.length == length) return;
    if (!is_named(capstone_differences, name, name_of(capstone)))
        note("Capstone", bytes, name, length, capstone);
}

std::vector<std::uint8_t> read_all(const char* path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Random bytes behind some prefixes and escapes.
std::array<std::uint8_t, max_instruction_length> random_code(Random& random) {
    static constexpr std::array<std::uint8_t, 15> openings{0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x2e, 0x26, 0x36,
                                                           0x3e, 0x64, 0x65, 0x0f, 0x0f, 0x0f, 0x0f};
    std::array<std::uint8_t, max_instruction_length> code{};
    for (std::uint8_t& byte : code) byte = random.byte();
    const unsigned count = random.below(4);
    for (unsigned i = 0; i < count; ++i) code[i] = random.any_of(openings);
    // Half of what 0F begins goes on to the maps with two escape bytes.
    if (count > 0 && code[count - 1] == 0x0f && random.chance(50))
        code[count] = random.chance(50) ? 0x38 : 0x3a;
    return code;
}

}  // namespace

TEST_CASE("the decoder agrees with Zydis and Capstone over random code") {
    for (const bool code32 : {true, false}) {
        Comparison comparison(code32);
        Random random(code32);
        for (unsigned i = 0; i < 400'000; ++i) comparison.at(random_code(random));
        comparison.check();
    }
}

TEST_CASE("the decoder agrees with Zydis and Capstone over firmware, from each byte on") {
    const std::vector<std::uint8_t> rom = read_all("/usr/share/seabios/bios-256k.bin");
    if (rom.empty()) return;
    for (const bool code32 : {true, false}) {
        Comparison comparison(code32);
        const Bytes bytes(rom);
        for (std::size_t i = 0; i + max_instruction_length < bytes.size(); ++i)
            comparison.at(bytes.subspan(i, max_instruction_length));
        comparison.check();
    }
}
