"""What goes wrong is told in a sentence; the text of a fault of the program reaches its log and nobody else."""

import errno

import pytest
import torch

from diffusion.support.checks import InputError
from diffusion.support.faults import BROKEN, NO_MEMORY, exit_code, in_a_sentence, tell

TOLD = [
    (InputError("n = 0: give more."), "n = 0: give more."),
    (OSError(errno.ENOSPC, "No space left", "/a/b.png"), "b.png could not be written, since the disk is full"),
    (OSError(errno.EROFS, "Read-only", "/a/b.png"), "b.png cannot be written, since its disk is read-only"),
    (PermissionError(errno.EACCES, "denied", "/a/b.png"), "b.png may not be used by this program"),
    (FileNotFoundError(errno.ENOENT, "gone", "/a/b.png"), "b.png is not there"),
    (OSError("short write"), "a file could not be read or written"),
    (MemoryError(), NO_MEMORY),
    (torch.OutOfMemoryError("CUDA out of memory."), NO_MEMORY),
    (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"), NO_MEMORY),
]
FAULTS = [
    TypeError("'NoneType' object is not subscriptable"), ValueError("invalid literal for int()"), KeyError("x"),
    RuntimeError("mat1 and mat2 shapes cannot be multiplied"),
]   # fmt: skip


@pytest.mark.parametrize(("error", "sentence"), TOLD)
def test_what_people_can_mend_is_told_in_a_sentence(error, sentence, caplog):
    assert tell(error).startswith(sentence) and tell(error).endswith(".")
    assert not caplog.records


def test_torch_says_that_it_lacks_memory_as_we_expect_it_to():
    with pytest.raises(RuntimeError) as error:
        torch.empty(2**60, dtype=torch.uint8)
    assert in_a_sentence(error.value) == NO_MEMORY


@pytest.mark.parametrize("error", FAULTS)
def test_a_fault_of_the_program_is_written_down_once_and_told_without_its_text(error, caplog):
    assert in_a_sentence(error) is None
    assert tell(error) == BROKEN
    assert [record.exc_info[1] for record in caplog.records] == [error]


def test_a_command_ends_with_a_code_and_a_sentence(capsys):
    def work(error):
        raise error

    assert exit_code(lambda: None) == 0
    assert exit_code(lambda: work(InputError("no."))) == 2
    assert capsys.readouterr().err == "error: no.\n"
    assert exit_code(lambda: work(KeyboardInterrupt())) == 130
    with pytest.raises(TypeError):   # what nobody can mend keeps its traceback
        exit_code(lambda: work(TypeError("x")))
