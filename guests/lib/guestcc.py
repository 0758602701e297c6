#!/usr/bin/env python3
"""Compile and link one guest so that its bytes depend on its sources alone.

usage: guestcc.py SOURCE_DIR OUTPUT COMPILER ARGUMENT...

The compiler runs inside SOURCE_DIR, so that all source names are relative,
with the name of that folder mapped away and with an environment in which no
variable can add options, include paths or another working folder. Assembler
sources need a .file directive: without one the linker names the compiler's
temporary object file in the symbol table.
"""
import os
import subprocess
import sys


def main():
    source_dir, output, compiler, *arguments = sys.argv[1:]
    source_dir = os.path.realpath(source_dir)
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    if "TMPDIR" in os.environ:
        environment["TMPDIR"] = os.environ["TMPDIR"]
    command = [compiler, f"-ffile-prefix-map={source_dir}=guests",
               *arguments, "-o", os.path.abspath(output)]
    return subprocess.run(command, cwd=source_dir, env=environment,
                          check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
