// The kernels for one instruction set; its flags stand in cmake/storey.cmake.
#define LANET_ISA avx512bf16
#include "kernel/depthwise_isa.inl"
