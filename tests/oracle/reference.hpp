// Whether the host's processor is one to ask.
#pragma once

#include "tests/support/reference_host.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

namespace calque::test {

/// On another maker's processor only who asks for differences gets them.
inline bool is_worth_asking() {
    if (is_reference_host() || std::getenv("CALQUE_ORACLE_ANY_HOST")) return true;
    MESSAGE("not run: this host differs where the manuals leave it open; CALQUE_ORACLE_ANY_HOST=1 shows it");
    return false;
}

}  // namespace calque::test
