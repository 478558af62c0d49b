"""Which networks and trainings are pinned."""
LITE = "efficientnet_lite0"
SIDE = 64

# Heads without a stage 1; of two epochs the second one is kept, so that going on after the first has something to write.
ONE_STAGE = ["stage1.epochs=0", "stage2.epochs=2", "stage2.choose='last'"]


def _networks():
    """{name: (settings of [network], number of classes)}: every feature extractor and head, every ablation."""
    cases = {}

    def add(backbone, name, classes=2, **settings):
        cases[f"{backbone}_{name}"] = ({"backbone": backbone, **settings}, classes)

    for backbone in ("resnet18", "resnet50", LITE):
        add(backbone, "la_net")
        add(backbone, "vanilla", head="vanilla")
        add(backbone, "rmtl", head="rmtl")
        add(backbone, "pyramid", head="pyramid", mask_level=1)
        add(backbone, "unet", head="unet", mask_attention=False, mask_level=1)
        add(backbone, "backbone_scaling", scaling="backbone")
    for backbone in ("resnet18", LITE):
        add(backbone, "rmtl_bilinear", head="rmtl", rmtl_decoder="bilinear")
        add(backbone, "no_cam", channel_attention=False)
        add(backbone, "no_sam", spatial_attention=False)
        add(backbone, "no_mam", mask_attention=False)
        add(backbone, "grey_stem", stem_channels=1)
    add(LITE, "no_attention", channel_attention=False, spatial_attention=False, mask_attention=False)
    add(LITE, "conv3x3x3", spatial_form="conv3x3x3")
    add(LITE, "shared_spatial", sharing="shared_spatial")
    add(LITE, "shared_conv3x3x3", sharing="shared_spatial", spatial_form="conv3x3x3")
    for level in (1, 2, 3):
        for resize in ("bilinear_corners", "area"):
            add(LITE, f"level{level}_{resize}", mask_level=level, fusion_resize=resize)
    for level in (2, 4):
        add(LITE, f"pyramid_level{level}", head="pyramid", mask_level=level, pyramid_width=24)
    add(LITE, "pyramid_without_attention", head="pyramid", mask_level=3, channel_attention=False, spatial_attention=False,
        mask_attention=False)
    add(LITE, "area", fusion_resize="area")
    add(LITE, "minus_one_one", scaling="minus_one_one")
    add(LITE, "grey_stem_backbone_scaling", stem_channels=1, scaling="backbone")
    add(LITE, "kaiming", init="kaiming")
    add(LITE, "three_classes", classes=3)
    add("mobilenet_v2", "la_net")
    add("efficientnet_lite1", "la_net")
    add("efficientnet_lite2", "la_net")
    add("efficientnet_lite2", "rmtl", head="rmtl")
    add("efficientnet_lite2", "pyramid", head="pyramid", mask_level=1, stem_channels=1, scaling="backbone")
    return cases


NETWORKS = _networks()


def value_text(value):
    """As TOML spells it."""
    return f"'{value}'" if isinstance(value, str) else str(value).lower()


def network_settings(name):
    """What `--set` needs for a network and the objective that goes with its head."""
    network, _ = NETWORKS[name]
    settings = [f"network.{key}={value_text(value)}" for key, value in network.items()]
    if network["backbone"] != LITE:
        settings += ["weights='none'"]  # no others are bundled
    head = network.get("head", "la_net")
    if head in ("vanilla", "rmtl", "unet"):
        settings += ONE_STAGE
    if head == "rmtl":
        settings += ["data.location_share=1"]  # it needs a location of every image
    if head == "unet":
        settings += ["stage2.class_weight=0"]
    return settings


