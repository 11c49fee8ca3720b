// tmp
#include "frontend/command_line.hpp"
namespace calque {
std::function<int()> declare_exec(CLI::App&) {
    return [] { return 0; };
}
}  // namespace calque
