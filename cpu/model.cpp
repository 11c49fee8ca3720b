// The CPU models and their CPUID leaves: each promises only what is implemented.
#include "cpu/model.hpp"

#include "cpu/instruction_table.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace calque {
namespace {

/// What a model's CPUID is made of.
struct Definition {
    std::uint32_t signature = 0;
    std::uint32_t features = 0;       ///< bits of namespace feature
    std::uint32_t edx = 0;            ///< of leaf 1, beyond what `features` imply
    CpuidResult cache_descriptors{};  ///< leaf 2
    std::uint32_t highest_leaf = 1;
    std::uint32_t highest_extended = 0;  ///< 0: no extended leaves
    std::string_view brand = "";
    std::uint32_t mxcsr_mask = 0xffff;
    bool no_execute = false;
    bool arch_capabilities = false;
    std::uint32_t apic_version = 0;
};

constexpr std::uint32_t features_486 = feature::i486 | feature::fpu;
constexpr std::uint32_t features_pentium =
    features_486 | feature::pentium | feature::tsc | feature::msr | feature::cx8 | feature::mmx;
constexpr std::uint32_t features_pentium3 =
    features_pentium | feature::cmov | feature::sep | feature::fxsr | feature::sse | feature::nop_0f1f;
constexpr std::uint32_t features_pentium4 = features_pentium3 | feature::sse2 | feature::clflush;
constexpr std::uint32_t features_max = features_pentium4 | feature::sse3 | feature::ssse3 | feature::sse41 |
                                       feature::sse42 | feature::movbe | feature::popcnt | feature::rdrand |
                                       feature::rdseed | feature::aes | feature::pclmulqdq | feature::sha;

constexpr std::uint32_t edx_pentium =
    cpuid_edx::vme | cpuid_edx::de | cpuid_edx::pse | cpuid_edx::mce | cpuid_edx::apic;
constexpr std::uint32_t edx_pentium3 = edx_pentium | cpuid_edx::pae | cpuid_edx::mtrr | cpuid_edx::pge |
                                       cpuid_edx::mca | cpuid_edx::pat | cpuid_edx::pse36;
/// CPUID.7:EBX: the x87 data pointer changes with an unmasked exception only.
constexpr std::uint32_t fdp_with_exception_only = 1U << 6;

constexpr Definition model_486{.signature = 0x480, .features = features_486, .edx = cpuid_edx::vme};
constexpr Definition model_pentium{
    .signature = 0x543, .features = features_pentium, .edx = edx_pentium, .apic_version = 0x3'0010};
constexpr Definition model_pentium3{.signature = 0x683,
                                    .features = features_pentium3,
                                    .edx = edx_pentium3,
                                    .cache_descriptors = {0x0302'0101, 0, 0, 0x0c04'0882},
                                    .highest_leaf = 2,
                                    .mxcsr_mask = 0xffbf,  // no DAZ
                                    .apic_version = 0x4'0011};
constexpr Definition model_pentium4{.signature = 0xf29,
                                    .features = features_pentium4,
                                    .edx = edx_pentium3,
                                    .cache_descriptors = {0x665b'5001, 0, 0, 0x007b'7040},
                                    .highest_leaf = 2,
                                    .highest_extended = 0x8000'0004,
                                    .brand = "Calque Pentium 4",
                                    .apic_version = 0x5'0014};
/// Its signature is an in-order Atom's: such a processor does not speculate, and neither do we, so no guest
/// needs mitigations.
constexpr Definition model_max{.signature = 0x1'06ca,
                               .features = features_max,
                               .edx = edx_pentium3,
                               .cache_descriptors = {0x4fba'5901, 0x0e30'80c0, 0, 0},
                               .highest_leaf = 0x16,
                               .highest_extended = 0x8000'0008,
                               .brand = "Calque",
                               .no_execute = true,
                               .arch_capabilities = true,
                               .apic_version = 0x5'0014};

struct FeatureBit {
    std::uint32_t feature, bit;
};

std::uint32_t bits_of(std::uint32_t features, const FeatureBit* begin, const FeatureBit* end) {
    std::uint32_t bits = 0;
    for (const FeatureBit* entry = begin; entry != end; ++entry)
        if (features & entry->feature) bits |= entry->bit;
    return bits;
}

CpuidResult version_leaf(const Definition& model) {
    static constexpr FeatureBit in_edx[] = {
        {feature::fpu, cpuid_edx::fpu},      {feature::tsc, cpuid_edx::tsc},
        {feature::msr, cpuid_edx::msr},      {feature::cx8, cpuid_edx::cx8},
        {feature::sep, cpuid_edx::sep},      {feature::cmov, cpuid_edx::cmov},
        {feature::mmx, cpuid_edx::mmx},      {feature::fxsr, cpuid_edx::fxsr},
        {feature::sse, cpuid_edx::sse},      {feature::sse2, cpuid_edx::sse2},
        {feature::clflush, cpuid_edx::clfsh}};
    static constexpr FeatureBit in_ecx[] = {
        {feature::sse3, 1U << 0},    {feature::ssse3, 1U << 9},     {feature::sse41, 1U << 19},
        {feature::sse42, 1U << 20},  {feature::movbe, 1U << 22},    {feature::popcnt, 1U << 23},
        {feature::rdrand, 1U << 30}, {feature::pclmulqdq, 1U << 1}, {feature::aes, 1U << 25}};
    constexpr std::uint32_t clflush_line_of_64 = 8U << 8;
    return {.eax = model.signature,
            .ebx = model.features & feature::clflush ? clflush_line_of_64 : 0,
            .ecx = bits_of(model.features, std::begin(in_ecx), std::end(in_ecx)),
            .edx = model.edx | bits_of(model.features, std::begin(in_edx), std::end(in_edx))};
}

/// Leaf 4: one cache a subleaf, until one of type 0.
CpuidResult cache_leaf(std::uint32_t subleaf) {
    struct Cache {
        std::uint32_t type, level, ways, sets;
    };
    static constexpr std::array<Cache, 3> caches{{{1, 1, 6, 64}, {2, 1, 8, 64}, {3, 2, 8, 1024}}};
    if (subleaf >= caches.size()) return {};
    const Cache& cache = caches[subleaf];
    constexpr std::uint32_t line = 64, self_initializing = 1U << 8;
    return {.eax = cache.type | cache.level << 5 | self_initializing,
            .ebx = (line - 1) | (cache.ways - 1) << 22,
            .ecx = cache.sets - 1,
            .edx = 0};
}

CpuidResult features_leaf(const Definition& model) {
    static constexpr FeatureBit in_ebx[] = {{feature::rdseed, 1U << 18}, {feature::sha, 1U << 29}};
    return {.ebx = fdp_with_exception_only | bits_of(model.features, std::begin(in_ebx), std::end(in_ebx)),
            .edx = model.arch_capabilities ? 1U << 29 : 0};
}

/// Leaf 15h: the time stamp counter's 1 GHz as a multiple of the clock that also drives the local APIC's
/// timer.
constexpr CpuidResult clock_leaf{.eax = 1, .ebx = 10, .ecx = 100'000'000, .edx = 0};
/// Leaf 16h: base, highest and bus frequency in MHz.
constexpr CpuidResult frequency_leaf{.eax = 1000, .ebx = 1000, .ecx = 100, .edx = 0};
/// Leaf 6: the local APIC's timer never stands still.
constexpr CpuidResult power_leaf{.eax = 1U << 2, .ebx = 0, .ecx = 0, .edx = 0};

CpuidResult basic_leaf(const Definition& model, std::uint32_t leaf, std::uint32_t subleaf) {
    switch (std::min(leaf, model.highest_leaf)) {
        case 0: return {model.highest_leaf, 0x756e'6547, 0x6c65'746e, 0x4965'6e69};  // GenuineIntel
        case 1: return version_leaf(model);
        case 2: return model.cache_descriptors;
        case 4: return cache_leaf(subleaf);
        case 6: return power_leaf;
        case 7: return subleaf == 0 ? features_leaf(model) : CpuidResult{};
        case 0x15: return clock_leaf;
        case 0x16: return frequency_leaf;
        default: return {};
    }
}

CpuidResult brand_leaf(std::string_view brand, std::uint32_t index) {
    std::array<char, 48> text{};
    std::ranges::copy(brand, text.begin());
    CpuidResult result;
    std::memcpy(&result, text.data() + index * sizeof(result), sizeof(result));
    return result;
}

CpuidResult extended_leaf(const Definition& model, std::uint32_t leaf) {
    switch (leaf) {
        case 0x8000'0000: return {.eax = model.highest_extended};
        case 0x8000'0001: return {.edx = model.no_execute ? 1U << 20 : 0};
        case 0x8000'0002:
        case 0x8000'0003:
        case 0x8000'0004: return brand_leaf(model.brand, leaf - 0x8000'0002);
        case 0x8000'0006: return {.ecx = 512U << 16 | 6U << 12 | 64U};  // L2: KiB, 8 ways, bytes a line
        case 0x8000'0008: return {.eax = 32U << 8 | 36U};               // linear and physical address bits
        default: return {};
    }
}

CpuidResult leaf_of(const Definition& model, std::uint32_t leaf, std::uint32_t subleaf) {
    if (leaf >= 0x8000'0000 && leaf <= model.highest_extended) return extended_leaf(model, leaf);
    return basic_leaf(model, leaf, subleaf);
}

template <const Definition& model>
CpuidResult cpuid_of(std::uint32_t leaf, std::uint32_t subleaf) {
    return leaf_of(model, leaf, subleaf);
}

template <const Definition& model>
constexpr CpuModel make_model(std::string_view name) {
    return {.name = name,
            .features = model.features,
            .reset_signature = model.signature,
            .cpuid = cpuid_of<model>,
            .mxcsr_mask = model.mxcsr_mask,
            .pse36 = (model.edx & cpuid_edx::pse36) != 0,
            .no_execute = model.no_execute,
            .arch_capabilities = model.arch_capabilities,
            .apic_version = model.apic_version};
}

constexpr std::array<CpuModel, 5> models{make_model<model_486>("486"), make_model<model_pentium>("pentium"),
                                         make_model<model_pentium3>("pentium3"),
                                         make_model<model_pentium4>("pentium4"),
                                         make_model<model_max>("max")};

}  // namespace

const CpuModel* find_cpu_model(std::string_view name) {
    const auto* found = std::ranges::find(models, name, &CpuModel::name);
    return found == models.end() ? nullptr : found;
}

}  // namespace calque
