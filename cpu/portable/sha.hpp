// The SHA extensions (SDM vol. 1, "Intel SHA Extensions"; FIPS 180-4) on four doublewords, the lowest first.
#pragma once

#include <array>
#include <cstdint>

namespace calque::soft {

using ShaWords = std::array<std::uint32_t, 4>;

/// Four rounds; `phase` chooses function and constant.
ShaWords sha1rnds4(const ShaWords& state, const ShaWords& words, unsigned phase);
ShaWords sha1nexte(const ShaWords& state, const ShaWords& words);
ShaWords sha1msg1(const ShaWords& first, const ShaWords& second);
ShaWords sha1msg2(const ShaWords& first, const ShaWords& second);
/// Two rounds; `words` are two of the message, each plus its constant.
ShaWords sha256rnds2(const ShaWords& cdgh, const ShaWords& abef, const ShaWords& words);
ShaWords sha256msg1(const ShaWords& first, const ShaWords& second);
ShaWords sha256msg2(const ShaWords& first, const ShaWords& second);

}  // namespace calque::soft
