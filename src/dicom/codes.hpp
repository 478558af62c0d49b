#pragma once

#include <string>

#include "dicom/attributes.hpp"

namespace lanet::codes {

/// Terms of SNOMED CT, DICOM (PS3.16) and UCUM that result objects use.
inline const Code kBreast{"76752008", "SCT", "Breast"};
inline const Code kMorphologicallyAbnormal{"49755003", "SCT", "Morphologically Abnormal Structure"};
inline const Code kMass{"4147007", "SCT", "Mass"};
inline const Code kLeft{"7771000", "SCT", "Left"};
inline const Code kRight{"24028007", "SCT", "Right"};
inline const Code kLaterality{"272741003", "SCT", "Laterality"};
inline const Code kFindingSite{"363698007", "SCT", "Finding Site"};
inline const Code kFinding{"121071", "DCM", "Finding"};
inline const Code kUltrasonographyOfBreast{"47079000", "SCT", "Ultrasonography of breast"};
inline const Code kLongAxis{"103339001", "SCT", "Long axis"};
inline const Code kShortAxis{"103340004", "SCT", "Short axis"};
inline const Code kArea{"42798000", "SCT", "Area"};
inline const Code kSource{"260753009", "SCT", "Source"};
inline const Code kBenign{"30807003", "SCT", "Benign"};
inline const Code kMalignant{"21594007", "SCT", "Malignant"};
inline const Code kNormal{"17621005", "SCT", "Normal"};
inline const Code kNoAbnormality{"281900007", "SCT", "No abnormality detected"};

inline const Code kArtificialIntelligence{"123110", "DCM", "Artificial Intelligence"};
inline const Code kSegmentation{"113076", "DCM", "Segmentation"};
inline const Code kSourceForProcessing{"121322", "DCM", "Source Image for Image Processing Operation"};
inline const Code kSourceForSegmentation{"121233", "DCM", "Source image for segmentation"};
inline const Code kAcquisitionEquipment{"109101", "DCM", "Acquisition Equipment"};
inline const Code kProcessingEquipment{"109102", "DCM", "Processing Equipment"};

inline const Code kMillimetres{"mm", "UCUM", "millimeter"};
inline const Code kSquareMillimetres{"mm2", "UCUM", "square millimeter"};
inline const Code kPixels{"{pixels}", "UCUM", "pixels"};
inline const Code kPercent{"%", "UCUM", "Percent"};

/// lanet's own, where no standard has the term.
inline const char* const kOwnScheme = "99LANET";
inline const Code kClassProbability{"class_prob", "99LANET", "Class probability"};
inline const Code kClass{"class", "99LANET", "Class"};
inline const Code kDecision{"decision", "99LANET", "Decision of the algorithm"};
inline const Code kLesionProbability{"lesion_prob", "99LANET", "Mean lesion probability of the pixels"};
inline const Code kDoubt{"doubt", "99LANET", "Reason not to rely on it"};
inline const Code kFramesLooked{"frames", "99LANET", "Frames that were looked at"};
inline const Code kFramesWithLesion{"lesion_frames", "99LANET", "Frames with a lesion"};

}  // namespace lanet::codes
