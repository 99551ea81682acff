#!/usr/bin/env python3
"""Runs the steps of the Dockerfile in a clean Debian tree, where no image can be built.

    sudo kernel-spec/tests/dockerfile.py TREE           all steps: half an hour and 10 GB
    sudo kernel-spec/tests/dockerfile.py TREE --until "cargo lab setup"     those before this one

Needs root, debootstrap and a network. FROM becomes debootstrap of the same Debian with this machine's Rust in the
places of the image; COPY takes the files that git knows. TREE must not exist; it is kept.
"""

import argparse
import os
import pathlib
import re
import shlex
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Where the image of Rust has it, and the packages that it has beside Debian's smallest set.
IMAGE = {"RUSTUP_HOME": "/usr/local/rustup", "CARGO_HOME": "/usr/local/cargo",
         "PATH": "/usr/local/cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
PACKAGES = "ca-certificates,gcc,libc6-dev"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


def steps(text):
    """The instructions with their arguments, continued lines joined."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            word, rest = line.split(maxsplit=1)
            yield word, rest


class Tree:
    def __init__(self, place):
        self.place, self.env, self.user, self.folder = place, {"LANG": "C.UTF-8"}, "root", "/"

    def path(self, name):
        return self.place / name.lstrip("/")

    def fill(self, text):
        """Variables in their place, as Docker does."""
        return re.sub(r"\$\{(\w+)\}", lambda m: self.env.get(m[1], ""), text)

    def start(self, image):
        found = re.match(r"rust:([\d.]+)-slim-(\w+)", image)
        version, release = found.groups()
        subprocess.run(["debootstrap", "--variant=minbase", f"--include={PACKAGES}", release, self.place], check=True)
        sysroot = pathlib.Path(subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True,
                                              cwd=ROOT).stdout.strip())
        said = subprocess.run([sysroot / "bin/rustc", "--version"], capture_output=True, text=True, check=True).stdout
        assert said.startswith(f"rustc {version}."), f"this machine has {said.strip()}, the image {version}"
        shutil.copytree(sysroot, self.path(f"/usr/local/rustup/toolchains/{sysroot.name}"), symlinks=True)
        self.path("/usr/local/rustup/settings.toml").write_text(f'default_toolchain = "{sysroot.name}"\nversion = "12"\n')
        programs = self.path("/usr/local/cargo/bin")
        programs.mkdir(parents=True)
        shutil.copy(shutil.which("rustup"), programs / "rustup")
        for name in ["cargo", "rustc", "rustdoc"]:
            (programs / name).symlink_to("rustup")
        # The image lets every user write there.
        subprocess.run(["chmod", "-R", "a+w", self.path("/usr/local/rustup"), self.path("/usr/local/cargo")], check=True)
        self.env |= IMAGE
        subprocess.run(["mount", "--types", "proc", "proc", self.path("/proc")], check=True)
        # What this machine trusts, for a network that looks into connections.
        shutil.copy(CERTIFICATES, self.path(CERTIFICATES))
        shutil.copy("/etc/resolv.conf", self.path("/etc/resolv.conf"))

    def copy(self, rest):
        *flags, source, target = shlex.split(self.fill(rest))
        assert source == ".", source
        to = self.path(target)
        to.mkdir(parents=True, exist_ok=True)
        names = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=True, cwd=ROOT).stdout
        files = subprocess.run(["tar", "--create", "--null", "--files-from=-"], input=names, capture_output=True, check=True,
                               cwd=ROOT).stdout
        subprocess.run(["tar", "--extract", "--no-same-owner", "--directory", to], input=files, check=True)
        owner = next((flag.split("=")[1] for flag in flags if flag.startswith("--chown=")), "0")
        subprocess.run(["chown", "-R", owner, to], check=True)

    def run(self, command):
        environment = [f"{name}={value}" for name, value in self.env.items()]
        command = f"cd {shlex.quote(self.folder)} && {command}"
        subprocess.run(["chroot", f"--userspec={self.user}", self.place, "/usr/bin/env", "-i", *environment, "/bin/sh",
                        "-ec", command], check=True)


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("tree", type=pathlib.Path)
    words.add_argument("--until", help="ends before the first RUN with this text")
    given = words.parse_args()
    assert os.geteuid() == 0, "only root can make another root folder"
    tree = Tree(given.tree.resolve())
    try:
        build(tree, given.until)
    finally:
        subprocess.run(["umount", tree.path("/proc")], check=False)


def build(tree, until):
    for word, rest in steps((ROOT / "Dockerfile").read_text()):
        if word == "RUN" and until and until in rest:
            print("ended before", rest)
            return
        print(word, rest, flush=True)
        match word:
            case "FROM":
                tree.start(rest)
            case "RUN":
                tree.run(rest)
            case "ARG" | "ENV":
                for pair in shlex.split(rest):
                    name, value = pair.split("=", 1)
                    tree.env[name] = tree.fill(value)
            case "USER":
                tree.user = tree.fill(rest)
            case "WORKDIR":
                tree.folder = tree.fill(rest)
            case "COPY":
                tree.copy(rest)
            case "EXPOSE" | "CMD":
                pass
            case _:
                raise NotImplementedError(word)


if __name__ == "__main__":
    main()
