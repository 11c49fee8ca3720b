// Where somebody may look on: traces, debuggers. Or, in a build without hooks, nobody ever does.
#pragma once

#include <stdexcept>

namespace calque {

/// Off (CALQUE_HOOKS=OFF), the compiler leaves every hook out. That build is there to be compared with: by
/// tests/long/hooks.
#ifdef CALQUE_WITHOUT_HOOKS
inline constexpr bool has_hooks = false;
#else
inline constexpr bool has_hooks = true;
#endif

/// Who looks on here; nullptr: nobody.
template <typename T>
class Hook {
public:
    /// Throws std::runtime_error if there are no hooks.
    void attach(T* target) {
        if (target && !has_hooks)
            throw std::runtime_error("this program was built without the hooks of traces and debuggers");
        target_ = target;
    }
    operator T*() const { return has_hooks ? target_ : nullptr; }
    T* operator->() const { return *this; }

private:
    T* target_ = nullptr;
};

}  // namespace calque
