/* Finds lesions in images: find MODEL IMAGE...
 *
 *     cmake --install build/release --prefix /opt/lanet
 *     cc -I/opt/lanet/include find.c -L/opt/lanet/lib -llanet -Wl,-rpath,/opt/lanet/lib -o find
 *     ./find breast_lite0 scan.png
 */
#include <lanet.h>
#include <stdio.h>

/* Prints what is found in a frame. Returns whether it failed. */
static int look_at(lanet_model* model, const char* file, int64_t frame, int64_t frames) {
  lanet_finding* finding = lanet_find_frame(model, file, frame);
  if (!finding) {
    fprintf(stderr, "%s\n", lanet_last_error());
    return 1;
  }
  printf("%s", file);
  if (frames > 1) printf(" frame %lld", (long long)frame + 1);
  printf(": %s", lanet_finding_decision(finding));
  for (size_t class_index = 0; class_index < lanet_model_class_count(model); ++class_index)
    printf(", %s %.4f", lanet_model_class_name(model, class_index), lanet_finding_probability(finding, class_index));
  lanet_lesion lesion;
  for (size_t number = 0; lanet_finding_lesion(finding, number, &lesion); ++number)
    printf(", lesion of %lld px at %.0f %.0f %.0f %.0f", (long long)lesion.area_px, lesion.x1, lesion.y1, lesion.x2,
           lesion.y2);
  for (size_t number = 0; number < lanet_finding_doubt_count(finding); ++number)
    printf("; %s", lanet_finding_doubt(finding, number));
  printf("\n");
  lanet_finding_free(finding);
  return 0;
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: find MODEL IMAGE...\n");
    return 2;
  }
  lanet_options options = LANET_OPTIONS_DEFAULT;
  options.precision = "fp32";
  lanet_model* model = lanet_model_open(argv[1], &options);
  if (!model) {
    fprintf(stderr, "%s\n", lanet_last_error());
    return 1;
  }
  int failed = 0;
  for (int index = 2; index < argc; ++index) {
    int64_t frames = lanet_frame_count(argv[index]); /* 1 but for cines and pages */
    if (frames < 0) {
      fprintf(stderr, "%s\n", lanet_last_error());
      failed = 1;
    }
    for (int64_t frame = 0; frame < frames; ++frame) failed |= look_at(model, argv[index], frame, frames);
  }
  lanet_model_close(model);
  return failed;
}
