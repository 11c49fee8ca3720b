// The stack that generated code runs on.
#include "translator/return_stack.hpp"

#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <system_error>

namespace calque {
namespace {

constexpr std::size_t guard_size = 4096, stack_size = 64 << 10, region_size = stack_size + 2 * guard_size;

}  // namespace

ReturnStack::ReturnStack() {
    void* memory = mmap(nullptr, region_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "return stack");
    region_ = static_cast<std::uint8_t*>(memory);
    mprotect(region_ + guard_size, stack_size, PROT_READ | PROT_WRITE);
    bottom_ = reinterpret_cast<std::uint64_t>(region_ + guard_size + stack_size - 64);
}

ReturnStack::~ReturnStack() { munmap(region_, region_size); }

void ReturnStack::set_bottom_landing(const void* code) {
    std::memcpy(reinterpret_cast<void*>(bottom_), &code, sizeof(code));
}

bool ReturnStack::overflowed(const void* address) const {
    const auto* byte = static_cast<const std::uint8_t*>(address);
    return byte >= region_ && byte < region_ + guard_size;
}

}  // namespace calque
