#!/usr/bin/env python3
"""Reference numbers of every network for tests/train/parity_test.cpp, from plain PyTorch.

    parity_reference.py FOLDER
    parity_reference.py --features BACKBONE WEIGHTS.pth

FOLDER holds cases.json and the safetensors files that it names. Each case is a network (options as in src/model/network.hpp), its
weights, and a loss. For each case FOLDER/NAME.reference.safetensors is written:

    train.f1 ... train.f4, train.mask_logits, train.class_logits   float32 forward pass in training mode
    eval.f1  ... eval.class_logits                                 the same in evaluation mode
    train64.f1 ... eval64.class_logits                             both in float64: the truth that float32 is measured by
    losses      [3, 4] float64: total, classification, labelled, pseudo before each of two Adam steps and after the last
    grad.NAME   float64 gradient of the total loss before the first step
    adam.NAME   float64 parameter or buffer after the two steps

A tensor of more than SAMPLES elements is stored as SAMPLES evenly spaced elements, followed by its sum and its Euclidean norm.
The second form prints what tests/model/data/BACKBONE_reference.json holds: the features of published weights for one made-up input.

Nothing here is generated from the C++ sources: the modules are written from docs and papers, so that a mistake has to be made twice.
"""

import ctypes
import json
import math
import multiprocessing
import pathlib
import struct
import sys

import torch
import torch.nn.functional as F
from torch import nn

SAMPLES = 2048
ADAM_STEPS = 2
LEARNING_RATE = 1e-4

DTYPES = {"F32": torch.float32, "F64": torch.float64, "I64": torch.int64, "U8": torch.uint8, "BOOL": torch.bool}
DTYPE_NAMES = {dtype: name for name, dtype in DTYPES.items()}


# ---- files -----------------------------------------------------------------------------------------------------------------


def read_safetensors(path):
    content = bytearray(path.read_bytes())
    (header_size,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + header_size])
    header.pop("__metadata__", None)
    tensors = {}
    for name, info in header.items():
        begin, end = info["data_offsets"]
        dtype = DTYPES[info["dtype"]]
        if begin == end:
            tensors[name] = torch.empty(info["shape"], dtype=dtype)
            continue
        raw = torch.tensor([], dtype=torch.uint8)
        raw = torch.frombuffer(content[8 + header_size + begin : 8 + header_size + end], dtype=torch.uint8)
        tensors[name] = raw.view(dtype).reshape(info["shape"]).clone()
    return tensors


def write_safetensors(path, tensors):
    header, pieces, offset = {}, [], 0
    for name, tensor in tensors.items():
        tensor = tensor.detach().contiguous()
        size = tensor.numel() * tensor.element_size()
        header[name] = {
            "dtype": DTYPE_NAMES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + size],
        }
        pieces.append(ctypes.string_at(tensor.data_ptr(), size) if size else b"")
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(pieces))


def sampled(tensor):
    flat = tensor.detach().contiguous().reshape(-1)
    if flat.numel() <= SAMPLES:
        return flat.clone()
    where = torch.arange(SAMPLES) * flat.numel() // SAMPLES
    return torch.cat([flat[where], flat.sum().reshape(1), flat.norm().reshape(1)])


# ---- feature extractors ----------------------------------------------------------------------------------------------------


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inputs, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = None
        if stride != 1 or inputs != width:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + shortcut)


class Bottleneck(nn.Module):
    """v1.5: the stride sits in the 3x3 convolution."""

    expansion = 4

    def __init__(self, inputs, width, stride):
        super().__init__()
        outputs = 4 * width
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        return F.relu(self.bn3(self.conv3(x)) + shortcut)


