"""Shells complete commands at the Tab key."""

from __future__ import annotations

import subprocess
import sys

import pytest

from served import assises, environment_of


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(shell: str):
    """It is click's own, under the program's name."""
    done = assises("completion", shell)
    assert done.returncode == 0, done.stderr
    assert "_ASSISES_COMPLETE" in done.stdout


def test_the_shell_in_use_is_the_one_that_is_meant():
    """And a shell that nobody knows is wrong usage, with those that are."""
    assert "_ASSISES_COMPLETE" in assises("completion", SHELL="/usr/bin/zsh").stdout
    wrong = assises("completion", SHELL="/bin/dash")
    assert wrong.returncode == 2
    assert "bash, zsh, fish" in wrong.stderr


def test_the_script_completes_a_command():
    """As bash asks for it when Tab is pressed after `assises la`."""
    asked = {"_ASSISES_COMPLETE": "bash_complete", "COMP_WORDS": "assises la", "COMP_CWORD": "1"}
    program = "from assises.cli import main; main(prog_name='assises')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment_of(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "plain,launch\n"
