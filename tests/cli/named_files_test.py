"""Every file and folder of the project that its documents name is there, and so is every page that the index names."""
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "models" / "README.md", ROOT / "sample" / "README.md"])
FOLDERS = "src|tests|tools|docs|configs|models|setup|sample|fuzz|web|cmake|bench|examples"
PATH = re.compile(rf"(?<![\w./-])((?:{FOLDERS})/[\w./-]*[\w/-])")
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")
# The name stands for any file of the kind.
PLACEHOLDER = re.compile(r"NAME|BACKBONE|SUITE|FOLDER|FILE|SUBSET|\*|…|<|\.\.\.")


def named_files(document):
    """(line, path) of what a document says is in the project."""
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
        for match in PATH.finditer(line):
            rest = line[match.end():match.end() + 3]
            if not PLACEHOLDER.search(match[1]) and not rest.startswith(("*", "<", "…", "{", "_*")):
                yield number, ROOT / match[1]
        for match in LINK.finditer(line):
            yield number, document.parent / match[1]


@pytest.mark.parametrize("document", DOCUMENTS, ids=[str(document.relative_to(ROOT)) for document in DOCUMENTS])
def test_what_a_document_names_is_there(document):
    made = set(subprocess.run(["git", "check-ignore", *(str(path) for _, path in named_files(document))], cwd=ROOT, capture_output=True, text=True).stdout.split("\n"))
    missing = [f"{document.name}:{line}: {path.relative_to(ROOT)}" for line, path in named_files(document) if not path.exists() and str(path) not in made]
    assert not missing, missing


def test_something_is_named():
    """A pattern that finds nothing would pass everything."""
    assert sum(1 for _ in named_files(ROOT / "CONTRIBUTING.md")) >= 8
    assert sum(1 for _ in named_files(ROOT / "README.md")) >= 8


def test_the_index_names_every_page():
    index = (ROOT / "README.md").read_text(encoding="utf-8")
    assert not [page.name for page in (ROOT / "docs").glob("*.md") if f"docs/{page.name}" not in index]


def test_what_the_recipes_name_is_in_the_sources():
    """Functions, types and tables that CONTRIBUTING.md names."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    names = {match for match in re.findall(r"`(\w{4,})`", text) if not re.search(r"NAME|FILE", match)}
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.?pp"))
    assert len(names) >= 8
    assert not sorted(name for name in names if not re.search(rf"\b{name}\b", sources)), "not in src/"
