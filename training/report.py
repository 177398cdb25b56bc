"""One HTML page that says what a run made: how, from what, how good, where it fails. No scripts, no other addresses.

It never shows a text of the public sets; the mistakes that it lists are those in our own exams.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from dataclasses import asdict
from html import escape
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from pathlib import Path
from string import Template
from typing import Any

import yaml

from monitor.inference.model import OnnxModel
from training.data import load
from training.evaluate import Assessment, Set, assess, exams_of, held_out
from training.exams import Mistake
from training.plots import curve, image, reliabilities
from training.provenance import unsure
from training.recipe import Recipe
from training.scoring import confusion
from training.speed import sample, speed
from training.tables import (
    NO_TARGET,
    Table,
    calibration_table,
    exams_table,
    robustness_table,
    sentiments_table,
    sets_table,
    speed_table,
    targets_table,
    topics_table,
)

_PAGE = Path(__file__).with_name("report.html")
_LIBRARIES = ("torch", "transformers", "tokenizers", "onnxruntime", "onnx", "numpy", "scikit-learn")
_WORST = 15  # mistakes listed of each exam, the surest first
_FEW = 6  # a matrix of more classes is set small


def report(
    recipe: Recipe,
    folder: Path,
    to: Path,
    *,
    part: str = "report",
    exams: Path | None = None,
    against: Path | None = None,
) -> Path:
    """Measures the folder anew and writes the page to `to`; returns it.

    Args:
        part: of the run's rows. exams: a folder of exams; the recipe's own without it. against: as in `evaluate`.

    Raises:
        ModelError: a folder is not fit. InputError: `prepare` has not run, or the part has no rows.
    """
    rows = load(recipe.run / "rows.jsonl")
    model = OnnxModel.load(folder, threads=recipe.train.threads)
    assessed = assess(model, rows, exams=exams or exams_of(recipe), part=part)
    timed = speed(folder, sample(held_out(rows, part)), against)
    to.parent.mkdir(parents=True, exist_ok=True)
    doubt = unsure(recipe, model.manifest.raw)
    to.write_text(page(recipe, model, assessed, timed, doubt), encoding="utf-8")
    return to


def page(recipe: Recipe, model: OnnxModel, assessed: Assessment, timed: list[dict[str, Any]], doubt: str = "") -> str:
    """The page itself, from what `assess`, `speed` and `unsure` found."""
    parts = [
        *_head(model, assessed, doubt),
        *_quality(assessed),
        *_calibration(assessed),
        *_target(assessed, model.manifest.target_token),
        *_exams(assessed),
        *_robustness(assessed),
        *_cost(timed, model),
        *_run(recipe, model),
    ]
    frame = Template(_PAGE.read_text(encoding="utf-8"))
    return frame.substitute(title=escape(f"Bearwatch model {model.manifest.name}"), body="\n".join(parts))


def _head(model: OnnxModel, assessed: Assessment, doubt: str) -> Iterator[str]:
    manifest, figures = model.manifest, assessed.figures
    made = manifest.raw.get("created", "an unknown day")
    yield f"<h1>Model {escape(manifest.name)}</h1>"
    yield f"<p>Hash {model.hash}, {manifest.precision}, made on {escape(str(made))}. "
    yield f"Every figure below was measured on this folder, on the {escape(figures['part'])} part.</p>"
    if doubt:
        yield f"<p><b>{escape(doubt)}</b></p>"
    anchors = ("quality", "calibration", "targets", "exams", "robustness", "cost", "run")
    links = (f'<a href="#{name}">{name.capitalize()}</a>' for name in anchors)
    yield f"<nav>{''.join(links)}</nav>"
    facts = [(f"accuracy, {name}", f"{found['accuracy']:.3f}") for name, found in figures.items() if "/" in name]
    exams = figures.get("exams", {})
    if "meaning" in exams:
        facts.append(("right in the meaning exam", f"{exams['meaning']['share']:.1%}"))
    if "general" in exams:
        facts.append(("general news called negative", f"{exams['general']['negative']['share']:.1%}"))
    yield f'<div class="facts">{"".join(f"<div><b>{v}</b><span>{escape(k)}</span></div>" for k, v in facts)}</div>'


def _quality(assessed: Assessment) -> Iterator[str]:
    yield '<h2 id="quality">Quality</h2>'
    for table in (sets_table(assessed.figures), sentiments_table(assessed.figures)):
        yield from _html(table)
    yield "<h3>Confusion</h3><p>Rows are the truth, columns what the model said; the shade is the share of the row.</p>"
    small = {name: answers for name, answers in assessed.sets.items() if len(answers.labels) <= _FEW}
    yield f'<div class="matrices">{"".join(_matrix(name, answers) for name, answers in small.items())}</div>'
    yield from _html(topics_table(assessed.figures))
    yield from (_matrix(name, answers) for name, answers in assessed.sets.items() if name not in small)


def _matrix(name: str, answers: Set) -> str:
    matrix = confusion(answers.truth, answers.shares.argmax(axis=1), len(answers.labels))
    used = [i for i in range(len(answers.labels)) if matrix[i].sum() + matrix[:, i].sum()]
    head = "".join(f"<th>{escape(answers.labels[i])}</th>" for i in used)
    lines = []
    for i in used:
        cells = (_cell(int(matrix[i, j]), int(matrix[i].sum()), i == j) for j in used)
        lines.append(f'<tr><th class="word">{escape(answers.labels[i])}</th>{"".join(cells)}</tr>')
    many = " many" if len(answers.labels) > _FEW else ""
    return (
        f'<div class="wide"><h3>{escape(name)}</h3><table class="matrix{many}">'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def _cell(count: int, of: int, right: bool) -> str:
    depth = count / of if of else 0.0
    red, green, blue = (0, 114, 178) if right else (213, 94, 0)
    ink = "#fff" if depth > 0.55 else "inherit"
    style = f"background:rgba({red},{green},{blue},{depth:.2f});color:{ink}"
    return f'<td style="{style}">{count or ""}</td>'


def _calibration(assessed: Assessment) -> Iterator[str]:
    yield '<h2 id="calibration">Calibration</h2>'
    yield from _html(calibration_table(assessed.figures), titled=False)
    yield f'<img alt="Reliability diagrams" src="{image(reliabilities(assessed.sets))}">'


def _target(assessed: Assessment, token: str | None) -> Iterator[str]:
    yield '<h2 id="targets">By target</h2>'
    table = targets_table(assessed.figures)
    if token is None:
        yield f"<p>{NO_TARGET}</p>"
    elif table is None:
        yield "<p>No headline that means different things for its entities was held out.</p>"
    else:
        yield from _html(table, titled=False)


def _exams(assessed: Assessment) -> Iterator[str]:
    yield '<h2 id="exams">Exams</h2>'
    table = exams_table(assessed.figures)
    if table is None:
        yield "<p>No exam was taken: the recipe names no folder of exams.</p>"
        return
    yield from _html(table, titled=False)
    by_exam = sorted(assessed.mistakes, key=lambda mistake: (mistake.exam, -mistake.confidence, mistake.text))
    for exam, found in groupby(by_exam, key=lambda mistake: mistake.exam):
        yield from _mistakes(exam, list(found))


def _mistakes(exam: str, found: list[Mistake]) -> Iterator[str]:
    yield f"<h3>Worst mistakes: {escape(exam)} ({min(len(found), _WORST)} of {len(found)})</h3>"
    lines = "".join(
        f'<tr><td class="word">{escape(m.kind)}</td><td class="word">{escape(m.expected)}</td>'
        f'<td class="word">{escape(m.said)}</td><td>{m.confidence:.2f}</td><td class="text">{escape(m.text)}</td></tr>'
        for m in found[:_WORST]
    )
    what = "asked of" if exam == "targets" else "kind"
    head = f'<th class="word">{what}</th><th class="word">expected</th><th class="word">said</th><th>sure</th>'
    yield f'<div class="wide"><table><thead><tr>{head}<th class="word">headline</th></tr></thead>'
    yield f"<tbody>{lines}</tbody></table></div>"


def _robustness(assessed: Assessment) -> Iterator[str]:
    yield '<h2 id="robustness">Robustness</h2>'
    yield from _html(robustness_table(assessed.figures), titled=False)


def _cost(timed: list[dict[str, Any]], model: OnnxModel) -> Iterator[str]:
    yield '<h2 id="cost">Cost</h2>'
    yield from _html(speed_table(timed))
    manifest = model.manifest
    sizes = [(name, f"{fact.size / 1e6:.3f}", fact.sha256[:16]) for name, fact in sorted(manifest.files.items())]
    total = f"{sum(fact.size for fact in manifest.files.values()) / 1e6:.3f}"
    yield from _html(Table("Size", "", ("file", "MB", "sha256"), [*sizes, ("together", total, "")]))


def _run(recipe: Recipe, model: OnnxModel) -> Iterator[str]:
    yield '<h2 id="run">Run</h2><h3>Training</h3>'
    metrics = recipe.run / "metrics.jsonl"
    lines = [json.loads(line) for line in metrics.read_text(encoding="utf-8").splitlines()] if metrics.is_file() else []
    if lines:
        yield f'<img alt="Loss, learning rate and macro-F1" src="{image(curve(lines))}">'
    else:
        yield "<p>The run folder has no metrics.jsonl, so there is no training curve.</p>"
    rows: list[tuple[str, ...]] = [
        (entry["name"], entry["title"], entry["licence"], str(entry["rows"]), (entry.get("sha256") or "-")[:16])
        for entry in model.manifest.raw.get("data", ())
    ]
    yield from _html(Table("Data", "As the manifest has them.", ("set", "title", "licence", "rows", "sha256"), rows))
    libraries: list[tuple[str, ...]] = [("python", platform.python_version())]
    libraries += [(name, found) for name in _LIBRARIES if (found := _version(name))]
    yield from _html(Table("Versions", "Where the report was made.", ("library", "version"), libraries))
    given = yaml.safe_dump(json.loads(json.dumps(asdict(recipe), default=str)), sort_keys=False, allow_unicode=True)
    yield f"<h3>Recipe</h3><pre>{escape(given)}</pre>"


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def _html(table: Table | None, *, titled: bool = True) -> Iterator[str]:
    if table is None:
        return
    numeric = [all(row[i][:1] in "0123456789+-" for row in table.rows) for i in range(len(table.columns))]
    kinds = ["" if number else ' class="word"' for number in numeric]
    if titled:
        yield f"<h3>{escape(table.title)}</h3>"
    if table.note:
        yield f"<p>{escape(table.note)}</p>"
    head = "".join(f"<th{kind}>{escape(name)}</th>" for kind, name in zip(kinds, table.columns, strict=True))
    yield f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>'
    for row in table.rows:
        cells = "".join(f"<td{kind}>{escape(value)}</td>" for kind, value in zip(kinds, row, strict=True))
        yield f"<tr>{cells}</tr>"
    yield "</tbody></table></div>"
