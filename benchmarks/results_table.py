"""What `run.py` found as a table in Markdown."""

from typing import Any

Results = dict[str, Any]


def table(results: Results) -> str:
    """The conditions, the table, and below it what is missing and why."""
    compared = [each for measure in results["measures"] for each in measure["peers"].values()]
    tools = list(dict.fromkeys(tool for each in compared for tool in each))
    heads = ["", "Sweepflow", "limit", *tools]
    lines = [_line(heads), _line(["---"] * len(heads))]
    missing = []
    for measure in results["measures"]:
        lines.append(_line([f"**{measure['title']}**", *[""] * (len(heads) - 1)]))
        for name in dict.fromkeys([*measure["figures"], *measure["peers"]]):
            value, limit = measure["figures"].get(name, (None, None))
            theirs = measure["peers"].get(name, {})
            cells = (_beside(theirs.get(tool), value) for tool in tools)
            lines.append(_line([name, _ours(value, limit), _number(limit), *cells]))
        missing += [f"- {measure['title']}: {who}: {why}" for who, why in measure["errors"].items()]
        if "again" in measure:
            missing.append(f"- {measure['title']}: measured again, alone, on {measure['again']}")
    missing += [f"- {title}: not run" for title in results["not_run"]]
    return "\n\n".join(filter(None, [_conditions(results), "\n".join(lines), "\n".join(missing)]))


def _conditions(results: Results) -> str:
    machine = results["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in results["versions"].items())
    kind = "A quick look" if results["quick"] else "`make bench`"
    return (
        f"{kind} of {results['date']}, {results['seconds'] / 60:.0f} minutes on {machine['cores']} cores "
        f"({machine['processor']}, {machine['memory_gb']} GB, {machine['system']}), load before it "
        f"{results['load']:.1f}; {versions}. **Bold** is beyond the limit; in brackets how "
        "many times ours another tool takes."
    )


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _ours(value: float | None, limit: float | None) -> str:
    is_beyond = value is not None and limit is not None and value > limit
    return f"**{_number(value)}**" if is_beyond else _number(value)


def _beside(value: float | None, ours: float | None) -> str:
    if value is None:
        return ""
    return f"{_number(value)} ({value / ours:.2g})" if ours else _number(value)


def _number(value: float | None) -> str:
    """Three digits are as much as two runs agree on."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
