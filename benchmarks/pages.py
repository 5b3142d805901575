"""The parts of pages that the benchmarks write."""


def renewed(page: str, script: str, text: str) -> str:
    """The page with this text in place of what stands between the two comments that name the script."""
    begin, end = comments(script)
    before, is_begun, rest = page.partition(begin)
    _, is_ended, after = rest.partition(end)
    if not is_begun or not is_ended:
        raise ValueError(f"the page must have the comments {begin!r} and {end!r}, in this order")
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"


def comments(script: str) -> tuple[str, str]:
    """The comments before and after what a script writes."""
    return f"<!-- Written by benchmarks/{script}: -->", f"<!-- End of what benchmarks/{script} writes. -->"