# Heads are trained on two feature extractors and ablations on the smallest one; what another training reaches as well is left out.
_NOT_TRAINED = {
    *(f"resnet50_{head}" for head in ("vanilla", "rmtl", "pyramid", "unet", "backbone_scaling")),
    *(f"resnet18_{name}" for name in ("backbone_scaling", "rmtl_bilinear", "no_cam", "no_sam", "no_mam", "grey_stem")),
    *(f"{LITE}_{name}" for name in ("level1_area", "level2_bilinear_corners", "level2_area", "level3_bilinear_corners", "area",
                                    "pyramid_level2", "minus_one_one", "grey_stem_backbone_scaling")),
    "efficientnet_lite2_rmtl", "efficientnet_lite2_pyramid"}

# Objectives, courses, optimizers and augmentation, on the smallest network.
_OBJECTIVES = {
    "from_nothing": ["weights='none'"],
    "start_all": ["stage2.start='all'"],
    "dice": ["localization.dice_weight=1"],
    "location_alone": ["stage2.class_weight=0", "stage2.choose='loss'"],
    "class_alone": ["stage2.class_weight=1"],
    "pseudo_over_batch": ["stage2.pseudo='ignore_uncertain'", "stage2.normalise='batch'", "stage2.keep_confidence=0.6"],
    "no_unlabelled": ["stage2.unlabelled_weight=0"],
    "average": ["stage2.average=0.9", "stage2.epochs=2", "stage2.choose='last'"],
    "courses": ["stage1.schedule='cosine'", "stage2.schedule='one_cycle'", "stage2.choose='loss'"],
    "optimizer": ["adam.weight_decay=0.01", "adam.backbone_rate=0.3", "adam.beta1=0.8", "adam.beta2=0.99", "adam.epsilon=1e-8"],
    "starting_mask": ["network.mask_prior=0.1", "network.mask_gain=3", "network.norm_momentum=0.1"],
    "boxes": ["data.as_boxes=true", "data.target='nearest'"],
    "target_corners": ["data.target='bilinear_corners'", "augment.enabled=false"],
    "appearance": ["augment.rotation_degrees=10", "augment.aspect=0.2", "augment.keep_lesion=true"] + [
        f"augment.appearance.{key}=0.3" for key in ("gamma", "dynamic_range", "gain_curves", "blur", "sharpness", "speckle", "shadow",
                                                    "border", "marks", "style")],
    "library_kernels": ["compute.kernels='library'"],
    "bf16": ["compute.precision='bf16'"],
}

TRAININGS = {name: network_settings(name) for name in NETWORKS if name not in _NOT_TRAINED}
TRAININGS["resnet50_la_net"] += ["stage1.epochs=0"]  # takes most of all
TRAININGS.update({f"objective_{name}": settings for name, settings in _OBJECTIVES.items()})

# From random weights four small images train a deep network unsteadily: batch normalization over so few values, and Adam, make a
# rounding error large. How far other instruction sets may bring these trainings apart, as a share; the others
# stay together to 1e-3.
UNSTEADY = {
    **{name: 0.3 for name in TRAININGS if name.startswith("resnet")},
    **{name: 0.6 for name in ("mobilenet_v2_la_net", "efficientnet_lite1_la_net", "efficientnet_lite2_la_net", "objective_from_nothing",
                             "objective_bf16")},
}

# These also go on from the checkpoint before the last epoch.
RESUMED = [f"{LITE}_{head}" for head in ("la_net", "pyramid", "vanilla", "rmtl", "unet")] + ["objective_average"]

# `lanet predict` otherwise than by default: {name: (arguments, number of images)}.
PREDICTIONS = {
    "breast_lite0": (["breast_lite0"], 120),
    "breast_fast": (["breast_fast"], 120),
    "one_image": (["breast_lite0"], 1),
    "mean_of_two": (["breast_lite0", "--also", "breast_lite0", "--views", "2"], 4),
    "eight_views": (["breast_fast", "--views", "8", "--crop"], 4),
    "thresholds": (["breast_fast", "--threshold", "0.2", "--lesion-threshold", "0.9", "--mask-threshold", "0.3"], 8),
    "int8": (["breast_lite0", "--precision", "int8"], 8),
    "torch_lite0": (["breast_lite0", "--engine", "torch"], 8),
    "torch_fast": (["breast_fast", "--engine", "torch"], 8),
}