class ResNet(nn.Module):
    def __init__(self, block, repeats, stem_channels):
        super().__init__()
        self.conv1 = nn.Conv2d(stem_channels, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.channels = []
        inputs = 64
        for level, count in enumerate(repeats):
            blocks = []
            for index in range(count):
                blocks.append(block(inputs, 64 << level, 2 if level > 0 and index == 0 else 1))
                inputs = (64 << level) * block.expansion
            self.add_module(f"layer{level + 1}", nn.Sequential(*blocks))
            self.channels.append(inputs)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        features = []
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = layer(x)
            features.append(x)
        return features


class SameConv2d(nn.Conv2d):
    """TensorFlow's padding "SAME": output = ceil(input / stride); an odd row or column goes to the bottom or right."""

    def forward(self, x):
        pads = []
        for axis in (1, 0):  # F.pad wants the last axis first
            size, kernel, stride = x.shape[2 + axis], self.kernel_size[axis], self.stride[axis]
            total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
            pads += [total // 2, total - total // 2]
        return F.conv2d(F.pad(x, pads), self.weight, None, self.stride, 0, 1, self.groups)


def lite_norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride, expansion):
        super().__init__()
        middle = inputs * expansion
        self.expands = expansion != 1
        if self.expands:
            self._expand_conv = SameConv2d(inputs, middle, 1, bias=False)
            self._bn0 = lite_norm(middle)
        self._depthwise_conv = SameConv2d(middle, middle, kernel, stride, groups=middle, bias=False)
        self._bn1 = lite_norm(middle)
        self._project_conv = SameConv2d(middle, outputs, 1, bias=False)
        self._bn2 = lite_norm(outputs)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x):
        shortcut = x
        if self.expands:
            x = F.relu6(self._bn0(self._expand_conv(x)))
        x = F.relu6(self._bn1(self._depthwise_conv(x)))
        x = self._bn2(self._project_conv(x))
        return x + shortcut if self.adds else x


class EfficientNetLite(nn.Module):
    """Stages as they lie in the published weights, written out; no rule of scaling stands here."""

    #        repeats x (kernel, stride of the first, expansion, channels)
    LITE0 = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320)]
    LITE1 = [(1, 3, 1, 1, 16), (3, 3, 2, 6, 24), (3, 5, 2, 6, 40), (4, 3, 2, 6, 80), (4, 5, 1, 6, 112), (5, 5, 2, 6, 192), (1, 3, 1, 6, 320)]
    LITE2 = [(1, 3, 1, 1, 16), (3, 3, 2, 6, 24), (3, 5, 2, 6, 48), (4, 3, 2, 6, 88), (4, 5, 1, 6, 120), (5, 5, 2, 6, 208), (1, 3, 1, 6, 352)]
    LEVELS = {16: (2, 4, 10, 15), 21: (3, 6, 14, 20)}  # number of blocks -> blocks after which f_1 .. f_4 are taken

    def __init__(self, stages, stem_channels):
        super().__init__()
        self._conv_stem = SameConv2d(stem_channels, 32, 3, 2, bias=False)
        self._bn0 = lite_norm(32)
        blocks, inputs = [], 32
        for repeats, kernel, stride, expansion, outputs in stages:
            for index in range(repeats):
                blocks.append(InvertedResidual(inputs, outputs, kernel, stride if index == 0 else 1, expansion))
                inputs = outputs
        self._blocks = nn.ModuleList(blocks)
        self.levels = self.LEVELS[len(blocks)]
        self.channels = [blocks[index]._project_conv.out_channels for index in self.levels]

    def forward(self, x):
        x = F.relu6(self._bn0(self._conv_stem(x)))
        features = []
        for index, block in enumerate(self._blocks):
            x = block(x)
            if index in self.levels:
                features.append(x)
        return features


class MobileBlock(nn.Module):
    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        middle = inputs * expansion
        layers = []
        if expansion != 1:
            layers += [nn.Conv2d(inputs, middle, 1, bias=False), nn.BatchNorm2d(middle), nn.ReLU6()]
        layers += [nn.Conv2d(middle, middle, 3, stride, 1, groups=middle, bias=False), nn.BatchNorm2d(middle), nn.ReLU6()]
        layers += [nn.Conv2d(middle, outputs, 1, bias=False), nn.BatchNorm2d(outputs)]
        self.conv = nn.Sequential(*layers)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.conv(x) if self.adds else self.conv(x)


