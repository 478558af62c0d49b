#!/usr/bin/env python3
"""Writes docs/errors.md from the places in src/ where errors are made.

    error_catalogue.py           write it
    error_catalogue.py --check   exit code 1 if it is not up to date, or an error says neither what is expected nor a remedy
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "errors.md"

# How a call gives its parts; what it does not give is the same for all of its file.
CALLS = [
    # (pattern up to the opening bracket, parts in order)
    (r"(?:Data|Config|System)Error\(\s*\{", ("place", "got", "expected", "remedy")),
    (r"Problem\{", ("place", "got", "expected", "remedy")),
]
HELPERS = {
    "modelfile/safetensors.cpp": ("refuse(", ("place", "got", "expected"), {"remedy": "the file is damaged or not a safetensors file"}),
    "modelfile/pth.cpp": ("refuse(", ("place", "got", "expected"), {}),
    "modelfile/pickle.cpp": ("refuse(", ("got",), {"expected": "a state dict of tensors saved by torch.save", "remedy": "convert it to safetensors"}),
    "modelfile/zip.cpp": ("refuse(", ("got",), {"expected": "an undamaged zip archive with stored entries"}),
    "modelfile/model_card.cpp": ("refuse(", ("got", "expected"), {}),
    "infer/archive.cpp": ("refuse(", ("got", "expected", "remedy"), {}),
    "core/file.cpp": ("fail(", ("place", "got"), {"expected": "", "remedy": "by the reason in brackets: free space, choose a folder that you may write to, look at the path, check the disk"}),
    "core/settings.cpp": ("refuse(", ("place", "skip", "expected"), {"got": "a value of another type"}),
}
HEADINGS = {
    "core": "Files, settings, lists", "image": "Images and masks", "finding": "Findings", "dicom": "DICOM images", "modelfile": "Model files and checkpoints",
    "infer": "Prediction", "dataset": "Data sets", "augment": "Augmentation", "evaluate": "Evaluation", "report": "Reports",
    "model": "Networks and weights", "loss": "Losses", "engine": "Devices", "train": "Training", "node": "The DICOM node",
    "serve": "The server", "cli": "The command line",
}


def arguments(text, start):
    """The comma-separated expressions from `start` to the bracket that closes, and where it closes."""
    parts, depth, begin, position, quote = [], 0, start, start, ""
    while position < len(text):
        letter = text[position]
        if quote:
            if letter == "\\":
                position += 1
            elif letter == quote:
                quote = ""
        elif letter in "\"'":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            if depth == 0:
                parts.append(text[begin:position])
                return parts, position
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append(text[begin:position])
            begin = position + 1
        position += 1
    return parts, position


def spoken(expression, constants):
    """A C++ text expression as it reads: literals and named texts as they are, the rest as dots."""
    expression = " ".join(expression.split())
    expression = re.sub(r"\bk[A-Z]\w+\b", lambda found: constants.get(found[0], found[0]), expression)
    expression = re.sub(r'std::string\(("(?:[^"\\]|\\.)*")\)', r"\1", expression).replace("std::", "")
    pieces, position, depth = [], 0, 0
    for match in re.finditer(r'"((?:[^"\\]|\\.)*)"|[()?:]', expression):
        between = expression[position:match.start()].strip(" +")
        if between and depth == 0 and match[0] != "?":
            pieces.append("…")
        if match[0] in "()":
            depth += 1 if match[0] == "(" else -1
        elif match[0] == ":" and depth == 0:
            pieces.append(" / ")  # the other side of a choice
        elif match[1] is not None and depth == 0:
            pieces.append(match[1])
        position = match.end()
    if expression[position:].strip(" +") and depth == 0:
        pieces.append("…")
    text = "".join(pieces).replace('\\"', '"').replace("|", "\\|")
    return re.sub(r"(… ?)+", lambda found: "… " if found[0].endswith(" ") else "…", text).strip()


def errors_of(path):
    """(line, place, got, expected, remedy) of every error made in a file."""
    text = path.read_text()
    text = re.sub(r"^\s*(///|//).*$", "", text, flags=re.M)
    key = str(path.relative_to(ROOT / "src"))
    constants = dict(re.findall(r'constexpr const char\* (k\w+) =\s*("(?:[^"\\\\]|\\\\.)*");', text))
    calls = [(re.compile(pattern), parts, {}) for pattern, parts in CALLS]
    if key in HELPERS:
        call, parts, fixed = HELPERS[key]
        calls.append((re.compile(r"(?<![\w:])" + re.escape(call)), parts, fixed))
    found = []
    for pattern, parts, fixed in calls:
        for match in pattern.finditer(text):
            line_start = text.rfind("\n", 0, match.start()) + 1
            head = text[line_start:match.start()]
            if "[[noreturn]]" in head or re.match(r"\s*(struct|class|void|Problem|auto)\b", head) and "(" not in head:
                continue
            given, _ = arguments(text, match.end())
            if any("std::string& " in item or item.strip().startswith("const ") for item in given):
                continue  # a definition
            error = {"place": "", "got": "", "expected": "", "remedy": "", **fixed}
            error.update({part: spoken(item, constants) for part, item in zip(parts, given)})
            # The body of a helper only hands its arguments on.
            if error["got"] in ("…", "", "cannot … (…)") and error["expected"] in ("…", ""):
                continue
            found.append(error)
    return found


def catalogue():
    lines = [
        "# Errors",
        "",
        "Every error is one line: the file, setting or option it is about, what lanet found there, what it needs instead,",
        "and what to do. `…` stands for names and numbers of the case at hand. Exit codes: 1 for data, files and the",
        "machine, 2 for settings and arguments. A lone `…` as remedy depends on the reason that the system gave, in brackets:",
        "free space, choose a folder that you may write to, look at the path, check the disk. Written by `tools/error_catalogue.py` from the sources; the checks of `./run test`",
        "fail if it is out of date.",
        "",
    ]
    faults = []
    for folder, heading in HEADINGS.items():
        rows = {}
        for path in sorted((ROOT / "src" / folder).glob("*.?pp")):
            for error in errors_of(path):
                if not error["expected"] and not error["remedy"]:
                    faults.append(f"src/{folder}/{path.name}: '{error['got']}' says neither what is expected nor a remedy")
                rows[(error["got"], error["expected"], error["remedy"])] = None
        if not rows:
            continue
        lines += [f"## {heading}", "", "| lanet found | but needs | what to do |", "|---|---|---|"]
        lines += [f"| {got} | {expected or '–'} | {remedy or 'as expected'} |" for got, expected, remedy in rows]
        lines.append("")
    return "\n".join(lines), faults


def main():
    text, faults = catalogue()
    if "--check" not in sys.argv:
        TARGET.write_text(text)
    elif not TARGET.exists() or TARGET.read_text() != text:
        faults.append("docs/errors.md is out of date: run tools/error_catalogue.py")
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
