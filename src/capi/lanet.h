/* lanet for other programs: open a model, give it images, get findings.
 *
 * Every function may be called from any thread. One model works on one image at a time (further callers wait); open it
 * several times to use several at once. What a function returns by pointer belongs to the object that it was asked of and
 * lives as long, unless said otherwise. Research use only, not a medical device. */
#ifndef LANET_H
#define LANET_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define LANET_API __attribute__((visibility("default")))
#else
#define LANET_API
#endif

typedef struct lanet_model lanet_model;
typedef struct lanet_finding lanet_finding;

/* Begin with LANET_OPTIONS_DEFAULT: members that are added later keep their defaults. */
typedef struct lanet_options {
  size_t size;           /* sizeof(lanet_options) of the caller */
  const char* precision; /* "fp32", "bf16", "int8" (a quantized model), "auto": bf16 where the processor has it */
  int threads;           /* 0: one per core */
  const char* cache;     /* folder for compiled networks; NULL: $LANET_CACHE, $XDG_CACHE_HOME/lanet or ~/.cache/lanet */
  double threshold;      /* of the positive class, 0..1; below 0: the model's own */
  double mask_threshold; /* a pixel at and above it belongs to the lesion, 0..1; below 0: the model's own */
  /* Of models with a normal class: a lesion is said to be there at and above this probability of one (1 less that of
   * the normal class), 0..1; below 0: the model's own. Otherwise the finding has no lesions, and an empty mask. */
  double lesion_threshold;
} lanet_options;
#define LANET_OPTIONS_DEFAULT \
  { sizeof(lanet_options), "fp32", 0, NULL, -1.0, -1.0, -1.0 }

/* One connected part of the mask. */
typedef struct lanet_lesion {
  double x1, y1, x2, y2;   /* px; x2 and y2 lie just outside */
  int64_t area_px;
  double longest_px;       /* Feret diameter */
  double across_px;        /* extent across it */
  double mean_probability; /* of its pixels, 0..1 */
} lanet_lesion;

/* "0.1.0". */
LANET_API const char* lanet_version(void);
/* What went wrong in this thread's last call that returned NULL; "" if nothing did. One line. Lives until the thread's
 * next call. */
LANET_API const char* lanet_last_error(void);

/* A model file (docs/formats.md), or the name of a bundled one ("breast_lite0"). options: NULL for the defaults. NULL on
 * failure. Free with lanet_model_close. */
LANET_API lanet_model* lanet_model_open(const char* file_or_name, const lanet_options* options);
LANET_API void lanet_model_close(lanet_model* model); /* NULL is allowed */
LANET_API size_t lanet_model_class_count(const lanet_model* model);
LANET_API const char* lanet_model_class_name(const lanet_model* model, size_t index); /* NULL past the end */
/* File name and first digits of the digest of its content. */
LANET_API const char* lanet_model_id(const lanet_model* model);

/* Looks at an image. NULL on failure. Free with lanet_finding_free.
 * file: a DICOM object or a picture, whatever `lanet predict` reads, with its regions and spacing. One that holds several
 * frames or pages is refused: ask for each by lanet_find_frame. Archives are refused. */
LANET_API lanet_finding* lanet_find_file(lanet_model* model, const char* file);
/* Frames or pages in a file, at least 1; -1 on failure. */
LANET_API int64_t lanet_frame_count(const char* file);
/* One of them. frame: from 0. */
LANET_API lanet_finding* lanet_find_frame(lanet_model* model, const char* file, int64_t frame);
/* The same of a file's bytes; it holds one frame. */
LANET_API lanet_finding* lanet_find_bytes(lanet_model* model, const void* bytes, size_t count);
/* Decoded pixels, 8 bits, row by row. channels: 1 (grey) or 3 (RGB). row_stride: bytes from a row to the next, at least
 * width * channels. */
LANET_API lanet_finding* lanet_find_pixels(lanet_model* model, const uint8_t* pixels, int64_t height, int64_t width,
                                           int channels, int64_t row_stride);
LANET_API void lanet_finding_free(lanet_finding* finding); /* NULL is allowed */

/* Calibrated, in the order of the model's classes, sum 1; NaN past the end. */
LANET_API double lanet_finding_probability(const lanet_finding* finding, size_t class_index);
/* Name of the class decided for. */
LANET_API const char* lanet_finding_decision(const lanet_finding* finding);
/* Reasons not to rely on the finding, plain sentences; NULL past the end. */
LANET_API size_t lanet_finding_doubt_count(const lanet_finding* finding);
LANET_API const char* lanet_finding_doubt(const lanet_finding* finding, size_t index);
/* Largest first. Returns 0 and leaves `lesion` alone past the end, else 1. */
LANET_API size_t lanet_finding_lesion_count(const lanet_finding* finding);
LANET_API int lanet_finding_lesion(const lanet_finding* finding, size_t index, lanet_lesion* lesion);
/* Pictures of tissue on the screen that were looked at each for itself; 0: there is one. Probabilities and decision of the
 * finding are those of the most suspicious part (the JSON says all of it). */
LANET_API size_t lanet_finding_part_count(const lanet_finding* finding);
/* The part that a lesion lies in, from 1; 0: there are no parts, or past the end. */
LANET_API int64_t lanet_finding_lesion_part(const lanet_finding* finding, size_t index);
/* The mask at the image's size, row by row, 1 in the lesion and 0 outside; NULL for a model that only classifies. height
 * and width may be NULL. */
LANET_API const uint8_t* lanet_finding_mask(const lanet_finding* finding, int64_t* height, int64_t* width);
/* All of it as JSON (docs/formats.md). */
LANET_API const char* lanet_finding_json(const lanet_finding* finding);

#ifdef __cplusplus
}
#endif

#endif
