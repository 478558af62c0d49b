#pragma once

#include <string>

#include "modelfile/model_card.hpp"
#include "modelfile/safetensors.hpp"

namespace lanet {

inline constexpr const char* kGraphInput = "image";               // [N, 1, S, S] in [0, 1]
inline constexpr const char* kGraphClassLogits = "class_logits";  // [N, K], not yet divided by the temperature
inline constexpr const char* kGraphMask = "mask_probability";     // [N, 1, s, s]; absent for the vanilla head
inline constexpr const char* kGraphActivation =
    "class_activation";  // [N, K, h, w]: each class' weights over the features
                         // that the classifier reads (its explanation)

/// A trained network as an ONNX model: batch normalization folded into the convolutions, input scaling inside. The same
/// layers as src/model, in the order of its forward functions; torch-free. metadata: the model card. Throws DataError
/// for a file that is no lanet model or lacks a tensor.
std::string onnx_of_model(const SafetensorsFile& file);

}  // namespace lanet
