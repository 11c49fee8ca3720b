// The AES instructions on a 16-byte state, column by column as FIPS 197 has it (SDM vol. 1, "AES and
// PCLMULQDQ").
#pragma once

#include <cstdint>
#include <span>

namespace calque::soft {

using AesState = std::span<std::uint8_t, 16>;
using AesSource = std::span<const std::uint8_t, 16>;

void aesimc(AesState result, AesSource source);
void aesenc(AesState state, AesSource round_key);
void aesenclast(AesState state, AesSource round_key);
void aesdec(AesState state, AesSource round_key);
void aesdeclast(AesState state, AesSource round_key);
/// With round constant 0.
void aeskeygenassist(AesState result, AesSource source);

}  // namespace calque::soft
