// How often a test of random cases tries.
#pragma once

namespace calque::test {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool sanitized = true;
#elif defined(__has_feature)
inline constexpr bool sanitized = __has_feature(address_sanitizer);
#else
inline constexpr bool sanitized = false;
#endif

/// A sanitizer takes many times as long over each case, and looks for what does not hang on the numbers.
constexpr unsigned tries(unsigned usual) { return sanitized ? usual / 10 : usual; }

}  // namespace calque::test
