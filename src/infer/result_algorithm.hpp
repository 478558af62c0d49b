#pragma once

#include "dicom/result_objects.hpp"
#include "infer/engine.hpp"

namespace lanet {

/// How DICOM results name an engine: "breast_lite0" and the first digits of its digest; an ensemble by its whole id and
/// the digest of that.
ResultAlgorithm result_algorithm(const EngineInfo& info);

}  // namespace lanet
