// The kernels for one instruction set; its flags stand in cmake/storey.cmake.
#define LANET_ISA plain
#include "kernel/pool_isa.inl"