class MobileNetV2(nn.Module):
    """Table 2 of Sandler et al. 2018, block by block: (expansion, channels, stride)."""

    BLOCKS = [(1, 16, 1), (6, 24, 2), (6, 24, 1), (6, 32, 2), (6, 32, 1), (6, 32, 1), (6, 64, 2), (6, 64, 1), (6, 64, 1), (6, 64, 1),
              (6, 96, 1), (6, 96, 1), (6, 96, 1), (6, 160, 2), (6, 160, 1), (6, 160, 1), (6, 320, 1)]
    LEVELS = (3, 6, 13, 17)

    def __init__(self, stem_channels):
        super().__init__()
        stem = nn.Sequential(nn.Conv2d(stem_channels, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU6())
        blocks, inputs = [stem], 32
        for expansion, outputs, stride in self.BLOCKS:
            blocks.append(MobileBlock(inputs, outputs, stride, expansion))
            inputs = outputs
        self.features = nn.Sequential(*blocks)
        self.channels = [24, 32, 96, 320]

    def forward(self, x):
        features = []
        for index, block in enumerate(self.features):
            x = block(x)
            if index in self.LEVELS:
                features.append(x)
        return features


LITE = {
    "efficientnet_lite0": EfficientNetLite.LITE0,
    "efficientnet_lite1": EfficientNetLite.LITE1,
    "efficientnet_lite2": EfficientNetLite.LITE2,
}


def make_backbone(options):
    stem = options["stem_channels"]
    if options["backbone"] == "resnet18":
        return ResNet(BasicBlock, [2, 2, 2, 2], stem)
    if options["backbone"] == "resnet50":
        return ResNet(Bottleneck, [3, 4, 6, 3], stem)
    if options["backbone"] in LITE:
        return EfficientNetLite(LITE[options["backbone"]], stem)
    if options["backbone"] == "mobilenet_v2":
        return MobileNetV2(stem)
    raise SystemExit(f"no reference for backbone {options['backbone']}")


# ---- location heads --------------------------------------------------------------------------------------------------------


class ChannelAttention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        hidden = max(1, channels // 16)
        self.reduce = nn.Linear(channels, hidden)
        self.expand = nn.Linear(hidden, channels)

    def forward(self, x):
        def mlp(pooled):
            return self.expand(F.relu(self.reduce(pooled)))

        weight = torch.sigmoid(mlp(x.mean((2, 3))) + mlp(x.amax((2, 3))))
        return x * weight[:, :, None, None]


class SpatialAttention(nn.Module):
    def __init__(self, form):
        super().__init__()
        sizes = [(2, 1, 7)] if form == "conv7" else [(2, 8, 3), (8, 8, 3), (8, 1, 3)]
        self.convs = nn.ModuleList(nn.Conv2d(i, o, k, padding=k // 2, bias=False) for i, o, k in sizes)
        self.norms = nn.ModuleList(nn.BatchNorm2d(o, momentum=0.01) for _, o, _ in sizes)

    def forward(self, x):
        y = torch.cat([x.amax(1, keepdim=True), x.mean(1, keepdim=True)], 1)
        for index, (conv, norm) in enumerate(zip(self.convs, self.norms)):
            y = norm(conv(F.relu(y) if index else y))
        return x * torch.sigmoid(y)


def resized(x, size, form):
    if x.shape[2] == size:
        return x
    if form == "bilinear_corners":
        return F.interpolate(x, size=(size, size), mode="bilinear", align_corners=True)
    if size < x.shape[2]:
        return F.adaptive_avg_pool2d(x, size)
    return F.interpolate(x, size=(size, size), mode="bilinear", align_corners=False)


class LocationHead(nn.Module):
    def __init__(self, options, channels, lowest):
        super().__init__()
        self.options, self.lowest = options, lowest
        channels = channels[lowest:]
        if options["channel_attention"]:
            self.channel_attention = nn.ModuleList(ChannelAttention(count) for count in channels)
        if options["spatial_attention"]:
            count = len(channels) if options["sharing"] == "per_level" else 1
            self.spatial_attention = nn.ModuleList(SpatialAttention(options["spatial_form"]) for _ in range(count))

    def attended(self, features, level):
        x = features[level]
        if self.options["channel_attention"]:
            x = self.channel_attention[level - self.lowest](x)
        if self.options["spatial_attention"]:
            x = self.spatial_attention[(level - self.lowest) % len(self.spatial_attention)](x)
        return x


class LaNet(LocationHead):
    def __init__(self, options, channels):
        super().__init__(options, channels, 0)
        self.squeeze = nn.ModuleList(nn.Conv2d(count, 1, 3, padding=1) for count in channels)
        self.fusion = nn.Conv2d(len(channels), 1, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(1)

    def forward(self, features):
        size = features[self.options["mask_level"] - 1].shape[2]
        merged = []
        for level in range(len(features)):
            x = self.squeeze[level](self.attended(features, level))
            merged.append(resized(x, size, self.options["fusion_resize"]))
        return self.norm(self.fusion(torch.cat(merged, 1)))


class Pyramid(LocationHead):
    def __init__(self, options, channels):
        super().__init__(options, channels, options["mask_level"] - 1)
        width = options["pyramid_width"]
        used = list(reversed(channels))[: len(channels) + 1 - options["mask_level"]]
        self.lateral = nn.ModuleList(nn.Conv2d(count, width, 1) for count in used)
        self.smooth = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1, bias=False) for _ in used)
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for _ in used)
        self.mask = nn.Conv2d(width, 1, 3, padding=1)

    def forward(self, features):
        above = None
        for step, (lateral, smooth, norm) in enumerate(zip(self.lateral, self.smooth, self.norms)):
            x = lateral(self.attended(features, len(features) - 1 - step))
            if above is not None:
                x = x + F.interpolate(above, size=x.shape[2:], mode="bilinear", align_corners=False)
            above = F.relu(norm(smooth(x)))
        return self.mask(above)


class UNet(LocationHead):
    def __init__(self, options, channels):
        plain = {**options, "channel_attention": False, "spatial_attention": False}
        super().__init__(plain, channels, options["mask_level"] - 1)
        width, inputs = options["pyramid_width"], 0
        self.convolutions, self.norms = nn.ModuleList(), nn.ModuleList()
        for count in list(reversed(channels))[: len(channels) + 1 - options["mask_level"]]:
            inputs += count
            for _ in range(2):
                self.convolutions.append(nn.Conv2d(inputs, width, 3, padding=1, bias=False))
                self.norms.append(nn.BatchNorm2d(width))
                inputs = width
        self.mask = nn.Conv2d(width, 1, 1)

    def forward(self, features):
        x = None
        for step, (convolution, norm) in enumerate(zip(self.convolutions, self.norms)):
            if step % 2 == 0:
                level = self.attended(features, len(features) - 1 - step // 2)
                x = level if x is None else torch.cat([F.interpolate(x, size=level.shape[2:], mode="bilinear", align_corners=False), level], 1)
            x = F.relu(norm(convolution(x)))
        return self.mask(x)


LOCATION_HEADS = {"la_net": LaNet, "pyramid": Pyramid, "unet": UNet}


class RmtlDecoder(nn.Module):
    def __init__(self, options, inputs):
        super().__init__()
        self.form = options["rmtl_decoder"]
        widths = [inputs, 256, 64, 32]
        pairs = list(zip(widths, widths[1:]))
        if self.form == "deconvolution":
            self.convs = nn.ModuleList(
                nn.ConvTranspose2d(i, o, s, s, bias=False) for (i, o), s in zip(pairs, (4, 4, 2))
            )
        else:
            self.convs = nn.ModuleList(nn.Conv2d(i, o, 3, padding=1) for i, o in pairs)
        self.norms = nn.ModuleList(nn.BatchNorm2d(o) for _, o in pairs)
        self.mask = nn.Conv2d(32, 1, 1)

    def forward(self, x, size):
        for conv, norm, side in zip(self.convs, self.norms, (16, 112, size)):
            if self.form == "deconvolution":
                x = F.relu(norm(conv(x)))
            else:
                x = F.relu6(conv(x))
                x = norm(F.interpolate(x, size=(side, side), mode="bilinear", align_corners=True))
        return self.mask(x)


# ---- the whole network -----------------------------------------------------------------------------------------------------

BACKBONE_SCALING = {
    "resnet18": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "resnet50": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    **{name: ((127 / 255,) * 3, (128 / 255,) * 3) for name in LITE},
}


class Network(nn.Module):
    def __init__(self, options, classes):
        super().__init__()
        self.options = options
        self.fex = make_backbone(options)
        channels = self.fex.channels
        if options["head"] in LOCATION_HEADS:
            self.la_net = LOCATION_HEADS[options["head"]](options, channels)
        elif options["head"] == "rmtl":
            self.rmtl = RmtlDecoder(options, channels[-1])
        self.classifier = nn.Linear(channels[-1], classes)

    def scaled(self, images):
        channels = self.options["stem_channels"]
        x = images.expand(-1, channels, -1, -1)
        if self.options["scaling"] == "minus_one_one":
            return 2 * x - 1
        if self.options["scaling"] == "backbone":
            mean, deviation = BACKBONE_SCALING[self.options["backbone"]]
            shape = (1, channels, 1, 1)
            mean = torch.tensor(mean[:channels], dtype=x.dtype).reshape(shape)
            deviation = torch.tensor(deviation[:channels], dtype=x.dtype).reshape(shape)
            return (x - mean) / deviation
        return x

    def forward(self, images):
        features = self.fex(self.scaled(images))
        mask_logits, top = None, features[-1]
        if self.options["head"] in LOCATION_HEADS:
            mask_logits = self.la_net(features)
            if self.options["mask_attention"]:
                probability = F.adaptive_avg_pool2d(torch.sigmoid(mask_logits), top.shape[2])
                top = top + top * probability  # Eq. 3
        elif self.options["head"] == "rmtl":
            mask_logits = self.rmtl(top, images.shape[2])
        return features, mask_logits, self.classifier(top.mean((2, 3)))


# ---- Eqs. 5 and 6 ----------------------------------------------------------------------------------------------------------


def hybrid_loss(class_logits, mask_logits, classes, masks, has_label, options):
    known = classes >= 0
    zero = class_logits.sum() * 0
    classification = F.cross_entropy(class_logits[known], classes[known]) if known.any() else zero
    if mask_logits is None:
        return classification, classification, zero, zero
    grid = mask_logits.shape[2]
    target = F.adaptive_avg_pool2d(masks, grid)

    def per_image(logits, goal, weight=None):
        loss = F.binary_cross_entropy_with_logits(logits, goal, weight, reduction="none")
        return loss.mean((1, 2, 3))

    share = torch.sigmoid(mask_logits)
    overlap = 2 * (share * target).sum((1, 2, 3)) + 1
    dice = 1 - overlap / (share.sum((1, 2, 3)) + target.sum((1, 2, 3)) + 1)
    labelled = (per_image(mask_logits, target) + options["dice_weight"] * dice)[has_label]
    probability = torch.sigmoid(mask_logits).detach()
    tau = options["keep_confidence"]
    weight = None
    if options["pseudo"] == "ignore_uncertain":
        weight = ((probability >= tau) | (probability <= 1 - tau)).to(mask_logits.dtype)
    pseudo = per_image(mask_logits, (probability >= tau).to(mask_logits.dtype), weight)[~has_label]

    def mean(terms):
        if options["normalise"] == "batch":
            return terms.sum() / mask_logits.shape[0]
        return terms.mean() if terms.numel() else zero

    labelled, pseudo = mean(labelled), mean(pseudo)
    share = options["class_weight"]
    total = share * classification + (1 - share) * (labelled + options["unlabelled_weight"] * pseudo)
    return total, classification, labelled, pseudo


# ---- one case --------------------------------------------------------------------------------------------------------------


def build(case, state, dtype):
    network = Network(case["network"], case["classes"])
    network.load_state_dict(state)
    return network.to(dtype)


def reference(case, folder):
    state = read_safetensors(folder / case["weights"])
    data = read_safetensors(folder / case["input"])
    images, masks, classes = data["images"], data["masks"], data["class_index"]
    has_label = data["has_label"].bool()
    result = {}
    for prefix, dtype in (("train", torch.float32), ("eval", torch.float32), ("train64", torch.float64), ("eval64", torch.float64)):
        network = build(case, state, dtype).train(prefix.startswith("train"))
        with torch.no_grad():
            features, mask_logits, class_logits = network(images.to(dtype))
        for level, feature in enumerate(features):
            result[f"{prefix}.f{level + 1}"] = sampled(feature)
        result[f"{prefix}.class_logits"] = sampled(class_logits)
        if mask_logits is not None:
            result[f"{prefix}.mask_logits"] = sampled(mask_logits)

    network = build(case, state, torch.float64).train()
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    losses = []
    for step in range(ADAM_STEPS + 1):
        optimizer.zero_grad()
        _, mask_logits, class_logits = network(images.double())
        terms = hybrid_loss(class_logits, mask_logits, classes, masks.double(), has_label, case["loss"])
        losses.append(torch.stack([term.detach() for term in terms]))
        if step == ADAM_STEPS:
            break
        terms[0].backward()
        if step == 0:
            for name, parameter in network.named_parameters():
                if parameter.grad is not None:
                    result[f"grad.{name}"] = sampled(parameter.grad)
        optimizer.step()
    result["losses"] = torch.stack(losses)
    for name, tensor in network.state_dict().items():
        if tensor.is_floating_point():
            result[f"adam.{name}"] = sampled(tensor)
    return result


def write_reference(case, folder):
    write_safetensors(folder / f"{case['name']}.reference.safetensors", reference(case, folder))


def feature_reference(backbone, weights):
    fex = make_backbone({"backbone": backbone, "stem_channels": 3}).eval()
    given = torch.load(weights, map_location="cpu", weights_only=True)
    unknown = fex.load_state_dict(given, strict=False)
    if unknown.missing_keys or any(name.startswith("_blocks") for name in unknown.unexpected_keys):
        raise SystemExit(f"{weights}: not the weights of {backbone}: {unknown}")
    height, width = torch.arange(64.0).reshape(64, 1), torch.arange(64.0)
    channel = torch.arange(1.0, 4.0).reshape(3, 1, 1)
    with torch.no_grad():
        features = fex((torch.sin(0.1 * channel * height) * torch.cos(0.07 * width)).unsqueeze(0))

    def described(x):
        return {"shape": list(x.shape), "mean": x.mean().item(), "std": x.std().item(), "first5": x.flatten()[:5].tolist()}

    return {
        "input": "x[c,h,w] = sin(0.1*(c+1)*h) * cos(0.07*w), float32, [1,3,64,64]",
        "features": {f"f{level}": described(x) for level, x in enumerate(features, 1)},
    }


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "--features":
        print(json.dumps(feature_reference(sys.argv[2], sys.argv[3]), indent=1))
        return
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    cases = json.loads((folder / "cases.json").read_text())
    with multiprocessing.Pool(2, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        pool.starmap(write_reference, [(case, folder) for case in cases], chunksize=1)


if __name__ == "__main__":
    main()
