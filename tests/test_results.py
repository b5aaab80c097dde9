"""The README's tables come from measured numbers and land between their markers."""

import pytest

from diffusion.results import BEGIN, END, README, markdown, write_readme

RESULTS = {
    "machine": "2 cores of a test",
    "quality": [
        {
            "model": "sprites", "sampler": "ddim", "steps": 25, "guidance": 1.5, "fsd": 2.0, "fsd_spread": 0.1,
            "fsd_floor": 1.0, "context_accuracy": 0.98, "context_accuracy_real": 0.99, "memorisation": 0.01,
            "memorisation_real": 0.02, "n": 2000, "seeds": [0, 1, 2],
        }
    ],
    "speed": {
        "ratios": {
            "network_call_batch_16": 4.0, "training_images": 3.5, "ddim-25_over_ddpm-500": 20,
            "dpmpp_2m-10_over_course_ddpm-500": 160,
        }
    },
}   # fmt: skip


def test_every_number_is_in_the_table():
    text = markdown(RESULTS)
    assert "| sprites | DDIM | 25 | 1.5 | 2.00 ± 0.10 | 2.0 | 98.0% |" in text
    for part in ("2 cores of a test", "2,000 sprites", "99.0%", "1.0% of the samples", "| 160 |"):
        assert part in text


def test_the_tables_land_between_the_markers_and_nothing_else_changes(tmp_path):
    page = tmp_path / "README.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write_readme(RESULTS, page)
    write_readme(RESULTS, page)
    assert page.read_text() == f"before\n{BEGIN}\n{markdown(RESULTS)}\n{END}\nafter\n"


def test_a_page_without_the_markers_is_refused(tmp_path):
    page = tmp_path / "README.md"
    page.write_text("nothing here")
    with pytest.raises(ValueError, match="no place for results"):
        write_readme(RESULTS, page)


def test_the_readme_has_its_markers():
    assert BEGIN in README.read_text() and END in README.read_text()
