"""docs/formats.md lists the names of classes that src/finding/class_meaning.cpp knows: no more, no fewer."""
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


def words_of_source(kind):
    source = (PROJECT / "src/finding/class_meaning.cpp").read_text(encoding="utf-8")
    literals = re.search(rf"k{kind} =\n(.*?);\n", source, re.S).group(1)
    return set("".join(re.findall(r'"([^"]*)"', literals)).split("|"))


def words_of_docs(kind):
    text = (PROJECT / "docs/formats.md").read_text(encoding="utf-8")
    listed = re.search(rf"^{kind}:\n(.*?)\.\n\n", text, re.S | re.M).group(1)
    return set(listed.replace("\n", " ").split(", "))


@pytest.mark.parametrize("kind", ["Malignant", "Benign", "Normal"])
def test_the_documented_words_are_those_of_the_program(kind):
    assert len(words_of_source(kind)) > 30
    assert words_of_docs(kind) == words_of_source(kind)
