// One SSE operation in the portable unit and in the host's.
#pragma once

#include "cpu/host_sse.hpp"
#include "tests/cpu/native_fpu.hpp"
#include "tests/support/effort.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

namespace calque::test {

inline constexpr unsigned attempts = tries(40'000);

/// What an instruction gets and gives.
struct Trial {
    Xmm destination{}, source{};
    std::uint32_t mxcsr = mxcsr::initial, raised = 0, value = 0;
};

inline std::string text_of(const Trial& trial) {
    const auto hex = [](const Xmm& xmm) {
        std::string text;
        for (auto byte = xmm.bytes.rbegin(); byte != xmm.bytes.rend(); ++byte)
            text += fmt::format("{:02x}", *byte);
        return text;
    };
    return fmt::format("{} {} mxcsr {:04x} raised {:02x} value {:08x}\n", hex(trial.destination),
                       hex(trial.source), trial.mxcsr, trial.raised, trial.value);
}

/// Random operands, those of an MMX or general register's form among them.
inline Trial random_trial(Random& random) {
    const FpuCase state = random_case(random, false);
    const unsigned which = random() % 8;
    return {state.fpu.xmm[which], state.fpu.xmm[(which + 1) % 8],
            (state.fpu.mxcsr & ~mxcsr::exceptions) | mxcsr::masks, 0, 0};
}

template <typename Host, typename Soft>
void compare_units(const char* name, Host host, Soft soft, unsigned seed) {
    Random random(seed);
    for (unsigned i = 0; i < attempts; ++i) {
        const Trial before = random_trial(random);
        Trial on_host = before, in_software = before;
        host(on_host);
        soft(in_software);
        const bool same = on_host.destination.bytes == in_software.destination.bytes &&
                          on_host.raised == in_software.raised && on_host.value == in_software.value;
        if (same) continue;
        FAIL_CHECK(std::string(name) << "\nbefore " << text_of(before) << "host   " << text_of(on_host)
                                     << "soft   " << text_of(in_software));
        return;
    }
}

}  // namespace calque::test
