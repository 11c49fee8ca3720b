// The program.
#include "frontend/command_line.hpp"

int main(int argc, char** argv) { return calque::run_command_line(argc, argv); }
